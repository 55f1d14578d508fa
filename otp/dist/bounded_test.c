/* SPDX-License-Identifier: MIT */
/*
 * Messages of other nodes for mailboxes with a bound.
 */
#include "dist/test_nodes.h"

#include <string.h>

enum { PLACES = 3 };

/* Tells an alias and reads nothing until "go" comes through it; then tells {held, Messages,
 * Refused, MonitoredBy}. */
static void holder(otp_term to) {
    otp_pid pid;
    otp_term facts;
    REQUIRE(otp_get_pid(to, &pid));
    otp_send(pid, otp_from_ref(otp_alias(OTP_ALIAS_EXPLICIT)));
    CHECK_EQ(otp_receive_match(OTP_INFINITY, "go"), OTP_OK);
    CHECK_EQ(otp_process_info(otp_self(), &facts), OTP_OK);
    otp_send(pid, otp_tuple(OTP_ATOM(held), otp_map_get(facts, OTP_ATOM(message_queue_len)),
                            otp_map_get(facts, OTP_ATOM(remote_refused)),
                            otp_map_get(facts, OTP_ATOM(monitored_by))));
}

static otp_pid spawn_holder(otp_on_full on_full, otp_ref *alias) {
    otp_pid pid = OTP_PID_NONE;
    otp_spawn_opts opts = {.mailbox_max = PLACES, .on_full = on_full, .name = OTP_ATOM(holder)};
    otp_term self = otp_from_pid(otp_self());
    CHECK(otp_system_spawn(two, holder, self, &opts, &pid) == OTP_OK);
    CHECK(otp_receive_match(OTP_INFINITY, "~r", alias) == OTP_OK);
    return pid;
}

/* What it held, printed. */
static const char *holder_release(otp_ref alias) {
    otp_term held = OTP_NONE;
    otp_send(alias, OTP_ATOM(go));
    CHECK_EQ(otp_receive(OTP_INFINITY, &held), OTP_OK);
    return otp_show(held);
}

static void overflow(otp_on_full on_full) {
    otp_ref alias;
    otp_pid pid = spawn_holder(on_full, &alias);
    otp_ref ref = otp_monitor(pid);
    for (int n = 0; n < 10; n++) {
        otp_send_term(n % 2 ? otp_from_pid(pid) : name_on("holder", "two@host"), otp_int(n));
    }
    const char *held = holder_release(alias);
    CHECK(strncmp(held, "{held,3,7,[<", strlen("{held,3,7,[<")) == 0);
    CHECK(comes_down(ref, "normal"));
}

ON_NODES("a full mailbox refuses what comes from another node, whatever local senders would meet") {
    overflow(OTP_FULL_REFUSE);
    overflow(OTP_FULL_BLOCK);
}

ON_NODES("a call to a full mailbox on another node is told so, and leaves no monitor there") {
    otp_ref alias;
    otp_pid pid = spawn_holder(OTP_FULL_REFUSE, &alias);
    otp_term named = name_on("holder", "two@host");
    for (int n = 0; n < PLACES; n++) {
        otp_send(pid, otp_int(n));
    }
    CHECK_EQ(otp_call(pid, OTP_ATOM(question), OTP_INFINITY, NULL), OTP_EFULL);
    CHECK_EQ(otp_call(named, OTP_ATOM(question), OTP_INFINITY, NULL), OTP_EFULL);
    CHECK_STR(holder_release(alias), "{held,3,2,[]}");
    CHECK(silence());
}

/* Its mailbox is full when the answer comes. */
static void full_caller(otp_term server) {
    otp_pid pid;
    otp_term reply;
    CHECK(otp_get_pid(server, &pid));
    for (int n = 0; n < PLACES; n++) {
        CHECK_EQ(otp_try_send(otp_self(), otp_int(n)), OTP_OK);
    }
    CHECK_EQ(otp_try_send(otp_self(), otp_nil()), OTP_EFULL);
    CHECK_EQ(otp_call(pid, OTP_ATOM(question), OTP_INFINITY, &reply), OTP_OK);
    CHECK(otp_is(reply, "answer"));
}

static void answers_once(otp_term arg) {
    (void)arg;
    otp_term tag;
    CHECK_EQ(otp_receive_match(OTP_INFINITY, "{_, {_, ~t}, question}", &tag), OTP_OK);
    otp_send_term(otp_tail(tag), otp_tuple(tag, OTP_ATOM(answer)));
}

ON_NODES("the answer to a call gets through to a caller whose mailbox is full") {
    otp_pid server = spawn_on(two, answers_once, otp_nil());
    otp_ref ref;
    otp_spawn_opts opts = {.mailbox_max = PLACES, .monitor = true, .monitor_ref = &ref};
    otp_pid caller;
    CHECK_EQ(otp_spawn_opt(full_caller, otp_from_pid(server), &opts, &caller), OTP_OK);
    CHECK(comes_down(ref, "normal"));
}

/* ---- Places are given back ---- */

static otp_verdict drops(void *context, otp_direction direction, otp_pid peer, otp_term *message) {
    (void)context, (void)peer;
    return direction == OTP_IN && otp_is(*message, "drop") ? OTP_DROP : OTP_PASS;
}

static void drops_and_waits(otp_term arg) {
    static const otp_interceptor dropping = {.see = drops};
    (void)arg;
    CHECK_EQ(otp_sys_install(otp_from_pid(otp_self()), &dropping, 1000), OTP_OK);
    otp_ref alias = otp_alias(OTP_ALIAS_EXPLICIT);
    otp_unalias(alias);
    for (int n = 0; n < 10 * PLACES; n++) { /* none of them is ever in the mailbox */
        CHECK_EQ(otp_try_send(otp_self(), OTP_ATOM(drop)), OTP_OK);
        CHECK_EQ(otp_try_send(alias, OTP_ATOM(late)), OTP_OK);
        CHECK_EQ(otp_receive_match(0, "none"), OTP_ETIMEOUT);
    }
}

ON_NODES("what is dropped on its way into a bounded mailbox takes no place there") {
    otp_ref ref;
    otp_spawn_opts opts = {.mailbox_max = PLACES, .monitor = true, .monitor_ref = &ref};
    otp_pid pid;
    CHECK_EQ(otp_spawn_opt(drops_and_waits, otp_nil(), &opts, &pid), OTP_OK);
    CHECK(comes_down(ref, "normal"));
}
