/* SPDX-License-Identifier: MIT */
/*
 * Timers that several processes, and several workers, cancel: each is cancelled once or fires once.
 */
#include "tests/worlds.h"

#include "base/prng.h"

enum { TIMERS = 400, CANCELLERS = 3 };

static int64_t rounds(void) {
    return unit_long() ? 2000 : 20;
}

static otp_timer timers[TIMERS]; /* of the round; set before the cancellers are told */

/* Cancels every timer of each round, and tells how many were still running. */
static void canceller(otp_term arg) {
    otp_pid parent;
    otp_get_pid(arg, &parent);
    while (otp_receive_match(OTP_INFINITY, "cancel") == OTP_OK) {
        int64_t cancelled = 0;
        for (int i = 0; i < TIMERS; i++) {
            cancelled += otp_cancel_timer(timers[i], NULL);
        }
        otp_send(parent, otp_tuple(OTP_ATOM(cancelled), otp_int(cancelled)));
    }
}

/* Small and large messages; some name their timer. */
static otp_timer timer_start(otpi_prng *prng, int number) {
    otp_term self = otp_from_pid(otp_self());
    int64_t after_ms = (int64_t)otpi_prng_below(prng, 4);
    if (number % 2) {
        return otp_send_after(after_ms, self,
                              otp_list(otp_int(number), otp_string("fifteen bytes")));
    }
    return otp_start_timer(after_ms, self, otp_int(number));
}

/* The number of the timer whose message it is; -1: of none. */
static int64_t number_of(otp_term message) {
    int64_t number = -1;
    otp_term ref;
    if (otp_match(message, "{timeout, ~t, ~i}", &ref, &number)) {
        bool own = number >= 0 && number < TIMERS && number % 2 == 0 &&
                   otp_equal(ref, otp_from_ref(otp_timer_ref(timers[number])));
        return own ? number : -1;
    }
    return otp_match(message, "[~i, _]", &number) ? number : -1;
}

static void round_run(otpi_prng *prng, const otp_pid *cancellers) {
    bool seen[TIMERS] = {false};
    for (int i = 0; i < TIMERS; i++) {
        timers[i] = timer_start(prng, i);
    }
    for (int i = 0; i < CANCELLERS; i++) {
        otp_send(cancellers[i], OTP_ATOM(cancel));
    }
    int64_t ended = 0;
    for (int replies = 0; replies < CANCELLERS || ended < TIMERS;) {
        otp_term message;
        int64_t cancelled = 0;
        REQUIRE(otp_receive(20000, &message) == OTP_OK);
        if (otp_match(message, "{cancelled, ~i}", &cancelled)) {
            replies++;
            ended += cancelled;
            continue;
        }
        int64_t number = number_of(message);
        REQUIRE(number >= 0 && number < TIMERS && !seen[number]);
        seen[number] = true;
        ended++;
    }
    CHECK_EQ(ended, TIMERS);
}

BOTH_WORLDS("a timer that many cancel is cancelled once or fires once") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    otp_pid cancellers[CANCELLERS];
    for (int i = 0; i < CANCELLERS; i++) {
        cancellers[i] = otp_spawn_link(canceller, otp_from_pid(otp_self()));
    }
    for (int64_t i = 0; i < rounds(); i++) {
        otp_scope scope = otp_scope_begin();
        round_run(&prng, cancellers);
        otp_scope_end(scope);
    }
    otp_term message;
    CHECK(otp_receive(5, &message) == OTP_ETIMEOUT);
    for (int i = 0; i < CANCELLERS; i++) {
        otp_unlink(cancellers[i]);
        otp_kill(cancellers[i]);
    }
}

BOTH_WORLDS("the handle of a timer that is over does not reach the next one in its record") {
    otp_term self = otp_from_pid(otp_self());
    otp_timer over = otp_send_after(60000, self, OTP_ATOM(over));
    CHECK(otp_cancel_timer(over, NULL));
    otp_timer next = otp_send_after(60000, self, OTP_ATOM(next));
    CHECK(next.word[0] == over.word[0] && next.word[1] != over.word[1]);
    CHECK(!otp_cancel_timer(over, NULL));
    CHECK(!otp_read_timer(over, NULL));
    CHECK(otp_read_timer(next, NULL));
    CHECK(otp_cancel_timer(next, NULL));
}
