/* SPDX-License-Identifier: MIT */
#include <otp/otp.h>

#include "port/thread.h"
#include "tests/unit.h"

typedef struct adder {
    int64_t sum;
} adder;

static otp_result adder_init(void *state, otp_term args) {
    (void)state, (void)args;
    return otp_ok();
}

static otp_result adder_call(void *state, otp_term request, otp_from from) {
    adder *a = state;
    int64_t n = 0;
    (void)from;
    if (otp_match(request, "{add, ~i}", &n)) {
        a->sum += n;
    }
    return otp_is(request, "crash")  ? otp_stop(OTP_ATOM(crashed))
           : otp_is(request, "wait") ? otp_noreply()
                                     : otp_reply(otp_tuple(OTP_ATOM(sum), otp_int(a->sum)));
}

static otp_result adder_cast(void *state, otp_term request) {
    return adder_call(state, request, (otp_from){0}).kind == OTP_RESULT_REPLY ? otp_noreply()
                                                                              : otp_ok();
}

static const otp_gen_server adder_server = {.name = "adder",
                                            .state_size = sizeof(adder),
                                            .init = adder_init,
                                            .handle_call = adder_call,
                                            .handle_cast = adder_cast};

static void start_adder(otp_term unused) {
    (void)unused;
    otp_pid pid;
    otp_err err =
        otp_start(&adder_server, otp_nil(), &(otp_start_opts){.name = OTP_ATOM(adder)}, &pid);
    OTP_ASSERT(err == OTP_OK);
}

typedef struct host {
    otp_world *world;
    otp_system *system;
} host;

static bool host_start(host *h) {
    otp_world_opts opts = {.mode = OTP_PARALLEL, .schedulers = 2};
    bool ok = otp_world_start(&opts, &h->world) == OTP_OK &&
              otp_system_start(h->world, NULL, &h->system) == OTP_OK;
    if (ok) {
        otp_logger_set(h->system, OTP_LOG_NONE, NULL, NULL);
        ok = otp_run(h->system, start_adder, otp_nil(), 5000, NULL) == OTP_OK;
    }
    return ok;
}

enum { THREADS = 4, CALLS = 200 };

static void call_from_thread(void *arg) {
    const host *h = arg;
    for (int i = 0; i < CALLS; i++) {
        otp_scope scope = otp_scope_begin();
        otp_term reply;
        otp_term add = otp_tuple(OTP_ATOM(add), otp_int(1));
        CHECK(otp_foreign_call(h->system, OTP_ATOM(adder), add, 5000, &reply) == OTP_OK);
        otp_scope_end(scope);
    }
}

UNIT("threads call a server, each with a deadline, and read the replies in their own scopes") {
    host h;
    REQUIRE(host_start(&h));
    otpi_thread threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        REQUIRE(otpi_thread_start(&threads[i], "caller", call_from_thread, &h));
    }
    for (int i = 0; i < THREADS; i++) {
        otpi_thread_join(&threads[i]);
    }
    otp_term reply;
    CHECK(otp_foreign_call(h.system, OTP_ATOM(adder), OTP_ATOM(get), 5000, &reply) == OTP_OK);
    CHECK_STR(otp_show(reply), "{sum,800}");
    otp_world_stop(h.world);
}

UNIT("what goes wrong in a call from outside is told") {
    host h;
    REQUIRE(host_start(&h));
    otp_term reply = OTP_NONE;
    CHECK(otp_foreign_call(h.system, OTP_ATOM(nobody), OTP_ATOM(get), 100, &reply) == OTP_ENOPROC);
    CHECK(otp_foreign_call(h.system, OTP_ATOM(adder), OTP_ATOM(wait), 20, &reply) == OTP_ETIMEOUT);
    CHECK(otp_foreign_call(h.system, OTP_ATOM(adder), OTP_ATOM(crash), 5000, &reply) == OTP_EDOWN);
    CHECK_STR(otp_show(reply), "crashed");
    CHECK(otp_foreign_call(h.system, OTP_ATOM(adder), OTP_ATOM(get), -5, &reply) == OTP_EBADARG);
    CHECK(otp_foreign_call(NULL, OTP_ATOM(adder), OTP_ATOM(get), 5, &reply) == OTP_EBADARG);
    CHECK(otp_foreign_send(h.system, OTP_ATOM(nobody), OTP_ATOM(hello)) == OTP_ENOPROC);
    CHECK(otp_foreign_cast(h.system, OTP_ATOM(nobody), OTP_ATOM(hello)) == OTP_OK);
    otp_world_stop(h.world);
}

UNIT("a simulated world has no foreign threads") {
    otp_world *world;
    otp_system *system;
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    REQUIRE(otp_system_start(world, NULL, &system) == OTP_OK);
    otp_term reply;
    CHECK(otp_foreign_call(system, OTP_ATOM(adder), OTP_ATOM(get), 5, &reply) == OTP_EMODE);
    CHECK(otp_foreign_cast(system, OTP_ATOM(adder), OTP_ATOM(get)) == OTP_EMODE);
    CHECK(otp_foreign_send(system, OTP_ATOM(adder), OTP_ATOM(get)) == OTP_EMODE);
    otp_world_stop(world);
}
