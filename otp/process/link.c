/* SPDX-License-Identifier: MIT */
#include "process/link.h"

#include "process/extra.h"
#include "process/life.h"
#include "process/remote.h"
#include "process/system.h"
#include "process/words.h"
#include "term/atom.h"

/* ---- Halves ---- */

static otpi_link *half_new(otp_pid owner, otp_pid peer, uint64_t id) {
    otpi_link *half = otpi_block_alloc(sizeof *half);
    if (half) {
        *half =
            (otpi_link){.signal = {.kind = OTPI_SIGNAL_LINK, .size = sizeof *half, .from = owner}};
        half->peer = peer;
        half->id = id;
    }
    return half;
}

void otpi_link_free(otpi_link *half) {
    if (half->signal.tie) {
        otpi_tie_free(half);
    } else {
        otpi_pack_release(half->reason);
        otpi_block_free(half, sizeof *half);
    }
}

static otpi_link *half_next(const otpi_link *half) {
    return (otpi_link *)half->signal.next;
}

/* While a half is in the list of its owner its term is the half before it. */
static otpi_link *half_before(const otpi_link *half) {
    return (otpi_link *)(uintptr_t)half->signal.term.word;
}

static void half_set_before(otpi_link *half, otpi_link *before) {
    half->signal.term.word = (uintptr_t)before;
}

void otpi_link_insert(otpi_process *self, otpi_link *half) {
    half_set_before(half, NULL);
    half->signal.next = self->links ? &self->links->signal : NULL;
    if (self->links) {
        half_set_before(self->links, half);
    }
    self->links = half;
}

static void half_remove(otpi_process *self, otpi_link *half) {
    otpi_link *next = half_next(half);
    otpi_link *before = half_before(half);
    if (before) {
        before->signal.next = half->signal.next;
    } else {
        self->links = next;
    }
    if (next) {
        half_set_before(next, before);
    }
}

otpi_link *otpi_link_find(otpi_process *self, otp_pid peer) {
    otpi_link *half = self->links;
    while (half && otpi_link_peer(half).word != peer.word) {
        half = half_next(half);
    }
    return half;
}

/* Is the peer on another node? */
static bool is_remote(const otpi_link *half) {
    return !otpi_link_twin(half);
}

bool otpi_link_pair(otpi_process *self, otp_pid peer, otpi_link **theirs) {
    uint64_t id = otpi_number_next(self->system->world);
    otpi_link *mine = half_new(self->pid, peer, id);
    *theirs = half_new(peer, self->pid, id);
    if (!mine || !*theirs) {
        otpi_block_free(mine, sizeof *mine);
        otpi_block_free(*theirs, sizeof **theirs);
        return false;
    }
    mine->twin = *theirs;
    (*theirs)->twin = mine;
    otpi_link_insert(self, mine);
    return true;
}

void otpi_link_unpair(otpi_process *self, otpi_link *theirs) {
    half_remove(self, theirs->twin);
    otpi_link_free(theirs->twin);
    otpi_link_free(theirs);
}

/* ---- Linking ---- */

/* Frees the half that waits for the peer's acknowledgement; id 0: whatever its id. */
static bool unlinking_end(otpi_process *self, otp_pid peer, uint64_t id) {
    otpi_link **at = self->extra ? &self->extra->unlinked : NULL;
    for (; at && *at; at = (otpi_link **)(void *)&(*at)->signal.next) {
        otpi_link *half = *at;
        if (is_remote(half) && half->peer.word == peer.word &&
            (id == 0 || half->signal.term.word == id)) {
            *at = half_next(half);
            otpi_link_free(half);
            return true;
        }
    }
    return false;
}

static bool is_unlinking(const otpi_process *self, otp_pid peer) {
    const otpi_link *half = self->extra ? self->extra->unlinked : NULL;
    while (half && (!is_remote(half) || half->peer.word != peer.word)) {
        half = half_next(half);
    }
    return half != NULL;
}

void otpi_unlink_acknowledged(otpi_process *self, otp_pid peer, uint64_t id) {
    unlinking_end(self, peer, id);
}

void otpi_unlinks_lose(otpi_process *self, uint64_t connection) {
    otpi_link **at = self->extra ? &self->extra->unlinked : NULL;
    while (at && *at) {
        otpi_link *half = *at;
        if (is_remote(half) && half->id == connection) {
            *at = half_next(half);
            otpi_link_free(half);
        } else {
            at = (otpi_link **)(void *)&half->signal.next;
        }
    }
}

bool otpi_link_remote(otpi_process *self, otp_pid peer, uint64_t connection) {
    if (otpi_link_find(self, peer) || is_unlinking(self, peer)) {
        return true;
    }
    otpi_link *half = half_new(self->pid, peer, connection);
    if (half) {
        otpi_link_insert(self, half);
        self->flags |= OTPI_REMOTE_TIES;
    }
    return half != NULL;
}

/* The peer is gone: its half comes to us as if it had just exited, behind what it has sent before.
 * Who does not trap exits ends at once: in Erlang it is link/1 that fails. */
static void link_noproc(otpi_process *self, otp_pid peer, otpi_link *theirs) {
    if (!(self->flags & OTPI_TRAP_EXIT)) {
        otpi_link_unpair(self, theirs);
        otpi_process_die(self, (otp_term){OTPI_AM_noproc});
    }
    theirs->signal.kind = OTPI_SIGNAL_LINK_EXIT;
    theirs->signal.from = peer;
    theirs->signal.term = (otp_term){OTPI_AM_noproc};
    if (!otpi_signal_push(self, &theirs->signal)) {
        otpi_link_free(theirs);
    }
}

static void link_remote(otpi_process *self, otp_pid peer) {
    unlinking_end(self, peer, 0);
    if (!otpi_link_remote(self, peer, 0)) {
        otpi_enomem(OTPI_SITE);
    }
    uint64_t connection = otpi_remote(self->system)->link(self->system, self->pid, peer);
    otpi_link_find(self, peer)->id = connection;
}

static void link_local(otpi_process *self, otp_pid peer) {
    otpi_link *theirs;
    if (!otpi_link_pair(self, peer, &theirs)) {
        otpi_enomem(OTPI_SITE);
    }
    otpi_process *target = otpi_pid_lookup(self->system, peer);
    theirs->signal.from =
        self->pid; /* while it travels it is our signal: in order with our others */
    if (!target || !otpi_signal_push(target, &theirs->signal)) {
        link_noproc(self, peer, theirs);
    }
}

void otp_link(otp_pid peer) {
    otpi_process *self = otpi_self();
    otpi_visible("link", peer.word);
    if (peer.word == self->pid.word || otpi_link_find(self, peer)) {
        return;
    }
    otpi_access(OTP_WRITE, peer.word, OTP_KEY_ALL);
    if (otpi_pid_node(peer) == self->system->slot) {
        link_local(self, peer);
    } else {
        link_remote(self, peer);
    }
}

/* ---- Unlinking ---- */

/* A half waits for its twin. The caller has made sure of the memory: see unlink_prepare. */
static void half_park(otpi_process *self, otpi_link *half) {
    if (half->signal.tie == OTPI_TIE_CHILD) {
        half->signal.parked = 1;
        return;
    }
    otpi_extra *extra = otpi_extra_own(self);
    half->signal.next = extra->unlinked ? &extra->unlinked->signal : NULL;
    extra->unlinked = half;
}

/* A process has one half as a child, which is found without a list. */
static bool unlink_prepare(otpi_process *self, const otpi_link *half) {
    return half->signal.tie == OTPI_TIE_CHILD || otpi_extra_get(self);
}

/* A link that has gone with its connection, though self has not taken notice, is not undone on a
 * newer one: there may be another link by now. */
static void unlink_remote(otpi_process *self, otpi_link *half) {
    uint64_t id = otpi_number_next(self->system->world);
    if (otpi_remote(self->system)->unlink(self->system, half->id, self->pid, half->peer, id)) {
        half->signal.term.word = id;
        half_park(self, half);
    } else {
        otpi_link_free(half);
    }
}

static void unlink_half(otpi_process *self, otpi_link *half) {
    half_remove(self, half);
    if (is_remote(half)) {
        unlink_remote(self, half);
        return;
    }
    half->signal.kind = OTPI_SIGNAL_UNLINK;
    otpi_process *target = otpi_pid_lookup(self->system, otpi_link_peer(half));
    if (!target || !otpi_signal_push(target, &half->signal)) {
        half_park(self, half);
    }
}

bool otpi_unlink(otpi_process *self, otp_pid peer) {
    otpi_visible("unlink", peer.word);
    otpi_access(OTP_WRITE, peer.word, OTP_KEY_ALL);
    for (otpi_link *half; (half = otpi_link_find(self, peer));) {
        if (!unlink_prepare(self, half)) {
            return false;
        }
        unlink_half(self, half);
    }
    return true;
}

void otp_unlink(otp_pid peer) {
    if (!otpi_unlink(otpi_self(), peer)) {
        otpi_enomem(OTPI_SITE);
    }
}

/* ---- Arrivals ---- */

/* Both sides may have linked at once: then each has two halves, and both know it. */
void otpi_link_arrives(otpi_process *self, otpi_link *half) {
    half->signal.from = self->pid; /* from here on the owner's */
    otpi_link *other = otpi_link_find(self, otpi_link_peer(half));
    otpi_extra *extra = other ? otpi_extra_get(self) : NULL;
    if (extra) {
        extra->stays = true; /* where one of them will wait for its twin */
        other->signal.doubled = half->signal.doubled = true;
    }
    otpi_link_insert(self, half);
}

void otpi_link_bury(otpi_process *self, otpi_link *half) {
    half->signal.late =
        !otpi_link_find(self, otpi_link_peer(half)); /* else linked from the other side */
    otpi_link_arrives(self, half);
}

/* Self's half of the link that the peer's half is of, when it is in self's list. What lies beside a
 * tie's half is there for sure; another twin may have been freed. */
static otpi_link *half_of(otpi_process *self, const otpi_link *theirs) {
    if (theirs->signal.tie) {
        otpi_link *own = otpi_link_twin(theirs);
        return own->signal.kind == OTPI_SIGNAL_LINK ? own : NULL;
    }
    otpi_link *own = self->links;
    while (own && (own->signal.tie || own->id != theirs->id)) {
        own = half_next(own);
    }
    return own;
}

void otpi_unlink_arrives(otpi_process *self, otpi_link *half) {
    otpi_link *own = half_of(self, half);
    if (own) {
        half_remove(self, own);
        otpi_link_free(own);
    }
    otpi_link_free(half);
}

/* Takes a half that waits for its twin; false when it does not. */
static bool unpark(otpi_process *self, otpi_link *own) {
    if (own->signal.tie == OTPI_TIE_CHILD) {
        bool parked = own->signal.parked;
        own->signal.parked = 0;
        return parked;
    }
    otpi_link **at = self->extra ? &self->extra->unlinked : NULL;
    for (; at && *at; at = (otpi_link **)(void *)&(*at)->signal.next) {
        if (*at == own) {
            *at = half_next(own);
            return true;
        }
    }
    return false;
}

/* Self had unlinked that half: both are free now. */
static bool was_unlinked(otpi_process *self, otpi_link *half) {
    otpi_link *own = otpi_link_twin(half);
    if (!unpark(self, own)) {
        return false;
    }
    otpi_link_free(own);
    otpi_link_free(half);
    return true;
}

otp_term otpi_exit_message_build(uint64_t *words, otp_pid from, otp_term reason) {
    return otpi_words_tuple3(words, (otp_term){OTPI_AM_EXIT}, otp_from_pid(from), reason);
}

/* The peer has exited and told of one link: its other halves are on their way and mean nothing
 * more. */
static void doubles_forget(otpi_process *self, otp_pid peer) {
    for (otpi_link *half; (half = otpi_link_find(self, peer));) {
        half_remove(self, half);
        half->signal.kind = OTPI_SIGNAL_UNLINK;
        half_park(self, half);
    }
}

/* A link is gone because the peer exited: a message for those who trap, an exit for the others. */
static bool link_exited(otpi_process *self, otpi_link *half, otp_pid from, otp_term reason) {
    if (self->flags & OTPI_TRAP_EXIT) {
        uint64_t *words = half->signal.tie ? otpi_tie_words(half) : half->words;
        half->signal.kind = OTPI_SIGNAL_LINK_EXIT;
        half->signal.from = from;
        half->signal.term = otpi_exit_message_build(words, from, reason);
        otpi_mailbox_append(self, &half->signal);
        return true;
    }
    if (reason.word == OTPI_AM_normal) {
        otpi_link_free(half);
        return false;
    }
    otpi_process_die_of_signal(self, &half->signal, reason);
}

bool otpi_link_exit_arrives(otpi_process *self, otpi_link *half) {
    if (was_unlinked(self, half)) {
        return false;
    }
    otpi_link *own = otpi_link_twin(half);
    otp_pid from = half->signal.from;
    half_remove(self, own);
    bool doubled = own->signal.doubled;
    if (half->signal.tie) {
        otpi_tie_join(self, half);
    } else {
        otpi_link_free(own);
    }
    if (doubled) {
        doubles_forget(self, from);
    }
    return link_exited(self, half, from, half->signal.term);
}

void otpi_link_exit_bury(otpi_process *self, otpi_link *half) {
    if (!was_unlinked(self, half)) {
        otpi_link *own = otpi_link_twin(half);
        half_remove(self, own);
        otpi_link_free(own);
        otpi_link_free(half);
    }
}

static otpi_link *link_find_on(otpi_process *self, otp_pid peer, uint64_t connection) {
    otpi_link *half = otpi_link_find(self, peer);
    return half && !half->signal.tie && half->id == connection ? half : NULL;
}

bool otpi_link_remote_exit(otpi_process *self, otp_pid peer, uint64_t connection, otp_term reason) {
    otpi_link *half = link_find_on(self, peer, connection);
    if (!half) {
        return false;
    }
    half_remove(self, half);
    half->reason = otpi_pack_new(reason);
    otp_term kept = half->reason ? half->reason->term : (otp_term){OTPI_AM_noconnection};
    return link_exited(self, half, peer, kept);
}

void otpi_link_remote_drop(otpi_process *self, otp_pid peer, uint64_t connection) {
    otpi_link *half = link_find_on(self, peer, connection);
    if (half) {
        half_remove(self, half);
        otpi_link_free(half);
    }
}

otpi_link *otpi_link_find_on(otpi_process *self, uint64_t connection) {
    otpi_link *half = self->links;
    while (half && (!is_remote(half) || half->id != connection)) {
        half = half_next(half);
    }
    return half;
}

/* ---- Exiting ---- */

static void half_send(otpi_process *self, otpi_link *half, otp_term reason, otpi_pack *pack) {
    if (half->signal.late) {
        reason = (otp_term){OTPI_AM_noproc};
        pack = NULL;
    }
    half->signal.kind = OTPI_SIGNAL_LINK_EXIT;
    half->signal.term = reason;
    if (!half->signal.tie) {
        half->reason = pack;
    }
    if (pack) {
        otpi_pack_acquire(pack);
    }
    otpi_process *target = otpi_pid_lookup(self->system, otpi_link_peer(half));
    if (!target || !otpi_signal_push(target, &half->signal)) {
        otpi_link_free(half);
    }
}

void otpi_links_exit(otpi_process *self, otp_term reason, otpi_pack *pack) {
    otpi_tie_unpark(self);
    while (self->links) {
        otpi_link *half = self->links;
        half_remove(self, half);
        if (!is_remote(half)) {
            half_send(self, half, reason, pack);
        } else {
            otpi_remote(self->system)->link_exit(self->system, self->pid, half->peer, reason);
            otpi_link_free(half);
        }
    }
    while (self->extra && self->extra->unlinked) {
        otpi_link *half = self->extra->unlinked;
        self->extra->unlinked = half_next(half);
        otpi_link_free(half);
    }
}
