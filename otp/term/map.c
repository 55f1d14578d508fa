/* SPDX-License-Identifier: MIT */
/*
 * Maps: n keys in order, then their values. Keys are ordered as Erlang orders them inside maps:
 * every integer before every float, so 1 and 1.0 are two keys.
 */
#include "term/box.h"
#include "term/build.h"
#include "term/compare.h"

#include <string.h>

enum { INSERTION_MAX = 12, LINEAR_MAX = 16 };

static inline const uint64_t *map_box(otp_term map) {
    return otpi_box_of(map, OTPI_BOXED_MAP);
}
static inline size_t pairs_of(const uint64_t *box) {
    return otpi_header_words(box[0]) / 2;
}

static uint64_t *new_map(size_t n) {
    uint64_t *box = n < OTPI_WORDS_UNKNOWN ? otpi_scope_try(1 + 2 * n) : NULL;
    if (box != NULL) {
        box[0] = otpi_header(OTPI_BOXED_MAP, 2 * n);
    }
    return box;
}

/* ---- Looking up ---- */

/* Where the key is or belongs. */
static size_t lower_bound(const uint64_t *keys, size_t n, otp_term key, bool *found) {
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = otpi_compare_keys((otp_term){keys[middle]}, key);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = false;
    return low;
}

size_t otpi_map_find(const uint64_t *box, otp_term key) {
    size_t n = pairs_of(box);
    if (otpi_is_immediate(key) && n <= LINEAR_MAX) { /* equal immediates are equal words */
        for (size_t i = 0; i < n; i++) {
            if (box[1 + i] == key.word) {
                return i;
            }
        }
        return SIZE_MAX;
    }
    bool found;
    size_t at = lower_bound(box + 1, n, key, &found);
    return found ? at : SIZE_MAX;
}

size_t otp_map_size(otp_term map) {
    const uint64_t *box = map_box(map);
    return box ? pairs_of(box) : 0;
}

otp_term otp_map_get(otp_term map, otp_term key) {
    const uint64_t *box = map_box(map);
    size_t at = box && !otp_is_none(key) ? otpi_map_find(box, key) : SIZE_MAX;
    return at == SIZE_MAX ? OTP_NONE : (otp_term){box[1 + pairs_of(box) + at]};
}

bool otp_map_at(otp_term map, size_t i, otp_term *key, otp_term *value) {
    const uint64_t *box = map_box(map);
    if (box == NULL || i >= pairs_of(box)) {
        return false;
    }
    *key = (otp_term){box[1 + i]};
    *value = (otp_term){box[1 + pairs_of(box) + i]};
    return true;
}

/* ---- Order ---- */

static inline int order_of(uint64_t a, uint64_t b) {
    return otpi_compare_keys((otp_term){a}, (otp_term){b});
}

/* Strict, with duplicates, or (OTPI_MAP_NO_MEMORY) not in order. */
static otpi_map_order order_now(const uint64_t *keys, size_t n) {
    otpi_map_order result = OTPI_MAP_STRICT;
    for (size_t i = 1; i < n; i++) {
        int order = order_of(keys[i - 1], keys[i]);
        if (order > 0) {
            return OTPI_MAP_NO_MEMORY;
        }
        result = order == 0 ? OTPI_MAP_DUPLICATES : result;
    }
    return result;
}

static void insertion_sort(uint64_t *keys, uint64_t *values, size_t n) {
    for (size_t i = 1; i < n; i++) {
        uint64_t key = keys[i];
        uint64_t value = values[i];
        size_t j = i;
        for (; j > 0 && order_of(keys[j - 1], key) > 0; j--) {
            keys[j] = keys[j - 1];
            values[j] = values[j - 1];
        }
        keys[j] = key;
        values[j] = value;
    }
}

/* Merges the sorted runs [0, middle) and [middle, n); room holds the first run meanwhile. */
static void merge_runs(uint64_t *keys, uint64_t *values, size_t middle, size_t n, uint64_t *room) {
    uint64_t *left_keys = room;
    uint64_t *left_values = room + middle;
    memcpy(left_keys, keys, middle * sizeof *keys);
    memcpy(left_values, values, middle * sizeof *values);
    size_t left = 0;
    size_t right = middle;
    for (size_t to = 0; left < middle; to++) {
        if (right < n && order_of(left_keys[left], keys[right]) > 0) {
            keys[to] = keys[right];
            values[to] = values[right++];
        } else {
            keys[to] = left_keys[left];
            values[to] = left_values[left++];
        }
    }
}

static void merge_sort(uint64_t *keys, uint64_t *values, size_t n, uint64_t *room) {
    for (size_t at = 0; at < n; at += INSERTION_MAX) {
        insertion_sort(keys + at, values + at, n - at < INSERTION_MAX ? n - at : INSERTION_MAX);
    }
    for (size_t run = INSERTION_MAX; run < n; run *= 2) {
        for (size_t at = 0; at + run < n; at += 2 * run) {
            size_t both = n - at < 2 * run ? n - at : 2 * run;
            merge_runs(keys + at, values + at, run, both, room);
        }
    }
}

otpi_map_order otpi_map_sort(uint64_t *keys, uint64_t *values, size_t n) {
    otpi_map_order now = order_now(keys, n);
    if (now != OTPI_MAP_NO_MEMORY) {
        return now;
    }
    if (n <= INSERTION_MAX) {
        insertion_sort(keys, values, n);
        return order_now(keys, n);
    }
    uint64_t *room = otpi_scope_try(2 * n);
    if (room == NULL) {
        return OTPI_MAP_NO_MEMORY;
    }
    merge_sort(keys, values, n, room);
    if (otpi_scope_now->at == room + 2 * n) {
        otpi_scope_now->at = room; /* nobody built meanwhile: the words are free again */
    }
    return order_now(keys, n);
}

/* ---- Building ---- */

/* Of equal keys only the last pair stays; returns the new number of pairs. */
static size_t drop_earlier_equals(uint64_t *box, size_t n) {
    uint64_t *keys = box + 1;
    uint64_t *values = keys + n;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (i + 1 < n && order_of(keys[i], keys[i + 1]) == 0) {
            continue;
        }
        keys[kept] = keys[i];
        values[kept++] = values[i];
    }
    memmove(keys + kept, values, kept * sizeof *values);
    box[0] = otpi_header(OTPI_BOXED_MAP, 2 * kept);
    return kept;
}

otp_term otpi_make_map(size_t n, const otp_term *keys_and_values) {
    uint64_t *box = new_map(n);
    if (box == NULL) {
        return OTP_NONE;
    }
    for (size_t i = 0; i < n; i++) {
        box[1 + i] = keys_and_values[2 * i].word;
        box[1 + n + i] = keys_and_values[2 * i + 1].word;
    }
    otpi_map_order order = otpi_map_sort(box + 1, box + 1 + n, n);
    if (order == OTPI_MAP_NO_MEMORY) {
        return OTP_NONE;
    }
    if (order == OTPI_MAP_DUPLICATES) {
        drop_earlier_equals(box, n);
    }
    return otpi_box_term(box);
}

otp_term otp_map_of(size_t n, const otp_term *keys_and_values) {
    for (size_t i = 0; i < 2 * n; i++) {
        if (otp_is_none(keys_and_values[i])) {
            return OTP_NONE;
        }
    }
    return otpi_made(otpi_make_map(n, keys_and_values), "otp_map");
}

static const uint64_t *map_argument(otp_term map, const char *site) {
    const uint64_t *box = map_box(map);
    if (box == NULL && !otp_is_none(map)) {
        otpi_terms.bad_argument(site, "not a map");
    }
    return box;
}

static otp_term replace_value(const uint64_t *box, size_t at, otp_term value) {
    size_t n = pairs_of(box);
    uint64_t *copy = new_map(n);
    if (copy == NULL) {
        return OTP_NONE;
    }
    memcpy(copy + 1, box + 1, 2 * n * sizeof *box);
    copy[1 + n + at] = value.word;
    return otpi_box_term(copy);
}

static otp_term insert_pair(const uint64_t *box, size_t at, otp_term key, otp_term value) {
    size_t n = pairs_of(box);
    uint64_t *copy = new_map(n + 1);
    if (copy == NULL) {
        return OTP_NONE;
    }
    const uint64_t *from = box + 1;
    uint64_t *to = copy + 1;
    memcpy(to, from, at * sizeof *from);
    to[at] = key.word;
    memcpy(to + at + 1, from + at, n * sizeof *from); /* the other keys and the first values */
    to[n + 1 + at] = value.word;
    memcpy(to + n + 2 + at, from + n + at, (n - at) * sizeof *from);
    return otpi_box_term(copy);
}

otp_term otp_map_put(otp_term map, otp_term key, otp_term value) {
    const uint64_t *box = map_argument(map, "otp_map_put");
    if (box == NULL || otp_is_none(key) || otp_is_none(value)) {
        return OTP_NONE;
    }
    bool found;
    size_t at = lower_bound(box + 1, pairs_of(box), key, &found);
    return otpi_made(found ? replace_value(box, at, value) : insert_pair(box, at, key, value),
                     "otp_map_put");
}

otp_term otp_map_remove(otp_term map, otp_term key) {
    const uint64_t *box = map_argument(map, "otp_map_remove");
    if (box == NULL || otp_is_none(key)) {
        return OTP_NONE;
    }
    size_t at = otpi_map_find(box, key);
    if (at == SIZE_MAX) {
        return map;
    }
    size_t n = pairs_of(box);
    uint64_t *copy = new_map(n - 1);
    if (copy == NULL) {
        return otpi_made_nothing("otp_map_remove");
    }
    const uint64_t *from = box + 1;
    uint64_t *to = copy + 1;
    memcpy(to, from, at * sizeof *from);
    memcpy(to + at, from + at + 1, (n - 1) * sizeof *from);
    memcpy(to + n - 1 + at, from + n + at + 1, (n - 1 - at) * sizeof *from);
    return otpi_box_term(copy);
}
