/* SPDX-License-Identifier: MIT */
/*
 * The state of a pg scope, and its parts: pg_groups.c holds who is where and tells who watches,
 * pg_peers.c keeps the scopes of other nodes in step, pg.c is the server and its clients.
 *
 * Design notes.
 * All that a scope knows is in tables, which go with it:
 *     groups    named, protected: {Group, [Pid], [LocalPid]}; what readers read
 *     local     {Pid, Ref, [Group]}: a member here, the monitor on it, a group for each join
 *     peers     {Peer, Ref}: the scopes of other nodes and the monitors on them
 *     theirs    {{Peer, Group}, [Pid]}, and {Peer, [Group]}: what a peer has told
 *     watches   {Ref, Watcher, {group, Group} | scope}; Ref is the monitor on the watcher
 *     watchers  {{group, Group} | scope, [{Watcher, Ref}]}
 * A write that fails for lack of memory exits the scope: half a change is never left behind.
 */
#ifndef OTP_BEHAVIOUR_PG_H
#define OTP_BEHAVIOUR_PG_H

#include <otp/pg.h>
#include <otp/table.h>

typedef struct otpi_pg {
    otp_term name; /* of the scope, an atom */
    otp_table groups, local, peers, theirs, watches, watchers;
} otpi_pg;

/* Positions in a row of groups. */
enum { OTPI_PG_ALL = 1, OTPI_PG_LOCAL = 2 };

/* The row of a key; false when there is none. Exits when it can't be had. */
bool otpi_pg_row(otp_table table, otp_term key, otp_term *row);
void otpi_pg_put(otp_table table, otp_term row);
void otpi_pg_remove(otp_table table, otp_term key);
otp_term otpi_pg_rows(otp_table table);
/* The list without the first element that is equal; *found says whether there was one. */
otp_term otpi_pg_without(otp_term list, otp_term element, bool *found);
/* A list of one pid, or the list itself. */
otp_term otpi_pg_pids(otp_term pids);

/* All members of a group and those of this node, in one look; false when there is no such scope
 * here, and both are empty. */
bool otpi_pg_read(otp_term scope, otp_term group, otp_term *all, otp_term *local);

/* ---- pg_groups.c ---- */

/* The pids enter or leave the group in the table, and the watchers are told. local: they are of
 * this node. */
void otpi_pg_groups_join(otpi_pg *pg, otp_term group, otp_term pids, bool local);
void otpi_pg_groups_leave(otpi_pg *pg, otp_term group, otp_term pids, bool local);
/* Members of this node: their monitors, and their groups. leave: those pids that were in the group,
 * as a list. */
void otpi_pg_local_join(otpi_pg *pg, otp_term group, otp_term pids);
otp_term otpi_pg_local_leave(otpi_pg *pg, otp_term group, otp_term pids);
/* [{Group, [Pid]}]: all members of this node. */
otp_term otpi_pg_local_groups(otpi_pg *pg);
/* A watcher of what ({group, Group} | scope) begins; ends (false: no such watch). */
otp_ref otpi_pg_watch(otpi_pg *pg, otp_pid watcher, otp_term what);
bool otpi_pg_unwatch(otpi_pg *pg, otp_term ref);

/* ---- pg_peers.c ---- */

/* The message to all peers. */
void otpi_pg_peers_tell(otpi_pg *pg, otp_term message);
/* To the scope of the same name on that node: who are you? */
void otpi_pg_peers_discover(otpi_pg *pg, otp_term node);
/* Their messages. A peer that is not known has not synchronised yet: what it says is in its sync.
 */
void otpi_pg_peer_discovered(otpi_pg *pg, otp_pid peer);
void otpi_pg_peer_synced(otpi_pg *pg, otp_pid peer, otp_term groups);
void otpi_pg_peer_joined(otpi_pg *pg, otp_pid peer, otp_term group, otp_term pids);
void otpi_pg_peer_left(otpi_pg *pg, otp_pid peer, otp_term pids, otp_term groups);
/* The peer is gone; false when it is none. */
bool otpi_pg_peer_down(otpi_pg *pg, otp_pid peer);

#endif
