/* SPDX-License-Identifier: MIT */
/*
 * From one owner to the next, also when one of them dies on the way, under many schedules.
 */
#include <otp/choose.h>
#include <otp/table.h>

#include "base/prng.h"
#include "table/in_world.h"

enum { SEEDS = 300, CHOICES_MAX = 200, RUNS_MAX = 1000 };

/* ---- Choosers ---- */

static uint32_t choose(void *context, otp_choice kind, const otp_event *enabled, uint32_t n) {
    (void)kind, (void)enabled;
    return (uint32_t)otpi_prng_below(context, n);
}

static int64_t draw(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                    int64_t target, const char *label) {
    (void)context, (void)lane, (void)kind, (void)lo, (void)hi, (void)label;
    return target;
}

/* Runs the body under the default schedule, under many random ones, and in parallel. */
static void under_schedules(otp_process_fn *body) {
    in_both_worlds(body);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        otpi_prng prng;
        otpi_prng_seed(&prng, seed);
        const otp_chooser seam = {.context = &prng, .choose = choose, .draw = draw};
        in_world_with(&(otp_world_opts){.mode = OTP_SIMULATED, .chooser = &seam}, NULL, body, NULL);
    }
    for (int i = 0; i < 20; i++) {
        in_world(OTP_PARALLEL, body);
    }
}

/* All schedules of a run, one after the other: the last choice that has another answer left gets
 * it. */
typedef struct enumeration {
    uint32_t rank[CHOICES_MAX];
    uint32_t ways[CHOICES_MAX];
    size_t depth, at;
} enumeration;

static uint32_t choose_next(void *context, otp_choice kind, const otp_event *enabled, uint32_t n) {
    enumeration *e = context;
    (void)kind, (void)enabled;
    if (!CHECK(e->at < CHOICES_MAX)) {
        return 0;
    }
    if (e->at == e->depth) {
        e->rank[e->depth] = 0;
        e->ways[e->depth++] = n;
    }
    return e->rank[e->at++];
}

static bool enumeration_next(enumeration *e) {
    while (e->depth > 0 && e->rank[e->depth - 1] + 1 == e->ways[e->depth - 1]) {
        e->depth--;
    }
    if (e->depth == 0) {
        return false;
    }
    e->rank[e->depth - 1]++;
    return true;
}

/* Under every schedule there is. */
static void under_every_schedule(otp_process_fn *body) {
    static enumeration e;
    e = (enumeration){0};
    int runs = 0;
    bool more = true;
    while (more && ++runs < RUNS_MAX) {
        e.at = 0;
        const otp_chooser seam = {.context = &e, .choose = choose_next, .draw = draw};
        in_world_with(&(otp_world_opts){.mode = OTP_SIMULATED, .chooser = &seam}, NULL, body, NULL);
        more = enumeration_next(&e);
    }
    CHECK(!more && runs > 10);
}

/* ---- Giving away ---- */

static otp_table table_of(otp_term term) {
    otp_table t = {0};
    CHECK(otp_get_table(term, &t));
    return t;
}

static otp_term owner_of(otp_table t) {
    otp_term info;
    return otp_table_info(t, &info) == OTP_OK ? otp_map_get(info, OTP_ATOM(owner)) : OTP_NONE;
}

/* Waits for a table, writes to it, and says so. */
static void receives_table(otp_term parent) {
    otp_pid from;
    otp_pid to;
    otp_term table;
    otp_term data;
    CHECK(otp_get_pid(parent, &to));
    CHECK_EQ(otp_receive_match(IN_WORLD_TIMEOUT_MS, "{'ETS-TRANSFER', ~t, ~p, ~t}", &table, &from,
                               &data),
             OTP_OK);
    otp_table t = table_of(table);
    CHECK(otp_equal(owner_of(t), otp_from_pid(otp_self())));
    CHECK_EQ(otp_table_insert(t, otp_tuple(OTP_ATOM(heard), otp_from_pid(from), data)), OTP_OK);
    otp_send(to, OTP_ATOM(done));
    otp_term stop;
    (void)!otp_receive(OTP_INFINITY, &stop);
}

static void gives(otp_term arg) {
    (void)arg;
    const otp_protection protections[] = {OTP_PROTECTED, OTP_PUBLIC, OTP_PRIVATE};
    for (int i = 0; i < 3; i++) {
        otp_table t;
        otp_term row;
        otp_ref ref;
        otp_term down;
        otp_pid self = otp_self();
        CHECK_EQ(otp_table_new(&(otp_table_opts){.protection = protections[i]}, &t), OTP_OK);
        CHECK_EQ(otp_table_insert(t, otp_term_of("{a, 1}")), OTP_OK);
        otp_pid heir = otp_spawn_monitor(receives_table, otp_from_pid(self), &ref);
        CHECK_EQ(otp_table_give_away(t, self, otp_nil()), OTP_EBADARG);
        CHECK_EQ(otp_table_give_away(t, OTP_PID_NONE, otp_nil()), OTP_EBADARG);
        CHECK_EQ(otp_table_give_away(t, heir, otp_term_of("{gift, [1]}")), OTP_OK);
        CHECK_EQ(otp_receive_match(IN_WORLD_TIMEOUT_MS, "done"), OTP_OK);
        CHECK_EQ(otp_table_give_away(t, heir, otp_nil()), OTP_EACCESS);
        CHECK_EQ(otp_table_set_heir(t, heir, otp_nil()), OTP_EACCESS);
        if (protections[i] == OTP_PRIVATE) {
            CHECK_EQ(otp_table_lookup(t, OTP_ATOM(a), &row), OTP_EACCESS);
        } else {
            CHECK_EQ(otp_table_lookup(t, OTP_ATOM(heard), &row), OTP_OK);
            CHECK_STR(otp_show(row), otp_show(otp_tuple(OTP_ATOM(heard), otp_from_pid(self),
                                                        otp_term_of("{gift, [1]}"))));
        }
        otp_kill(heir);
        CHECK_EQ(otp_receive_ref(ref, IN_WORLD_TIMEOUT_MS, &down), OTP_OK);
        CHECK_EQ(otp_table_lookup(t, OTP_ATOM(a), &row), OTP_ENOENT);
        CHECK_EQ(otp_table_give_away(t, heir, otp_nil()), OTP_ENOENT);
    }
}

UNIT("a table given away belongs to the other, who is told, and goes with it") {
    under_schedules(gives);
}

static void gives_to_the_dead(otp_term arg) {
    (void)arg;
    otp_table t;
    otp_ref ref;
    otp_term down;
    CHECK_EQ(otp_table_new(NULL, &t), OTP_OK);
    otp_pid dead = otp_spawn_monitor(receives_table, otp_from_pid(otp_self()), &ref);
    otp_kill(dead);
    CHECK_EQ(otp_receive_ref(ref, IN_WORLD_TIMEOUT_MS, &down), OTP_OK);
    CHECK_EQ(otp_table_give_away(t, dead, otp_nil()), OTP_ENOPROC);
    CHECK(otp_equal(owner_of(t), otp_from_pid(otp_self())));
    CHECK_EQ(otp_table_insert(t, otp_term_of("{mine}")), OTP_OK);
}

UNIT("a table can't be given to a process that has exited") {
    under_schedules(gives_to_the_dead);
}

/* ---- Gifts and kills at once ---- */

static void idles(otp_term arg) {
    (void)arg;
    otp_term message;
    (void)!otp_receive(OTP_INFINITY, &message);
    (void)!otp_receive(OTP_INFINITY, &message);
}

static void kills(otp_term victim) {
    otp_pid pid;
    CHECK(otp_get_pid(victim, &pid));
    otp_kill(pid);
}

/* Whoever is faster: afterwards the table is ours or gone, never an orphan. */
static void gives_to_the_dying(otp_term arg) {
    (void)arg;
    otp_table t;
    otp_ref refs[2];
    otp_term down;
    otp_term row;
    CHECK_EQ(otp_table_new(&(otp_table_opts){.name = OTP_ATOM(hot), .protection = OTP_PUBLIC}, &t),
             OTP_OK);
    CHECK_EQ(otp_table_insert(t, otp_term_of("{a}")), OTP_OK);
    otp_pid dying = otp_spawn_monitor(idles, otp_nil(), &refs[0]);
    otp_spawn_monitor(kills, otp_from_pid(dying), &refs[1]);
    otp_err err = otp_table_give_away(t, dying, otp_term_of("[some, {data}]"));
    CHECK(err == OTP_OK || err == OTP_ENOPROC);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(otp_receive_ref(refs[i], IN_WORLD_TIMEOUT_MS, &down), OTP_OK);
    }
    CHECK_EQ(otp_table_lookup(t, OTP_ATOM(a), &row), err == OTP_OK ? OTP_ENOENT : OTP_OK);
    CHECK_EQ(otp_table_named(OTP_ATOM(hot), &t), err == OTP_OK ? OTP_ENOENT : OTP_OK);
}

UNIT("a gift to a process that is being killed arrives, or is not given") {
    under_schedules(gives_to_the_dying);
    under_every_schedule(gives_to_the_dying);
}

/* ---- Heirs ---- */

static void owns_for_heir(otp_term arg) {
    otp_pid heir;
    otp_term reason;
    otp_table t;
    CHECK(otp_match(arg, "{~p, ~t}", &heir, &reason));
    CHECK_EQ(otp_table_new(&(otp_table_opts){.name = OTP_ATOM(will),
                                             .heir = heir,
                                             .heir_data = otp_term_of("{the, \"data\"}")},
                           &t),
             OTP_OK);
    CHECK_EQ(otp_table_insert(t, otp_term_of("{a, [1, 2]}")), OTP_OK);
    otp_exit(reason);
}

static void inherits(otp_term arg) {
    (void)arg;
    static const char *const reasons[] = {"normal", "crash", "kill"};
    for (int i = 0; i < 3; i++) {
        otp_term table;
        otp_term row;
        otp_pid from;
        otp_term reason = otp_atom(reasons[i]);
        otp_pid owner = otp_spawn(owns_for_heir, otp_tuple(otp_from_pid(otp_self()), reason));
        CHECK_EQ(otp_receive_match(IN_WORLD_TIMEOUT_MS, "{'ETS-TRANSFER', ~t, ~p, {the, \"data\"}}",
                                   &table, &from),
                 OTP_OK);
        otp_table t = table_of(table);
        otp_table named;
        CHECK_EQ(from.word, owner.word);
        CHECK(otp_equal(owner_of(t), otp_from_pid(otp_self())));
        CHECK_EQ(otp_table_lookup(t, OTP_ATOM(a), &row), OTP_OK);
        CHECK_STR(otp_show(row), "{a,[1,2]}");
        CHECK_EQ(otp_table_named(OTP_ATOM(will), &named), OTP_OK);
        CHECK_EQ(named.word, t.word);
        CHECK_EQ(otp_table_insert(t, otp_term_of("{b}")), OTP_OK);
        CHECK_EQ(otp_table_delete(t), OTP_OK);
    }
}

UNIT("an heir gets the table and is told, however its owner exits") {
    under_schedules(inherits);
}

/* The heir dies before, with, or after the owner: the table is the heir's until that is gone. */
static void both_die(otp_term arg) {
    (void)arg;
    otp_table t;
    otp_ref refs[4];
    otp_term down;
    otp_term row;
    otp_pid heir = otp_spawn_monitor(idles, otp_nil(), &refs[0]);
    otp_pid owner =
        otp_spawn_monitor(owns_for_heir, otp_tuple(otp_from_pid(heir), OTP_ATOM(crash)), &refs[1]);
    otp_spawn_monitor(kills, otp_from_pid(heir), &refs[2]);
    otp_spawn_monitor(kills, otp_from_pid(owner), &refs[3]);
    if (otp_table_named(OTP_ATOM(will), &t) == OTP_OK) {
        otp_err err = otp_table_lookup(t, OTP_ATOM(a), &row);
        CHECK(err == OTP_OK || err == OTP_ENOENT);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(otp_receive_ref(refs[i], IN_WORLD_TIMEOUT_MS, &down), OTP_OK);
    }
    CHECK_EQ(otp_table_named(OTP_ATOM(will), &t), OTP_ENOENT);
}

UNIT("owner and heir killed at once leave no table behind") {
    under_schedules(both_die);
}

/* The same without a blow from outside for the owner: few enough for every schedule. */
static void heir_dies(otp_term arg) {
    (void)arg;
    otp_table t;
    otp_ref refs[2];
    otp_term down;
    otp_pid heir = otp_spawn_monitor(idles, otp_nil(), &refs[0]);
    otp_spawn_monitor(owns_for_heir, otp_tuple(otp_from_pid(heir), OTP_ATOM(crash)), &refs[1]);
    otp_kill(heir);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(otp_receive_ref(refs[i], IN_WORLD_TIMEOUT_MS, &down), OTP_OK);
    }
    CHECK_EQ(otp_table_named(OTP_ATOM(will), &t), OTP_ENOENT);
}

UNIT("an heir killed before, while or after it inherits leaves no table behind") {
    under_every_schedule(heir_dies);
}

static void changes_heirs(otp_term arg) {
    (void)arg;
    otp_table t;
    otp_term info;
    otp_pid heir = otp_spawn(idles, otp_nil());
    CHECK_EQ(otp_table_new(&(otp_table_opts){.heir = (otp_pid){12345}}, &t), OTP_EBADARG);
    CHECK_EQ(otp_table_new(NULL, &t), OTP_OK);
    CHECK_EQ(otp_table_set_heir(t, (otp_pid){12345}, otp_nil()), OTP_EBADARG);
    CHECK_EQ(otp_table_set_heir(t, heir, otp_nil()), OTP_OK);
    CHECK_EQ(otp_table_set_heir(t, heir, otp_term_of("{other, data}")), OTP_OK);
    CHECK_EQ(otp_table_info(t, &info), OTP_OK);
    CHECK(otp_equal(otp_map_get(info, OTP_ATOM(heir)), otp_from_pid(heir)));
    CHECK_EQ(otp_table_set_heir(t, OTP_PID_NONE, OTP_NONE), OTP_OK);
    CHECK_EQ(otp_table_info(t, &info), OTP_OK);
    CHECK_STR(otp_show(otp_map_get(info, OTP_ATOM(heir))), "none");
    otp_kill(heir);
}

UNIT("an heir may be named, changed and taken back") {
    in_both_worlds(changes_heirs);
}

/* The heir inherits, gives the table away, and inherits it once more. */
static void takes_and_dies(otp_term parent) {
    otp_pid to;
    otp_term table;
    CHECK(otp_get_pid(parent, &to));
    CHECK_EQ(otp_receive_match(IN_WORLD_TIMEOUT_MS, "{'ETS-TRANSFER', ~t, _, again}", &table),
             OTP_OK);
    otp_exit(OTP_ATOM(crash));
}

static void inherits_twice(otp_term arg) {
    (void)arg;
    otp_term table;
    otp_spawn(owns_for_heir, otp_tuple(otp_from_pid(otp_self()), OTP_ATOM(crash)));
    for (int i = 0; i < 3; i++) {
        otp_pid from = OTP_PID_NONE;
        CHECK_EQ(otp_receive_match(IN_WORLD_TIMEOUT_MS, "{'ETS-TRANSFER', ~t, ~p, {the, _}}",
                                   &table, &from),
                 OTP_OK);
        otp_pid other = otp_spawn(takes_and_dies, otp_from_pid(otp_self()));
        CHECK_EQ(otp_table_give_away(table_of(table), other, OTP_ATOM(again)), OTP_OK);
    }
    CHECK_EQ(otp_receive_match(IN_WORLD_TIMEOUT_MS, "{'ETS-TRANSFER', ~t, _, {the, _}}", &table),
             OTP_OK);
}

UNIT("an heir stays one when it gives the table away") {
    in_both_worlds(inherits_twice);
}

/* ---- Many owners ---- */

static void owns_some(otp_term arg) {
    otp_table t[3];
    otp_pid heir;
    CHECK(otp_get_pid(arg, &heir));
    for (int i = 0; i < 3; i++) {
        otp_table_opts opts = {.type = (otp_table_type)i, .heir = i == 1 ? heir : OTP_PID_NONE};
        CHECK_EQ(otp_table_new(&opts, &t[i]), OTP_OK);
        CHECK_EQ(otp_table_insert(t[i], otp_term_of("{a, [b]}")), OTP_OK);
    }
}

static void many_owners(otp_term arg) {
    (void)arg;
    otp_scope scope = otp_scope_begin();
    for (int i = 0; i < 200; i++) {
        otp_spawn(owns_some, otp_from_pid(otp_self()));
    }
    for (int i = 0; i < 200; i++) {
        otp_term table;
        otp_term row;
        CHECK_EQ(otp_receive_match(IN_WORLD_TIMEOUT_MS, "{'ETS-TRANSFER', ~t, _, []}", &table),
                 OTP_OK);
        CHECK_EQ(otp_table_lookup(table_of(table), OTP_ATOM(a), &row), OTP_OK);
    }
    otp_scope_end(scope);
}

UNIT("two hundred owners exit at once and one process inherits") {
    in_both_worlds(many_owners);
}

/* ---- Without memory ---- */

static void scarce(otp_term arg) {
    (void)arg;
    otp_pid heir = otp_spawn(idles, otp_nil());
    for (int what = 0; what < 3; what++) {
        otp_table t;
        otp_err err = OTP_ENOMEM;
        CHECK_EQ(otp_table_new(NULL, &t), OTP_OK);
        for (int n = 1; err != OTP_OK && n < 100; n++) {
            int left = n;
            otp_term data = otp_term_of("{some, [data]}");
            otp_table other;
            otpi_alloc_fault_set(in_world_fail, &left);
            err = what == 0 ? otp_table_give_away(t, heir, data)
                  : what == 1
                      ? otp_table_set_heir(t, heir, data)
                      : otp_table_new(&(otp_table_opts){.heir = heir, .heir_data = data}, &other);
            otpi_alloc_fault_set(NULL, NULL);
            CHECK(err == OTP_OK || err == OTP_ENOMEM);
            CHECK(err == OTP_OK || otp_equal(owner_of(t), otp_from_pid(otp_self())));
            CHECK(n > 1 || err == OTP_ENOMEM);
        }
        CHECK_EQ(err, OTP_OK);
    }
    otp_kill(heir);
}

UNIT("without memory no owner changes and no heir is named") {
    in_both_worlds(scarce);
}

/* ---- Names ---- */

static void renames(otp_term arg) {
    (void)arg;
    otp_table a;
    otp_table b;
    otp_table found;
    otp_term info;
    CHECK_EQ(otp_table_new(&(otp_table_opts){.name = OTP_ATOM(first)}, &a), OTP_OK);
    CHECK_EQ(otp_table_new(&(otp_table_opts){.name = OTP_ATOM(second)}, &b), OTP_OK);
    CHECK_EQ(otp_table_rename(a, OTP_ATOM(second)), OTP_EEXIST);
    CHECK_EQ(otp_table_rename(a, otp_int(1)), OTP_EBADARG);
    CHECK_EQ(otp_table_rename(a, OTP_ATOM(third)), OTP_OK);
    CHECK_EQ(otp_table_named(OTP_ATOM(first), &found), OTP_ENOENT);
    CHECK_EQ(otp_table_named(OTP_ATOM(third), &found), OTP_OK);
    CHECK_EQ(found.word, a.word);
    CHECK_EQ(otp_table_rename(b, OTP_ATOM(first)), OTP_OK);
    CHECK_EQ(otp_table_delete(a), OTP_OK);
    CHECK_EQ(otp_table_named(OTP_ATOM(third), &found), OTP_ENOENT);
    CHECK_EQ(otp_table_rename(a, OTP_ATOM(fourth)), OTP_ENOENT);
    CHECK_EQ(otp_table_new(NULL, &a), OTP_OK);
    CHECK_EQ(otp_table_rename(a, OTP_ATOM(fifth)), OTP_OK);
    CHECK_EQ(otp_table_named(OTP_ATOM(fifth), &found), OTP_ENOENT);
    CHECK_EQ(otp_table_info(a, &info), OTP_OK);
    CHECK_STR(otp_show(otp_map_get(info, OTP_ATOM(named_table))), "false");
}

UNIT("a named table is renamed, one without a name stays so") {
    in_both_worlds(renames);
}
