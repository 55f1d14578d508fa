/* SPDX-License-Identifier: MIT */
/* Topics and their subscribers on one node. Over nodes: otp/dist/pg_test.c. */
#include "behaviour/test_probe.h"

#include "process/broadcast.h"
#include "world/worker.h"

static otp_term hub(void) {
    return OTP_ATOM(pubsub_test);
}

static void hub_start(void) {
    otp_pid pid;
    CHECK_EQ(otp_pubsub_start_link(hub(), &pid), OTP_OK);
}

/* Subscribes, says so, and tells its watcher of what it gets. */
static void subscriber(otp_term watcher) {
    otp_scope scope = otp_scope_begin();
    otp_pid to;
    CHECK(otp_get_pid(watcher, &to));
    CHECK_EQ(otp_pubsub_subscribe(hub(), OTP_ATOM(topic)), OTP_OK);
    otp_send(to, OTP_ATOM(subscribed));
    for (;;) {
        otp_term message;
        if (otp_receive(OTP_INFINITY, &message) || otp_is(message, "stop")) {
            break;
        }
        otp_send(to, otp_tuple(OTP_ATOM(got), otp_from_pid(otp_self()), message));
    }
    otp_scope_end(scope);
}

static otp_pid subscriber_start(void) {
    otp_pid pid = otp_spawn(subscriber, otp_from_pid(otp_self()));
    CHECK_TOLD("subscribed");
    return pid;
}

static otp_err publish(const char *text) {
    return otp_pubsub_publish(hub(), OTP_ATOM(topic), otp_term_of(text));
}

BOTH_WORLDS("subscribers get what is published, in order; others do not") {
    hub_start();
    otp_pid a = subscriber_start(), b = subscriber_start();
    CHECK_EQ(publish("{news, 1}"), OTP_OK);
    CHECK_EQ(otp_pubsub_local_publish(hub(), OTP_ATOM(topic), otp_int(2)), OTP_OK);
    CHECK_EQ(otp_pubsub_publish(hub(), OTP_ATOM(elsewhere), otp_int(3)), OTP_OK);
    for (int i = 0; i < 2; i++) {
        otp_term pid = otp_from_pid(i ? b : a);
        otp_term first;
        CHECK_TOLD("{got, ~w, ~t}", pid, &first);
        CHECK_TERM(first, "{news, 1}");
        CHECK_TOLD("{got, ~w, 2}", pid);
    }
    CHECK_SILENCE();
}

BOTH_WORLDS(
    "the publisher gets it too if it has subscribed, as often as it has, until it ends it") {
    hub_start();
    CHECK_EQ(otp_pubsub_subscribe(hub(), OTP_ATOM(topic)), OTP_OK);
    CHECK_EQ(otp_pubsub_subscribe(hub(), OTP_ATOM(topic)), OTP_OK);
    CHECK_EQ(publish("a"), OTP_OK);
    CHECK_TOLD("a");
    CHECK_TOLD("a");
    CHECK_EQ(otp_pubsub_unsubscribe(hub(), OTP_ATOM(topic)), OTP_OK);
    CHECK_EQ(publish("b"), OTP_OK);
    CHECK_TOLD("b");
    CHECK_EQ(otp_pubsub_unsubscribe(hub(), OTP_ATOM(topic)), OTP_OK);
    CHECK_EQ(otp_pubsub_unsubscribe(hub(), OTP_ATOM(topic)), OTP_ENOENT);
    CHECK_EQ(publish("c"), OTP_OK);
    CHECK_SILENCE();
}

BOTH_WORLDS("a subscriber that exits is none any more; a hub that is not there is told") {
    otp_pid pid;
    CHECK_EQ(publish("x"), OTP_ENOENT);
    CHECK_EQ(otp_pubsub_subscribe(hub(), OTP_ATOM(topic)), OTP_ENOPROC);
    CHECK_EQ(otp_pubsub_start_link(otp_int(1), &pid), OTP_EBADARG);
    hub_start();
    otp_pid a = subscriber_start();
    otp_kill(a);
    wait_exit(a);
    otp_pid b = subscriber_start();
    CHECK_EQ(publish("y"), OTP_OK);
    CHECK_TOLD("{got, ~w, y}", otp_from_pid(b));
    CHECK_SILENCE();
}

/* ---- Large messages ---- */

static otp_term large(void) {
    otp_term list = otp_nil();
    for (int i = 0; i < 5000; i++) {
        list = otp_cons(otp_int(i), list);
    }
    return otp_tuple(OTP_ATOM(large), list,
                     otp_string("a text that is longer than sixty-four "
                                "bytes, and so counted and shared"));
}

static bool is_large(otp_term term) {
    otp_term list = otp_element(term, 1);
    return otp_length(list) == 5000 && otp_head(list).word == otp_int(4999).word &&
           otp_kind_of(otp_element(term, 2)) == OTP_KIND_BINARY;
}

enum { CROWD = 40 };

static void waits_for_go(otp_term arg) {
    (void)arg;
    otp_err err = otp_receive_match(OTP_INFINITY, "go");
    otp_term message = OTP_NONE;
    err = err ? err : otp_receive(0, &message);
    CHECK(err == OTP_OK && is_large(message));
    otp_term kept = otp_keep(message);
    (void)!otp_receive(0, &message); /* the scope of the message has ended */
    CHECK(is_large(kept));
}

BOTH_WORLDS("a large message to many takes the memory of one, and lives as long as any of them") {
    int64_t blocks, before, after;
    otp_term pids = otp_nil();
    otp_term message = large();
    for (int i = 0; i < CROWD; i++) {
        pids = otp_cons(otp_from_pid(otp_spawn(waits_for_go, otp_nil())), pids);
    }
    CHECK_SILENCE(); /* they wait */
    otpi_block_live(&blocks, &before);
    CHECK_EQ(otpi_broadcast(pids, message), OTP_OK);
    otpi_block_live(&blocks, &after);
    /* 10,000 words are 80 KB: far less than two of them */
    CHECK(after - before < CROWD * 256 + 128 * 1024);
    OTP_LIST_FOREACH (pid, pids) {
        otp_send(pid, OTP_ATOM(go));
    }
    OTP_LIST_FOREACH (pid, pids) {
        wait_exit((otp_pid){pid.word});
    }
}

static void takes_nothing(otp_term arg) {
    (void)arg;
    CHECK_EQ(otp_receive_match(OTP_INFINITY, "{never_sent, _}"), OTP_OK);
}

BOTH_WORLDS("a broadcast fills a bounded mailbox, and passes over those that are full or gone") {
    otp_pid bounded, gone = otp_spawn(takes_nothing, otp_nil());
    otp_spawn_opts opts = {.mailbox_max = 3};
    otp_term info;
    CHECK_EQ(otp_spawn_opt(takes_nothing, otp_nil(), &opts, &bounded), OTP_OK);
    CHECK_SILENCE(); /* it waits */
    otp_kill(gone);
    wait_exit(gone);
    otp_term pids = otp_list(otp_from_pid(gone), otp_from_pid(bounded), otp_from_pid(bounded));
    CHECK_EQ(otpi_broadcast(pids, large()), OTP_OK);
    CHECK_EQ(otpi_broadcast(pids, large()), OTP_OK);
    CHECK_EQ(otpi_broadcast(otp_nil(), large()), OTP_OK);
    CHECK_EQ(otp_process_info(bounded, &info), OTP_OK);
    CHECK_TERM(otp_map_get(info, OTP_ATOM(message_queue_len)), "3");
}
