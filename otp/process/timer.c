/* SPDX-License-Identifier: MIT */
#include "process/timer.h"

#include "process/life.h"
#include "process/remote.h"
#include "process/system.h"
#include "process/words.h"
#include "term/atom.h"

/* ---- The pool ---- */

/* A slab is aligned to its size, so that record and shot find each other. */
enum { SLAB_SIZE = 32 * 1024, TIMERS_PER_SLAB = 176, BATCH = TIMERS_PER_SLAB / 2 };

typedef struct timer_slab {
    struct timer_slab *next;
    _Alignas(64) otpi_user_timer timers[TIMERS_PER_SLAB];
    otpi_timer_shot shots[TIMERS_PER_SLAB]; /* not touched before one fires */
} timer_slab;

_Static_assert(sizeof(timer_slab) <= SLAB_SIZE, "a slab fits");

static otpi_spin pool_lock; /* of what follows; rank 1 */
static otpi_user_timer *pool_batches;
static timer_slab *pool_slabs;

static timer_slab *slab_of(const void *part) {
    return (timer_slab *)((uintptr_t)part & ~(uintptr_t)(SLAB_SIZE - 1));
}

static otpi_timer_shot *shot_of(otpi_user_timer *timer) {
    timer_slab *slab = slab_of(timer);
    return &slab->shots[timer - slab->timers];
}

static otpi_user_timer *timer_of_shot(otpi_signal *signal) {
    timer_slab *slab = slab_of(signal);
    return &slab->timers[OTPI_CONTAINER_OF(signal, otpi_timer_shot, signal) - slab->shots];
}

static void batch_push(otpi_user_timer *batch) {
    otpi_spin_lock(&pool_lock);
    batch->next_batch = pool_batches;
    pool_batches = batch;
    otpi_spin_unlock(&pool_lock);
}

static otpi_user_timer *batch_pop(void) {
    otpi_spin_lock(&pool_lock);
    otpi_user_timer *batch = pool_batches;
    if (batch) {
        pool_batches = batch->next_batch;
    }
    otpi_spin_unlock(&pool_lock);
    return batch;
}

/* Slabs stay: handles may be looked at for ever. */
static bool pool_grow(void) {
    timer_slab *slab = otpi_pages_map_aligned(SLAB_SIZE, SLAB_SIZE);
    if (!slab) {
        return false;
    }
    otpi_leak_root_add(slab, sizeof *slab);
    for (unsigned i = 0; i < TIMERS_PER_SLAB; i++) {
        bool ends_batch = (i + 1) % BATCH == 0;
        slab->timers[i].next_free = ends_batch ? NULL : &slab->timers[i + 1];
    }
    otpi_spin_lock(&pool_lock);
    slab->next = pool_slabs;
    pool_slabs = slab;
    otpi_spin_unlock(&pool_lock);
    for (unsigned i = TIMERS_PER_SLAB; i > 0; i -= BATCH) {
        batch_push(&slab->timers[i - BATCH]);
    }
    return true;
}

/* The worker has none at hand. */
static OTPI_NOINLINE otpi_user_timer *cache_fill(otpi_timer_cache *cache) {
    otpi_user_timer *batch = cache->batch;
    cache->batch = NULL;
    while (!batch && !(batch = batch_pop())) {
        if (!pool_grow()) {
            return NULL;
        }
    }
    cache->free_count = BATCH;
    return cache->free = batch;
}

static otpi_user_timer *timer_take(void) {
    if (otpi_alloc_should_fail(sizeof(otpi_user_timer), OTPI_SITE)) {
        return NULL;
    }
    otpi_timer_cache *cache = &otpi_worker_now->timer_cache;
    otpi_user_timer *timer = cache->free ? cache->free : cache_fill(cache);
    if (timer) {
        cache->free = timer->next_free;
        cache->free_count--;
        __builtin_prefetch(cache->free, 1);
    }
    return timer;
}

/* A whole batch is at hand: it is kept in place of the one before. */
static OTPI_NOINLINE void cache_spill(otpi_timer_cache *cache) {
    if (cache->batch) {
        batch_push(cache->batch);
    }
    cache->batch = cache->free;
    cache->free = NULL;
    cache->free_count = 0;
}

/* NULL when the message is an immediate. */
static inline otpi_pack *pack_of(const otpi_user_timer *timer) {
    bool plain = (timer->message & 3) == OTPI_PRIMARY_IMMEDIATE;
    return plain ? NULL : (otpi_pack *)(uintptr_t)timer->message;
}

/* Its number is 0. */
static void timer_free(otpi_user_timer *timer) {
    otpi_pack *pack = pack_of(timer);
    if (pack) {
        otpi_pack_release(pack);
    }
    otpi_timer_cache *cache = &otpi_worker_now->timer_cache;
    timer->next_free = cache->free;
    cache->free = timer;
    if (OTPI_UNLIKELY(++cache->free_count == BATCH)) {
        cache_spill(cache);
    }
}

void otpi_timer_shot_free(otpi_signal *shot) {
    timer_free(timer_of_shot(shot));
}

void otpi_user_timers_give_back(otp_world *world) {
    for (unsigned i = 0, n = world->workers ? otpi_workers_started(world) : 0; i < n; i++) {
        otpi_timer_cache *cache = &world->workers[i].timer_cache;
        if (cache->free) {
            batch_push(cache->free);
        }
        if (cache->batch) {
            batch_push(cache->batch);
        }
        *cache = (otpi_timer_cache){0};
    }
}

/* ---- Firing ---- */

static otp_term message_of(const otpi_user_timer *timer) {
    const otpi_pack *pack = pack_of(timer);
    return pack ? pack->term : (otp_term){timer->message};
}

/* {timeout, TimerRef, Message} */
static otp_term timeout_of(const otpi_user_timer *timer, otpi_timer_shot *shot) {
    otp_ref ref = otpi_ref(timer->system->slot, timer->number);
    otp_term ref_term = otpi_words_ref(shot->words + 4, ref);
    return otpi_words_tuple3(shot->words, otpi_am(timeout), ref_term, message_of(timer));
}

static otpi_process *target_of(const otpi_user_timer *timer) {
    otp_pid pid = {timer->dest.word};
    if (otp_is_atom(timer->dest)) {
        pid = otpi_name_lookup(timer->system, timer->dest);
    }
    return otpi_pid_lookup(timer->system, pid);
}

/* On a worker, between two steps, under the wheel's lock. Nothing is allocated. */
static void timer_fire(otpi_user_timer *timer, bool tells_ref) {
    otpi_process *target = target_of(timer);
    otpi_timer_shot *shot = shot_of(timer);
    if (target) {
        otp_term term = tells_ref ? timeout_of(timer, shot) : message_of(timer);
        shot->signal = (otpi_signal){.kind = OTPI_SIGNAL_TIMER, .from = timer->from, .term = term};
    }
    __atomic_store_n(&timer->number, 0, __ATOMIC_RELAXED);
    if (!target || !otpi_signal_push(target, &shot->signal)) {
        timer_free(timer);
    }
}

static void sending_fires(otpi_alarm *alarm) {
    timer_fire(OTPI_CONTAINER_OF(alarm, otpi_user_timer, alarm), false);
}

static void timeout_fires(otpi_alarm *alarm) {
    timer_fire(OTPI_CONTAINER_OF(alarm, otpi_user_timer, alarm), true);
}

/* ---- Setting ---- */

static otp_timer timer_start(int64_t time_ms, otp_term dest, otp_term message,
                             void (*fires)(otpi_alarm *alarm)) {
    otpi_process *self = otpi_self();
    if (time_ms < 0 || !(otpi_is_id((otp_pid){dest.word}) || otp_is_atom(dest))) {
        otpi_badarg("otp_send_after", "a time of 0 or more and a pid, port or name are needed");
    }
    bool plain = otpi_term_words(message) == 0;
    otpi_pack *pack = plain ? NULL : otpi_pack_new(message);
    otpi_user_timer *timer = plain || pack ? timer_take() : NULL;
    if (!timer) {
        otpi_pack_release(pack);
        otpi_enomem(OTPI_SITE);
    }
    uint64_t number = otpi_number_next(self->system->world);
    __atomic_store_n(&timer->number, number, __ATOMIC_RELAXED);
    __atomic_store_n(&timer->dest.word, dest.word, __ATOMIC_RELAXED);
    timer->system = self->system;
    timer->from = self->pid;
    timer->message = plain ? message.word : (uint64_t)(uintptr_t)pack;
    uint64_t deadline = otpi_deadline_of(self, time_ms, "otp_send_after");
    otpi_alarm_set(&timer->alarm, deadline, fires, self->runnable.flags & OTPI_RUNNABLE_PATIENT);
    return (otp_timer){{(uint64_t)(uintptr_t)timer, number}};
}

otp_timer otp_send_after(int64_t time_ms, otp_term dest, otp_term message) {
    return timer_start(time_ms, dest, message, sending_fires);
}

otp_timer otp_start_timer(int64_t time_ms, otp_term dest, otp_term message) {
    return timer_start(time_ms, dest, message, timeout_fires);
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
    if (left_ms) {
        uint64_t now = otpi_world_now_ms(self->system->world);
        uint64_t deadline = timer->alarm.timer.deadline;
        *left_ms = deadline > now ? (int64_t)(deadline - now) : 0;
    }
}

/* A timer to a pid is over when that process is, though the record waits for its time. */
static bool dest_is_gone(otpi_process *self, const otpi_user_timer *timer) {
    otp_pid pid = {__atomic_load_n(&timer->dest.word, __ATOMIC_RELAXED)};
    return pid.word != self->pid.word && !otp_is_atom((otp_term){pid.word}) &&
           otpi_pid_node(pid) == self->system->slot && !otpi_pid_lookup(self->system, pid);
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
    timer_free(timer);
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
    return (alarm->fire == sending_fires || alarm->fire == timeout_fires) &&
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
        otpi_user_timer *timer = OTPI_CONTAINER_OF(alarm, otpi_user_timer, alarm);
        __atomic_store_n(&timer->number, 0, __ATOMIC_RELAXED);
        timer_free(timer);
    }
}
