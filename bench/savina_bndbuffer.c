/* SPDX-License-Identifier: MIT */
/*
 * Savina's bndbuffer: 40 producers make 1,000 items each, 40 consumers take them, a manager keeps
 * at most 50 in between. What the suite computes for each item (a thousand logarithms) is left out:
 * it would measure the mathematics library.
 */
#include "bench/savina.h"

enum { PRODUCERS = 40, CONSUMERS = 40, ITEMS = 1000, BUFFER = 50 };
/* One item may be on its way from each producer. */
enum { BUFFER_FULL = BUFFER - PRODUCERS, QUEUE = 64 };

typedef struct queue {
    otp_term items[QUEUE]; /* integers and pids: words that need no scope */
    size_t first, count;
} queue;

static void queue_put(queue *q, otp_term item) {
    q->items[(q->first + q->count++) % QUEUE] = item;
}

static otp_term queue_take(queue *q) {
    otp_term item = q->items[q->first];
    q->first = (q->first + 1) % QUEUE;
    q->count--;
    return item;
}

/* ---- Producers and consumers ---- */

typedef struct maker {
    otp_pid manager;
    int64_t made;
} maker;

static otp_result producer_info(void *state, otp_term message) {
    maker *m = state;
    if (otp_get_pid(message, &m->manager)) {
        return otp_noreply();
    }
    otp_term self = otp_from_pid(otp_self());
    if (m->made == ITEMS) {
        otp_send(m->manager, OTP_ATOM(exit));
        return otp_stop(OTP_ATOM(normal));
    }
    otp_send(m->manager, otp_tuple(OTP_ATOM(data), self, otp_int(++m->made)));
    return otp_noreply();
}

static otp_result consumer_info(void *state, otp_term message) {
    maker *m = state;
    int64_t item;
    if (otp_get_int(message, &item)) {
        m->made += item;
        otp_send(m->manager, otp_tuple(OTP_ATOM(available), otp_from_pid(otp_self())));
    } else if (!otp_get_pid(message, &m->manager)) {
        otp_send(m->manager, otp_tuple(OTP_ATOM(taken), otp_int(m->made)));
        return otp_stop(OTP_ATOM(normal));
    }
    return otp_noreply();
}

static const otp_gen_server producer_server = {
    .name = "producer", .state_size = sizeof(maker), .handle_info = producer_info};
static const otp_gen_server consumer_server = {
    .name = "consumer", .state_size = sizeof(maker), .handle_info = consumer_info};

/* ---- The manager ---- */

typedef struct manager {
    queue data, producers, consumers; /* what waits */
    otp_pid report;
    int producers_gone, consumers_gone;
    int64_t taken; /* the sum of all items */
} manager;

static otp_result manager_init(void *state, otp_term args) {
    manager *m = state;
    otp_get_pid(args, &m->report);
    otp_term self = otp_from_pid(otp_self());
    for (int i = 0; i < CONSUMERS; i++) {
        otp_pid pid = bench_server(&consumer_server, otp_nil());
        otp_send(pid, self);
        queue_put(&m->consumers, otp_from_pid(pid));
    }
    for (int i = 0; i < PRODUCERS; i++) {
        otp_pid pid = bench_server(&producer_server, otp_nil());
        otp_send(pid, self);
        otp_send(pid, OTP_ATOM(produce));
    }
    return otp_ok();
}

static void manager_data(manager *m, otp_pid producer, int64_t item) {
    if (m->consumers.count > 0) {
        otp_send(queue_take(&m->consumers), otp_int(item));
    } else {
        queue_put(&m->data, otp_int(item));
    }
    if (m->data.count >= BUFFER_FULL) {
        queue_put(&m->producers, otp_from_pid(producer));
    } else {
        otp_send(producer, OTP_ATOM(produce));
    }
}

static void manager_available(manager *m, otp_pid consumer) {
    if (m->data.count == 0) {
        queue_put(&m->consumers, otp_from_pid(consumer));
        return;
    }
    otp_send(consumer, queue_take(&m->data));
    if (m->producers.count > 0) {
        otp_send(queue_take(&m->producers), OTP_ATOM(produce));
    }
}

/* Nobody makes and nobody takes any more: the consumers are told to end, once. */
static void manager_end(manager *m) {
    if (m->producers_gone == PRODUCERS && m->consumers.count == CONSUMERS) {
        while (m->consumers.count > 0) {
            otp_send(queue_take(&m->consumers), OTP_ATOM(exit));
        }
    }
}

static otp_result manager_info(void *state, otp_term message) {
    manager *m = state;
    otp_pid pid;
    int64_t item;
    if (otp_match(message, "{data, ~p, ~i}", &pid, &item)) {
        manager_data(m, pid, item);
    } else if (otp_match(message, "{available, ~p}", &pid)) {
        manager_available(m, pid);
    } else if (otp_match(message, "{taken, ~i}", &item)) {
        m->taken += item;
        if (++m->consumers_gone == CONSUMERS) {
            otp_send(m->report, otp_int(m->taken));
            return otp_stop(OTP_ATOM(normal));
        }
        return otp_noreply();
    } else {
        m->producers_gone++;
    }
    manager_end(m);
    return otp_noreply();
}

static const otp_gen_server manager_server = {.name = "manager",
                                              .state_size = sizeof(manager),
                                              .init = manager_init,
                                              .handle_info = manager_info};

static void run(void) {
    int64_t taken;
    bench_server(&manager_server, otp_from_pid(otp_self()));
    bench_must(otp_receive_match(OTP_INFINITY, "~i", &taken), "the sum");
    savina_check(taken == (int64_t)PRODUCERS * ITEMS * (ITEMS + 1) / 2, "items are lost");
}

int main(int argc, char **argv) {
    return savina_main(argc, argv, "bndbuffer", run);
}
