/* SPDX-License-Identifier: MIT */
/*
 * The fast half of a call: monitor and request with one push, the request built in its message.
 */
#include "process/extra.h"
#include "process/monitor.h"
#include "process/system.h"
#include "process/words.h"
#include "term/atom.h"

enum { REQUEST_WORDS = 4 + 3 + OTPI_WORDS_TAG }; /* {Label, {Pid, [alias | Ref]}, Request} */

/* Both interceptors and bounds want the long way. */
static bool is_plain(const otpi_process *self, otp_pid to) {
    return otpi_pid_node(to) == self->system->slot && !self->system->interceptor.see &&
           !(self->flags & OTPI_INTERCEPTED);
}

static otpi_signal *request_new(otp_pid from, otp_term request) {
    size_t size =
        sizeof(otpi_message) + (REQUEST_WORDS + otpi_term_words(request)) * sizeof(uint64_t);
    otpi_message *message = size <= UINT32_MAX ? otpi_block_alloc(size) : NULL;
    if (!message) {
        return NULL;
    }
    message->signal =
        (otpi_signal){.kind = OTPI_SIGNAL_MESSAGE, .size = (uint32_t)size, .from = from};
    message->offheap = NULL;
    uint64_t *at = message->data + REQUEST_WORDS;
    message->signal.term = otpi_term_copy(request, &at, &message->offheap);
    return &message->signal;
}

/* Puts the frame around the request that request_new has copied. */
static void request_frame(otpi_signal *signal, otp_term label, otp_ref ref) {
    uint64_t *words = ((otpi_message *)signal)->data;
    otp_term tag = otpi_words_tag(words + 7, ref);
    otp_term from = otpi_words_tuple2(words + 4, otp_from_pid(signal->from), tag);
    signal->term = otpi_words_tuple3(words, label, from, signal->term);
}

bool otpi_request_send(otp_pid to, otp_term label, otp_term request, otp_ref *ref, otp_err *err) {
    otpi_process *self = otpi_self();
    if (!is_plain(self, to)) {
        return false;
    }
    otpi_visible("call", to.word);
    otpi_process *target = otpi_pid_lookup(self->system, to);
    if (target && target->bounded) {
        return false;
    }
    otpi_access(OTP_SEND, to.word, OTP_KEY_MESSAGES);
    self->reductions++;
    *err = OTP_ENOMEM;
    otpi_signal *message = request_new(self->pid, request);
    otp_ref made = otpi_ref_next_of(self);
    otpi_monitor *monitor = message ? otpi_monitor_of_call(self, to, made) : NULL;
    if (!monitor) {
        if (message) {
            otpi_signal_free(message);
        }
        return true;
    }
    *ref = made;
    request_frame(message, label, made);
    otpi_receive_mark(self, made);
    otpi_monitor_send(self, monitor, target, message);
    *err = OTP_OK;
    return true;
}
