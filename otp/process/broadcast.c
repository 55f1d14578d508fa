/* SPDX-License-Identifier: MIT */
/*
 * One message to many processes. A large one is copied once: each receiver's message is a head that
 * holds a reference to that copy, and the last receiver that is done with it frees it. A receiver
 * sees no difference, as terms never change and lie outside of its scope either way.
 */
#include "process/broadcast.h"

#include "process/extra.h"
#include "process/signal.h"
#include "process/system.h"

/* Below it a copy of its own is cheaper than a reference: three cache lines. */
enum { COPIED_WORDS_MAX = 24 };

typedef struct broadcast {
    otpi_process *self;
    otp_term message;
    otpi_pack *pack; /* NULL: each gets a copy */
    otp_term owner;  /* of the pack: a resource */
} broadcast;

static void pack_destroy(void *pack) {
    otpi_pack_release(pack);
}

static const otp_resource_type pack_type = {.name = "broadcast", .destroy = pack_destroy};

static void pack_drop(void *argument) {
    otpi_pack_release(*(otpi_pack **)argument);
}

/* Without memory for that, it may still do for copies. */
static void broadcast_share(broadcast *b) {
    otp_defer(pack_drop, &b->pack); /* until the resource owns it */
    b->pack = otpi_pack_new(b->message);
    b->owner = b->pack ? otp_resource(&pack_type, b->pack) : OTP_NONE;
    otp_undefer(&b->pack, false);
}

/* A message without a copy: behind its head lies only the box that holds the reference. */
static otpi_signal *head_new(const broadcast *b) {
    size_t size = sizeof(otpi_message) + otpi_term_words(b->owner) * sizeof(uint64_t);
    otpi_message *message = otpi_block_alloc(size);
    if (!message) {
        return NULL;
    }
    message->signal =
        (otpi_signal){.kind = OTPI_SIGNAL_MESSAGE, .size = (uint32_t)size, .from = b->self->pid};
    message->offheap = NULL;
    uint64_t *at = message->data;
    otpi_term_copy(b->owner, &at, &message->offheap);
    message->signal.term = b->pack->term;
    return &message->signal;
}

/* The receiver of a reference, or NULL: interceptors and bounded mailboxes want the way of every
 * message. */
static otpi_process *shares_with(const broadcast *b, otp_pid to) {
    bool seen = b->self->system->interceptor.see || (b->self->flags & OTPI_INTERCEPTED);
    if (!b->pack || seen || otpi_pid_node(to) != b->self->system->slot) {
        return NULL;
    }
    otpi_process *target = otpi_pid_lookup(b->self->system, to);
    return target && !target->bounded ? target : NULL;
}

static otp_err broadcast_to(const broadcast *b, otp_pid to) {
    otpi_process *target = shares_with(b, to);
    if (!target) {
        return otp_try_send_term(otp_from_pid(to), b->message);
    }
    otpi_access(OTP_SEND, to.word, OTP_KEY_MESSAGES);
    otpi_signal *head = head_new(b);
    if (head && !otpi_signal_push(target, head)) {
        otpi_signal_free(head);
    }
    return head ? OTP_OK : OTP_ENOMEM;
}

otp_err otpi_broadcast(otp_term pids, otp_term message) {
    broadcast b = {.self = otpi_self(), .message = message};
    bool many = !otp_is_nil(pids) && !otp_is_nil(otp_tail(pids));
    otp_err result = OTP_OK;
    if (many && otpi_term_words(message) > COPIED_WORDS_MAX) {
        broadcast_share(&b);
    }
    OTP_LIST_FOREACH (pid, pids) {
        otp_err err = broadcast_to(&b, (otp_pid){pid.word});
        result = err == OTP_ENOMEM ? err : result;
        b.self->reductions++;
    }
    return result;
}
