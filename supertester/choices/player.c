/* SPDX-License-Identifier: MIT */
/*
 * Reading recorded data again; see player.h.
 */
#include "supertester/choices/draw.h"

static bool is_matched(const sti_player *p) {
    return p->depth > 0 && p->depth <= STI_PLAYER_DEPTH && (p->matched >> (p->depth - 1) & 1) != 0;
}

static uint8_t *loose(sti_player *p) {
    return &p->loose[p->depth < STI_PLAYER_DEPTH ? p->depth : STI_PLAYER_DEPTH];
}

/* The next entry of the data lane; *at is behind it then. */
static bool next_data(const st_choices *recorded, size_t *at, sti_choice *out) {
    while (sti_choices_read(recorded, at, out)) {
        if (out->lane == OTP_LANE_DATA) {
            return true;
        }
    }
    return false;
}

/* Behind the end of a span of the record in which so many others are open. */
static void skip_span(const st_choices *recorded, size_t *at, uint32_t open) {
    sti_choice entry;
    while (next_data(recorded, at, &entry)) {
        if (entry.kind == STI_KIND_BEGIN) {
            open++;
        } else if (entry.kind == STI_KIND_END && open-- == 0) {
            return;
        }
    }
}

void sti_player_begin(sti_player *p, const st_choices *recorded) {
    sti_choice entry;
    size_t at = p->cursor;
    bool found = next_data(recorded, &at, &entry) && entry.kind == STI_KIND_BEGIN;
    p->depth++;
    if (p->depth > STI_PLAYER_DEPTH) {
        return;
    }
    uint64_t bit = UINT64_C(1) << (p->depth - 1);
    p->matched = found ? p->matched | bit : p->matched & ~bit;
    *loose(p) = 0;
    if (found) {
        p->cursor = at;
    }
}

void sti_player_end(sti_player *p, const st_choices *recorded) {
    if (is_matched(p)) {
        skip_span(recorded, &p->cursor, *loose(p));
    }
    p->depth -= p->depth > 0;
}

/* What a mark of the record means to a run that asks for a choice: false when it gets none. */
static bool pass_mark(sti_player *p, const sti_choice *mark, size_t behind) {
    if (mark->kind == STI_KIND_END && *loose(p) == 0 && is_matched(p)) {
        return false;
    }
    p->cursor = behind;
    if (mark->kind == STI_KIND_BEGIN) {
        *loose(p) = (uint8_t)(*loose(p) + (*loose(p) < UINT8_MAX));
    } else if (mark->kind == STI_KIND_END && *loose(p) > 0) {
        (*loose(p))--;
    }
    return true;
}

/* Is there a choice of the type later in this span, before the next element? *at is behind it. */
static bool find_type(const st_choices *recorded, sti_type type, size_t *at, sti_choice *out) {
    while (next_data(recorded, at, out)) {
        if (out->kind == STI_KIND_BEGIN) {
            skip_span(recorded, at, 0);
        } else if (out->kind == STI_KIND_END || out->type == STI_MORE) {
            return false;
        } else if (out->kind < STI_KIND_MARKS && out->type == type) {
            return true;
        }
    }
    return false;
}

/* The next element, forced or chosen, whatever is left of the one before, in which so many spans
 * are open: its mark or choice, and *at behind it. False: there is none. */
static bool find_element(const st_choices *recorded, size_t *at, uint32_t open, sti_choice *out) {
    while (next_data(recorded, at, out)) {
        if (out->kind == STI_KIND_BEGIN) {
            skip_span(recorded, at, 0);
        } else if (out->kind == STI_KIND_END) {
            if (open-- == 0) {
                return false;
            }
        } else if (open == 0 && (out->kind == STI_KIND_NEXT || out->type == STI_MORE)) {
            return true;
        }
    }
    return false;
}

void sti_player_element(sti_player *p, const st_choices *recorded) {
    sti_choice entry;
    size_t at = p->cursor;
    if (is_matched(p) && find_element(recorded, &at, *loose(p), &entry) &&
        (entry.kind == STI_KIND_NEXT || entry.value == 1)) {
        p->cursor = at;
        *loose(p) = 0;
    }
}

static bool next_more(sti_player *p, const st_choices *recorded, sti_choice *out) {
    size_t at = p->cursor;
    if (!find_element(recorded, &at, *loose(p), out)) {
        return false;
    }
    p->cursor = at;
    *loose(p) = 0;
    if (out->kind == STI_KIND_NEXT) {
        *out = (sti_choice){.type = STI_MORE, .hi = 1, .value = 1};
    }
    return true;
}

bool sti_player_next(sti_player *p, const st_choices *recorded, sti_type type, sti_choice *out) {
    if (type == STI_MORE && is_matched(p)) {
        return next_more(p, recorded, out);
    }
    for (;;) {
        size_t at = p->cursor;
        if (!next_data(recorded, &at, out)) {
            return false;
        }
        bool of_next = out->kind == STI_KIND_NEXT || out->type == STI_MORE;
        if (of_next && is_matched(p)) {
            return false;
        }
        if (out->kind >= STI_KIND_MARKS) {
            if (!pass_mark(p, out, at)) {
                return false;
            }
        } else if (!is_matched(p) || out->type == type || find_type(recorded, type, &at, out)) {
            p->cursor = at;
            return true;
        } else {
            return false; /* something else was drawn here, and this not at all */
        }
    }
}
