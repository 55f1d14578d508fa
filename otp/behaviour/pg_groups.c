/* SPDX-License-Identifier: MIT */
/*
 * Who is in which group, who of this node is where, and who is told of changes.
 */
#include "behaviour/pg.h"
#include "behaviour/wire.h"

#include "process/process.h"

/* ---- Rows ---- */

static void pg_must(otp_err err) {
    if (err) {
        otpi_enomem(OTPI_SITE);
    }
}

bool otpi_pg_row(otp_table table, otp_term key, otp_term *row) {
    otp_err err = otp_table_lookup(table, key, row);
    if (err != OTP_ENOENT) {
        pg_must(err);
    }
    return err == OTP_OK;
}

void otpi_pg_put(otp_table table, otp_term row) {
    pg_must(otp_table_insert(table, row));
}

void otpi_pg_remove(otp_table table, otp_term key) {
    pg_must(otp_table_delete_key(table, key));
}

otp_term otpi_pg_rows(otp_table table) {
    otp_term rows;
    pg_must(otp_table_to_list(table, &rows));
    return rows;
}

/* ---- Lists ---- */

otp_term otpi_pg_without(otp_term list, otp_term element, bool *found) {
    otp_term before = otp_nil();
    *found = false;
    while (!otp_is_nil(list) && !*found) {
        otp_term head = otp_head(list);
        *found = otp_equal(head, element);
        list = otp_tail(list);
        before = *found ? before : otp_cons(head, before);
    }
    OTP_LIST_FOREACH (head, before) {
        list = otp_cons(head, list);
    }
    return list;
}

otp_term otpi_pg_pids(otp_term pids) {
    otp_pid pid;
    return otp_get_pid(pids, &pid) ? otp_list(pids) : pids;
}

static otp_term list_with(otp_term list, otp_term more) {
    OTP_LIST_FOREACH (element, more) {
        list = otp_cons(element, list);
    }
    return list;
}

static otp_term list_without(otp_term list, otp_term fewer) {
    OTP_LIST_FOREACH (element, fewer) {
        bool found;
        list = otpi_pg_without(list, element, &found);
    }
    return list;
}

/* ---- Watchers ---- */

static void watchers_tell_of(otpi_pg *pg, otp_term what, otp_term verb, otp_term group,
                             otp_term pids) {
    otp_term row;
    if (!otpi_pg_row(pg->watchers, what, &row)) {
        return;
    }
    OTP_LIST_FOREACH (watcher, otp_element(row, 1)) {
        otp_term message = otp_tuple(otp_element(watcher, 1), verb, group, pids);
        /* one that can't take it, or is gone, misses it: its 'DOWN' ends the watch */
        (void)!otp_try_send_term(otp_element(watcher, 0), message);
    }
}

static otp_term what_of_group(otp_term group) {
    return otpi_wire_pair(OTP_ATOM(group), group);
}

static void watchers_tell(otpi_pg *pg, otp_term verb, otp_term group, otp_term pids) {
    watchers_tell_of(pg, OTP_ATOM(scope), verb, group, pids);
    watchers_tell_of(pg, what_of_group(group), verb, group, pids);
}

otp_ref otpi_pg_watch(otpi_pg *pg, otp_pid watcher, otp_term what) {
    otp_ref ref = otp_monitor(watcher);
    otp_term ref_term = otp_from_ref(ref);
    otp_term row;
    otp_term list = otpi_pg_row(pg->watchers, what, &row) ? otp_element(row, 1) : otp_nil();
    otp_term one = otpi_wire_pair(otp_from_pid(watcher), ref_term);
    otpi_pg_put(pg->watchers, otpi_wire_pair(what, otp_cons(one, list)));
    otpi_pg_put(pg->watches, otp_tuple(ref_term, otp_from_pid(watcher), what));
    return ref;
}

bool otpi_pg_unwatch(otpi_pg *pg, otp_term ref_term) {
    otp_term row;
    otp_ref ref;
    if (!otp_get_ref(ref_term, &ref) || !otpi_pg_row(pg->watches, ref_term, &row)) {
        return false;
    }
    otp_term what = otp_element(row, 2);
    otp_term one = otpi_wire_pair(otp_element(row, 1), ref_term);
    bool found = otpi_pg_row(pg->watchers, what, &row);
    otp_term rest = found ? otpi_pg_without(otp_element(row, 1), one, &found) : otp_nil();
    if (otp_is_nil(rest)) {
        otpi_pg_remove(pg->watchers, what);
    } else {
        otpi_pg_put(pg->watchers, otpi_wire_pair(what, rest));
    }
    otpi_pg_remove(pg->watches, ref_term);
    otp_demonitor(ref, true);
    return true;
}

/* ---- Groups ---- */

void otpi_pg_groups_join(otpi_pg *pg, otp_term group, otp_term pids, bool local) {
    otp_term row;
    bool found = otpi_pg_row(pg->groups, group, &row);
    otp_term all = found ? otp_element(row, OTPI_PG_ALL) : otp_nil();
    otp_term here = found ? otp_element(row, OTPI_PG_LOCAL) : otp_nil();
    here = local ? list_with(here, pids) : here;
    otpi_pg_put(pg->groups, otp_tuple(group, list_with(all, pids), here));
    watchers_tell(pg, OTP_ATOM(join), group, pids);
}

void otpi_pg_groups_leave(otpi_pg *pg, otp_term group, otp_term pids, bool local) {
    otp_term row;
    if (!otpi_pg_row(pg->groups, group, &row)) {
        return;
    }
    otp_term all = list_without(otp_element(row, OTPI_PG_ALL), pids);
    otp_term here = otp_element(row, OTPI_PG_LOCAL);
    here = local ? list_without(here, pids) : here;
    if (otp_is_nil(all)) {
        otpi_pg_remove(pg->groups, group);
    } else {
        otpi_pg_put(pg->groups, otp_tuple(group, all, here));
    }
    watchers_tell(pg, OTP_ATOM(leave), group, pids);
}

/* ---- Members of this node ---- */

static void local_join_one(otpi_pg *pg, otp_term group, otp_term pid) {
    otp_term row;
    bool known = otpi_pg_row(pg->local, pid, &row);
    otp_term ref = known ? otp_element(row, 1) : otp_from_ref(otp_monitor(pid));
    otp_term groups = otp_cons(group, known ? otp_element(row, 2) : otp_nil());
    otpi_pg_put(pg->local, otp_tuple(pid, ref, groups));
}

void otpi_pg_local_join(otpi_pg *pg, otp_term group, otp_term pids) {
    OTP_LIST_FOREACH (pid, pids) {
        local_join_one(pg, group, pid);
    }
}

static bool local_leave_one(otpi_pg *pg, otp_term group, otp_term pid) {
    otp_term row;
    otp_ref ref;
    bool found = otpi_pg_row(pg->local, pid, &row);
    otp_term groups = found ? otpi_pg_without(otp_element(row, 2), group, &found) : otp_nil();
    if (!found) {
        return false;
    }
    if (!otp_is_nil(groups)) {
        otpi_pg_put(pg->local, otp_tuple(pid, otp_element(row, 1), groups));
        return true;
    }
    otpi_pg_remove(pg->local, pid);
    if (otp_get_ref(otp_element(row, 1), &ref)) {
        otp_demonitor(ref, true);
    }
    return true;
}

otp_term otpi_pg_local_leave(otpi_pg *pg, otp_term group, otp_term pids) {
    otp_term left = otp_nil();
    OTP_LIST_FOREACH (pid, pids) {
        left = local_leave_one(pg, group, pid) ? otp_cons(pid, left) : left;
    }
    return left;
}

otp_term otpi_pg_local_groups(otpi_pg *pg) {
    otp_term list = otp_nil();
    OTP_LIST_FOREACH (row, otpi_pg_rows(pg->groups)) {
        otp_term here = otp_element(row, OTPI_PG_LOCAL);
        if (!otp_is_nil(here)) {
            list = otp_cons(otpi_wire_pair(otp_element(row, 0), here), list);
        }
    }
    return list;
}
