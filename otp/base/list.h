/* SPDX-License-Identifier: MIT */
/*
 * Intrusive doubly linked list. The list is circular through its head, so that adding and removing
 * have no special cases; a node that is in no list points at itself.
 *
 *     struct job { otpi_list link; int number; };
 *     OTPI_LIST_EACH(node, &jobs) { use(OTPI_LIST_ENTRY(node, struct job, link)); }
 */
#ifndef OTP_BASE_LIST_H
#define OTP_BASE_LIST_H

#include "base/assert.h"

typedef struct otpi_list {
    struct otpi_list *prev, *next;
} otpi_list;

#define OTPI_LIST_ENTRY(node, type, member) OTPI_CONTAINER_OF(node, type, member)

/* The body may not remove the node it stands on … */
#define OTPI_LIST_EACH(node, list)                                                                 \
    for (otpi_list *node = (list)->next; node != (list); node = node->next)

/* … here it may (but not the one after it). */
#define OTPI_LIST_EACH_SAFE(node, following, list)                                                 \
    for (otpi_list *node = (list)->next, *following = node->next; node != (list);                  \
         node = following, following = node->next)

/* A head or a node before first use. */
static inline void otpi_list_init(otpi_list *list) {
    list->prev = list->next = list;
}

static inline bool otpi_list_empty(const otpi_list *list) {
    return list->next == list;
}

/* Is the node in a list? */
static inline bool otpi_list_linked(const otpi_list *node) {
    return node->next != node;
}

static inline void otpi_list_insert_between(otpi_list *node, otpi_list *prev, otpi_list *next) {
    node->prev = prev;
    node->next = next;
    prev->next = node;
    next->prev = node;
}

static inline void otpi_list_push_back(otpi_list *list, otpi_list *node) {
    otpi_list_insert_between(node, list->prev, list);
}

static inline void otpi_list_push_front(otpi_list *list, otpi_list *node) {
    otpi_list_insert_between(node, list, list->next);
}

/* Removing a node that is in no list changes nothing. */
static inline void otpi_list_remove(otpi_list *node) {
    node->prev->next = node->next;
    node->next->prev = node->prev;
    otpi_list_init(node);
}

/* NULL when the list is empty. */
static inline otpi_list *otpi_list_first(const otpi_list *list) {
    return otpi_list_empty(list) ? NULL : list->next;
}

/* Removes and returns the first node; NULL when the list is empty. */
static inline otpi_list *otpi_list_take_first(otpi_list *list) {
    otpi_list *node = otpi_list_first(list);
    if (node) {
        otpi_list_remove(node);
    }
    return node;
}

/* Moves all nodes of from to the end of list, in order; from is empty then. */
static inline void otpi_list_splice(otpi_list *list, otpi_list *from) {
    if (otpi_list_empty(from)) {
        return;
    }
    from->next->prev = list->prev;
    list->prev->next = from->next;
    from->prev->next = list;
    list->prev = from->prev;
    otpi_list_init(from);
}

#endif
