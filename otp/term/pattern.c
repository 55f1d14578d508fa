/* SPDX-License-Identifier: MIT */
/*
 * Compiling patterns; see pattern.h. Running them: match.c.
 */
#include "term/pattern.h"

#include "port/memory.h"
#include "term/parse.h"

#include <string.h>

enum { LETTER_SHIFT = 16, INDEX_SHIFT = 8 };

typedef struct compiler {
    otp_pattern *pattern; /* NULL while the operations are only counted */
    size_t count;
} compiler;

/* ---- Holes as words ---- */

static otp_term hole_word(char letter, size_t index) {
    return (otp_term){(uint64_t)(uint8_t)letter << LETTER_SHIFT | (uint64_t)index << INDEX_SHIFT |
                      OTPI_LOW_HOLE};
}
static bool is_hole(otp_term term) {
    return otpi_is_pattern_hole(term);
}
static char hole_letter(otp_term hole) {
    return (char)(hole.word >> LETTER_SHIFT);
}
static uint8_t hole_index(otp_term hole) {
    return (uint8_t)(hole.word >> INDEX_SHIFT);
}

typedef struct holes {
    size_t count;
    bool own;
    char type[OTPI_PATTERN_HOLES_MAX];
} holes;

static otp_err note_hole(void *context, char letter, otp_term *out, const char **expected) {
    holes *h = context;
    if (letter == '_') {
        *out = hole_word('_', 0);
        return OTP_OK;
    }
    if (strchr("tiufaprblmow", letter) == NULL) {
        *expected = "one of the holes ~t ~i ~u ~f ~a ~p ~r ~b ~l ~m ~o ~w";
        return OTP_ESYNTAX;
    }
    if (letter == 'w' && !h->own) {
        *expected = "a pattern without ~w: it has no arguments";
        return OTP_ESYNTAX;
    }
    if (h->count == OTPI_PATTERN_HOLES_MAX) {
        *expected = "at most 64 holes";
        return OTP_ELIMIT;
    }
    *out = hole_word(letter, h->count);
    h->type[h->count++] = strchr("alm", letter) ? 't' : letter; /* found as terms */
    return OTP_OK;
}

/* ---- Operations ---- */

static void emit(compiler *c, otpi_op op) {
    if (c->pattern != NULL) {
        c->pattern->ops[c->count] = op;
    }
    c->count++;
}

/* Without holes; with maps only when they are allowed. Patterns are nested at most
 * OTPI_PATTERN_DEPTH_MAX deep, so recursion is bounded. */
static bool is_plain(otp_term term, bool maps) {
    for (; otpi_is_cell(term); term.word = otpi_cell(term)[1]) {
        if (!is_plain((otp_term){otpi_cell(term)[0]}, maps)) {
            return false;
        }
    }
    if (!otpi_is_boxed(term)) {
        return !is_hole(term);
    }
    const uint64_t *box = otpi_box(term);
    otpi_boxed_tag tag = otpi_header_tag(box[0]);
    if (tag == OTPI_BOXED_MAP && !maps) {
        return false;
    }
    size_t n = otpi_tag_holds_terms(tag) ? otpi_header_words(box[0]) : 0;
    for (size_t i = 1; i <= n; i++) {
        if (!is_plain((otp_term){box[i]}, maps)) {
            return false;
        }
    }
    return true;
}

/* Matches only what equals it: a map also matches larger ones. */
static bool is_constant(otp_term term) {
    return is_plain(term, false);
}

static void compile(compiler *c, otp_term term, uint8_t from, uint32_t index, uint8_t free);

static void compile_hole(compiler *c, otp_term hole, otpi_op op) {
    op.letter = hole_letter(hole);
    op.hole = hole_index(hole);
    op.code = op.letter == 'w' ? OTPI_OP_SAME : op.letter == 'i' ? OTPI_OP_INTEGER : OTPI_OP_HOLE;
    if (op.letter != '_') {
        emit(c, op);
    }
}

/* The part of the list behind its last hole: compared as a whole. */
static otp_term constant_rest(otp_term list) {
    otp_term rest = list;
    for (; otpi_is_cell(list); list.word = otpi_cell(list)[1]) {
        if (!is_constant((otp_term){otpi_cell(list)[0]})) {
            rest.word = otpi_cell(list)[1];
        }
    }
    return is_constant(list) ? rest : list;
}

/* One register serves all cells of the list. */
static void compile_list(compiler *c, otp_term list, otpi_op op, uint8_t free) {
    otp_term rest = constant_rest(list);
    for (; list.word != rest.word; list.word = otpi_cell(list)[1]) {
        op.code = OTPI_OP_CELL;
        op.to = free;
        emit(c, op);
        compile(c, (otp_term){otpi_cell(list)[0]}, free, 0, (uint8_t)(free + 1));
        op = (otpi_op){.from = free, .index = 1};
    }
    compile(c, rest, op.from, op.index, (uint8_t)(free + 1));
}

static void compile_map(compiler *c, const uint64_t *box, otpi_op op, uint8_t free) {
    size_t n = otpi_header_words(box[0]) / 2;
    op.code = OTPI_OP_MAP;
    op.to = free;
    emit(c, op);
    for (size_t i = 0; i < n; i++) {
        otp_term key = {box[1 + i]};
        otpi_op look = {
            .code = OTPI_OP_KEY, .from = free, .to = (uint8_t)(free + 1), .word = key.word};
        if (is_hole(key)) {
            look.code = OTPI_OP_KEY_HOLE;
            look.hole = hole_index(key);
        }
        emit(c, look);
        compile(c, (otp_term){box[1 + n + i]}, look.to, 0, (uint8_t)(free + 2));
    }
}

/* The word at (from, index) must match the term; registers from free on may be used. */
static void compile(compiler *c, otp_term term, uint8_t from, uint32_t index, uint8_t free) {
    otpi_op op = {.from = from, .index = index, .word = term.word};
    if (is_hole(term)) {
        compile_hole(c, term, op);
        return;
    }
    if (is_constant(term)) {
        op.code = otpi_is_immediate(term) ? OTPI_OP_WORD : OTPI_OP_EQUAL;
        emit(c, op);
        return;
    }
    if (otpi_is_cell(term)) {
        compile_list(c, term, op, free);
        return;
    }
    const uint64_t *box = otpi_box(term);
    if (otpi_header_tag(box[0]) == OTPI_BOXED_MAP) {
        compile_map(c, box, op, free);
        return;
    }
    size_t n = otpi_header_words(box[0]);
    op.code = OTPI_OP_TUPLE;
    op.to = free;
    op.word = box[0];
    emit(c, op);
    for (size_t i = 0; i < n; i++) {
        compile(c, (otp_term){box[1 + i]}, free, (uint32_t)i, (uint8_t)(free + 1));
    }
}

static void compile_all(compiler *c, otp_term term) {
    c->count = 0;
    compile(c, term, 0, 0, 1);
    emit(c, (otpi_op){.code = OTPI_OP_END});
}

/* ---- The whole ---- */

/* Keys are looked up: they may not have holes inside, but may be ~w. */
static bool keys_are_constant(otp_term term) {
    for (; otpi_is_cell(term); term.word = otpi_cell(term)[1]) {
        if (!keys_are_constant((otp_term){otpi_cell(term)[0]})) {
            return false;
        }
    }
    if (!otpi_is_boxed(term) || !otpi_tag_holds_terms(otpi_header_tag(otpi_box(term)[0]))) {
        return true;
    }
    const uint64_t *box = otpi_box(term);
    size_t n = otpi_header_words(box[0]);
    size_t keys = otpi_header_tag(box[0]) == OTPI_BOXED_MAP ? n / 2 : 0;
    for (size_t i = 0; i < n; i++) {
        otp_term inner = {box[1 + i]};
        bool whole_hole = is_hole(inner) && hole_letter(inner) == 'w';
        bool fine = i < keys ? whole_hole || is_plain(inner, true) : keys_are_constant(inner);
        if (!fine) {
            return false;
        }
    }
    return true;
}

static otp_err build(otp_term term, const holes *h, otp_pattern **out) {
    otpi_pack *pack = otpi_pack_new(term);
    if (pack == NULL) {
        return OTP_ENOMEM;
    }
    compiler c = {NULL, 0};
    compile_all(&c, pack->term);
    otp_pattern *pattern = otpi_alloc(sizeof *pattern + c.count * sizeof pattern->ops[0]);
    if (pattern == NULL) {
        otpi_pack_release(pack);
        return OTP_ENOMEM;
    }
    pattern->pack = pack;
    pattern->holes = h->count;
    memcpy(pattern->type, h->type, sizeof h->type);
    c.pattern = pattern;
    compile_all(&c, pack->term);
    *out = pattern;
    return OTP_OK;
}

otp_term otpi_pattern_hole(char letter, size_t index) {
    return hole_word(letter, index);
}

size_t otpi_pattern_hole_index(otp_term hole) {
    return hole_index(hole);
}

otp_err otpi_pattern_of(otp_term term, size_t count, otp_pattern **out) {
    holes h = {.count = count};
    return build(term, &h, out);
}

otp_err otpi_pattern_new(const char *text, bool own, otp_pattern **out, otp_parse_error *error) {
    holes h = {.own = own};
    otpi_parse_source source = {.text = text,
                                .size = strlen(text),
                                .depth_max = OTPI_PATTERN_DEPTH_MAX,
                                .own_atoms = own,
                                .keys_differ = true,
                                .hole = note_hole,
                                .context = &h};
    otp_scope mark = otpi_scope_mark();
    otp_term term;
    otp_err err = otpi_parse(&source, &term, error);
    if (err == OTP_OK && !keys_are_constant(term)) {
        err = OTP_ESYNTAX;
        if (error != NULL) {
            *error = (otp_parse_error){strlen(text), 1, 1, "keys without holes, or ~w alone"};
        }
    }
    err = err ? err : build(term, &h, out);
    otpi_scope_rollback(mark);
    return err;
}

otp_err otp_pattern_compile(const char *text, otp_pattern **out, otp_parse_error *error) {
    return otpi_pattern_new(text, false, out, error);
}

bool otp_pattern_match(const otp_pattern *pattern, otp_term term) {
    return otpi_pattern_run(pattern, term, NULL, NULL);
}

void otp_pattern_free(otp_pattern *pattern) {
    if (pattern != NULL) {
        otpi_pack_release(pattern->pack);
        otpi_free(pattern);
    }
}
