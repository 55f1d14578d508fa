// SPDX-License-Identifier: MIT
//
// Every macro of the public headers that has a form of its own in C++, used as a C++17 program uses
// it. headers.sh compiles this without a warning and runs it; that it agrees with C is what the
// checks say.
#include <otp/otp.h>
#include <otp/sqlite.h>
#include <supertester/supertester.h>

namespace {

enum class colour : unsigned char { red = 1, green = 200 };

st_test both_worlds() {
    st_test options{};
    options.world = ST_BOTH;
    return options;
}

st_test many_runs() {
    st_test options = both_worlds();
    options.runs = 20;
    return options;
}

ST_TEST(cplusplus, terms_are_built_from_any_number_of_terms) {
    ST_EXPECT_TERM(otp_tuple(OTP_ATOM(a)), "{a}");
    ST_EXPECT_TERM(otp_tuple(OTP_ATOM(a), otp_int(-1), otp_tuple_of(0, nullptr)), "{a, -1, {}}");
    ST_EXPECT_TERM(otp_list(otp_int(1), otp_float(0.5)), "[1, 0.5]");
    ST_EXPECT_TERM(otp_map(OTP_ATOM(k), otp_int(1), OTP_ATOM(l), otp_nil()), "#{k => 1, l => []}");
    ST_EXPECT(otp_is_none(OTP_NONE) && OTP_PID_NONE.word == 0);
    ST_EXPECT_EQ(otp_int(INT64_MAX), otp_int_big(INT64_MAX));
    otp_term sum = otp_nil();
    OTP_LIST_FOREACH (element, otp_list(otp_int(1), otp_int(2))) {
        sum = otp_cons(element, sum);
    }
    ST_EXPECT_TERM(sum, "[2, 1]");
}

ST_TEST(cplusplus, each_use_of_an_atom_is_that_atom) {
    for (int i = 0; i < 2; i++) {
        ST_EXPECT_EQ(OTP_ATOM(first), otp_atom("first"));
        ST_EXPECT_NE(OTP_ATOM(first), OTP_ATOM(second));
    }
}

ST_TEST(cplusplus, a_match_fills_what_its_holes_name) {
    otp_term t = otp_term_of("{1, 18446744073709551615, 1.5, true, <<1, 2>>, [x], #{k => v}, y}");
    int64_t i;
    uint64_t u;
    double f;
    bool o;
    otp_bytes b;
    otp_term l, m, a;
    ST_ASSERT_MATCH(t, "{~i, ~u, ~f, ~o, ~b, ~l, ~m, ~a}", &i, &u, &f, &o, &b, &l, &m, &a);
    ST_EXPECT_EQ(i, 1);
    ST_EXPECT_EQ(u, UINT64_MAX);
    ST_EXPECT_EQ(f, 1.5);
    ST_EXPECT(o);
    ST_EXPECT_EQ(b.size, 2u);
    ST_EXPECT_TERM(otp_tuple(l, m, a), "{[x], #{k => v}, y}");
    ST_EXPECT(otp_match(t, "{1, _, _, _, _, ~w, _, y}", otp_list(OTP_ATOM(x))));
    ST_EXPECT(otp_match(OTP_ATOM(ok), "ok"));
    ST_EXPECT(!otp_match(OTP_ATOM(ok), "error"));
    otp_pid self;
    otp_ref ref = otp_make_ref(), same;
    ST_EXPECT_MATCH(otp_tuple(otp_from_pid(otp_self()), otp_from_ref(ref)), "{~p, ~r}", &self,
                    &same);
    ST_EXPECT_EQ(self, otp_self());
    ST_EXPECT_EQ(otp_from_ref(same), otp_from_ref(ref));
}

void echo(otp_term) {
    otp_pid from;
    otp_term what;
    if (otp_receive_match(OTP_INFINITY, "{~p, ~t}", &from, &what) == OTP_OK) {
        otp_send(from, what);
    }
}

ST_TEST(cplusplus, a_destination_is_a_pid_a_name_or_an_alias, both_worlds()) {
    otp_ref down;
    otp_pid pid = otp_spawn_monitor(echo, otp_nil(), &down);
    ST_ASSERT_OK(otp_register(OTP_ATOM(echo), pid));
    otp_ref alias = otp_alias(OTP_ALIAS_EXPLICIT);
    otp_send(alias, OTP_ATOM(by_alias));
    ST_ASSERT_OK(otp_receive_match(1000, "by_alias"));
    otp_send(OTP_ATOM(echo), otp_tuple(otp_from_pid(otp_self()), OTP_ATOM(by_name)));
    ST_ASSERT_OK(otp_receive_match(1000, "by_name"));
    otp_term reason;
    ST_ASSERT_OK(otp_receive_ref(down, 1000, &reason));
    ST_EXPECT_ERR(otp_receive_match(0, "~t", &reason), OTP_ETIMEOUT);
    ST_EXPECT_DEAD(pid);
    ST_EXPECT_ALIVE(otp_self());
}

// ---- Servers and machines ----

struct counter {
    int64_t value;
};

otp_result counter_call(void *state, otp_term request, otp_from) {
    auto *c = static_cast<counter *>(state);
    int64_t n;
    if (otp_match(request, "{add, ~i}", &n)) {
        c->value += n;
    }
    return request.word == OTP_ATOM(stop).word ? otp_stop_reply(OTP_ATOM(normal), OTP_ATOM(bye))
                                               : otp_reply(otp_int(c->value));
}

otp_result counter_cast(void *state, otp_term) {
    static_cast<counter *>(state)->value++;
    return otp_within(otp_then(otp_noreply(), OTP_ATOM(next)), 60000);
}

otp_result counter_continue(void *state, otp_term next) {
    static_cast<counter *>(state)->value += otp_is(next, "next") ? 100 : 0;
    return otp_noreply();
}

otp_term counter_describe(const void *state) {
    return otp_map(OTP_ATOM(value), otp_int(static_cast<const counter *>(state)->value));
}

otp_gen_server counter_make() {
    otp_gen_server server{};
    server.name = "counter";
    server.state_size = sizeof(counter);
    server.handle_call = counter_call;
    server.handle_cast = counter_cast;
    server.handle_continue = counter_continue;
    server.describe = counter_describe;
    return server;
}

const otp_gen_server counter_server = counter_make();

ST_TEST(cplusplus, a_server_answers_and_shows_its_state, both_worlds()) {
    otp_pid c = st_setup_isolated_genserver(&counter_server, otp_nil());
    otp_term reply;
    ST_ASSERT_OK(otp_call(c, otp_tuple(OTP_ATOM(add), otp_int(5)), 1000, &reply));
    ST_EXPECT_EQ(reply, otp_int(5));
    st_cast_and_sync(c, OTP_ATOM(increment));
    ST_ASSERT_STATE(c, "#{value := 106}");
    int64_t value;
    ST_EXPECT_STATE(c, "#{value := ~i}", &value);
    ST_EXPECT_STATE_THAT(c, counter, s->value == value);
    int looks = 0;
    ST_ASSERT_EVENTUALLY(++looks == 3, 1000);
    ST_ASSERT_OK(otp_call(c, OTP_ATOM(stop), 1000, &reply));
    ST_EXPECT_TERM(st_wait_for_exit(c, 1000), "noproc");
}

ST_PROPERTY(cplusplus, a_server_counts_what_is_drawn, many_runs()) {
    otp_pid c = st_setup_isolated_genserver(&counter_server, otp_int(0));
    int64_t value = 0;
    for (int64_t n = st_length(1, 20); n > 0; n--) {
        int weight = 3;
        otp_term add = otp_tuple(OTP_ATOM(add), otp_int(st_int(0, 9)));
        otp_term operation = st_weighted((weight, OTP_ATOM(get)), (1, add));
        otp_term reply = st_run_operation(c, operation);
        int64_t added = 0;
        (void)otp_match(operation, "{add, ~i}", &added);
        value += added;
        ST_ASSERT_EQ(reply, otp_int(value));
    }
}

ST_PROPERTY(cplusplus, a_property_needs_no_options) {
    ST_EXPECT_LT(st_index(3), 3u);
    ST_EXPECT_LE(otp_bit_size(st_bytes(0, 4)), 32u);
    ST_EXPECT_LT(st_branch(2, 1), 2u);
    ST_EXPECT_LE(st_one_of(1, 2, 3), 3);
}

bool few(void *length) {
    ST_SPAN("few");
    std::size_t n = 0;
    ST_LIST(e, 0, 9) {
        st_assume(st_float(0, 1) <= 1);
        n++;
    }
    *static_cast<std::size_t *>(length) = n;
    return n < 3;
}

ST_TEST(cplusplus, a_property_is_checked_by_itself) {
    std::size_t length = 0;
    st_check_opts opts{};
    opts.context = &length;
    opts.quiet = true;
    ST_EXPECT_EQ(st_check(few, &opts), ST_FALSIFIED);
    ST_EXPECT_EQ(length, 3u);
}

otp_state_result light_init(void *, otp_term) {
    return otp_start_state(OTP_ATOM(off));
}

otp_state_result light_off(void *, const otp_statem_event *event) {
    if (event->type == OTP_EVENT_CALL) {
        return otp_and(otp_next_state(OTP_ATOM(on)), otp_postpone(),
                       otp_generic_timeout(OTP_ATOM(never), 60000, otp_nil()));
    }
    return otp_keep_state();
}

otp_state_result light_on(void *, const otp_statem_event *event) {
    if (event->type == OTP_EVENT_CALL) {
        return otp_and(otp_keep_state(), otp_next_event(otp_internal(OTP_ATOM(again))),
                       otp_reply_to(event->from, OTP_ATOM(on)),
                       otp_state_timeout(OTP_CANCEL, otp_nil()),
                       otp_event_timeout(60000, otp_nil()));
    }
    return otp_is(event->content, "again") ? otp_statem_stop(OTP_ATOM(normal)) : otp_keep_state();
}

const otp_state light_states[] = {{"off", light_off}, {"on", light_on}};

otp_gen_statem light_make() {
    otp_gen_statem machine{};
    machine.name = "light";
    machine.init = light_init;
    machine.states = light_states;
    machine.state_count = 2;
    return machine;
}

const otp_gen_statem light = light_make();

ST_TEST(cplusplus, a_machine_carries_actions, both_worlds()) {
    otp_pid pid;
    otp_ref down;
    otp_term reply;
    ST_ASSERT_OK(otp_statem_start_monitor(&light, otp_nil(), nullptr, &pid, &down));
    ST_ASSERT_OK(otp_call(pid, OTP_ATOM(turn_on), 1000, &reply));
    ST_EXPECT_EQ(reply, OTP_ATOM(on));
    ST_ASSERT_OK(otp_receive_ref(down, 1000, &reply));
}

// ---- Tables, events, checks ----

ST_TEST(cplusplus, rows_are_selected_by_text) {
    otp_table rows;
    otp_term found;
    size_t n;
    ST_ASSERT_OK(otp_table_new(nullptr, &rows));
    for (int i = 0; i < 10; i++) {
        ST_ASSERT_OK(otp_table_insert(rows, otp_tuple(otp_int(i), otp_int(i * i))));
    }
    ST_ASSERT_OK(
        otp_table_select(rows, "{'$1', '$2'} when '$2' > ~w -> '$1'", &found, otp_int(63)));
    ST_EXPECT_EQ(otp_length(found), 2u);
    ST_ASSERT_OK(otp_table_match_object(rows, "{3, '_'}", &found));
    ST_EXPECT_TERM(found, "[{3, 9}]");
    ST_ASSERT_OK(otp_table_match(rows, "{4, '$1'}", &found));
    ST_EXPECT_TERM(found, "[[16]]");
    otp_table_cursor cursor{};
    cursor.limit = 4;
    ST_ASSERT_OK(otp_table_select_some(rows, "{'$1', _} -> '$1'", &cursor, &found));
    ST_EXPECT_EQ(otp_length(found), 4u);
    ST_ASSERT_OK(otp_table_select_count(rows, "{'$1', _} when '$1' < ~w -> true", &n, otp_int(5)));
    ST_EXPECT_EQ(n, 5u);
    ST_ASSERT_OK(otp_table_select_delete(rows, "{'$1', _} when '$1' < 5 -> true", &n));
    ST_ASSERT_OK(otp_table_match_delete(rows, "{9, '_'}", &n));
    ST_EXPECT_EQ(n, 1u);
    ST_ASSERT_OK(otp_table_select_replace(rows, "{'$1', _} -> {'$1', 0}", &n));
    ST_EXPECT_EQ(n, 4u);
}

otp_event_site told = OTP_EVENT("[cplusplus, told]");

ST_TEST(cplusplus, sides_of_every_kind_compare) {
    const char *text = "text";
    char same[] = "text";
    int x = 0;
    ST_EXPECT_EQ(text, same);
    ST_EXPECT_CONTAINS(text, "ex");
    ST_EXPECT_EQ(&x, &x);
    ST_EXPECT_NE(static_cast<void *>(&x), nullptr);
    ST_EXPECT_LT(-1, 1u);
    ST_EXPECT_LT(static_cast<signed char>(-1), 'a');
    ST_EXPECT_GT(1.5F, 1);
    ST_EXPECT_GE(true, true);
    ST_EXPECT_EQ(colour::green, 200);
    ST_EXPECT_NE(OTP_ENOMEM, OTP_OK);
    ST_EXPECT_NEAR(1.0F, 1.01, 0.1);
    ST_EXPECT(!otp_event_on(&told));
    ST_EXPECT_GT(otp_system_metrics_count, 0u);
    otp_log(OTP_LOG_INFO, "%s in %d", text, 17);
}

st_test fails_with(const char *text) {
    st_test options = both_worlds();
    options.must_fail = text;
    return options;
}

ST_TEST(cplusplus, a_check_can_fail, fails_with("1 == 2")) {
    ST_ASSERT_EQ(1, 2);
}

// ---- Cases, fixtures, ends ----

struct row {
    const char *name;
    int64_t add, total;
};

const row sums[] = {{"nothing", 0, 5}, {"a_debt", -7, -2}};

st_test with_sums() {
    st_test options = both_worlds();
    options.cases = ST_CASES(sums);
    return options;
}

ST_TEST(cplusplus, each_row_is_a_case, with_sums()) {
    auto *r = static_cast<const row *>(st_case_data());
    ST_EXPECT_EQ(5 + r->add, r->total);
    ST_EXPECT_EQ(r, &sums[st_case_index()]);
    ST_EXPECT_EQ(st_case_name(), r->name);
}

bool squares(size_t index, st_case *out) {
    static const int roots[] = {2, 3};
    if (index == 2) {
        return false;
    }
    out->name[0] = static_cast<char>('0' + roots[index]);
    out->name[1] = '\0';
    out->data = &roots[index];
    return true;
}

st_test with_squares() {
    st_test options{};
    options.cases = ST_CASES_FROM(squares);
    return options;
}

ST_TEST(cplusplus, a_function_makes_cases, with_squares()) {
    ST_EXPECT_EQ(*static_cast<const int *>(st_case_data()), st_case_name()[0] - '0');
}

struct shop {
    int64_t pears;
};

void fill(void *data) {
    static_cast<shop *>(data)->pears = 3;
}

void close_shop(void *data) {
    ST_EXPECT_GE(static_cast<shop *>(data)->pears, 3);
}

ST_RUN(sizeof(shop), fill, close_shop);

st_fixture filled() {
    st_fixture fixture{};
    fixture.size = sizeof(shop);
    fixture.setup = fill;
    fixture.teardown = close_shop;
    return fixture;
}

ST_SUITE(cplusplus_shop, filled());

const st_fixture own_shop = filled();

st_test in_a_shop() {
    st_test options = both_worlds();
    options.fixture = &own_shop;
    return options;
}

ST_TEST(cplusplus_shop, a_test_a_suite_and_the_run_have_data, in_a_shop()) {
    auto *mine = static_cast<shop *>(st_data()), *suites = static_cast<shop *>(st_suite_data());
    ST_EXPECT_EQ(mine->pears++, 3);
    ST_EXPECT_GE(suites->pears++, 3);
    ST_EXPECT_EQ(static_cast<shop *>(st_run_data())->pears, 3);
    ST_EXPECT(mine != suites);
}

#if __cplusplus >= 202002L
// g++ warns of members that designators leave out.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
ST_SUITE(cplusplus_by_name, .size = sizeof(shop), .setup = fill);

ST_TEST(cplusplus_by_name, options_are_designators_in_cplusplus_20, .runs = 2) {
    ST_EXPECT_EQ(static_cast<shop *>(st_suite_data())->pears, 3);
}
#pragma GCC diagnostic pop
#endif

void count_down(void *count) {
    --*static_cast<int *>(count);
}

st_test exits() {
    st_test options = both_worlds();
    options.exits = "{shutdown, _}";
    return options;
}

ST_TEST(cplusplus, an_expected_end_runs_what_was_deferred, exits()) {
    static int count;
    count = 2;
    st_defer(count_down, &count);
    otp_exit(otp_tuple(OTP_ATOM(shutdown), otp_int(count)));
}

ST_TEST(cplusplus, a_test_can_be_skipped) {
    st_skip("for a reason of %d", 1);
}

// ---- Exceptions and destructors: what docs/reference/cplusplus.md says of them ----

struct guard {
    bool *destroyed;
    ~guard() {
        *destroyed = true;
    }
};

void release(void *deferred) {
    *static_cast<bool *>(deferred) = true;
}

struct traces {
    bool destroyed, deferred;
};

void leave(otp_term) {
    auto *seen = static_cast<traces *>(otp_context());
    guard g{&seen->destroyed};
    otp_defer(release, &seen->deferred);
    otp_exit(OTP_ATOM(left));
}

ST_TEST(cplusplus, an_exit_runs_cleanups_and_no_destructors, both_worlds()) {
    traces seen{};
    otp_pid pid;
    otp_ref down;
    otp_term reason;
    otp_spawn_opts opts{};
    opts.context = &seen;
    opts.monitor = true;
    opts.monitor_ref = &down;
    ST_ASSERT_OK(otp_spawn_opt(leave, otp_nil(), &opts, &pid));
    ST_ASSERT_OK(otp_receive_ref(down, 1000, &reason));
    ST_EXPECT(seen.deferred);
    ST_EXPECT(!seen.destroyed);
}

ST_TEST(cplusplus, a_try_block_may_suspend_and_its_exception_is_caught, both_worlds()) {
    bool destroyed = false;
    int caught = 0;
    try {
        guard g{&destroyed};
        otp_pid pid = otp_spawn(echo, otp_nil());
        otp_send(pid, otp_tuple(otp_from_pid(otp_self()), otp_int(7)));
        otp_term reply;
        ST_ASSERT_OK(otp_receive_match(1000, "~t", &reply));
        throw 7;
    } catch (int thrown) {
        caught = thrown;
    }
    ST_EXPECT_EQ(caught, 7);
    ST_EXPECT(destroyed);
}

ST_TEST(cplusplus, an_exception_that_leaves_a_process_ends_the_program, fails_with("SIGABRT")) {
    throw 7;
}

} // namespace
