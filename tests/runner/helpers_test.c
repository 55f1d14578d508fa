/* SPDX-License-Identifier: MIT */
/* The helpers and checks of the testing library, where they succeed, in both worlds. */
#include <supertester/supertester.h>

#include <unistd.h>

typedef struct counter {
    int64_t value;
} counter;

static otp_result counter_init(void *state, otp_term args) {
    counter *c = state;
    return otp_get_int(args, &c->value) ? otp_ok() : otp_stop(OTP_ATOM(badarg));
}

static otp_result counter_call(void *state, otp_term request, otp_from from) {
    counter *c = state;
    int64_t n;
    (void)from;
    if (otp_match(request, "{add, ~i}", &n)) {
        c->value += n;
    }
    return otp_reply(otp_int(c->value));
}

static otp_result counter_cast(void *state, otp_term request) {
    counter *c = state;
    c->value += otp_is(request, "increment");
    return otp_noreply();
}

static otp_term counter_describe(const void *state) {
    return otp_map(OTP_ATOM(value), otp_int(((const counter *)state)->value));
}

static const otp_gen_server counter_server = {.name = "counter",
                                              .state_size = sizeof(counter),
                                              .init = counter_init,
                                              .handle_call = counter_call,
                                              .handle_cast = counter_cast,
                                              .describe = counter_describe};

ST_TEST(helpers, a_server_of_ones_own, .world = ST_BOTH) {
    otp_pid c = st_setup_isolated_genserver(&counter_server, otp_int(3));
    otp_term reply;
    ST_ASSERT_OK(otp_call(c, otp_tuple(OTP_ATOM(add), otp_int(4)), 1000, &reply));
    ST_EXPECT_EQ(reply, 7);
    ST_EXPECT_EQ(reply, otp_int(7));
    ST_EXPECT_TERM(st_get_state(c), "#{value => 7}");
    ST_ASSERT_STATE(c, "#{value := 7}");
    int64_t n = 0;
    ST_EXPECT_STATE(c, "#{value := ~i}", &n);
    ST_EXPECT_EQ(n, 7);
    ST_ASSERT_STATE_THAT(c, counter, s->value == 7);
    ST_ASSERT_ALIVE(c);
}

ST_TEST(helpers, a_cast_is_handled_when_cast_and_sync_returns, .world = ST_BOTH, .runs = 50) {
    otp_pid c = st_setup_isolated_genserver(&counter_server, otp_int(0));
    for (int i = 1; i <= 5; i++) {
        st_cast_and_sync(c, OTP_ATOM(increment));
        ST_EXPECT_STATE_THAT(c, counter, s->value == i);
    }
    otp_cast(c, OTP_ATOM(increment));
    st_sync(c);
    ST_EXPECT_STATE(c, "#{value := 6}");
}

ST_TEST(helpers, a_killed_process_is_dead_and_tells_why, .world = ST_BOTH) {
    otp_pid c = st_setup_isolated_genserver(&counter_server, otp_int(0));
    otp_kill(c);
    ST_ASSERT_DEAD(c);
    ST_EXPECT_EQ(st_wait_for_exit(c, 1000), OTP_ATOM(noproc));
}

static void leave_when_told(otp_term arg) {
    otp_term message;
    (void)arg;
    ST_ASSERT_OK(otp_receive(OTP_INFINITY, &message));
    otp_exit(message);
}

ST_TEST(helpers, an_exit_tells_its_reason, .world = ST_BOTH) {
    otp_pid pid = otp_spawn(leave_when_told, otp_nil());
    otp_send_after(20, otp_from_pid(pid), OTP_ATOM(enough)); /* not before it is watched */
    ST_EXPECT_EQ(st_wait_for_exit(pid, 5000), OTP_ATOM(enough));
}

static const otp_child_spec children[] = {
    {.id = "counter", .server = &counter_server, .name = "the_counter"}};
static const otp_supervisor_spec counter_supervisor = {
    .name = "counters", .intensity = 5, .children = children, .child_count = 1};

/* The child's args are a term, which a constant table can't hold. */
static otp_supervisor_spec supervisor_from(otp_child_spec *child, int64_t value) {
    otp_supervisor_spec spec = counter_supervisor;
    *child = children[0];
    child->args = otp_int(value);
    spec.children = child;
    return spec;
}

ST_TEST(helpers, a_supervisor_restarts_what_was_killed, .world = ST_BOTH) {
    otp_child_spec child;
    otp_supervisor_spec spec = supervisor_from(&child, 10);
    otp_pid sup = st_setup_isolated_supervisor(&spec);
    otp_pid old = st_wait_for_name(OTP_ATOM(the_counter), 1000);
    st_cast_and_sync(old, OTP_ATOM(increment));
    otp_kill(old);
    ST_ASSERT_DEAD(old);
    otp_pid now = st_wait_for_name(OTP_ATOM(the_counter), 1000);
    ST_EXPECT_NE(now, old);
    ST_ASSERT_STATE(now, "#{value := 10}");
    ST_ASSERT_ALIVE(sup);
}

static void register_late(otp_term arg) {
    otp_term nothing;
    (void)arg;
    (void)!otp_receive(200, &nothing);
    ST_ASSERT_OK(otp_register(OTP_ATOM(late), otp_self()));
    (void)!otp_receive(OTP_INFINITY, &nothing);
}

ST_TEST(helpers, waits_until_a_name_is_there, .world = ST_BOTH) {
    otp_pid pid = otp_spawn(register_late, otp_nil());
    ST_EXPECT_EQ(st_wait_for_name(OTP_ATOM(late), 5000), pid);
    ST_EXPECT_GE(otp_now_ms(), 200);
}

ST_TEST(helpers, waits_until_a_condition_holds_and_keeps_the_mailbox, .world = ST_BOTH) {
    otp_term first;
    otp_send(otp_self(), OTP_ATOM(hello));
    otp_pid pid = otp_spawn(register_late, otp_nil());
    ST_ASSERT_EVENTUALLY(otp_whereis(OTP_ATOM(late)).word == pid.word, 5000);
    ST_ASSERT_OK(otp_receive(0, &first));
    ST_EXPECT_EQ(first, OTP_ATOM(hello));
}

ST_TEST(helpers, names_do_not_meet) {
    ST_EXPECT_TERM(st_unique_name("a"), "a_1");
    ST_EXPECT_TERM(st_unique_name("a"), "a_2");
}

ST_TEST(helpers, what_helpers_set_up_is_no_contamination, .isolation = ST_CONTAMINATION_DETECTION,
        .world = ST_BOTH) {
    otp_child_spec child;
    otp_supervisor_spec spec = supervisor_from(&child, 1);
    st_setup_isolated_supervisor(&spec);
    st_setup_isolated_genserver(&counter_server, otp_int(0));
    st_wait_for_name(OTP_ATOM(the_counter), 1000);
}

/* ---- Checks ---- */

static int looks;

static int look(void) {
    return ++looks;
}

static void reset_looks(void) {
    looks = 0;
}

ST_TEST(checks, each_side_is_evaluated_once, .setup = reset_looks) {
    ST_EXPECT_EQ(look(), 1);
    ST_EXPECT_GT(look(), 1);
    ST_EXPECT(look() == 3);
    ST_EXPECT_NEAR(look(), 4.5, 0.5);
    ST_EXPECT_EQ(looks, 4);
}

ST_TEST(checks, all_kinds_of_sides) {
    const char *text = "otp";
    char writable[] = "otp";
    ST_EXPECT_EQ(text, "otp");
    ST_EXPECT_EQ(writable, text);
    ST_EXPECT_NE(text, "OTP");
    ST_EXPECT_CONTAINS("supertester", "test");
    ST_EXPECT_LT(-1, 1u);
    ST_EXPECT_LE(1.5, 2);
    ST_EXPECT_EQ(otp_self(), otp_self());
    ST_EXPECT_EQ((void *)text, (const void *)text);
    ST_EXPECT_EQ(otp_is_alive(otp_self()), true);
    ST_EXPECT_EQ(otp_bool(true), true);
    ST_EXPECT_EQ('a', 97);
    ST_EXPECT_ERR(otp_unregister(OTP_ATOM(nobody)), OTP_ENOENT);
}

ST_TEST(checks, a_match_binds) {
    int64_t n = 0;
    otp_term rest;
    ST_ASSERT_MATCH(otp_term_of("{ok, [1, 2, 3]}"), "{ok, [~i | ~t]}", &n, &rest);
    ST_EXPECT_EQ(n, 1);
    ST_EXPECT_TERM(rest, "[2,3]");
    ST_EXPECT_MATCH(otp_nil(), "[]");
}

static int set_up, torn_down;

static void count_setup(void) {
    set_up++;
}

static void count_teardown(void) {
    torn_down++;
    ST_EXPECT_EQ(set_up, torn_down);
}

ST_TEST(runner, setup_and_teardown_surround_each_run, .runs = 3, .setup = count_setup,
        .teardown = count_teardown) {
    ST_EXPECT_EQ(set_up, torn_down + 1);
}

ST_TEST(runner, the_world_is_the_one_asked_for, .world = ST_BOTH) {
    ST_EXPECT_EQ(st_mode(), otp_world_mode(otp_world_here()));
    ST_EXPECT_EQ((void *)st_system(), (void *)otp_system_here());
}

ST_TEST(runner, a_node_has_the_name_it_was_given, .node = "shop@host1") {
    ST_EXPECT_EQ(otp_node(), otp_atom("shop@host1"));
}

ST_TEST(runner, skipped, .skip = "to see a skipped test") {
    ST_FAIL("never run");
}

ST_TEST(runner, a_test_may_close_its_output) {
    (void)close(STDOUT_FILENO);
}

ST_TEST(runner, the_one_after_it_still_reports) {
}

/* ---- Properties ---- */

ST_PROPERTY(property, draws_lie_in_their_bounds, .runs = 300, .world = ST_BOTH) {
    int64_t n = st_int(-5, 1000000);
    ST_EXPECT(n >= -5 && n <= 1000000);
    ST_EXPECT_LT(st_index(7), 7);
    bool b = st_bool();
    ST_EXPECT(b == true || b == false);
    otp_term bytes = st_bytes(2, 9);
    const uint8_t *data;
    size_t size = 0;
    ST_ASSERT(otp_get_binary(bytes, &data, &size));
    ST_EXPECT(size >= 2 && size <= 9);
    ST_EXPECT_EQ(st_int(4, 4), 4);
    otp_term pick = st_weighted((3, OTP_ATOM(a)), (1, otp_int(st_int(0, 9))), (0, OTP_ATOM(never)));
    ST_EXPECT(otp_is(pick, "a") || otp_kind_of(pick) == OTP_KIND_INTEGER);
}

ST_PROPERTY(counter, never_negative, .runs = 200) {
    otp_pid c = st_setup_isolated_genserver(&counter_server, otp_int(0));
    for (int64_t n = st_length(0, 20); n > 0; n--) {
        st_run_operation(c, st_weighted((3, otp_tuple(OTP_ATOM(cast), OTP_ATOM(increment))),
                                        (1, otp_tuple(OTP_ATOM(add), otp_int(st_int(0, 9))))));
    }
    ST_ASSERT_STATE_THAT(c, counter, s->value >= 0);
}

ST_PROPERTY(properties, have_one_seed_for_all_runs, .runs = 200) {
    static uint64_t first;
    first = first ? first : st_seed();
    ST_EXPECT_GE(st_int(0, 1000000), 0);
    ST_EXPECT_EQ(st_seed(), first);
}
