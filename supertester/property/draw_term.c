/* SPDX-License-Identifier: MIT */
/*
 * Drawing terms. A term is a span labelled as such, so that it also shrinks to one of its parts.
 */
#include "supertester/property/draw.h"

#include <otp/process.h>

enum { PARTS_MAX = 4, TEXT_MAX = 12 };

static const char *const atom_pool[] = {"ok",        "error", "true", "false",
                                        "undefined", "none",  "a",    "with blank"};

static otp_term draw_parts(bool tuple, int depth) {
    otp_term parts[PARTS_MAX];
    size_t n = 0;
    ST_LIST(e, 0, PARTS_MAX) {
        parts[n++] = st_draw_term(depth, "term");
    }
    return tuple ? otp_tuple_of(n, parts) : otp_list_of(n, parts);
}

static otp_term draw_map(int depth) {
    otp_term map = otp_map_of(0, NULL);
    ST_LIST(e, 0, PARTS_MAX) {
        otp_term key = st_draw_term(depth, "term");
        map = otp_map_put(map, key, st_draw_term(depth, "term"));
    }
    return map;
}

static otp_term draw_leaf(size_t way) {
    uint8_t bytes[TEXT_MAX];
    switch (way) {
    case 0: return otp_int(st_int(INT64_MIN, INT64_MAX));
    case 1: return otp_atom(atom_pool[st_index(sizeof atom_pool / sizeof atom_pool[0])]);
    case 2: return otp_float(st_float(-1e9, 1e9));
    default: return otp_binary(bytes, st_buffer(bytes, 0, TEXT_MAX));
    }
}

otp_term st_draw_term(int depth, const char *label) {
    sti_case_use_terms();
    sti_draw_compose_begin("term");
    size_t way = depth > 0 ? st_alternative(7) : st_alternative(4);
    otp_term term = way < 4    ? draw_leaf(way)
                    : way == 6 ? draw_map(depth - 1)
                               : draw_parts(way == 4, depth - 1);
    sti_draw_compose_end();
    if (sti_draw_told()) {
        sti_case_tell(sti_case_now, label, "%s", otp_show(term));
    }
    return term;
}
