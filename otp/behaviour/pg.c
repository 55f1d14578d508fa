/* SPDX-License-Identifier: MIT */
/*
 * pg: the scope's server, whose messages are those of pg.erl (OTP 25), and what clients call.
 */
#include "behaviour/pg.h"

#include "behaviour/wire.h"
#include "process/process.h"
#include "process/system.h"

/* ---- Birth ---- */

static bool table_made(otp_table *table, otp_term name, otp_err *err) {
    otp_table_opts opts = {.name = name,
                           .protection = otp_is_none(name) ? OTP_PRIVATE : OTP_PROTECTED};
    *err = otp_table_new(&opts, table);
    return *err == OTP_OK;
}

static otp_result pg_init(void *state, otp_term args) {
    otpi_pg *pg = state;
    otp_err err;
    pg->name = args;
    if (!table_made(&pg->groups, pg->name, &err) || !table_made(&pg->local, OTP_NONE, &err) ||
        !table_made(&pg->peers, OTP_NONE, &err) || !table_made(&pg->theirs, OTP_NONE, &err) ||
        !table_made(&pg->watches, OTP_NONE, &err) || !table_made(&pg->watchers, OTP_NONE, &err)) {
        return otp_stop(otpi_wire_pair(OTP_ATOM(table), otp_atom(otp_err_name(err))));
    }
    otp_monitor_nodes(true);
    OTP_LIST_FOREACH (node, otp_nodes()) {
        otpi_pg_peers_discover(pg, node);
    }
    return otp_ok();
}

/* ---- Requests of this node ---- */

static otp_term pg_join(otpi_pg *pg, otp_term group, otp_term pids) {
    otp_term list = otpi_pg_pids(pids);
    otpi_pg_local_join(pg, group, list);
    otpi_pg_groups_join(pg, group, list, true);
    otpi_pg_peers_tell(pg, otp_tuple(OTP_ATOM(join), otp_from_pid(otp_self()), group, pids));
    return otpi_am(ok);
}

static void leave_tell(otpi_pg *pg, otp_term pids, otp_term groups) {
    otpi_pg_peers_tell(pg, otp_tuple(OTP_ATOM(leave), otp_from_pid(otp_self()), pids, groups));
}

static otp_term pg_leave(otpi_pg *pg, otp_term group, otp_term pids) {
    otp_term left = otpi_pg_local_leave(pg, group, otpi_pg_pids(pids));
    if (otp_is_nil(left)) {
        return OTP_ATOM(not_joined);
    }
    otpi_pg_groups_leave(pg, group, left, true);
    leave_tell(pg, left, otp_list(group));
    return otpi_am(ok);
}

static otp_term pg_monitor(otpi_pg *pg, otp_pid watcher, otp_term group) {
    otp_term row;
    otp_term what = otpi_wire_pair(OTP_ATOM(group), group);
    otp_ref ref = otpi_pg_watch(pg, watcher, what);
    otp_term pids =
        otpi_pg_row(pg->groups, group, &row) ? otp_element(row, OTPI_PG_ALL) : otp_nil();
    return otpi_wire_pair(otp_from_ref(ref), pids);
}

static otp_term pg_monitor_scope(otpi_pg *pg, otp_pid watcher) {
    otp_ref ref = otpi_pg_watch(pg, watcher, OTP_ATOM(scope));
    otp_term rows = otpi_pg_rows(pg->groups);
    size_t n = otp_length(rows);
    otp_term *pairs = n ? (otp_term *)(void *)otpi_scope_words(2 * n) : NULL;
    size_t i = 0;
    OTP_LIST_FOREACH (row, rows) {
        pairs[i++] = otp_element(row, 0);
        pairs[i++] = otp_element(row, OTPI_PG_ALL);
    }
    return otpi_wire_pair(otp_from_ref(ref), otp_map_of(n, pairs));
}

static otp_result pg_call(void *state, otp_term request, otp_from from) {
    otpi_pg *pg = state;
    otp_term group, pids;
    if (otp_match(request, "{join_local, ~t, ~t}", &group, &pids)) {
        return otp_reply(pg_join(pg, group, pids));
    }
    if (otp_match(request, "{leave_local, ~t, ~t}", &group, &pids)) {
        return otp_reply(pg_leave(pg, group, pids));
    }
    if (otp_match(request, "{monitor, ~t}", &group)) {
        return otp_reply(pg_monitor(pg, from.pid, group));
    }
    if (otp_is(request, "monitor")) {
        return otp_reply(pg_monitor_scope(pg, from.pid));
    }
    if (otp_match(request, "{demonitor, ~t}", &group)) {
        return otp_reply(otp_bool(otpi_pg_unwatch(pg, group)));
    }
    return otp_stop(otpi_wire_pair(OTP_ATOM(bad_call), request));
}

/* ---- Messages of other nodes: what makes no sense is passed over ---- */

static bool all_pids(otp_term list) {
    otp_pid pid;
    OTP_LIST_FOREACH (element, list) {
        if (!otp_get_pid(element, &pid)) {
            return false;
        }
    }
    return otp_length(list) != SIZE_MAX;
}

static bool all_groups(otp_term list) {
    OTP_LIST_FOREACH (entry, list) {
        if (otp_arity(entry) != 2 || !all_pids(otp_element(entry, 1))) {
            return false;
        }
    }
    return otp_length(list) != SIZE_MAX;
}

static otp_result pg_cast(void *state, otp_term message) {
    otp_pid peer;
    otp_term groups;
    if (otp_match(message, "{sync, ~p, ~l}", &peer, &groups) && all_groups(groups)) {
        otpi_pg_peer_synced(state, peer, groups);
    }
    return otp_noreply();
}

/* A member, a watcher or a peer. */
static void pg_down(otpi_pg *pg, otp_term ref, otp_pid pid) {
    otp_term row;
    if (otpi_pg_unwatch(pg, ref) || otpi_pg_peer_down(pg, pid) ||
        !otpi_pg_row(pg->local, otp_from_pid(pid), &row) || !otp_equal(otp_element(row, 1), ref)) {
        return;
    }
    otp_term groups = otp_element(row, 2);
    otpi_pg_remove(pg->local, otp_from_pid(pid));
    OTP_LIST_FOREACH (group, groups) {
        otpi_pg_groups_leave(pg, group, otp_list(otp_from_pid(pid)), true);
    }
    leave_tell(pg, otp_from_pid(pid), groups);
}

static otp_result pg_info(void *state, otp_term message) {
    otpi_pg *pg = state;
    otp_pid pid;
    otp_term a, b;
    if (otp_match(message, "{join, ~p, ~t, ~t}", &pid, &a, &b)) {
        b = otpi_pg_pids(b);
        if (all_pids(b)) {
            otpi_pg_peer_joined(pg, pid, a, b);
        }
    } else if (otp_match(message, "{leave, ~p, ~t, ~l}", &pid, &a, &b)) {
        a = otpi_pg_pids(a);
        if (all_pids(a)) {
            otpi_pg_peer_left(pg, pid, a, b);
        }
    } else if (otp_match(message, "{'DOWN', ~t, process, ~p, _}", &a, &pid)) {
        pg_down(pg, a, pid);
    } else if (otp_match(message, "{discover, ~p}", &pid)) {
        otpi_pg_peer_discovered(pg, pid);
    } else if (otp_match(message, "{nodeup, ~a}", &a)) {
        otpi_pg_peers_discover(pg, a);
    }
    return otp_noreply();
}

static otp_term pg_describe(const void *state) {
    return otpi_wire_pair(OTP_ATOM(pg), ((const otpi_pg *)state)->name);
}

static const otp_gen_server pg_server = {.name = "pg",
                                         .state_size = sizeof(otpi_pg),
                                         .init = pg_init,
                                         .handle_call = pg_call,
                                         .handle_cast = pg_cast,
                                         .handle_info = pg_info,
                                         .describe = pg_describe};

/* ---- Starting ---- */

typedef otp_err starter(const otp_gen_server *server, otp_term args, const otp_start_opts *opts,
                        otp_pid *out);

static otp_err scope_start(otp_term scope, starter *start, otp_pid *out) {
    if (!otp_is_atom(scope) || scope.word == OTPI_AM_undefined) {
        return OTP_EBADARG;
    }
    return start(&pg_server, scope, &(otp_start_opts){.name = scope}, out);
}

otp_err otp_pg_start(otp_term scope, otp_pid *out) {
    return scope_start(scope, otp_start, out);
}

otp_err otp_pg_start_link(otp_term scope, otp_pid *out) {
    return scope_start(scope, otp_start_link, out);
}

otp_err otp_pg_child(void *context, otp_term scope, otp_pid *out) {
    (void)context;
    return otp_pg_start_link(scope, out);
}

/* ---- Clients ---- */

static bool all_here(otp_term pids) {
    uint32_t here = otpi_self()->system->slot;
    otp_pid pid;
    OTP_LIST_FOREACH (element, pids) {
        if (!otp_get_pid(element, &pid) || otpi_pid_node(pid) != here) {
            return false;
        }
    }
    return true;
}

static otp_err scope_call(otp_term scope, otp_term request, otp_term *reply) {
    return otp_is_atom(scope) ? otp_call_term(scope, request, OTP_INFINITY, reply) : OTP_EBADARG;
}

static otp_err member_call(otp_term scope, otp_term what, otp_term group, otp_term pids) {
    otp_term list = otpi_pg_pids(pids);
    otp_term reply;
    if (otp_length(list) == SIZE_MAX || !all_here(list)) {
        return OTP_EBADARG;
    }
    if (otp_is_nil(list)) {
        return OTP_OK;
    }
    otp_err err = scope_call(scope, otp_tuple(what, group, pids), &reply);
    return err ? err : otp_is(reply, "not_joined") ? OTP_ENOENT : OTP_OK;
}

otp_err otp_pg_join(otp_term scope, otp_term group, otp_term pids) {
    return member_call(scope, OTP_ATOM(join_local), group, pids);
}

otp_err otp_pg_leave(otp_term scope, otp_term group, otp_term pids) {
    return member_call(scope, OTP_ATOM(leave_local), group, pids);
}

static otp_err watch_call(otp_term scope, otp_term request, otp_ref *ref, otp_term *now) {
    otp_term reply;
    otp_err err = scope_call(scope, request, &reply);
    if (err) {
        return err;
    }
    return otp_match(reply, "{~r, ~t}", ref, now) ? OTP_OK : OTP_EFORMAT;
}

otp_err otp_pg_monitor(otp_term scope, otp_term group, otp_ref *ref, otp_term *members) {
    return watch_call(scope, otpi_wire_pair(otpi_am(monitor), group), ref, members);
}

otp_err otp_pg_monitor_scope(otp_term scope, otp_ref *ref, otp_term *groups) {
    return watch_call(scope, otpi_am(monitor), ref, groups);
}

static bool is_change(void *context, otp_term message) {
    const otp_ref *ref = context;
    otp_ref of;
    return otp_arity(message) == 4 && otp_get_ref(otp_element(message, 0), &of) &&
           otpi_ref_same(of, *ref);
}

otp_err otp_pg_demonitor(otp_term scope, otp_ref ref) {
    otp_term reply;
    otp_err err = scope_call(scope, otpi_wire_pair(otpi_am(demonitor), otp_from_ref(ref)), &reply);
    if (err) {
        return err;
    }
    while (otpi_receive_more(is_change, &ref, 0, NULL) == OTP_OK) {}
    return otp_is(reply, "true") ? OTP_OK : OTP_ENOENT;
}

/* ---- Readers ---- */

static bool scope_table(otp_term scope, otp_table *table) {
    return otp_table_named(scope, table) == OTP_OK;
}

/* Gone between two looks is as not there; memory is the only other thing that fails. */
static bool read_failed(otp_err err) {
    if (err == OTP_ENOMEM) {
        otpi_enomem(OTPI_SITE);
    }
    return err != OTP_OK;
}

bool otpi_pg_read(otp_term scope, otp_term group, otp_term *all, otp_term *local) {
    otp_table table;
    otp_term row;
    *all = *local = otp_nil();
    if (!scope_table(scope, &table)) {
        return false;
    }
    if (!read_failed(otp_table_lookup(table, group, &row))) {
        *all = otp_element(row, OTPI_PG_ALL);
        *local = otp_element(row, OTPI_PG_LOCAL);
    }
    return true;
}

otp_term otp_pg_get_members(otp_term scope, otp_term group) {
    otp_term all, local;
    otpi_pg_read(scope, group, &all, &local);
    return all;
}

otp_term otp_pg_get_local_members(otp_term scope, otp_term group) {
    otp_term all, local;
    otpi_pg_read(scope, group, &all, &local);
    return local;
}

static otp_term groups_with(otp_term scope, size_t which) {
    otp_table table;
    otp_term rows;
    otp_term groups = otp_nil();
    if (!scope_table(scope, &table) || read_failed(otp_table_to_list(table, &rows))) {
        return groups;
    }
    OTP_LIST_FOREACH (row, rows) {
        if (!otp_is_nil(otp_element(row, which))) {
            groups = otp_cons(otp_element(row, 0), groups);
        }
    }
    return groups;
}

otp_term otp_pg_which_groups(otp_term scope) {
    return groups_with(scope, OTPI_PG_ALL);
}

otp_term otp_pg_which_local_groups(otp_term scope) {
    return groups_with(scope, OTPI_PG_LOCAL);
}
