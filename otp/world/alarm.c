/* SPDX-License-Identifier: MIT */
/*
 * Alarms: timers of a world, on the wheel of the worker that set them.
 *
 * Who takes an alarm off its wheel decides: the canceller (it will not fire) or the worker that
 * fires it. fire runs under the wheel's lock, so that after a cancel it is certainly over; it may
 * not set or cancel alarms.
 */
#include "world/simulator.h"
#include "world/state.h"

/* ---- A wheel and its lock ---- */

void otpi_timers_init(otpi_timers *timers, const otpi_worker *owner) {
    timers->owner = owner;
    if (owner) {
        otpi_biased_init(&timers->lock);
    }
    otpi_wheel_init(&timers->wheel, 0);
    timers->next = UINT64_MAX;
}

static inline void timers_lock(otpi_timers *timers) {
    if (!timers->owner) {
        return;
    }
    if (OTPI_LIKELY(timers->owner == otpi_worker_now)) {
        otpi_biased_enter(&timers->lock);
    } else {
        otpi_biased_visit(&timers->lock);
    }
}

static inline void timers_unlock(otpi_timers *timers) {
    if (!timers->owner) {
        return;
    }
    if (OTPI_LIKELY(timers->owner == otpi_worker_now)) {
        otpi_biased_exit(&timers->lock);
    } else {
        otpi_biased_leave(&timers->lock);
    }
}

/* ---- Setting ---- */

void otpi_alarm_set(otpi_alarm *alarm, uint64_t deadline_ms, void (*fire)(otpi_alarm *alarm),
                    bool patient) {
    otpi_worker *worker = otpi_worker_now;
    otpi_timers *timers = &worker->timers;
    if (worker->world->simulator) {
        timers = otpi_simulator_timers(worker->world->simulator, patient);
    }
    alarm->fire = fire;
    __atomic_store_n(&alarm->timers, timers, __ATOMIC_RELAXED);
    timers_lock(timers);
    otpi_wheel_set(&timers->wheel, &alarm->timer, deadline_ms);
    if (alarm->timer.deadline < timers->next) {
        __atomic_store_n(&timers->next, alarm->timer.deadline, __ATOMIC_RELAXED);
    }
    timers_unlock(timers);
}

/* ---- Waits ---- */

void otpi_waits_init(otpi_waits *waits) {
    otpi_list_init(&waits->fresh);
    otpi_wheel_init(&waits->wheel, 0);
    waits->next = UINT64_MAX;
}

static inline void wait_set(otpi_waits *waits, otpi_alarm *alarm, uint64_t deadline_ms) {
    alarm->timer.deadline = deadline_ms;
    otpi_list_push_back(&waits->fresh, &alarm->timer.link);
    if (deadline_ms < waits->next) {
        waits->next = deadline_ms;
    }
}

static inline void wait_cancel(otpi_waits *waits, otpi_alarm *alarm) {
    if (alarm->on_wheel) {
        otpi_wheel_cancel(&waits->wheel, &alarm->timer);
    } else {
        otpi_list_remove(&alarm->timer.link);
    }
}

/* In the order they were set: those of one deadline fire in it. */
static void waits_settle(otpi_waits *waits) {
    for (otpi_list *at; (at = otpi_list_take_first(&waits->fresh));) {
        otpi_wheel_timer *timer = OTPI_CONTAINER_OF(at, otpi_wheel_timer, link);
        OTPI_CONTAINER_OF(timer, otpi_alarm, timer)->on_wheel = true;
        otpi_wheel_set(&waits->wheel, timer, timer->deadline);
    }
}

void otpi_wait_alarm_set(otpi_alarm *alarm, uint64_t deadline_ms, void (*fire)(otpi_alarm *alarm),
                         bool patient) {
    otpi_worker *worker = otpi_worker_now;
    if (worker->world->simulator) {
        otpi_alarm_set(alarm, deadline_ms, fire, patient);
        return;
    }
    alarm->fire = fire;
    alarm->timers = NULL;
    alarm->on_wheel = false;
    wait_set(&worker->waits, alarm, deadline_ms);
}

void otpi_wait_alarm_cancel(otpi_alarm *alarm) {
    if (alarm->timers) {
        otpi_alarm_cancel(alarm);
    } else if (otpi_wheel_is_set(&alarm->timer)) {
        wait_cancel(&otpi_worker_now->waits, alarm);
    }
}

void otpi_waits_advance(otpi_waits *waits, uint64_t now_ms) {
    waits_settle(waits);
    otpi_wheel_timer *due;
    while ((due = otpi_wheel_take(&waits->wheel, now_ms))) {
        otpi_alarm *alarm = OTPI_CONTAINER_OF(due, otpi_alarm, timer);
        alarm->fire(alarm);
    }
    waits->next = otpi_wheel_next(&waits->wheel);
}

/* ---- Any worker's ---- */

bool otpi_alarm_cancel(otpi_alarm *alarm) {
    otpi_timers *timers = alarm->timers;
    timers_lock(timers);
    bool was_set = otpi_wheel_is_set(&alarm->timer);
    if (was_set) {
        otpi_wheel_cancel(&timers->wheel, &alarm->timer);
    }
    timers_unlock(timers);
    return was_set;
}

/* The record is its owner's to use again as soon as *number is another: nothing else of it is
 * looked at before. */
bool otpi_alarm_cancel_if(otpi_alarm *alarm, uint64_t *number, uint64_t expected) {
    otpi_timers *timers = __atomic_load_n(&alarm->timers, __ATOMIC_RELAXED);
    timers_lock(timers);
    bool was_set = __atomic_load_n(number, __ATOMIC_RELAXED) == expected;
    if (was_set) {
        otpi_wheel_cancel(&timers->wheel, &alarm->timer);
        __atomic_store_n(number, 0, __ATOMIC_RELAXED);
    }
    timers_unlock(timers);
    return was_set;
}

static void timers_take(otpi_timers *timers, bool (*matches)(otpi_alarm *alarm, void *context),
                        void *context, otpi_list *taken) {
    timers_lock(timers);
    for (unsigned level = 0; timers->wheel.count > 0 && level < OTPI_WHEEL_LEVELS; level++) {
        for (uint64_t bits = timers->wheel.occupied[level]; bits; bits &= bits - 1) {
            otpi_list *slot = &timers->wheel.slots[level][__builtin_ctzll(bits)];
            for (otpi_list *at = slot->next, *next; at != slot; at = next) {
                next = at->next;
                otpi_wheel_timer *timer = OTPI_CONTAINER_OF(at, otpi_wheel_timer, link);
                if (matches(OTPI_CONTAINER_OF(timer, otpi_alarm, timer), context)) {
                    otpi_wheel_cancel(&timers->wheel, timer);
                    otpi_list_push_back(taken, at);
                }
            }
        }
    }
    timers_unlock(timers);
}

void otpi_alarms_take(otp_world *world, bool (*matches)(otpi_alarm *alarm, void *context),
                      void *context, otpi_list *taken) {
    if (world->simulator) {
        timers_take(otpi_simulator_timers(world->simulator, false), matches, context, taken);
        timers_take(otpi_simulator_timers(world->simulator, true), matches, context, taken);
        return;
    }
    for (unsigned i = 0, n = otpi_workers_started(world); i < n; i++) {
        timers_take(&world->workers[i].timers, matches, context, taken);
    }
}

void otpi_timers_advance(otpi_timers *timers, uint64_t now_ms) {
    for (;;) {
        timers_lock(timers);
        otpi_wheel_timer *due = otpi_wheel_take(&timers->wheel, now_ms);
        if (!due) {
            __atomic_store_n(&timers->next, otpi_wheel_next(&timers->wheel), __ATOMIC_RELAXED);
            timers_unlock(timers);
            return;
        }
        otpi_alarm *alarm = OTPI_CONTAINER_OF(due, otpi_alarm, timer);
        alarm->fire(alarm);
        timers_unlock(timers);
    }
}
