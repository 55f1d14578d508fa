/* SPDX-License-Identifier: MIT */
/* Lesson 9: three clients write and read a register at the same time. Each records what it called
 * and what came back; no order of the calls may be needed that did not happen. */
#include <supertester/supertester.h>

typedef struct cell {
    int64_t value, cached;
} cell;

static otp_result cell_init(void *state, otp_term args) {
    (void)state, (void)args;
    return otp_ok();
}

static otp_result cell_call(void *state, otp_term request, otp_from from) {
    cell *c = state;
    (void)from;
    return otp_match(request, "{write, ~i}", &c->value) ? otp_reply(OTP_ATOM(ok))
                                                        : otp_reply(otp_int(c->value));
}

/* The same, but reads are answered from a cache, which is filled again after the answer. */
static otp_result cached_call(void *state, otp_term request, otp_from from) {
    cell *c = state;
    if (otp_is(request, "read")) {
        otp_term answer = otp_int(c->cached);
        c->cached = c->value;
        return otp_reply(answer);
    }
    return cell_call(state, request, from);
}

static const otp_gen_server cell_server = {
    .name = "cell", .state_size = sizeof(cell), .init = cell_init, .handle_call = cell_call};
static const otp_gen_server cached_server = {.name = "cached cell",
                                             .state_size = sizeof(cell),
                                             .init = cell_init,
                                             .handle_call = cached_call};

static st_history *history;

static void client(otp_term args) {
    otp_pid server;
    int64_t me;
    otp_term reply, requests[] = {otp_tuple(OTP_ATOM(write), otp_element(args, 1)), OTP_ATOM(read)};
    OTP_ASSERT(otp_match(args, "{~p, ~i}", &server, &me));
    for (int i = 0; i < 2; i++) {
        OTP_ASSERT(st_history_invoke(history, me, requests[i]) == OTP_OK);
        OTP_ASSERT(otp_call(server, requests[i], 5000, &reply) == OTP_OK);
        OTP_ASSERT(st_history_return(history, me, reply) == OTP_OK);
    }
}

static st_history_verdict three_clients(const otp_gen_server *type) {
    const st_history_opts from_zero = {.initial = otp_int(0)};
    st_history_result result = {.verdict = ST_UNKNOWN};
    otp_pid server = st_setup_isolated_genserver(type, otp_nil());
    otp_ref clients[3];
    otp_term down;
    history = st_history_new();
    for (int i = 0; i < 3; i++) {
        otp_spawn_monitor(client, otp_tuple(otp_from_pid(server), otp_int(i + 1)), &clients[i]);
    }
    for (int i = 0; i < 3; i++) {
        ST_ASSERT_OK(otp_receive_ref(clients[i], 5000, &down));
    }
    ST_ASSERT_OK(st_linearizable(history, &st_spec_register, &from_zero, &result));
    st_history_free(history);
    return result.verdict;
}

ST_TEST(cell, is_linearizable, .world = ST_BOTH, .runs = 200) {
    ST_EXPECT_EQ(three_clients(&cell_server), ST_HOLDS);
}

ST_TEST(cell, a_stale_cache_is_found, .runs = 200, .must_fail = "ST_HOLDS") {
    ST_EXPECT_EQ(three_clients(&cached_server), ST_HOLDS);
}
