/* SPDX-License-Identifier: MIT */
/*
 * The scopes of other nodes: discover, sync, join and leave, as pg.erl of OTP 25. A scope that
 * comes up, or sees a node come up, asks who is there; who is asked answers with all its members
 * and asks back. From then on each tells the other of every change, in order, until one is gone.
 */
#include "behaviour/pg.h"
#include "behaviour/wire.h"

#include "process/process.h"

void otpi_pg_peers_tell(otpi_pg *pg, otp_term message) {
    OTP_LIST_FOREACH (row, otpi_pg_rows(pg->peers)) {
        /* one that is gone does not care; its 'DOWN' is on its way */
        (void)!otp_try_send_term(otp_element(row, 0), message);
    }
}

static otp_term discover_message(void) {
    return otpi_wire_pair(OTP_ATOM(discover), otp_from_pid(otp_self()));
}

void otpi_pg_peers_discover(otpi_pg *pg, otp_term node) {
    (void)!otp_try_send_term(otpi_wire_pair(pg->name, node), discover_message());
}

static bool peer_known(otpi_pg *pg, otp_pid peer) {
    otp_term row;
    return otpi_pg_row(pg->peers, otp_from_pid(peer), &row);
}

static void peer_add(otpi_pg *pg, otp_pid peer) {
    otp_ref ref = otp_monitor(peer);
    otpi_pg_put(pg->peers, otpi_wire_pair(otp_from_pid(peer), otp_from_ref(ref)));
}

void otpi_pg_peer_discovered(otpi_pg *pg, otp_pid peer) {
    otp_term sync = otp_tuple(OTP_ATOM(sync), otp_from_pid(otp_self()), otpi_pg_local_groups(pg));
    otp_cast_term(otp_from_pid(peer), sync);
    if (!peer_known(pg, peer)) {
        peer_add(pg, peer);
        (void)!otp_try_send_term(otp_from_pid(peer), discover_message());
    }
}

/* ---- What a peer has told ---- */

static otp_term their_key(otp_pid peer, otp_term group) {
    return otpi_wire_pair(otp_from_pid(peer), group);
}

static otp_term their_pids(otpi_pg *pg, otp_pid peer, otp_term group) {
    otp_term row;
    return otpi_pg_row(pg->theirs, their_key(peer, group), &row) ? otp_element(row, 1) : otp_nil();
}

static otp_term their_groups(otpi_pg *pg, otp_pid peer) {
    otp_term row;
    return otpi_pg_row(pg->theirs, otp_from_pid(peer), &row) ? otp_element(row, 1) : otp_nil();
}

static void their_groups_set(otpi_pg *pg, otp_pid peer, otp_term groups) {
    if (otp_is_nil(groups)) {
        otpi_pg_remove(pg->theirs, otp_from_pid(peer));
    } else {
        otpi_pg_put(pg->theirs, otpi_wire_pair(otp_from_pid(peer), groups));
    }
}

static void theirs_set(otpi_pg *pg, otp_pid peer, otp_term group, otp_term pids) {
    bool known;
    otp_term rest = otpi_pg_without(their_groups(pg, peer), group, &known);
    if (otp_is_nil(pids)) {
        otpi_pg_remove(pg->theirs, their_key(peer, group));
        their_groups_set(pg, peer, rest);
        return;
    }
    otpi_pg_put(pg->theirs, otpi_wire_pair(their_key(peer, group), pids));
    if (!known) {
        their_groups_set(pg, peer, otp_cons(group, rest));
    }
}

void otpi_pg_peer_joined(otpi_pg *pg, otp_pid peer, otp_term group, otp_term pids) {
    if (!peer_known(pg, peer)) {
        return;
    }
    otp_term all = their_pids(pg, peer, group);
    OTP_LIST_FOREACH (pid, pids) {
        all = otp_cons(pid, all);
    }
    theirs_set(pg, peer, group, all);
    otpi_pg_groups_join(pg, group, pids, false);
}

static void their_leave(otpi_pg *pg, otp_pid peer, otp_term group, otp_term pids) {
    otp_term rest = their_pids(pg, peer, group);
    otp_term left = otp_nil();
    OTP_LIST_FOREACH (pid, pids) {
        bool found;
        rest = otpi_pg_without(rest, pid, &found);
        left = found ? otp_cons(pid, left) : left;
    }
    if (!otp_is_nil(left)) {
        theirs_set(pg, peer, group, rest);
        otpi_pg_groups_leave(pg, group, left, false);
    }
}

void otpi_pg_peer_left(otpi_pg *pg, otp_pid peer, otp_term pids, otp_term groups) {
    OTP_LIST_FOREACH (group, groups) {
        their_leave(pg, peer, group, pids);
    }
}

/* ---- Synchronising ---- */

/* The elements of a that are not in b, each as often as it is there more often. */
static otp_term list_minus(otp_term a, otp_term b) {
    OTP_LIST_FOREACH (element, b) {
        bool found;
        a = otpi_pg_without(a, element, &found);
    }
    return a;
}

static void sync_group(otpi_pg *pg, otp_pid peer, otp_term group, otp_term pids) {
    otp_term before = their_pids(pg, peer, group);
    otp_term gone = list_minus(before, pids);
    otp_term fresh = list_minus(pids, before);
    if (!otp_is_nil(gone)) {
        otpi_pg_groups_leave(pg, group, gone, false);
    }
    if (!otp_is_nil(fresh)) {
        otpi_pg_groups_join(pg, group, fresh, false);
    }
    theirs_set(pg, peer, group, pids);
}

void otpi_pg_peer_synced(otpi_pg *pg, otp_pid peer, otp_term groups) {
    if (!peer_known(pg, peer)) {
        peer_add(pg, peer);
    }
    otp_term before = their_groups(pg, peer);
    OTP_LIST_FOREACH (entry, groups) {
        bool known;
        before = otpi_pg_without(before, otp_element(entry, 0), &known);
        sync_group(pg, peer, otp_element(entry, 0), otp_element(entry, 1));
    }
    OTP_LIST_FOREACH (group, before) {
        sync_group(pg, peer, group, otp_nil());
    }
}

bool otpi_pg_peer_down(otpi_pg *pg, otp_pid peer) {
    if (!peer_known(pg, peer)) {
        return false;
    }
    OTP_LIST_FOREACH (group, their_groups(pg, peer)) {
        otp_term pids = their_pids(pg, peer, group);
        otpi_pg_remove(pg->theirs, their_key(peer, group));
        otpi_pg_groups_leave(pg, group, pids, false);
    }
    otpi_pg_remove(pg->theirs, otp_from_pid(peer));
    otpi_pg_remove(pg->peers, otp_from_pid(peer));
    return true;
}
