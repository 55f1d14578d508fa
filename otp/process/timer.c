/* SPDX-License-Identifier: MIT */
#include "process/timer.h"

#include "process/life.h"
#include "process/remote.h"
#include "process/system.h"
#include "process/words.h"
#include "term/atom.h"

/* ---- The pool ---- */

enum { TIMERS_PER_SLAB = 64 };

typedef struct timer_slab {
    struct timer_slab *next;
    otpi_user_timer timers[TIMERS_PER_SLAB];
} timer_slab;

static otpi_spin pool_lock; /* of what follows; rank 1 */
static otpi_user_timer *pool_free;
static timer_slab *pool_slabs;

/* Slabs stay: handles may be looked at for ever. */
static bool pool_grow(void) {
    timer_slab *slab = otpi_pages_map(sizeof *slab);
    if (!slab) {
        return false;
    }
    otpi_leak_root_add(slab, sizeof *slab);
    otpi_spin_lock(&pool_lock);
    slab->next = pool_slabs;
    pool_slabs = slab;
    for (unsigned i = 0; i < TIMERS_PER_SLAB; i++) {
        slab->timers[i].next_free = pool_free;
        pool_free = &slab->timers[i];
    }
    otpi_spin_unlock(&pool_lock);
    return true;
}

static otpi_user_timer *pool_take(void) {
    if (otpi_alloc_should_fail(sizeof(otpi_user_timer), OTPI_SITE)) {
        return NULL;
    }
    do {
        otpi_spin_lock(&pool_lock);
        otpi_user_timer *timer = pool_free;
        if (timer) {
            pool_free = timer->next_free;
        }
        otpi_spin_unlock(&pool_lock);
        if (timer) {
            return timer;
        }
    } while (pool_grow());
    return NULL;
}

void otpi_user_timer_free(otpi_user_timer *timer) {
    otpi_pack_release(timer->message);
    timer->message = NULL;
    __atomic_store_n(&timer->number, 0, __ATOMIC_RELAXED);
    otpi_spin_lock(&pool_lock);
    timer->next_free = pool_free;
    pool_free = timer;
    otpi_spin_unlock(&pool_lock);
}

/* ---- Firing ---- */

/* On a worker, between two steps. The record becomes the signal; nothing is allocated. */
static void timer_fire(otpi_alarm *alarm) {
    otpi_user_timer *timer = OTPI_CONTAINER_OF(alarm, otpi_user_timer, alarm);
    otp_system *system = timer->system;
    otp_pid pid = {timer->dest.word};
    if (otp_is_atom(timer->dest)) {
        pid = otpi_name_lookup(system, timer->dest);
    }
    __atomic_store_n(&timer->number, 0, __ATOMIC_RELAXED);
    otpi_process *target = otpi_pid_lookup(system, pid);
    if (!target || !otpi_signal_push(target, &timer->signal)) {
        otpi_user_timer_free(timer);
    }
}

bool otpi_user_timer_arrives(otpi_process *self, otpi_user_timer *timer) {
    otpi_mailbox_append(self, &timer->signal);
    return true;
}

/* ---- Setting ---- */

static otp_term message_of(otpi_user_timer *timer, otp_ref ref) {
    otp_term message = timer->message ? timer->message->term : timer->plain;
    if (!timer->tells_ref) {
        return message;
    }
    otp_term ref_term = otpi_words_ref(timer->words + 4, ref);
    return otpi_words_tuple3(timer->words, otpi_am(timeout), ref_term, message);
}

static otp_timer timer_start(int64_t time_ms, otp_term dest, otp_term message, bool tells_ref) {
    otpi_process *self = otpi_self();
    if (time_ms < 0 || !(otpi_is_id((otp_pid){dest.word}) || otp_is_atom(dest))) {
        otpi_badarg("otp_send_after", "a time of 0 or more and a pid, port or name are needed");
    }
    bool plain = otpi_term_words(message) == 0;
    otpi_pack *pack = plain ? NULL : otpi_pack_new(message);
    otpi_user_timer *timer = plain || pack ? pool_take() : NULL;
    if (!timer) {
        otpi_pack_release(pack);
        otpi_enomem(OTPI_SITE);
    }
    otp_ref ref = otpi_ref_next(self->system);
    timer->signal = (otpi_signal){.kind = OTPI_SIGNAL_TIMER, .from = self->pid};
    timer->system = self->system;
    timer->dest = dest;
    timer->message = pack;
    timer->plain = message;
    timer->tells_ref = tells_ref;
    timer->signal.term = message_of(timer, ref);
    __atomic_store_n(&timer->number, ref.word[1], __ATOMIC_RELAXED);
    uint64_t deadline = otpi_deadline_of(self, time_ms, "otp_send_after");
    otpi_alarm_set(&timer->alarm, deadline, timer_fire,
                   self->runnable.flags & OTPI_RUNNABLE_PATIENT);
    return (otp_timer){{(uint64_t)(uintptr_t)timer, ref.word[1]}};
}

otp_timer otp_send_after(int64_t time_ms, otp_term dest, otp_term message) {
    return timer_start(time_ms, dest, message, false);
}

otp_timer otp_start_timer(int64_t time_ms, otp_term dest, otp_term message) {
    return timer_start(time_ms, dest, message, true);
}

otp_ref otp_timer_ref(otp_timer timer) {
    return otpi_ref(otpi_self()->system->slot, timer.word[1]);
}

/* ---- Cancelling and reading ---- */

/* The record of a handle, if the timer may still be running. Records are only ever timers, so
 * looking is safe. */
static otpi_user_timer *timer_of(otp_timer handle) {
    otpi_user_timer *timer = (otpi_user_timer *)(uintptr_t)handle.word[0];
    bool running = timer && handle.word[1] &&
                   __atomic_load_n(&timer->number, __ATOMIC_RELAXED) == handle.word[1];
    return running ? timer : NULL;
}

static void left_set(otpi_process *self, const otpi_user_timer *timer, int64_t *left_ms) {
    uint64_t now = otpi_world_now_ms(self->system->world);
    uint64_t deadline = timer->alarm.timer.deadline;
    if (left_ms) {
        *left_ms = deadline > now ? (int64_t)(deadline - now) : 0;
    }
}

/* A timer to a pid is over when that process is, though the record waits for its time. */
static bool dest_is_gone(otpi_process *self, const otpi_user_timer *timer) {
    otp_pid pid = {__atomic_load_n(&timer->dest.word, __ATOMIC_RELAXED)};
    return !otp_is_atom((otp_term){pid.word}) && otpi_pid_node(pid) == self->system->slot &&
           !otpi_pid_lookup(self->system, pid);
}

bool otp_cancel_timer(otp_timer handle, int64_t *left_ms) {
    otpi_process *self = otpi_self();
    otpi_visible("cancel timer", handle.word[1]);
    otpi_user_timer *timer = timer_of(handle);
    if (!timer || !otpi_alarm_cancel_if(&timer->alarm, &timer->number, handle.word[1])) {
        return false;
    }
    bool gone = dest_is_gone(self, timer);
    if (!gone) {
        left_set(self, timer, left_ms);
    }
    otpi_user_timer_free(timer);
    return !gone;
}

bool otp_read_timer(otp_timer handle, int64_t *left_ms) {
    otpi_process *self = otpi_self();
    otpi_user_timer *timer = timer_of(handle);
    if (!timer || dest_is_gone(self, timer)) {
        return false;
    }
    left_set(self, timer, left_ms);
    return true;
}

/* ---- The end of a system ---- */

static bool is_of_system(otpi_alarm *alarm, void *system) {
    return alarm->fire == timer_fire &&
           OTPI_CONTAINER_OF(alarm, otpi_user_timer, alarm)->system == system;
}

void otpi_user_timers_end(otp_system *system) {
    otpi_list ended;
    otpi_list_init(&ended);
    otpi_alarms_take(system->world, is_of_system, system, &ended);
    for (otpi_list *at; (at = otpi_list_take_first(&ended));) {
        otpi_wheel_timer *wheel_timer = OTPI_CONTAINER_OF(at, otpi_wheel_timer, link);
        wheel_timer->link.next = NULL;
        otpi_alarm *alarm = OTPI_CONTAINER_OF(wheel_timer, otpi_alarm, timer);
        otpi_user_timer_free(OTPI_CONTAINER_OF(alarm, otpi_user_timer, alarm));
    }
}
