/* SPDX-License-Identifier: MIT */
/*
 * Orders: searching, putting, removing. See order.h for what readers may rely on.
 */
#include "table/order.h"

/* The rows before a key: on each level the last one, NULL where that is the list's beginning. */
typedef struct path {
    otpi_row *before[OTPI_ORDER_LEVELS];
} path;

void otpi_order_init(otpi_order *order, size_t key) {
    *order = (otpi_order){.key = key};
}

static otp_term key_of(const otpi_order *order, const otpi_row *row) {
    return (otp_term){row->data[order->key]};
}

static inline int compare(const otpi_order *order, const otpi_row *row, otp_term key) {
    otp_term mine = key_of(order, row);
    if (otpi_is_small(mine) && otpi_is_small(key)) {
        return (int64_t)mine.word < (int64_t)key.word ? -1 : mine.word != key.word;
    }
    return otp_compare(mine, key);
}

static otpi_row *next_of(const otpi_order *order, const otpi_row *row, size_t level) {
    /* acquire: pairs with the release in link_set */
    return row ? otpi_row_link(row, level)
               : __atomic_load_n(&order->first[level], __ATOMIC_ACQUIRE);
}

static void link_set(otpi_order *order, otpi_row *row, size_t level, otpi_row *to) {
    if (row != NULL) {
        otpi_row_link_set(row, level, to);
    } else {
        __atomic_store_n(&order->first[level], to, __ATOMIC_RELEASE);
    }
}

/* ---- Searching ---- */

/* The last row before the key, or NULL; *next is what follows it. way: NULL = not wanted. */
static otpi_row *search(const otpi_order *order, otp_term key, otpi_row **next, path *way) {
    otpi_row *at = NULL;
    const otpi_row *known = NULL; /* compared on the level above: not less than the key */
    otpi_row *ahead = NULL;
    for (size_t level = OTPI_ORDER_LEVELS; level-- > 0;) {
        while ((ahead = next_of(order, at, level)) != NULL && ahead != known &&
               compare(order, ahead, key) < 0) {
            at = ahead;
        }
        known = ahead;
        if (way != NULL) {
            way->before[level] = at;
        }
    }
    *next = ahead;
    return at;
}

otpi_row *otpi_order_find(const otpi_order *order, otp_term key) {
    otpi_row *next;
    search(order, key, &next, NULL);
    return next != NULL && compare(order, next, key) == 0 ? next : NULL;
}

otpi_row *otpi_order_after(const otpi_order *order, otp_term key) {
    otpi_row *next;
    search(order, key, &next, NULL);
    /* more than one: a row that was replaced while we stood on it leads to its successor */
    while (next != NULL && compare(order, next, key) == 0) {
        next = otpi_row_link(next, 0);
    }
    return next;
}

otpi_row *otpi_order_before(const otpi_order *order, otp_term key) {
    otpi_row *next;
    return search(order, key, &next, NULL);
}

otpi_row *otpi_order_first(const otpi_order *order) {
    return next_of(order, NULL, 0);
}

otpi_row *otpi_order_last(const otpi_order *order) {
    otpi_row *at = NULL;
    for (size_t level = OTPI_ORDER_LEVELS; level-- > 0;) {
        for (otpi_row *next; (next = next_of(order, at, level)) != NULL;) {
            at = next;
        }
    }
    return at;
}

/* ---- Writing ---- */

/* Only the writer changes them; relaxed: readers want a number, not an order. */
static void account(otpi_order *order, size_t rows, size_t bytes) {
    __atomic_store_n(&order->rows, order->rows + rows, __ATOMIC_RELAXED);
    __atomic_store_n(&order->row_bytes, order->row_bytes + bytes, __ATOMIC_RELAXED);
}

/* Takes the row out of the levels from the top down to that one. Its own links stay. */
static void unlink_above(otpi_order *order, const path *way, const otpi_row *row, size_t lowest) {
    for (size_t level = row->links; level-- > lowest;) {
        link_set(order, way->before[level], level, otpi_row_link(row, level));
    }
}

otpi_row *otpi_order_put(otpi_order *order, otpi_row *row) {
    path way;
    otpi_row *old;
    search(order, key_of(order, row), &old, &way);
    if (old != NULL && compare(order, old, key_of(order, row)) != 0) {
        old = NULL;
    }
    if (old != NULL) {
        unlink_above(order, &way, old, 1);
    }
    for (size_t level = 0; level < row->links; level++) {
        otpi_row *next = next_of(order, way.before[level], level);
        otpi_row_link_set(row, level, level == 0 && old ? otpi_row_link(old, 0) : next);
        link_set(order, way.before[level], level, row);
    }
    account(order, old == NULL, otpi_row_bytes(row) - (old ? otpi_row_bytes(old) : 0));
    return old;
}

otpi_row *otpi_order_remove(otpi_order *order, otp_term key) {
    path way;
    otpi_row *row;
    search(order, key, &row, &way);
    if (row == NULL || compare(order, row, key) != 0) {
        return NULL;
    }
    unlink_above(order, &way, row, 0);
    account(order, SIZE_MAX, 0 - otpi_row_bytes(row));
    return row;
}

/* ---- The end ---- */

static void rows_free(otpi_row *row) {
    while (row != NULL) {
        otpi_row *next = otpi_row_link(row, 0);
        otpi_row_free(row);
        row = next;
    }
}

static void rows_release(otpi_retired *retired) {
    rows_free(OTPI_CONTAINER_OF(retired, otpi_row, retired));
}

static otpi_row *give_up_rows(otpi_order *order) {
    otpi_row *first = order->first[0];
    for (size_t level = OTPI_ORDER_LEVELS; level-- > 0;) {
        link_set(order, NULL, level, NULL);
    }
    account(order, 0 - order->rows, 0 - order->row_bytes);
    return first;
}

void otpi_order_retire_all(otpi_order *order) {
    otpi_row *first = give_up_rows(order);
    if (first != NULL) {
        otpi_retire(&first->retired, rows_release);
    }
}

void otpi_order_free_all(otpi_order *order) {
    rows_free(give_up_rows(order));
}
