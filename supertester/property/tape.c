/* SPDX-License-Identifier: MIT */
/*
 * A list of choices unpacked; see tape.h.
 */
#include "supertester/property/tape.h"

#include "port/memory.h"

#include <string.h>

enum { OPEN_MAX = 256, FIRST = 64 };

void sti_tape_fini(sti_tape *tape) {
    otpi_free(tape->entries);
    otpi_free(tape->spans);
    *tape = (sti_tape){0};
}

void sti_tape_clear(sti_tape *tape) {
    tape->count = tape->choices = tape->others = tape->deviations = tape->span_count = 0;
}

static bool reserve(sti_tape *tape, uint32_t more) {
    if (tape->count + more <= tape->capacity) {
        return true;
    }
    uint32_t capacity = 2 * (tape->count + more) + FIRST;
    sti_choice *grown = otpi_realloc(tape->entries, capacity * sizeof *grown);
    if (!grown) {
        return false;
    }
    tape->entries = grown;
    tape->capacity = capacity;
    return true;
}

bool sti_tape_append(sti_tape *tape, const sti_choice *entries, uint32_t count) {
    if (!reserve(tape, count)) {
        return false;
    }
    if (count > 0) {
        memcpy(tape->entries + tape->count, entries, count * sizeof *entries);
    }
    tape->count += count;
    for (uint32_t i = 0; i < count; i++) {
        tape->choices += sti_is_choice(&entries[i]);
        tape->others += sti_is_other(&entries[i]);
        tape->deviations += sti_is_deviation(&entries[i]);
    }
    return true;
}

bool sti_tape_copy(sti_tape *tape, const sti_tape *from) {
    sti_tape_clear(tape);
    return sti_tape_append(tape, from->entries, from->count);
}

/* ---- Spans ---- */

/* The spans that are open at an entry, while a list is read. */
typedef struct opens {
    uint32_t spans[OPEN_MAX];
    uint32_t depth;
} opens;

static bool open_span(sti_tape *tape, opens *o, uint32_t begin, uint32_t label, bool element) {
    if (tape->span_count == tape->span_capacity) {
        uint32_t capacity = 2 * tape->span_capacity + FIRST;
        sti_extent *grown = otpi_realloc(tape->spans, capacity * sizeof *grown);
        if (!grown) {
            return false;
        }
        tape->spans = grown;
        tape->span_capacity = capacity;
    }
    uint32_t at = tape->span_count;
    uint32_t parent = o->depth > 0 ? o->spans[o->depth - 1] : at;
    if (o->depth < OPEN_MAX) {
        tape->spans[tape->span_count++] = (sti_extent){
            .begin = begin, .end = begin, .label = label, .parent = parent, .element = element};
        o->spans[o->depth++] = at;
    }
    return true;
}

static void close_span(sti_tape *tape, opens *o, uint32_t end) {
    if (o->depth > 0) {
        tape->spans[o->spans[--o->depth]].end = end;
    }
}

static void close_element(sti_tape *tape, opens *o, uint32_t end) {
    if (o->depth > 0 && tape->spans[o->spans[o->depth - 1]].element) {
        close_span(tape, o, end);
    }
}

static bool read_entry(sti_tape *tape, opens *o, const sti_choice *entry) {
    uint32_t at = tape->count - 1;
    bool more = entry->kind == STI_KIND_NEXT || (sti_is_choice(entry) && entry->type == STI_MORE);
    if (entry->kind == STI_KIND_BEGIN) {
        return open_span(tape, o, at, entry->label, false);
    }
    if (entry->kind == STI_KIND_END) {
        close_element(tape, o, at);
        close_span(tape, o, at + 1);
    } else if (more) {
        close_element(tape, o, at);
        if (entry->kind == STI_KIND_NEXT || entry->value == 1) {
            return open_span(tape, o, at, entry->label, true);
        }
    }
    return true;
}

bool sti_tape_read(sti_tape *tape, const st_choices *list) {
    opens o = {.depth = 0};
    size_t cursor = 0;
    sti_choice entry;
    sti_tape_clear(tape);
    while (sti_choices_read(list, &cursor, &entry)) {
        if (!sti_tape_append(tape, &entry, 1) || !read_entry(tape, &o, &entry)) {
            return false;
        }
    }
    while (o.depth > 0) {
        close_span(tape, &o, tape->count);
    }
    return true;
}

bool sti_tape_write(const sti_tape *tape, st_choices *list) {
    st_choices_simplest(list);
    for (uint32_t i = 0; i < tape->count; i++) {
        const sti_choice *entry = &tape->entries[i];
        if (sti_is_answer(entry)) {
            sti_choices_put(list, *entry);
        } else {
            sti_choices_mark(list, entry->kind, entry->label);
        }
    }
    return !list->overflow;
}

/* ---- The order ---- */

int sti_choice_order(const sti_choice *a, const sti_choice *b) {
    uint64_t da = sti_distance(a), db = sti_distance(b);
    if (da != db) {
        return da < db ? -1 : 1;
    }
    bool below_a = a->value < a->target, below_b = b->value < b->target;
    return (int)below_a - (int)below_b;
}

typedef bool kind_of_entry(const sti_choice *entry);

static const sti_choice *next_of(const sti_tape *tape, kind_of_entry *is, uint32_t *at) {
    while (*at < tape->count && !is(&tape->entries[*at])) {
        (*at)++;
    }
    return *at < tape->count ? &tape->entries[(*at)++] : NULL;
}

/* Of the first count entries of that kind: the first that differ decide. */
static int order_of(const sti_tape *a, const sti_tape *b, kind_of_entry *is, uint32_t count) {
    uint32_t at_a = 0, at_b = 0;
    for (uint32_t i = 0; i < count; i++) {
        int order = sti_choice_order(next_of(a, is, &at_a), next_of(b, is, &at_b));
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

static int compare(uint32_t a, uint32_t b) {
    return (a > b) - (a < b);
}

int sti_tape_order(const sti_tape *a, const sti_tape *b) {
    int order = compare(a->choices, b->choices);
    order = order ? order : compare(a->deviations, b->deviations);
    order = order ? order : order_of(a, b, sti_is_choice, a->choices);
    order = order ? order : compare(a->others, b->others);
    return order ? order : order_of(a, b, sti_is_other, a->others);
}

uint32_t sti_tape_choices(const sti_tape *tape, uint32_t begin, uint32_t end) {
    uint32_t count = 0;
    for (uint32_t i = begin; i < end; i++) {
        count += sti_is_choice(&tape->entries[i]);
    }
    return count;
}
