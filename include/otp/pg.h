/* SPDX-License-Identifier: MIT */
/*
 * pg: named groups of processes over all nodes of a cluster. Semantics: Erlang/OTP 25, kernel,
 * pg(3).
 *
 *     otp_pid scope;
 *     otp_err e = otp_pg_start_link(OTP_ATOM(shop), &scope);
 *     e = otp_pg_join(OTP_ATOM(shop), OTP_ATOM(tills), otp_from_pid(otp_self()));
 *     OTP_LIST_FOREACH (till, otp_pg_get_members(OTP_ATOM(shop), OTP_ATOM(tills))) { ... }
 *
 * A scope is a process on each node that takes part, registered under the scope's name, with a
 * table of that name. Scopes of one name on connected nodes know of each other's members; scopes of
 * different names know nothing of each other. Membership is eventually consistent: a join or leave
 * reaches other nodes as a message, the members of a node that is lost leave, and those of one that
 * comes back join again. A group is any term; it is there while it has members. A process may be in
 * many groups, and several times in one: it is a member until it has left as often as it joined. An
 * exit leaves all.
 *
 * The scope's process does the writing. Reading looks into its table and asks nobody: it takes no
 * lock and never suspends.
 */
#ifndef OTP_PG_H
#define OTP_PG_H

#include <otp/supervisor.h>

/* ---- Scopes ---- */

/* Starts the scope of that name, an atom, on this node; OTP uses the scope pg where none is named.
 * OTP_EALREADY, with *out, when it runs; OTP_EBADARG; OTP_EINIT when a table has its name; else as
 * otp_start_link. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_pg_start(otp_term scope, otp_pid *out);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_pg_start_link(otp_term scope, otp_pid *out);
/* For .start of a child spec, whose args are the scope's name; context is not used. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_pg_child(void *context, otp_term scope,
                                                            otp_pid *out);

/* ---- Joining and leaving ---- */

/* pids: one pid or a list of them, all of this node (OTP_EBADARG otherwise). When these return,
 * readers on this node see the change. OTP_ENOENT from leave: none of them is in the group.
 * OTP_ENOPROC: no such scope here; the other errors of otp_call. A pid that is gone joins and
 * leaves at once. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_pg_join(otp_term scope, otp_term group,
                                                           otp_term pids);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_pg_leave(otp_term scope, otp_term group,
                                                            otp_term pids);

/* ---- Reading ---- */

/* The members as a list of pids in no particular order, one for each join; of all nodes, or of this
 * one. [] when there is no such group or scope. */
OTP_API otp_term otp_pg_get_members(otp_term scope, otp_term group);
OTP_API otp_term otp_pg_get_local_members(otp_term scope, otp_term group);
/* The groups as a list, in no particular order: all, or those with members on this node. */
OTP_API otp_term otp_pg_which_groups(otp_term scope);
OTP_API otp_term otp_pg_which_local_groups(otp_term scope);

/* ---- Watching ---- */

/* From now on the caller gets {Ref, join | leave, Group, [Pid]} for every change of the group; of
 * every group with otp_pg_monitor_scope. *members is what there is now: a list of pids, or a map
 * #{Group => [Pid]}. No change is missed or told twice. A watcher that exits is forgotten. Errors
 * as otp_pg_join. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_pg_monitor(otp_term scope, otp_term group,
                                                              otp_ref *ref, otp_term *members);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_pg_monitor_scope(otp_term scope, otp_ref *ref,
                                                                    otp_term *groups);
/* Ends either, and removes its messages from the mailbox. OTP_ENOENT: there is no such monitor. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_pg_demonitor(otp_term scope, otp_ref ref);

/*
 * Differences from OTP
 * - The scope is always named. Errors are results: where OTP exits with {nolocal, Pid} or a failed
 *   call, these return an otp_err.
 * - A leave of several pids tells of those that were members only; OTP tells of all that were
 * named.
 * - A scope that runs out of memory exits with enomem, as every process: its local members have to
 *   join again, after its supervisor has started a new one. (OTP's node would end.) So does OTP's
 *   after any other crash.
 * - Messages between scopes are those of OTP 25.
 */

#endif
