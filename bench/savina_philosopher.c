/* SPDX-License-Identifier: MIT */
/*
 * Savina's philosopher: 20 philosophers eat 10,000 times each; who is refused by the arbiter, since
 * a neighbour has a fork, asks again at once.
 */
#include "bench/savina.h"

enum { PHILOSOPHERS = 20, MEALS = 10000 };

typedef struct philosopher {
    otp_pid arbiter;
    int64_t seat, meals;
} philosopher;

static otp_result hungry(philosopher *p) {
    otp_send(p->arbiter, otp_tuple(OTP_ATOM(hungry), otp_from_pid(otp_self()), otp_int(p->seat)));
    return otp_noreply();
}

static otp_result philosopher_info(void *state, otp_term message) {
    philosopher *p = state;
    if (otp_equal(message, OTP_ATOM(denied)) ||
        otp_match(message, "{start, ~p, ~i}", &p->arbiter, &p->seat)) {
        return hungry(p);
    }
    p->meals++;
    otp_send(p->arbiter, otp_tuple(OTP_ATOM(done), otp_int(p->seat)));
    if (p->meals < MEALS) {
        return hungry(p);
    }
    otp_send(p->arbiter, OTP_ATOM(exit));
    return otp_stop(OTP_ATOM(normal));
}

static const otp_gen_server philosopher_server = {
    .name = "philosopher", .state_size = sizeof(philosopher), .handle_info = philosopher_info};

typedef struct arbiter {
    otp_pid report;
    bool taken[PHILOSOPHERS]; /* fork i lies between seats i - 1 and i */
    int gone;
    int64_t meals;
} arbiter;

static otp_result arbiter_init(void *state, otp_term args) {
    arbiter *a = state;
    otp_get_pid(args, &a->report);
    for (int64_t seat = 0; seat < PHILOSOPHERS; seat++) {
        otp_pid pid = bench_server(&philosopher_server, otp_nil());
        otp_send(pid, otp_tuple(OTP_ATOM(start), otp_from_pid(otp_self()), otp_int(seat)));
    }
    return otp_ok();
}

static otp_result arbiter_info(void *state, otp_term message) {
    arbiter *a = state;
    otp_pid pid;
    int64_t seat;
    if (otp_match(message, "{hungry, ~p, ~i}", &pid, &seat)) {
        bool *left = &a->taken[seat];
        bool *right = &a->taken[(seat + 1) % PHILOSOPHERS];
        bool refused = *left || *right;
        if (!refused) {
            *left = *right = true;
        }
        otp_send(pid, refused ? OTP_ATOM(denied) : OTP_ATOM(eat));
    } else if (otp_match(message, "{done, ~i}", &seat)) {
        a->taken[seat] = a->taken[(seat + 1) % PHILOSOPHERS] = false;
        a->meals++;
    } else if (++a->gone == PHILOSOPHERS) {
        otp_send(a->report, otp_int(a->meals));
        return otp_stop(OTP_ATOM(normal));
    }
    return otp_noreply();
}

static const otp_gen_server arbiter_server = {.name = "arbiter",
                                              .state_size = sizeof(arbiter),
                                              .init = arbiter_init,
                                              .handle_info = arbiter_info};

static void run(void) {
    int64_t meals;
    bench_server(&arbiter_server, otp_from_pid(otp_self()));
    bench_must(otp_receive_match(OTP_INFINITY, "~i", &meals), "the meals");
    savina_check(meals == (int64_t)PHILOSOPHERS * MEALS, "meals are lost");
}

int main(int argc, char **argv) {
    return savina_main(argc, argv, "philosopher", run);
}
