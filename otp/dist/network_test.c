/* SPDX-License-Identifier: MIT */
/*
 * What the network does to signals, by draws.
 */
#include "dist/test_nodes.h"

/* ---- A chooser that answers draws of one kind from a script, and all else with the simplest ----
 */

static struct {
    otp_choice kind;
    int64_t answers[32];
    size_t at, count;
} script;

static int64_t script_draw(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                           int64_t target, const char *label) {
    (void)context, (void)label;
    CHECK(lane == OTP_LANE_NETWORK);
    if (kind != script.kind || script.at == script.count) {
        return target;
    }
    int64_t answer = script.answers[script.at++];
    CHECK(answer >= lo && answer <= hi);
    return answer;
}

static const otp_chooser script_chooser = {.draw = script_draw};

#define SCRIPT(about, ...)                                                                         \
    do {                                                                                           \
        static const int64_t answers_[] = {__VA_ARGS__};                                           \
        script.kind = (about);                                                                     \
        script.at = 0;                                                                             \
        script.count = sizeof answers_ / sizeof answers_[0];                                       \
        __builtin_memcpy(script.answers, answers_, sizeof answers_);                               \
    } while (0)

/* ---- Numbers sent from node two to one ---- */

enum { NUMBERS = 6 };
static int64_t got[4 * NUMBERS];
static uint64_t got_ms[4 * NUMBERS];
static size_t got_count;

static void sends_numbers(otp_term to) {
    for (int i = 1; i <= NUMBERS; i++) {
        otp_send_term(to, otp_int(i));
    }
}

static void collects_numbers(otp_term arg) {
    (void)arg;
    int64_t number;
    got_count = 0;
    spawn_on(two, sends_numbers, otp_from_pid(otp_self()));
    while (got_count < 4 * NUMBERS && otp_receive_match(10000, "~i", &number) == OTP_OK) {
        got_ms[got_count] = otp_now_ms();
        got[got_count++] = number;
    }
}

static void check_got(const char *expected) {
    char text[100] = "";
    size_t length = 0;
    for (size_t i = 0; i < got_count; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "%d", (int)got[i]);
    }
    CHECK_STR(text, expected);
}

UNIT("a lossy network drops, doubles and reorders where the draws say") {
    otp_world_opts opts = {.mode = OTP_SIMULATED,
                           .chooser = &script_chooser,
                           .network = OTP_NETWORK_LOSSY,
                           .lossy_gap_max = 10};
    SCRIPT(OTP_CHOICE_LOSS, 0);
    nodes_run(&opts, collects_numbers);
    check_got("123456");
    SCRIPT(OTP_CHOICE_LOSS, 2, OTPI_LOSS_DROP, 3, OTPI_LOSS_DROP);
    nodes_run(&opts, collects_numbers);
    check_got("1346");
    SCRIPT(OTP_CHOICE_LOSS, 2, OTPI_LOSS_DOUBLE, 1, OTPI_LOSS_DOUBLE);
    nodes_run(&opts, collects_numbers);
    check_got("12223456");
    SCRIPT(OTP_CHOICE_LOSS, 2, OTPI_LOSS_REORDER, 0, 3, OTPI_LOSS_REORDER);
    nodes_run(&opts, collects_numbers);
    check_got("132465");
    SCRIPT(OTP_CHOICE_LOSS, 1, OTPI_LOSS_REORDER, 4);
    nodes_run(&opts, collects_numbers);
    check_got("234561");
    CHECK_EQ(script.at, script.count);
}

UNIT("over TCP nothing is lost without the connection") {
    otp_world_opts opts = {.mode = OTP_SIMULATED, .chooser = &script_chooser};
    SCRIPT(OTP_CHOICE_LOSS, 1, OTPI_LOSS_DROP);
    nodes_run(&opts, collects_numbers);
    check_got("123456");
    CHECK_EQ(script.at, 0);
}

UNIT("a cut after a drawn delivery loses a drawn suffix; the next signal connects anew") {
    otp_world_opts opts = {.mode = OTP_SIMULATED, .chooser = &script_chooser, .cut_gap_max = 10};
    /* after the second delivery; of the four under way two survive; the other way none is */
    SCRIPT(OTP_CHOICE_CUT, 2, 2);
    nodes_run(&opts, collects_numbers);
    check_got("1234");
    CHECK_EQ(script.at, script.count);
    SCRIPT(OTP_CHOICE_CUT, 1, 0);
    nodes_run(&opts, collects_numbers);
    check_got("1");
}

UNIT("latency delays signals, and over TCP keeps their order") {
    otp_world_opts opts = {
        .mode = OTP_SIMULATED, .chooser = &script_chooser, .latency_ms_max = 100};
    SCRIPT(OTP_CHOICE_LATENCY, 10, 50, 20, 100, 0, 7);
    nodes_run(&opts, collects_numbers);
    check_got("123456");
    static const uint64_t expected_ms[NUMBERS] = {10, 50, 50, 100, 100, 100};
    for (size_t i = 0; i < NUMBERS; i++) {
        CHECK_EQ(got_ms[i], expected_ms[i]);
    }
    opts.network = OTP_NETWORK_LOSSY; /* each its own way */
    SCRIPT(OTP_CHOICE_LATENCY, 10, 50, 20, 100, 0, 7);
    nodes_run(&opts, collects_numbers);
    check_got("561324");
}

UNIT("a random TCP network keeps the order of a pair; what is missing is a suffix") {
    otp_world_opts opts = {
        .mode = OTP_SIMULATED, .chooser = &the_chooser, .cut_gap_max = 8, .latency_ms_max = 5};
    int cuts = 0;
    for (uint64_t seed = 0; seed < 300; seed++) {
        the_choices.calm = false;
        otpi_prng_seed(&the_choices.prng, unit_seed() + seed);
        opts.timers = seed % 2 ? OTP_TIMERS_RACE : OTP_TIMERS_LAST;
        nodes_run(&opts, collects_numbers);
        for (size_t i = 1; i < got_count; i++) {
            CHECK(got[i] > got[i - 1]);
        }
        cuts += got_count < NUMBERS;
    }
    CHECK(cuts > 0);
}

/* ---- Calls between two nodes under a bad network ---- */

static int64_t served, answered, failed;

static otp_result echo_init(void *state, otp_term args) {
    (void)state, (void)args;
    return otp_ok();
}

static otp_result echo_call(void *state, otp_term request, otp_from from) {
    (void)state, (void)from;
    served++;
    return otp_reply(request);
}

static const otp_gen_server echo_server = {
    .name = "echo", .init = echo_init, .handle_call = echo_call};

static void server_starter(otp_term arg) {
    (void)arg;
    otp_pid pid;
    CHECK_EQ(otp_start(&echo_server, otp_nil(), &(otp_start_opts){.name = OTP_ATOM(echo)}, &pid),
             OTP_OK);
}

static void caller(otp_term arg) {
    (void)arg;
    otp_trap_exit(true);
    for (int i = 0; i < 4; i++) {
        otp_term reply;
        otp_term dest = otp_tuple(OTP_ATOM(echo), otp_atom("two@host"));
        otp_err err = otp_call(dest, otp_int(i), 50, &reply);
        if (err == OTP_OK) {
            CHECK(otp_equal(reply, otp_int(i)));
            answered++;
        } else {
            CHECK(err == OTP_ENODE || err == OTP_ETIMEOUT || err == OTP_ENOPROC);
            failed++;
        }
    }
}

typedef struct run_result {
    uint64_t signature, steps, time_ms;
} run_result;

static run_result workload_run(uint64_t seed, bool crashes) {
    otp_outcome outcome = {0};
    the_choices.calm = false;
    otpi_prng_seed(&the_choices.prng, seed);
    otp_world_opts opts = {.mode = OTP_SIMULATED,
                           .chooser = &the_chooser,
                           .seed = seed,
                           .network = seed % 3 ? OTP_NETWORK_TCP : OTP_NETWORK_LOSSY,
                           .delivery = seed % 5 ? OTP_DELIVERY_CAUSAL : OTP_DELIVERY_PAIRWISE,
                           .timers = seed % 2 ? OTP_TIMERS_RACE : OTP_TIMERS_LAST,
                           .cut_gap_max = seed % 4 ? 12 : 0,
                           .latency_ms_max = seed % 7 ? 0 : 20};
    CHECK(otp_world_reset(world, &opts) == OTP_OK);
    if (!node_start("one@host", &one) || !node_start("two@host", &two)) {
        return (run_result){0};
    }
    CHECK(otp_system_spawn(two, server_starter, otp_nil(), NULL, NULL) == OTP_OK);
    CHECK(otp_system_spawn(one, caller, otp_nil(), NULL, NULL) == OTP_OK);
    if (crashes) {
        CHECK(otp_world_run(world, 1, NULL) == OTP_OK);
        otp_system_crash(two);
        CHECK(node_start("two@host", &two));
        CHECK(otp_system_spawn(two, server_starter, otp_nil(), NULL, NULL) == OTP_OK);
    }
    CHECK(otp_run(one, caller, otp_nil(), 60000, &outcome) == OTP_OK);
    CHECK_STR(outcome.reason, "normal");
    return (run_result){outcome.signature, outcome.steps, outcome.time_ms};
}

UNIT("10,000 random runs of calls under a bad network: nothing leaks, and replays are equal") {
    live outside = live_now();
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    workload_run(unit_seed(), true); /* atoms, pools */
    CHECK(otp_world_reset(world, &(otp_world_opts){.mode = OTP_SIMULATED}) == OTP_OK);
    live before = live_now();
    served = answered = failed = 0;
    uint64_t cuts = 0;
    for (uint64_t i = 0; i < 10000; i++) {
        uint64_t seed = unit_seed() + i;
        run_result first = workload_run(seed, i % 8 == 0);
        cuts += otpi_network_stats_read(world).cuts;
        if (i % 16 == 0) {
            run_result again = workload_run(seed, i % 8 == 0);
            CHECK(first.signature == again.signature && first.steps == again.steps &&
                  first.time_ms == again.time_ms);
        }
    }
    CHECK(otp_world_reset(world, &(otp_world_opts){.mode = OTP_SIMULATED}) == OTP_OK);
    live after = live_now();
    CHECK_EQ(after.blocks, before.blocks);
    CHECK_EQ(after.bytes, before.bytes);
    CHECK_EQ(after.allocs, before.allocs);
    otp_world_stop(world);
    check_live(&outside);
    printf("# %d calls answered, %d failed, %d served, %d cuts\n", (int)answered, (int)failed,
           (int)served, (int)cuts);
    CHECK(answered > 10000 && failed > 1000 && cuts > 1000);
}
