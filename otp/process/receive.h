/* SPDX-License-Identifier: MIT */
/*
 * The scan of a mailbox, and the wait for what carries a reference: inlined into who waits for the
 * answer to a call, for the reason that wait.h gives.
 */
#ifndef OTP_PROCESS_RECEIVE_H
#define OTP_PROCESS_RECEIVE_H

#include "port/probe.h"
#include "process/monitor.h"
#include "process/suspend.h"
#include "process/wait.h"
#include "process/words.h"

/* Says whether a message is wanted. */
typedef bool otpi_wants(void *context, otpi_signal *message);

/* Takes what has come; a process that is suspended stays here until it is resumed. */
static inline bool otpi_take(otpi_process *self) {
    bool news = otpi_signals_new(self) || OTPI_UNLIKELY(self->system->pairwise) ||
                OTPI_UNLIKELY(__atomic_load_n(&self->killed, __ATOMIC_SEQ_CST));
    bool changed = news && otpi_signals_take(self);
    if (OTPI_UNLIKELY(self->flags & OTPI_SUSPENDED)) {
        otpi_suspended_wait(self);
        changed = true;
    }
    return changed;
}

/* Scans from *at on. Waits for more until the deadline; the found message is unlinked. */
static OTPI_INLINE otpi_signal *otpi_scan(otpi_process *self, otpi_signal **at, otpi_wants *wanted,
                                          void *context, int64_t timeout_ms, const char *label) {
    uint64_t deadline = otpi_deadline_of(self, timeout_ms, label);
    for (;;) {
        for (; *at; at = &(*at)->next) {
            if (!wanted || wanted(context, *at)) {
                return otpi_mailbox_unlink(self, at);
            }
        }
        if (otpi_take(self)) {
            continue;
        }
        if (timeout_ms == 0) {
            otpi_access(OTP_READ, self->pid.word, OTP_KEY_MESSAGES);
            return NULL;
        }
        bool in_time = otpi_wait_here(self, label, deadline);
        if (!otpi_take(self) && !in_time) {
            otpi_access(OTP_READ, self->pid.word, OTP_KEY_MESSAGES);
            return NULL;
        }
        timeout_ms = in_time ? timeout_ms : 0;
    }
}

/* ---- By reference ---- */

static inline bool otpi_term_is_ref(otp_term term, otp_ref ref) {
    const uint64_t *words = otpi_ref_words(term);
    return words && words[1] == ref.word[1] && words[0] == ref.word[0] && words[2] == ref.word[2];
}

/* Ref, or [alias | Ref]. */
static inline bool otpi_tag_is_ref(otp_term tag, otp_ref ref) {
    const otp_term *cell = otpi_words_cell(tag);
    return cell ? cell[0].word == OTPI_AM_alias && otpi_term_is_ref(cell[1], ref)
                : otpi_term_is_ref(tag, ref);
}

static inline bool otpi_ref_wants(void *context, otpi_signal *message) {
    const otp_ref *ref = context;
    if (message->kind == OTPI_SIGNAL_DOWN || message->kind == OTPI_SIGNAL_ANSWER) {
        return otpi_ref_same(((otpi_monitor *)message)->ref, *ref);
    }
    const otp_term *pair = otpi_words_tuple(message->term, 2);
    if (pair) {
        return otpi_tag_is_ref(pair[0], *ref);
    }
    const otp_term *triple = otpi_words_tuple(message->term, 3);
    return triple && triple[0].word == OTPI_AM_timeout && otpi_term_is_ref(triple[1], *ref);
}

/* Messages before the mark came before the reference was made. */
static inline otpi_signal **otpi_ref_scan_begin(otpi_process *self, otp_ref ref) {
    otpi_extra *extra = self->extra;
    bool fresh = extra && extra->mark_at && otpi_ref_same(extra->mark, ref);
    return fresh ? extra->mark_at : &self->mailbox;
}

/* The result of a search: NULL when time was up. */
static OTPI_INLINE otp_err otpi_received(otpi_process *self, otpi_signal *message, otp_term *out) {
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

/* otp_receive_ref. */
static OTPI_INLINE otp_err otpi_receive_ref_here(otp_ref ref, int64_t timeout_ms, otp_term *out) {
    otpi_process *self = otpi_self();
    self->reductions++;
    otpi_signal *message = otpi_scan(self, otpi_ref_scan_begin(self, ref), otpi_ref_wants, &ref,
                                     timeout_ms, "receive a reply");
    return otpi_received(self, message, out);
}

#endif
