/* SPDX-License-Identifier: MIT */
/*
 * Receiving: one scan over the mailbox, four ways to say what is wanted.
 */
#include "port/probe.h"
#include "process/extra.h"
#include "process/life.h"
#include "process/monitor.h"
#include "process/suspend.h"
#include "process/system.h"
#include "process/wait.h"
#include "process/words.h"
#include "term/atom.h"

/* Says whether a message is wanted. */
typedef bool wants(void *context, otpi_signal *message);

/* Takes what has come; a process that is suspended stays here until it is resumed. */
static inline bool take(otpi_process *self) {
    bool changed = otpi_signals_take(self);
    if (OTPI_UNLIKELY(self->flags & OTPI_SUSPENDED)) {
        otpi_suspended_wait(self);
        changed = true;
    }
    return changed;
}

/* Scans from *at on. Waits for more until the deadline; the found message is unlinked. */
static OTPI_INLINE otpi_signal *scan(otpi_process *self, otpi_signal **at, wants *wanted,
                                     void *context, int64_t timeout_ms, const char *label) {
    uint64_t deadline = otpi_deadline_of(self, timeout_ms, label);
    for (;;) {
        for (; *at; at = &(*at)->next) {
            if (!wanted || wanted(context, *at)) {
                return otpi_mailbox_unlink(self, at);
            }
        }
        if (take(self)) {
            continue;
        }
        if (timeout_ms == 0) {
            return NULL;
        }
        bool in_time = otpi_wait_here(self, label, deadline);
        if (!take(self) && !in_time) {
            return NULL;
        }
        timeout_ms = in_time ? timeout_ms : 0;
    }
}

/* What is wanted may be said with terms of the scope that ends here: then it ends after the search.
 * Where several messages make up one result, it stays. */
typedef enum scope_end { SCOPE_ENDS_FIRST, SCOPE_ENDS_LATER, SCOPE_STAYS } scope_end;

static otp_err receive(wants *wanted, void *context, int64_t timeout_ms, scope_end end,
                       otp_term *out) {
    otpi_process *self = otpi_self();
    self->reductions++;
    if (end == SCOPE_ENDS_FIRST) {
        otpi_scope_turn(self);
    }
    otpi_signal *message = scan(self, &self->mailbox, wanted, context, timeout_ms, "receive");
    if (end == SCOPE_ENDS_LATER) {
        otpi_scope_turn(self);
    }
    if (!message) {
        return OTP_ETIMEOUT;
    }
    otp_term term = otpi_message_hold(message);
    otpi_probe_receive(self->pid.word, term.word);
    if (out) {
        *out = term;
    }
    return OTP_OK;
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

static bool term_is_ref(otp_term term, otp_ref ref) {
    const uint64_t *words = otpi_ref_words(term);
    return words && words[1] == ref.word[1] && words[0] == ref.word[0] && words[2] == ref.word[2];
}

/* Ref, or [alias | Ref]. */
static bool tag_is_ref(otp_term tag, otp_ref ref) {
    const otp_term *cell = otpi_words_cell(tag);
    return cell ? cell[0].word == OTPI_AM_alias && term_is_ref(cell[1], ref)
                : term_is_ref(tag, ref);
}

static inline bool ref_wants(void *context, otpi_signal *message) {
    const otp_ref *ref = context;
    if (message->kind == OTPI_SIGNAL_DOWN || message->kind == OTPI_SIGNAL_ANSWER) {
        return otpi_ref_same(((otpi_monitor *)message)->ref, *ref);
    }
    const otp_term *pair = otpi_words_tuple(message->term, 2);
    if (pair) {
        return tag_is_ref(pair[0], *ref);
    }
    const otp_term *triple = otpi_words_tuple(message->term, 3);
    return triple && triple[0].word == OTPI_AM_timeout && term_is_ref(triple[1], *ref);
}

/* Messages before the mark came before the reference was made. */
static otpi_signal **scan_begin(otpi_process *self, otp_ref ref) {
    otpi_extra *extra = self->extra;
    bool fresh = extra && extra->mark_at && otpi_ref_same(extra->mark, ref);
    return fresh ? extra->mark_at : &self->mailbox;
}

otp_err otp_receive_ref(otp_ref ref, int64_t timeout_ms, otp_term *out) {
    otpi_process *self = otpi_self();
    self->reductions++;
    otpi_signal *message =
        scan(self, scan_begin(self, ref), ref_wants, &ref, timeout_ms, "receive a reply");
    if (!message) {
        return OTP_ETIMEOUT;
    }
    otp_term term = otpi_message_hold(message);
    otpi_probe_receive(self->pid.word, term.word);
    if (out) {
        *out = term;
    }
    return OTP_OK;
}
