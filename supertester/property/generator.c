/* SPDX-License-Identifier: MIT */
/*
 * Drawing from generators. All is done with the draws of property.h, so that there is nothing here
 * about replay or shrinking.
 */
#include <supertester/generator.h>

#include "supertester/property/draw.h"

#include "port/memory.h"

#include <otp/process.h>

enum { ELEMENTS_MAX = 4096, FILTER_TRIES = 10 };

static otp_term generate(const st_generator *g, const char *label);

/* ---- Of several ---- */

static otp_term generate_tuple(const st_generator *g, const char *label) {
    otp_term parts[256];
    if (g->count > sizeof parts / sizeof parts[0]) {
        sti_draw_refuse(label, "a tuple of more than 256 parts");
        return OTP_NONE;
    }
    for (size_t i = 0; i < g->count; i++) {
        parts[i] = generate(g->parts[i], label);
    }
    return otp_tuple_of(g->count, parts);
}

/* The list is built back to front as it is drawn and turned at the end: a case may be left at any
 * draw, and would leave an array behind. */
static otp_term reversed(otp_term list) {
    otp_term result = otp_nil();
    for (; !otp_is_nil(list); list = otp_tail(list)) {
        result = otp_cons(otp_head(list), result);
    }
    return result;
}

static bool list_contains(otp_term list, otp_term term) {
    for (; !otp_is_nil(list); list = otp_tail(list)) {
        if (otp_equal(otp_head(list), term)) {
            return true;
        }
    }
    return false;
}

static bool bounds_fit(const st_generator *g, const char *label) {
    if (g->lo < 0 || g->lo > g->hi || g->hi > ELEMENTS_MAX) {
        sti_draw_refuse(label, "a generator's lengths are from 0 to 4,096, lo not above hi");
        return false;
    }
    return true;
}

static otp_term generate_list(const st_generator *g, const char *label) {
    otp_term list = otp_nil();
    if (!bounds_fit(g, label)) {
        return OTP_NONE;
    }
    ST_LIST(e, g->lo, g->hi) {
        otp_term element = generate(g->of, label);
        if (g->kind == ST_GEN_UNIQUE_LIST && list_contains(list, element)) {
            st_list_reject(e);
            continue;
        }
        list = otp_cons(element, list);
    }
    return reversed(list);
}

static otp_term generate_map(const st_generator *g, const char *label) {
    otp_term map = otp_map_of(0, NULL);
    if (!bounds_fit(g, label)) {
        return OTP_NONE;
    }
    ST_LIST(e, g->lo, g->hi) {
        otp_term key = generate(g->of, label), value = generate(g->values, label);
        if (!otp_is_none(otp_map_get(map, key))) {
            st_list_reject(e);
            continue;
        }
        map = otp_map_put(map, key, value);
    }
    return map;
}

/* ---- Of one ---- */

static otp_term generate_filtered(const st_generator *g, const char *label) {
    otp_term term = OTP_NONE;
    for (int tries = 0; tries < FILTER_TRIES; tries++) {
        term = generate(g->of, label);
        if (g->filter(term)) {
            return term;
        }
    }
    st_discard_at(label);
    return term;
}

static otp_term generate_choice(const st_generator *g, const char *label) {
    size_t way = g->weights ? st_draw_branch(g->weights, g->count, label)
                            : st_draw_alternative(g->count, label);
    return generate(g->parts[way], label);
}

static otp_term generate_string(const st_generator *g, const char *label) {
    char text[ELEMENTS_MAX + 1];
    return bounds_fit(g, label) ? otp_binary(text, st_draw_string(text, g->lo, g->hi, label))
                                : OTP_NONE;
}

static int size_now(void) {
    return sti_draws_now ? (int)sti_draws_now->taste.size : STI_SIZE_MAX;
}

static otp_term generate_one(const st_generator *g, const char *label) {
    switch (g->kind) {
    case ST_GEN_INTEGER: return otp_int(st_draw_int(g->lo, g->hi, label));
    case ST_GEN_BOOLEAN: return otp_bool(st_draw_chance(0.5, label));
    case ST_GEN_FLOAT: return otp_float(st_draw_float(g->from, g->to, label));
    case ST_GEN_BINARY: return st_draw_bytes(g->lo, g->hi, label);
    case ST_GEN_STRING: return generate_string(g, label);
    case ST_GEN_TERM: return st_draw_term((int)g->hi, label);
    case ST_GEN_CONSTANT: return g->constant;
    case ST_GEN_ATOM: return otp_atom(g->text);
    case ST_GEN_CHOICE: return generate_choice(g, label);
    case ST_GEN_TUPLE: return generate_tuple(g, label);
    case ST_GEN_LIST:
    case ST_GEN_UNIQUE_LIST: return generate_list(g, label);
    case ST_GEN_MAP: return generate_map(g, label);
    case ST_GEN_MAPPED: return g->map(generate(g->of, label));
    case ST_GEN_FILTERED: return generate_filtered(g, label);
    default: return g->sized(size_now());
    }
}

static otp_term generate(const st_generator *g, const char *label) {
    ST_SPAN("generated");
    return generate_one(g, label);
}

otp_term st_draw_generated(const st_generator *generator, const char *label) {
    sti_case_use_terms();
    sti_draw_compose_begin(label);
    otp_term term = generate(generator, label);
    sti_draw_compose_end();
    if (sti_draw_told()) {
        sti_case_tell(sti_case_now, label, "%s", otp_show(term));
    }
    return term;
}
