/* SPDX-License-Identifier: MIT */
#include "enumerate.h"

#include "base/assert.h"

static uint32_t enumerate_choose(void *context, otp_choice kind, const otp_event *enabled,
                                 uint32_t n) {
    (void)kind, (void)enabled;
    enumerate *e = context;
    if (e->stopped || e->at == ENUMERATE_DEPTH_MAX) {
        e->too_deep |= !e->stopped;
        return 0;
    }
    uint32_t i = e->at++;
    if (i == e->depth) {
        e->depth++;
        e->ranks[i] = 0;
        e->counts[i] = n;
    }
    OTPI_ASSERT("enumerate-001", e->counts[i] == n); /* equal choices, another question */
    return e->ranks[i];
}

static int64_t enumerate_draw(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                              int64_t target, const char *label) {
    (void)context, (void)lane, (void)kind, (void)lo, (void)hi, (void)label;
    return target;
}

void enumerate_init(enumerate *e) {
    *e = (enumerate){.chooser = {.context = e, .choose = enumerate_choose, .draw = enumerate_draw}};
}

void enumerate_begin(enumerate *e) {
    e->at = 0;
    e->stopped = false;
}

void enumerate_stop(enumerate *e) {
    e->stopped = true;
}

bool enumerate_next(enumerate *e) {
    e->depth = e->at; /* what was beyond belongs to another path */
    while (e->depth > 0 && e->ranks[e->depth - 1] + 1 == e->counts[e->depth - 1]) {
        e->depth--;
    }
    if (e->depth == 0) {
        return false;
    }
    e->ranks[e->depth - 1]++;
    return true;
}
