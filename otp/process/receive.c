/* SPDX-License-Identifier: MIT */
/*
 * Receiving: one scan over the mailbox, four ways to say what is wanted.
 */
#include "port/probe.h"
#include "process/receive.h"

/* What is wanted may be said with terms of the scope that ends here: then it ends after the search.
 * Where several messages make up one result, it stays. */
typedef enum scope_end { SCOPE_ENDS_FIRST, SCOPE_ENDS_LATER, SCOPE_STAYS } scope_end;

static otp_err receive(otpi_wants *wanted, void *context, int64_t timeout_ms, scope_end end,
                       otp_term *out) {
    otpi_process *self = otpi_self();
    self->reductions++;
    if (end == SCOPE_ENDS_FIRST) {
        otpi_scope_turn(self);
    }
    otpi_signal *message = otpi_scan(self, &self->mailbox, wanted, context, timeout_ms, "receive");
    if (end == SCOPE_ENDS_LATER) {
        otpi_scope_turn(self);
    }
    return otpi_received(self, message, out);
}

otp_err otp_receive(int64_t timeout_ms, otp_term *out) {
    return receive(NULL, NULL, timeout_ms, SCOPE_ENDS_FIRST, out);
}

typedef struct filter {
    bool (*accepts)(void *context, otp_term message);
    void *context;
} filter;

static bool filter_wants(void *context, otpi_signal *message) {
    const filter *f = context;
    return f->accepts(f->context, message->term);
}

otp_err otp_receive_where(bool (*accepts)(void *context, otp_term message), void *context,
                          int64_t timeout_ms, otp_term *out) {
    filter f = {accepts, context};
    return receive(filter_wants, &f, timeout_ms, SCOPE_ENDS_LATER, out);
}

otp_err otpi_receive_more(bool (*accepts)(void *context, otp_term message), void *context,
                          int64_t timeout_ms, otp_term *out) {
    filter f = {accepts, context};
    return receive(filter_wants, &f, timeout_ms, SCOPE_STAYS, out);
}

typedef struct pattern {
    otp_match_site *site;
    size_t n;
    const otp_match_arg *args;
} pattern;

static bool pattern_wants(void *context, otpi_signal *message) {
    const pattern *p = context;
    return otp_match_at(p->site, message->term, p->n, p->args);
}

otp_err otp_receive_match_at(otp_match_site *site, int64_t timeout_ms, size_t n,
                             const otp_match_arg *args) {
    pattern p = {site, n, args};
    scope_end end = SCOPE_ENDS_FIRST;
    for (size_t i = 0; i < n; i++) {
        end = args[i].type == 'w' ? SCOPE_ENDS_LATER : end;
    }
    return receive(pattern_wants, &p, timeout_ms, end, NULL);
}

/* ---- By reference ---- */

otp_err otp_receive_ref(otp_ref ref, int64_t timeout_ms, otp_term *out) {
    return otpi_receive_ref_here(ref, timeout_ms, out);
}
