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
static bool pass_mark(sti_player *p, const st_choices *recorded, const sti_choice *mark,
                      size_t behind, bool wants_more) {
    if (mark->kind == STI_KIND_END && *loose(p) == 0 && is_matched(p)) {
        return false;
    }
    p->cursor = behind;
    if (mark->kind == STI_KIND_BEGIN && wants_more) {
        skip_span(recorded, &p->cursor, 0);
    } else if (mark->kind == STI_KIND_BEGIN) {
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

bool sti_player_next(sti_player *p, const st_choices *recorded, sti_type type, sti_choice *out) {
    bool wants_more = type == STI_MORE && !recorded->untyped;
    for (;;) {
        size_t at = p->cursor;
        if (!next_data(recorded, &at, out)) {
            return false;
        }
        if (out->kind >= STI_KIND_MARKS) {
            if (!pass_mark(p, recorded, out, at, wants_more)) {
                return false;
            }
            continue;
        }
        if (!is_matched(p) || recorded->untyped || out->type == type) {
            p->cursor = at;
            return true;
        }
        if (out->type == STI_MORE) {
            return false; /* the next element's */
        }
        if (wants_more) {
            p->cursor = at;
            continue;
        }
        /* Something else was drawn here: what is asked for comes later, or not at all. */
        if (!find_type(recorded, type, &at, out)) {
            return false;
        }
        p->cursor = at;
        return true;
    }
}
