/* SPDX-License-Identifier: MIT */
/* Calls, casts, sys and supervisors between two nodes of a simulated world. */
#include "behaviour/test_family.h"

#include <otp/choose.h>

static otp_world *world;
static otp_system *here, *there;

static void run_on_nodes(otp_process_fn *body, const otp_world_opts *opts) {
    otp_outcome outcome = {.normal = false};
    if (!CHECK_EQ(otp_world_start(opts, &world), OTP_OK)) {
        return;
    }
    if (CHECK_EQ(otp_system_start(world, &(otp_system_opts){.name = "here@host"}, &here), 0) &&
        CHECK_EQ(otp_system_start(world, &(otp_system_opts){.name = "there@host"}, &there), 0)) {
        otp_logger_set(here, OTP_LOG_NONE, NULL, NULL);
        otp_logger_set(there, OTP_LOG_NONE, NULL, NULL);
        otp_err err = otp_run(here, body, otp_nil(), 600000, &outcome);
        if (!CHECK(err == OTP_OK && outcome.normal)) {
            printf("# %s, reason %s\n", otp_err_name(err), outcome.reason);
        }
    }
    otp_world_stop(world);
}

static void on_nodes(otp_process_fn *body) {
    run_on_nodes(body, &(otp_world_opts){.mode = OTP_SIMULATED});
    for (uint64_t i = 0; i < 6; i++) {
        uint64_t state = otpi_hash_mix(unit_seed(), i + 1);
        otp_chooser chooser = {
            .context = &state, .choose = both_worlds_choose, .draw = both_worlds_draw};
        run_on_nodes(body, &(otp_world_opts){.mode = OTP_SIMULATED,
                                             .chooser = &chooser,
                                             .delivery = i % 2 ? OTP_DELIVERY_PAIRWISE
                                                               : OTP_DELIVERY_CAUSAL});
    }
}
#define NODES(text) WORLDS(text, on_nodes)

/* Starts a probe there, tells its pid and stays. */
static void host(otp_term watcher) {
    otp_pid pid, to;
    otp_start_opts opts = {.name = OTP_ATOM(remote_probe)};
    otp_term kept = otp_keep(watcher);
    CHECK(otp_get_pid(kept, &to));
    otp_term args = otp_tuple(kept, OTP_ATOM(ok));
    if (CHECK_EQ(otp_start_link(&probe_server, args, &opts, &pid), OTP_OK)) {
        otp_send(to, otp_tuple(OTP_ATOM(hosted), otp_from_pid(pid)));
        (void)!otp_receive_match(OTP_INFINITY, "{never_sent, _}");
    }
}

static otp_pid probe_there(void) {
    otp_pid pid = OTP_PID_NONE, keeper;
    CHECK_EQ(otp_system_spawn(there, host, otp_from_pid(otp_self()), NULL, &keeper), OTP_OK);
    CHECK_TOLD("{hosted, ~p}", &pid);
    return pid;
}

static otp_term name_there(const char *name) {
    return otp_tuple(otp_atom(name), otp_system_name(there));
}

NODES("a server on another node is called and cast to by pid and by name") {
    otp_pid pid = probe_there();
    otp_term reply;
    CHECK_EQ(otp_call(pid, otp_term_of("{add, 2}"), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "2");
    otp_cast(pid, otp_term_of("{add, 3}"));
    otp_cast(name_there("remote_probe"), otp_term_of("{add, 4}"));
    CHECK_EQ(otp_call(name_there("remote_probe"), OTP_ATOM(get), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "9");
    CHECK_EQ(otp_sys_get_state(otp_from_pid(pid), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "{probe, 9}");
    CHECK_SILENCE();
}

NODES("a remote server that is not there, or dies, is told as a local one") {
    otp_term reply;
    probe_there();
    CHECK_EQ(otp_call(name_there("remote_nobody"), OTP_ATOM(get), 5000, &reply), OTP_ENOPROC);
    otp_term crash = otp_term_of("{do, {exit, {my, reason}}}");
    CHECK_EQ(otp_call(name_there("remote_probe"), crash, 5000, &reply), OTP_EDOWN);
    CHECK_TERM(reply, "{my, reason}");
    otp_cast(name_there("remote_nobody"), OTP_ATOM(x));
    CHECK_SILENCE();
}

NODES("a node that cannot be reached is OTP_ENODE") {
    otp_term reply;
    otp_term nowhere = otp_tuple(OTP_ATOM(server), otp_atom("nowhere@host"));
    CHECK_EQ(otp_call(nowhere, OTP_ATOM(get), 5000, &reply), OTP_ENODE);
    otp_pid pid = probe_there();
    CHECK_EQ(otp_network_cut(world, "here@host", "there@host"), OTP_OK);
    CHECK_EQ(otp_call(pid, OTP_ATOM(get), 5000, &reply), OTP_ENODE);
    CHECK_EQ(otp_network_heal(world, "here@host", "there@host"), OTP_OK);
    CHECK_EQ(otp_call(pid, otp_term_of("{add, 1}"), 5000, &reply), OTP_OK);
    CHECK_TERM(reply, "1");
    CHECK_SILENCE();
}

static void cut_soon(otp_term arg) {
    (void)arg;
    (void)!otp_receive_match(100, "{never_sent, _}");
    CHECK_EQ(otp_network_cut(world, "here@host", "there@host"), OTP_OK);
}

NODES("a connection that is lost during a call is OTP_ENODE") {
    otp_pid pid = probe_there();
    otp_term reply;
    otp_spawn(cut_soon, otp_nil());
    CHECK_EQ(otp_call(pid, OTP_ATOM(wait), 50000, &reply), OTP_ENODE);
    CHECK_TERM(reply, "noconnection");
    CHECK_SILENCE();
}

NODES("a remote server is stopped, suspended and resumed; what needs its memory is not possible") {
    otp_pid pid = probe_there();
    otp_term dest = otp_from_pid(pid);
    otp_interceptor interceptor = {0};
    CHECK_EQ(otp_sys_suspend(dest, 5000), OTP_OK);
    CHECK_EQ(otp_sys_resume(dest, 5000), OTP_OK);
    CHECK_EQ(otp_sys_install(dest, &interceptor, 5000), OTP_EBADARG);
    CHECK_EQ(otp_sys_remove(dest, 5000), OTP_EMODE);
    CHECK_EQ(otp_stop_server(dest, OTP_ATOM(shutdown), 5000), OTP_OK);
    CHECK_TOLD("{terminate, ~w, shutdown}", dest);
}
