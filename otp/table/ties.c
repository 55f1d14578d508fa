/* SPDX-License-Identifier: MIT */
/*
 * Which tables a process owns or has fixed: what must be seen to when it exits.
 *
 * A process may become an owner without its doing (a gift, an inheritance), so its record can't say
 * so: the ties hang in buckets of the registry, by pid. A process that exits leaves the pid table
 * first and looks at its bucket then; who gives it a table enters the tie first and looks the
 * process up then. With a fence between the two steps on either side, one of them sees the other.
 */
#include "table/registry.h"

static size_t bucket_of(const otpi_places *places, otp_pid pid) {
    return otpi_hash_u64(pid.word) & (places->capacity - 1);
}

static otpi_tie **head_of(const otpi_tables *tables, otp_pid pid) {
    return &tables->places->at[bucket_of(tables->places, pid)].ties;
}

void otpi_tie_enter(otpi_tables *tables, otpi_tie *tie) {
    otpi_tie **head = head_of(tables, tie->pid);
    tie->next = *head;
    __atomic_store_n(head, tie, __ATOMIC_RELAXED);
    /* before the process is looked up; pairs with otpi_ties_any */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void otpi_tie_leave(otpi_tables *tables, otpi_tie *tie) {
    otpi_tie **at = head_of(tables, tie->pid);
    while (*at != tie) {
        at = &(*at)->next;
    }
    __atomic_store_n(at, tie->next, __ATOMIC_RELAXED);
}

otpi_tie *otpi_tie_find(const otpi_tables *tables, otp_pid pid, const otpi_table *table) {
    otpi_tie *tie = *head_of(tables, pid);
    while (tie != NULL && (tie->pid.word != pid.word ||
                           (table != NULL && (tie->table != table || tie->count == 0)))) {
        tie = tie->next;
    }
    return tie;
}

bool otpi_ties_any(const otpi_tables *tables, otp_pid pid) {
    /* behind the process's leave of the pid table; pairs with otpi_tie_enter */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    /* acquire: pairs with the release in registry.c. An array that has been replaced meanwhile is
     * as good: whoever replaced it, and whoever entered a tie since, finds the process gone. */
    const otpi_places *places = __atomic_load_n(&tables->places, __ATOMIC_ACQUIRE);
    return places != NULL &&
           __atomic_load_n(&places->at[bucket_of(places, pid)].ties, __ATOMIC_RELAXED) != NULL;
}

void otpi_ties_move(otpi_places *to, const otpi_places *from) {
    for (size_t i = 0; i < from->capacity; i++) {
        otpi_tie *next;
        for (otpi_tie *tie = from->at[i].ties; tie != NULL; tie = next) {
            otpi_tie **head = &to->at[bucket_of(to, tie->pid)].ties;
            next = tie->next;
            tie->next = *head;
            *head = tie;
        }
    }
}
