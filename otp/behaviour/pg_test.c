/* SPDX-License-Identifier: MIT */
/* Process groups on one node. Over nodes: otp/dist/pg_test.c. */
#include "behaviour/test_probe.h"

#include "base/prng.h"

static otp_term scope(void) {
    return OTP_ATOM(pg_test);
}

static otp_pid scope_start(void) {
    otp_pid pid = OTP_PID_NONE;
    CHECK_EQ(otp_pg_start_link(scope(), &pid), OTP_OK);
    return pid;
}

static void stays(otp_term arg) {
    otp_err err = otp_receive_match(OTP_INFINITY, "go");
    CHECK(err == OTP_OK && !otp_is_none(arg));
}

static otp_pid member_start(void) {
    return otp_spawn(stays, otp_nil());
}

static otp_term pid_term(otp_pid pid) {
    return otp_from_pid(pid);
}

static otp_term self_term(void) {
    return otp_from_pid(otp_self());
}

/* How often the pid is in the list. */
static size_t count_of(otp_term list, otp_pid pid) {
    size_t n = 0;
    OTP_LIST_FOREACH (element, list) {
        n += element.word == pid.word;
    }
    return n;
}

static otp_term members(const char *group) {
    return otp_pg_get_members(scope(), otp_atom(group));
}

BOTH_WORLDS("a process joins a group, is a member at once, and leaves it") {
    scope_start();
    CHECK_TERM(members("g"), "[]");
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), self_term()), OTP_OK);
    CHECK_EQ(count_of(members("g"), otp_self()), 1);
    CHECK_EQ(count_of(otp_pg_get_local_members(scope(), OTP_ATOM(g)), otp_self()), 1);
    CHECK_TERM(otp_pg_which_groups(scope()), "[g]");
    CHECK_TERM(otp_pg_which_local_groups(scope()), "[g]");
    CHECK_EQ(otp_pg_leave(scope(), OTP_ATOM(g), self_term()), OTP_OK);
    CHECK_TERM(members("g"), "[]");
    CHECK_TERM(otp_pg_which_groups(scope()), "[]");
    CHECK_SILENCE();
}

BOTH_WORLDS("who has joined twice is in the list twice, and leaves twice") {
    scope_start();
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), self_term()), OTP_OK);
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), self_term()), OTP_OK);
    CHECK_EQ(count_of(members("g"), otp_self()), 2);
    CHECK_EQ(otp_pg_leave(scope(), OTP_ATOM(g), self_term()), OTP_OK);
    CHECK_EQ(count_of(members("g"), otp_self()), 1);
    CHECK_EQ(otp_pg_leave(scope(), OTP_ATOM(g), self_term()), OTP_OK);
    CHECK_EQ(otp_pg_leave(scope(), OTP_ATOM(g), self_term()), OTP_ENOENT);
    CHECK_TERM(members("g"), "[]");
}

BOTH_WORLDS("several processes join with one call; any term names a group") {
    scope_start();
    otp_term group = otp_term_of("{room, 7, <<\"x\">>}");
    otp_pid a = member_start(), b = member_start();
    CHECK_EQ(otp_pg_join(scope(), group, otp_list(pid_term(a), pid_term(b), pid_term(a))), OTP_OK);
    otp_term list = otp_pg_get_members(scope(), group);
    CHECK_EQ(count_of(list, a), 2);
    CHECK_EQ(count_of(list, b), 1);
    CHECK_EQ(otp_pg_leave(scope(), group, otp_list(pid_term(b), self_term())), OTP_OK);
    CHECK_EQ(otp_length(otp_pg_get_members(scope(), group)), 2);
    CHECK_EQ(otp_pg_leave(scope(), group, otp_list(pid_term(b), self_term())), OTP_ENOENT);
    CHECK_EQ(otp_pg_join(scope(), group, otp_nil()), OTP_OK);
}

/* Ends the process; returns when the scope has acted on that: it told so. */
static void ends(otp_ref watch, otp_pid pid, const char *group) {
    otp_kill(pid);
    CHECK_TOLD("{~w, leave, ~w, [~w]}", otp_from_ref(watch), otp_atom(group), pid_term(pid));
}

BOTH_WORLDS("an exit leaves all groups, each as often as it was joined") {
    scope_start();
    otp_ref watch;
    otp_term now;
    otp_pid pid = member_start();
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), otp_list(pid_term(pid), pid_term(pid))), OTP_OK);
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(h), pid_term(pid)), OTP_OK);
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(h), self_term()), OTP_OK);
    CHECK_EQ(otp_pg_monitor_scope(scope(), &watch, &now), OTP_OK);
    ends(watch, pid, "h");
    CHECK_TOLD("{~w, leave, g, [_]}", otp_from_ref(watch));
    CHECK_TOLD("{~w, leave, g, [_]}", otp_from_ref(watch));
    CHECK_SILENCE();
    CHECK_TERM(members("g"), "[]");
    CHECK_EQ(otp_length(members("h")), 1);
}

BOTH_WORLDS("a process that is gone joins and leaves at once") {
    scope_start();
    otp_ref watch;
    otp_term now;
    otp_pid pid = member_start();
    otp_kill(pid);
    wait_exit(pid);
    CHECK_EQ(otp_pg_monitor(scope(), OTP_ATOM(g), &watch, &now), OTP_OK);
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), pid_term(pid)), OTP_OK);
    CHECK_TOLD("{~w, join, g, [~w]}", otp_from_ref(watch), pid_term(pid));
    CHECK_TOLD("{~w, leave, g, [~w]}", otp_from_ref(watch), pid_term(pid));
    CHECK_TERM(members("g"), "[]");
}

BOTH_WORLDS("a watcher of a group hears of that group only, from what it was told on") {
    scope_start();
    otp_ref watch;
    otp_term now;
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), self_term()), OTP_OK);
    CHECK_EQ(otp_pg_monitor(scope(), OTP_ATOM(g), &watch, &now), OTP_OK);
    CHECK_EQ(count_of(now, otp_self()), 1);
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(h), self_term()), OTP_OK);
    CHECK_EQ(otp_pg_leave(scope(), OTP_ATOM(g), self_term()), OTP_OK);
    CHECK_TOLD("{~w, leave, g, [~w]}", otp_from_ref(watch), self_term());
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), otp_list(self_term(), self_term())), OTP_OK);
    CHECK_TOLD("{~w, join, g, [~w, ~w]}", otp_from_ref(watch), self_term(), self_term());
    CHECK_SILENCE();
}

BOTH_WORLDS("demonitor ends the updates and removes those that have come") {
    scope_start();
    otp_ref group_watch, scope_watch;
    otp_term now;
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), self_term()), OTP_OK);
    CHECK_EQ(otp_pg_monitor(scope(), OTP_ATOM(g), &group_watch, &now), OTP_OK);
    CHECK_EQ(otp_pg_monitor_scope(scope(), &scope_watch, &now), OTP_OK);
    CHECK(otp_map_size(now) == 1 && count_of(otp_map_get(now, OTP_ATOM(g)), otp_self()) == 1);
    CHECK_EQ(otp_pg_leave(scope(), OTP_ATOM(g), self_term()), OTP_OK);
    CHECK_EQ(otp_pg_demonitor(scope(), group_watch), OTP_OK);
    CHECK_TOLD("{~w, leave, g, _}", otp_from_ref(scope_watch));
    CHECK_EQ(otp_pg_demonitor(scope(), scope_watch), OTP_OK);
    CHECK_EQ(otp_pg_demonitor(scope(), scope_watch), OTP_ENOENT);
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), self_term()), OTP_OK);
    CHECK_SILENCE();
}

static void watches_and_goes(otp_term arg) {
    otp_ref watch;
    otp_term now;
    (void)arg;
    CHECK_EQ(otp_pg_monitor(scope(), OTP_ATOM(g), &watch, &now), OTP_OK);
    CHECK_EQ(otp_pg_monitor_scope(scope(), &watch, &now), OTP_OK);
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), self_term()), OTP_OK);
}

BOTH_WORLDS("a watcher that exits is forgotten, and leaves if it was a member") {
    otp_pid pid = scope_start();
    otp_ref watch;
    otp_term now;
    wait_exit(otp_spawn(watches_and_goes, otp_nil()));
    CHECK_EQ(otp_pg_monitor(scope(), OTP_ATOM(g), &watch, &now), OTP_OK);
    if (!otp_is_nil(now)) {
        CHECK_TOLD("{~w, leave, g, _}", otp_from_ref(watch));
    }
    CHECK_TERM(members("g"), "[]");
    CHECK_EQ(otp_pg_demonitor(scope(), watch), OTP_OK);
    otp_term info;
    CHECK_EQ(otp_process_info(pid, &info), OTP_OK);
    CHECK_TERM(otp_map_get(info, OTP_ATOM(monitors)), "0");
}

BOTH_WORLDS("what is no pid, no list of pids or no scope is refused") {
    otp_ref ref;
    otp_term now;
    otp_pid pid;
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), self_term()), OTP_ENOPROC);
    CHECK_EQ(otp_pg_leave(scope(), OTP_ATOM(g), self_term()), OTP_ENOPROC);
    CHECK_EQ(otp_pg_monitor(scope(), OTP_ATOM(g), &ref, &now), OTP_ENOPROC);
    CHECK_TERM(members("g"), "[]");
    CHECK_TERM(otp_pg_which_groups(scope()), "[]");
    CHECK_EQ(otp_pg_start_link(otp_int(1), &pid), OTP_EBADARG);
    CHECK_EQ(otp_pg_start_link(OTP_ATOM(undefined), &pid), OTP_EBADARG);
    otp_pid first = scope_start();
    CHECK_EQ(otp_pg_start_link(scope(), &pid), OTP_EALREADY);
    CHECK_EQ(pid.word, first.word);
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), OTP_ATOM(me)), OTP_EBADARG);
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), otp_list(self_term(), otp_int(3))), OTP_EBADARG);
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), otp_cons(self_term(), self_term())), OTP_EBADARG);
    CHECK_EQ(otp_pg_leave(scope(), OTP_ATOM(g), otp_term_of("#{}")), OTP_EBADARG);
    CHECK_EQ(otp_pg_join(otp_int(1), OTP_ATOM(g), self_term()), OTP_EBADARG);
}

BOTH_WORLDS("messages that make no sense are passed over") {
    otp_pid pid = scope_start();
    const char *texts[] = {"{join, a, b, c}", "{leave, x, y}", "{discover, me}",
                           "nonsense",        "{nodeup, 1}",   "{'$gen_cast', {sync, 1, 2}}",
                           "{'DOWN', a, b}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        otp_send(pid, otp_term_of(texts[i]));
    }
    otp_send(pid, otp_tuple(OTP_ATOM(join), self_term(), OTP_ATOM(g), self_term()));
    otp_send(pid, otp_tuple(OTP_ATOM(leave), self_term(), self_term(), otp_list(OTP_ATOM(g))));
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), self_term()), OTP_OK);
    CHECK_EQ(otp_length(members("g")), 1);
}

BOTH_WORLDS("a scope under a supervisor starts again, empty") {
    otp_child_spec child = {.id = "pg", .start = otp_pg_child, .args = scope()};
    otp_supervisor_spec spec = {.children = &child, .child_count = 1};
    otp_pid sup, before, after = OTP_PID_NONE;
    otp_trap_exit(true);
    CHECK_EQ(otp_supervisor_start_link(&spec, NULL, &sup), OTP_OK);
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), self_term()), OTP_OK);
    CHECK_EQ(otp_supervisor_child(otp_from_pid(sup), "pg", &before), OTP_OK);
    otp_kill(before);
    wait_exit(before);
    CHECK_EQ(otp_supervisor_child(otp_from_pid(sup), "pg", &after), OTP_OK);
    CHECK(after.word && after.word != before.word);
    CHECK_TERM(members("g"), "[]");
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), self_term()), OTP_OK);
}

/* ---- Many at the same time ---- */

enum { CROWD = 24, ROUNDS = 20 };

static void comes_and_goes(otp_term number) {
    int64_t n = 0;
    otp_get_int(number, &n);
    for (int i = 0; i < ROUNDS; i++) {
        otp_scope turn = otp_scope_begin();
        otp_term group = otp_int((n + i) % 3);
        CHECK_EQ(otp_pg_join(scope(), group, self_term()), OTP_OK);
        CHECK(count_of(otp_pg_get_members(scope(), group), otp_self()) >= 1);
        if (i % 2) {
            CHECK_EQ(otp_pg_leave(scope(), group, self_term()), OTP_OK);
        }
        otp_scope_end(turn);
    }
}

BOTH_WORLDS("a crowd joins, reads and leaves at the same time; when all are gone nothing is left") {
    otp_pid pid = scope_start();
    otp_ref refs[CROWD];
    otp_term info;
    for (int i = 0; i < CROWD; i++) {
        otp_spawn_monitor(comes_and_goes, otp_int(i), &refs[i]);
    }
    for (int i = 0; i < CROWD; i++) {
        CHECK_TERM(down_reason(refs[i]), "normal");
    }
    CHECK_SILENCE(); /* the scope has heard of all */
    CHECK_TERM(otp_pg_which_groups(scope()), "[]");
    CHECK_EQ(otp_process_info(pid, &info), OTP_OK);
    CHECK_TERM(otp_map_get(info, OTP_ATOM(monitors)), "0");
}

/* ---- Random operations against a model: how often each process is in each group ---- */

enum { PROCESSES = 6, GROUPS = 4, OPERATIONS = 250 };

typedef struct model {
    otp_pid pids[PROCESSES];
    unsigned joined[PROCESSES][GROUPS];
    otp_ref watch;
} model;

static otp_term group_term(size_t group) {
    return otp_tuple(OTP_ATOM(group), otp_int((int64_t)group));
}

static void model_check(const model *m) {
    size_t groups = 0;
    for (size_t g = 0; g < GROUPS; g++) {
        otp_term list = otp_pg_get_members(scope(), group_term(g));
        size_t all = 0;
        for (size_t p = 0; p < PROCESSES; p++) {
            CHECK_EQ(count_of(list, m->pids[p]), m->joined[p][g]);
            all += m->joined[p][g];
        }
        CHECK_EQ(otp_length(list), all);
        CHECK_EQ(otp_length(otp_pg_get_local_members(scope(), group_term(g))), all);
        groups += all > 0;
    }
    CHECK_EQ(otp_length(otp_pg_which_groups(scope())), groups);
}

static void model_join(model *m, size_t p, size_t g) {
    CHECK_EQ(otp_pg_join(scope(), group_term(g), pid_term(m->pids[p])), OTP_OK);
    m->joined[p][g]++;
    CHECK_TOLD("{~w, join, ~w, [~w]}", otp_from_ref(m->watch), group_term(g), pid_term(m->pids[p]));
}

static void model_leave(model *m, size_t p, size_t g) {
    bool in = m->joined[p][g] > 0;
    otp_err err = otp_pg_leave(scope(), group_term(g), pid_term(m->pids[p]));
    CHECK_EQ(err, in ? OTP_OK : OTP_ENOENT);
    if (in) {
        m->joined[p][g]--;
        CHECK_TOLD("{~w, leave, ~w, [~w]}", otp_from_ref(m->watch), group_term(g),
                   pid_term(m->pids[p]));
    }
}

static void model_kill(model *m, size_t p) {
    otp_kill(m->pids[p]);
    for (size_t g = 0; g < GROUPS; g++) {
        for (; m->joined[p][g] > 0; m->joined[p][g]--) {
            CHECK_TOLD("{~w, leave, ~w, [~w]}", otp_from_ref(m->watch), group_term(g),
                       pid_term(m->pids[p]));
        }
    }
    m->pids[p] = member_start();
}

BOTH_WORLDS("random joins, leaves and exits agree with a model; the watcher is told of each once") {
    model m = {0};
    otp_term now;
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    scope_start();
    CHECK_EQ(otp_pg_monitor_scope(scope(), &m.watch, &now), OTP_OK);
    for (size_t p = 0; p < PROCESSES; p++) {
        m.pids[p] = member_start();
    }
    for (int i = 0; i < OPERATIONS; i++) {
        otp_scope turn = otp_scope_begin();
        size_t p = otpi_prng_below(&prng, PROCESSES), g = otpi_prng_below(&prng, GROUPS);
        uint64_t what = otpi_prng_below(&prng, 10);
        if (what < 5) {
            model_join(&m, p, g);
        } else if (what < 9) {
            model_leave(&m, p, g);
        } else {
            model_kill(&m, p);
        }
        model_check(&m);
        otp_scope_end(turn);
    }
    CHECK_SILENCE();
}
