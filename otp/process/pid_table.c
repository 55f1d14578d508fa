/* SPDX-License-Identifier: MIT */
#include "process/system.h"
#include "term/box.h"

static const uint32_t NO_PLACE = UINT32_MAX;

enum { RESERVE_SHARE = 64, RESERVE_MIN = 16 };

/* Chunk k holds the indices from 64 * (2^k - 1) on. */
static inline otpi_pid_place *place_at(otpi_pid_table *table, uint32_t index) {
    uint32_t from_first = index + OTPI_PID_FIRST_CHUNK;
    unsigned chunk = 31 - (unsigned)__builtin_clz(from_first) - 6;
    otpi_pid_place *places = __atomic_load_n(&table->chunks[chunk], __ATOMIC_ACQUIRE);
    return places ? &places[from_first - (uint32_t)(OTPI_PID_FIRST_CHUNK << chunk)] : NULL;
}

void otpi_pid_table_init(otpi_pid_table *table) {
    otpi_spin_init(&table->lock);
    table->first_free = table->last_free = NO_PLACE;
    table->chunks[0] = table->first_chunk;
}

void otpi_pid_table_fini(otpi_pid_table *table) {
    for (unsigned i = 1; i < OTPI_PID_CHUNKS && table->chunks[i]; i++) {
        otpi_free(table->chunks[i]);
    }
}

/* The chunk that index begins, if it begins one. Locked; allocating under the lock happens 22 times
 * at most. */
static bool chunk_ensure(otpi_pid_table *table, uint32_t index) {
    uint32_t from_first = index + OTPI_PID_FIRST_CHUNK;
    unsigned chunk = 31 - (unsigned)__builtin_clz(from_first) - 6;
    if (table->chunks[chunk]) {
        return true;
    }
    otpi_pid_place *places = otpi_calloc((size_t)OTPI_PID_FIRST_CHUNK << chunk, sizeof *places);
    /* release: pairs with the acquire in place_at */
    __atomic_store_n(&table->chunks[chunk], places, __ATOMIC_RELEASE);
    return places != NULL;
}

/* A free place: a used one when there are enough to keep lives apart, else a new one. Locked. */
static uint32_t place_take(otpi_pid_table *table) {
    if (table->free_count > 0) {
        uint32_t index = table->first_free;
        table->first_free = place_at(table, index)->next_free;
        table->free_count--;
        if (table->first_free == NO_PLACE) {
            table->last_free = NO_PLACE;
        }
        return index;
    }
    return chunk_ensure(table, table->places) ? table->places++ : NO_PLACE;
}

/* A share of the limit is kept for supervisors, so that they can restart what was lost. */
static bool within_limit(otp_system *system, bool reserved) {
    size_t max = system->limits.processes_max;
    size_t reserve = max / RESERVE_SHARE > RESERVE_MIN ? max / RESERVE_SHARE : RESERVE_MIN;
    reserve = reserved ? 0 : reserve < max / 4 ? reserve : max / 4;
    return otp_system_process_count(system) < max - reserve;
}

otp_err otpi_pid_enter(otp_system *system, otpi_process *process, bool reserved) {
    otpi_pid_table *table = &system->pids;
    if (OTPI_UNLIKELY(!within_limit(system, reserved)) && !(process->flags & OTPI_PORT)) {
        return OTP_ELIMIT;
    }
    otpi_spin_lock(&table->lock);
    uint32_t index = place_take(table);
    otpi_spin_unlock(&table->lock);
    if (OTPI_UNLIKELY(index == NO_PLACE)) {
        return OTP_ENOMEM;
    }
    otpi_pid_place *place = place_at(table, index);
    place->serial = (place->serial + 1) & 0xfffff;
    process->pid = otpi_pid(system->slot, place->serial, index);
    if (process->flags & OTPI_PORT) {
        process->pid.word |= OTPI_LOW_PORT;
        __atomic_fetch_add(&system->port_count, 1, __ATOMIC_RELAXED);
    }
    __atomic_fetch_add(&system->process_count, 1, __ATOMIC_RELAXED);
    /* release: pairs with the acquire in otpi_pid_lookup */
    __atomic_store_n(&place->process, process, __ATOMIC_RELEASE);
    return OTP_OK;
}

void otpi_pid_leave(otp_system *system, otpi_process *process) {
    otpi_pid_table *table = &system->pids;
    uint32_t index = otpi_pid_index(process->pid);
    otpi_pid_place *place = place_at(table, index);
    __atomic_store_n(&place->process, NULL, __ATOMIC_RELEASE);
    if (process->flags & OTPI_PORT) {
        __atomic_fetch_sub(&system->port_count, 1, __ATOMIC_RELAXED);
    }
    otpi_spin_lock(&table->lock);
    place->next_free = NO_PLACE;
    if (table->last_free == NO_PLACE) {
        table->first_free = index;
    } else {
        place_at(table, table->last_free)->next_free = index;
    }
    table->last_free = index;
    table->free_count++;
    otpi_spin_unlock(&table->lock);
}

void otpi_pid_end(otp_system *system, otpi_process *process) {
    otpi_pid_place *place = place_at(&system->pids, otpi_pid_index(process->pid));
    __atomic_store_n(&place->process, NULL, __ATOMIC_RELEASE);
}

otpi_process *otpi_pid_lookup(otp_system *system, otp_pid pid) {
    if (!otpi_is_id(pid) || otpi_pid_node(pid) != system->slot) {
        return NULL;
    }
    uint32_t index = otpi_pid_index(pid);
    otpi_pid_place *place = place_at(&system->pids, index);
    otpi_process *process = place ? __atomic_load_n(&place->process, __ATOMIC_ACQUIRE) : NULL;
    return process && process->pid.word == pid.word ? process : NULL;
}

void otpi_pid_prefetch_after(otp_system *system, otp_pid pid) {
    enum { PLACES_AHEAD = 4 };
    otpi_pid_place *place = place_at(&system->pids, otpi_pid_index(pid) + PLACES_AHEAD);
    if (place) {
        /* there may be none, or it may be gone: nobody looks at it */
        uintptr_t process = (uintptr_t)__atomic_load_n(&place->process, __ATOMIC_RELAXED);
        __builtin_prefetch((const void *)process, 1);
        __builtin_prefetch((const void *)(process + offsetof(otpi_process, killed)), 1);
    }
}

void otpi_system_each(otp_system *system, void (*visit)(void *context, otpi_process *process),
                      void *context) {
    uint32_t places = __atomic_load_n(&system->pids.places, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < places; i++) {
        otpi_process *process =
            __atomic_load_n(&place_at(&system->pids, i)->process, __ATOMIC_ACQUIRE);
        if (process) {
            visit(context, process);
        }
    }
}
