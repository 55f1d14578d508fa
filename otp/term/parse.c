/* SPDX-License-Identifier: MIT */
/*
 * Terms from text. Values wait on a stack of their own until the container that they belong to
 * closes; what is open lies on the explicit stack, so depth costs no machine stack.
 */
#include "term/parse.h"

#include "base/text.h"
#include "port/memory.h"
#include "term/atom.h"
#include "term/big.h"
#include "term/build.h"
#include "term/float.h"
#include "term/frames.h"
#include "term/lex.h"
#include "term/pid.h"
#include "term/shared.h"
#include "term/utf8.h"

#include <stdarg.h>
#include <string.h>

enum { VALUES_INLINE = 48, ATOM_BYTES_MAX = OTPI_ATOM_CHARS_MAX * 4 };

/* note of a frame: what is open. left: where its values begin. */
enum { OPEN_TUPLE, OPEN_LIST, OPEN_TAIL, OPEN_KEY, OPEN_VALUE };

typedef struct parser {
    const otpi_parse_source *source;
    otpi_lexer lexer;
    otpi_token token;
    otpi_frames open;
    otp_term *values;
    size_t count, capacity;
    size_t error_at;
    const char *expected;
    otp_term first[VALUES_INLINE];
} parser;

static otp_err fail_at(parser *p, size_t at, otp_err err, const char *expected) {
    p->error_at = at;
    p->expected = expected;
    return err;
}

static otp_err fail(parser *p, otp_err err, const char *expected) {
    if (p->token.kind == OTPI_TOKEN_ERROR) {
        return fail_at(p, p->token.start, OTP_ESYNTAX, p->token.expected);
    }
    return fail_at(p, p->token.start, err, expected);
}

static otp_err no_memory(parser *p) {
    return fail_at(p, p->token.start, OTP_ENOMEM, "more memory");
}

static void next(parser *p) {
    otpi_lex_next(&p->lexer, &p->token);
}

static bool grow_values(parser *p) {
    bool outgrown = p->values != p->first;
    otp_term *grown =
        otpi_realloc(outgrown ? p->values : NULL, p->capacity * 2 * sizeof *p->values);
    if (grown == NULL) {
        return false;
    }
    if (!outgrown) {
        memcpy(grown, p->first, sizeof p->first);
    }
    p->values = grown;
    p->capacity *= 2;
    return true;
}

static otp_err push_value(parser *p, otp_term value) {
    if (otp_is_none(value) || (p->count == p->capacity && !grow_values(p))) {
        return no_memory(p);
    }
    p->values[p->count++] = value;
    return OTP_OK;
}

/* ---- Atoms and strings ---- */

static otp_err make_atom(parser *p, const char *text, size_t length, otp_term *out) {
    otp_err err = p->source->own_atoms ? otpi_atom_make(text, length, out)
                                       : otp_atom_from_data(text, length, out);
    if (err == OTP_EBADARG) {
        return fail(p, OTP_ESYNTAX, "an atom of at most 255 characters");
    }
    return err ? fail(p, err, "an atom that is known already") : OTP_OK;
}

static otp_err quoted_atom(parser *p, otp_term *out) {
    char text[ATOM_BYTES_MAX + 4];
    size_t length = 0;
    const char *at = p->lexer.text + p->token.from;
    const char *end = at + p->token.length;
    uint32_t code;
    while (at < end && otpi_lex_char(&at, end, &code)) {
        if (length > ATOM_BYTES_MAX) {
            return fail(p, OTP_ESYNTAX, "an atom of at most 255 characters");
        }
        length += otpi_utf8_write(code, text + length);
    }
    return make_atom(p, text, length, out);
}

static otp_err string_list(parser *p, otp_term *out) {
    const char *at = p->lexer.text + p->token.from;
    const char *end = at + p->token.length;
    uint32_t code;
    size_t count = 0;
    for (const char *c = at; c < end && otpi_lex_char(&c, end, &code);) {
        count++;
    }
    *out = otp_nil();
    uint64_t *cells = count ? otpi_scope_try(2 * count) : NULL;
    if (cells == NULL) {
        return count ? no_memory(p) : OTP_OK;
    }
    for (uint64_t *cell = cells; at < end && otpi_lex_char(&at, end, &code); cell += 2) {
        cell[0] = otp_int(code).word;
        cell[1] = otpi_cell_term(cell + 2).word;
    }
    cells[2 * count - 1] = otp_nil().word;
    *out = otpi_cell_term(cells);
    return OTP_OK;
}

/* ---- Numbers, pids, references ---- */

static otp_err number(parser *p, otp_term *out) {
    const char *digits = p->lexer.text + p->token.from;
    if (p->token.kind == OTPI_TOKEN_FLOAT) {
        double value;
        if (!otpi_float_parse(digits, p->token.length, &value)) {
            return fail(p, OTP_ESIZE, "a float of at most 1.7976931348623157e308");
        }
        *out = otpi_make_float(p->token.negative ? -value : value);
        return otp_is_none(*out) ? no_memory(p) : OTP_OK;
    }
    otp_err err =
        otpi_make_big_from_digits(p->token.negative, digits, p->token.length, p->token.base, out);
    return err ? fail(p, err, "an integer of at most 262,144 bits") : OTP_OK;
}

static otp_err char_literal(parser *p, otp_term *out) {
    const char *at = p->lexer.text + p->token.from;
    uint32_t code = 0;
    (void)otpi_lex_char(&at, at + p->token.length, &code); /* the lexer has checked it */
    *out = otp_int(code);
    return OTP_OK;
}

/* Numbers with dots between them; how many, 0 when it is not that or one does not fit. */
static size_t dotted(const parser *p, uint64_t *numbers, size_t max) {
    const char *at = p->lexer.text + p->token.from;
    const char *end = at + p->token.length;
    size_t count = 0;
    while (at < end && count < max && *at != '.') {
        uint64_t value = 0;
        for (; at < end && *at != '.'; at++) {
            uint64_t digit = (uint64_t)(*at - '0');
            if (value > (UINT64_MAX - digit) / 10) {
                return 0;
            }
            value = value * 10 + digit;
        }
        numbers[count++] = value;
        if (at < end && ++at == end) {
            return 0; /* ends in a dot */
        }
    }
    return at == end ? count : 0;
}

static bool known_node(uint64_t printed, uint32_t *slot) {
    uint32_t creation;
    if (printed >= OTPI_NODE_SLOTS) {
        return false;
    }
    *slot = otpi_node_printed((uint32_t)printed);
    return otpi_terms.node_name(*slot, &creation) != NULL;
}

static otp_err pid_or_port(parser *p, bool pid, otp_term *out) {
    uint64_t n[3] = {0};
    otpi_address address = {0};
    size_t wanted = pid ? 3 : 2;
    if (dotted(p, n, 3) != wanted || (pid && (n[1] > UINT32_MAX || n[2] > UINT32_MAX))) {
        return fail(p, OTP_ESYNTAX, pid ? "a pid like <0.5.0>" : "a port like #Port<0.5>");
    }
    if (!known_node(n[0], &address.node)) {
        return fail(p, OTP_ENOENT, "the number of a node that is known here");
    }
    address.id = n[1];
    address.serial = (uint32_t)n[2];
    otp_pid made = {0};
    otp_err err = pid ? otpi_pid_make(address, &made) : otpi_port_make(address, out);
    if (pid) {
        *out = otp_from_pid(made);
    }
    return err ? fail(p, err, "fewer pids of unusual size") : OTP_OK;
}

static otp_err reference(parser *p, otp_term *out) {
    uint64_t n[1 + OTPI_REF_NUMBERS_MAX] = {0};
    uint32_t numbers[OTPI_REF_NUMBERS_MAX] = {0};
    uint32_t node;
    size_t count = dotted(p, n, 1 + OTPI_REF_NUMBERS_MAX);
    bool fits = count >= 2;
    for (size_t i = 1; i < count; i++) { /* printed from the most significant down */
        fits = fits && n[i] <= UINT32_MAX;
        numbers[count - 1 - i] = (uint32_t)n[i];
    }
    if (!fits) {
        return fail(p, OTP_ESYNTAX, "a reference like #Ref<0.0.0.1>");
    }
    if (!known_node(n[0], &node)) {
        return fail(p, OTP_ENOENT, "the number of a node that is known here");
    }
    *out = otpi_make_known_ref(otpi_ref_of_numbers(node, numbers, count - 1));
    return otp_is_none(*out) ? no_memory(p) : OTP_OK;
}

/* fun module:function/arity; the token is the atom fun. */
static otp_err export_fun(parser *p, otp_term *out) {
    otp_term name[2];
    for (int i = 0; i < 2; i++) {
        next(p);
        otp_err err = p->token.kind == OTPI_TOKEN_QUOTED_ATOM ? quoted_atom(p, &name[i])
                      : p->token.kind == OTPI_TOKEN_ATOM
                          ? make_atom(p, p->lexer.text + p->token.from, p->token.length, &name[i])
                          : fail(p, OTP_ESYNTAX, "a fun like fun lists:map/2");
        if (err) {
            return err;
        }
        next(p);
        if (p->token.kind != (i == 0 ? OTPI_TOKEN_COLON : OTPI_TOKEN_SLASH)) {
            return fail(p, OTP_ESYNTAX, "a fun like fun lists:map/2");
        }
    }
    next(p);
    otp_term arity = otp_nil();
    if (p->token.kind == OTPI_TOKEN_INTEGER && number(p, &arity) != OTP_OK) {
        return OTP_ESIZE;
    }
    if (!otpi_is_small(arity) || arity.word >> 4 > 255) {
        return fail(p, OTP_ESYNTAX, "the number of arguments, 0 to 255");
    }
    *out = otpi_make_export(name[0], name[1], (uint8_t)otpi_small(arity));
    return otp_is_none(*out) ? no_memory(p) : OTP_OK;
}

static otp_err atom(parser *p, otp_term *out) {
    const char *text = p->lexer.text + p->token.from;
    if (p->token.length == 3 && memcmp(text, "fun", 3) == 0) {
        return export_fun(p, out);
    }
    return make_atom(p, text, p->token.length, out);
}

/* ---- Binaries ---- */

/* "text" or "text"/utf8: its UTF-8 bytes. */
static otp_err text_segment(parser *p, otpi_text *bytes) {
    const char *at = p->lexer.text + p->token.from;
    const char *end = at + p->token.length;
    uint32_t code;
    while (at < end && otpi_lex_char(&at, end, &code)) {
        char utf8[4];
        otpi_text_bytes(bytes, utf8, otpi_utf8_write(code, utf8));
    }
    next(p);
    if (p->token.kind != OTPI_TOKEN_SLASH) {
        return OTP_OK;
    }
    next(p);
    if (p->token.kind != OTPI_TOKEN_ATOM || p->token.length != 4 ||
        memcmp(p->lexer.text + p->token.from, "utf8", 4) != 0) {
        return fail(p, OTP_ESYNTAX, "utf8: text in binaries is always UTF-8");
    }
    next(p);
    return OTP_OK;
}

/* A byte, or V:N with the last N bits. *spare: how many bits of the last byte are not used. */
static otp_err byte_segment(parser *p, otpi_text *bytes, unsigned *spare) {
    otp_term value;
    otp_term size = otp_int(8);
    otp_err err = p->token.kind == OTPI_TOKEN_CHAR ? char_literal(p, &value) : number(p, &value);
    if (err) {
        return err;
    }
    if (!otpi_is_small(value) || value.word >> 4 > 255) {
        return fail(p, OTP_ESYNTAX, "a byte, 0 to 255");
    }
    next(p);
    if (p->token.kind == OTPI_TOKEN_COLON) {
        next(p);
        if (p->token.kind != OTPI_TOKEN_INTEGER || number(p, &size) != OTP_OK ||
            !otpi_is_small(size) || otpi_small(size) < 1 || otpi_small(size) > 8) {
            return fail(p, OTP_ESYNTAX, "a number of bits, 1 to 8");
        }
        next(p);
    }
    *spare = 8 - (unsigned)otpi_small(size);
    otpi_text_char(bytes, (char)(uint8_t)(otpi_small(value) << *spare));
    return OTP_OK;
}

static otp_err segments(parser *p, otpi_text *bytes, unsigned *spare) {
    next(p);
    if (p->token.kind == OTPI_TOKEN_CLOSE_BITS) {
        return OTP_OK;
    }
    for (;;) {
        otp_err err;
        if (p->token.kind == OTPI_TOKEN_STRING) {
            err = text_segment(p, bytes);
        } else if (p->token.kind == OTPI_TOKEN_INTEGER || p->token.kind == OTPI_TOKEN_CHAR) {
            err = byte_segment(p, bytes, spare);
        } else {
            err = fail(p, OTP_ESYNTAX, "a byte, \"text\" or >>");
        }
        if (err || p->token.kind == OTPI_TOKEN_CLOSE_BITS) {
            return err;
        }
        if (p->token.kind != OTPI_TOKEN_COMMA || *spare != 0) {
            return fail(p, OTP_ESYNTAX, *spare ? ">> after part of a byte" : ", or >>");
        }
        next(p);
    }
}

static otp_err binary(parser *p, otp_term *out) {
    otpi_text bytes;
    unsigned spare = 0;
    otpi_text_init(&bytes, &otpi_heap_allocator);
    otp_err err = segments(p, &bytes, &spare);
    if (err == OTP_OK) {
        *out = bytes.failed ? OTP_NONE
                            : otpi_make_bits((const uint8_t *)bytes.data, bytes.length * 8 - spare);
        err = otp_is_none(*out) ? no_memory(p) : OTP_OK;
    }
    otpi_text_fini(&bytes);
    return err;
}

/* ---- Containers ---- */

static otp_err open_container(parser *p, unsigned what) {
    size_t depth_max = p->source->depth_max ? p->source->depth_max : OTPI_PARSE_DEPTH_MAX;
    if (p->open.count >= depth_max) {
        return fail(p, OTP_EDEPTH, "less nesting");
    }
    otpi_frame frame = {.left = p->count, .note = what};
    return otpi_frames_push(&p->open, frame) ? OTP_OK : no_memory(p);
}

static otp_term build_container(parser *p, const otpi_frame *frame) {
    const otp_term *values = p->values + frame->left;
    size_t n = p->count - frame->left;
    switch (frame->note) {
    case OPEN_TUPLE: return otpi_make_tuple(n, values);
    case OPEN_LIST: return otpi_make_list(n, values, otp_nil());
    case OPEN_TAIL: return otpi_make_list(n - 1, values, values[n - 1]);
    default: return otpi_make_map(n / 2, values);
    }
}

static otp_err close_container(parser *p) {
    otpi_frame frame = *otpi_frames_top(&p->open);
    otp_term made = build_container(p, &frame);
    if (otp_is_none(made)) {
        return no_memory(p);
    }
    size_t pairs = (p->count - frame.left) / 2;
    if (frame.note >= OPEN_KEY && p->source->keys_differ && otp_map_size(made) != pairs) {
        return fail(p, OTP_ESYNTAX, "keys that differ");
    }
    p->count = frame.left;
    p->open.count--;
    return push_value(p, made);
}

/* What may follow a finished value inside each open container. */
static otp_err after_value(parser *p, bool *wants_value) {
    otpi_frame *top = otpi_frames_top(&p->open);
    otpi_token_kind kind = p->token.kind;
    static const char *const expected[] = {
        [OPEN_TUPLE] = ", or }", [OPEN_LIST] = ", or | or ]", [OPEN_TAIL] = "]",
        [OPEN_KEY] = "=> or :=", [OPEN_VALUE] = ", or }",
    };
    bool list = top->note == OPEN_LIST || top->note == OPEN_TAIL;
    otpi_token_kind closer = list ? OTPI_TOKEN_CLOSE_LIST : OTPI_TOKEN_CLOSE_BRACE;
    if (kind == closer && top->note != OPEN_KEY) {
        next(p);
        return close_container(p);
    }
    *wants_value = true;
    if (kind == OTPI_TOKEN_ARROW && top->note == OPEN_KEY) {
        top->note = OPEN_VALUE;
    } else if (kind == OTPI_TOKEN_BAR && top->note == OPEN_LIST) {
        top->note = OPEN_TAIL;
    } else if (kind == OTPI_TOKEN_COMMA && top->note != OPEN_TAIL && top->note != OPEN_KEY) {
        top->note = top->note == OPEN_VALUE ? OPEN_KEY : top->note;
    } else {
        return fail(p, OTP_ESYNTAX, expected[top->note]);
    }
    next(p);
    return OTP_OK;
}

static bool closes_empty(parser *p) {
    if (p->open.count == 0) {
        return false;
    }
    const otpi_frame *top = otpi_frames_top(&p->open);
    if (p->count != top->left || top->note == OPEN_TAIL || top->note == OPEN_VALUE) {
        return false;
    }
    return p->token.kind ==
           (top->note == OPEN_LIST ? OTPI_TOKEN_CLOSE_LIST : OTPI_TOKEN_CLOSE_BRACE);
}

/* ---- The whole text ---- */

static otp_err hole(parser *p, otp_term *out) {
    if (p->source->hole == NULL) {
        return fail(p, OTP_ESYNTAX, "a term; holes are for patterns");
    }
    const char *expected = "another hole";
    otp_err err = p->source->hole(p->source->context, p->token.letter, out, &expected);
    return err ? fail(p, err, expected) : OTP_OK;
}

static otp_err scalar(parser *p, otp_term *out) {
    switch (p->token.kind) {
    case OTPI_TOKEN_INTEGER:
    case OTPI_TOKEN_FLOAT: return number(p, out);
    case OTPI_TOKEN_CHAR: return char_literal(p, out);
    case OTPI_TOKEN_ATOM: return atom(p, out);
    case OTPI_TOKEN_QUOTED_ATOM: return quoted_atom(p, out);
    case OTPI_TOKEN_STRING: return string_list(p, out);
    case OTPI_TOKEN_HOLE: return hole(p, out);
    case OTPI_TOKEN_PID: return pid_or_port(p, true, out);
    case OTPI_TOKEN_PORT: return pid_or_port(p, false, out);
    case OTPI_TOKEN_REF: return reference(p, out);
    case OTPI_TOKEN_OPEN_BITS: return binary(p, out);
    default: return fail(p, OTP_ESYNTAX, "a term");
    }
}

/* Reads a scalar, or opens a container; *wants_value: inside of it another value is due. */
static otp_err value(parser *p, bool *wants_value) {
    otp_err err;
    otp_term made = OTP_NONE;
    *wants_value = true;
    if (closes_empty(p)) {
        *wants_value = false;
        next(p);
        return close_container(p);
    }
    switch (p->token.kind) {
    case OTPI_TOKEN_OPEN_TUPLE: err = open_container(p, OPEN_TUPLE); break;
    case OTPI_TOKEN_OPEN_LIST: err = open_container(p, OPEN_LIST); break;
    case OTPI_TOKEN_OPEN_MAP: err = open_container(p, OPEN_KEY); break;
    default:
        *wants_value = false;
        err = scalar(p, &made);
        err = err ? err : push_value(p, made);
        break;
    }
    if (err == OTP_OK) {
        next(p);
    }
    return err;
}

static otp_err whole_text(parser *p) {
    bool wants_value = true;
    next(p);
    for (;;) {
        otp_err err;
        if (wants_value) {
            err = value(p, &wants_value);
        } else if (p->open.count > 0) {
            err = after_value(p, &wants_value);
        } else {
            break;
        }
        if (err) {
            return err;
        }
    }
    if (p->token.kind == OTPI_TOKEN_STOP) {
        next(p);
    }
    return p->token.kind == OTPI_TOKEN_END ? OTP_OK
                                           : fail(p, OTP_ESYNTAX, "the end after one term");
}

static void locate(const parser *p, otp_parse_error *error) {
    if (error == NULL) {
        return;
    }
    size_t at = p->error_at < p->lexer.size ? p->error_at : p->lexer.size;
    *error = (otp_parse_error){.offset = at, .line = 1, .column = 1, .expected = p->expected};
    for (size_t i = 0; i < at; i++) {
        char c = p->lexer.text[i];
        error->line += c == '\n';
        error->column = c == '\n' ? 1 : error->column + ((c & 0xc0) != 0x80);
    }
}

otp_err otpi_parse(const otpi_parse_source *source, otp_term *out, otp_parse_error *error) {
    parser p;
    p.source = source;
    p.lexer = (otpi_lexer){source->text, source->size, 0};
    p.values = p.first;
    p.count = 0;
    p.capacity = VALUES_INLINE;
    otpi_frames_init(&p.open);
    otp_scope mark = otpi_scope_mark();
    otp_err err = whole_text(&p);
    if (err == OTP_OK) {
        *out = p.values[0];
    } else {
        otpi_scope_rollback(mark);
        locate(&p, error);
    }
    otpi_frames_fini(&p.open);
    if (p.values != p.first) {
        otpi_free(p.values);
    }
    return err;
}

otp_err otp_parse(const char *text, otp_term *out, otp_parse_error *error) {
    otpi_parse_source source = {.text = text, .size = strlen(text)};
    return otpi_parse(&source, out, error);
}

/* ---- Terms from the program's text ---- */

typedef struct arguments {
    va_list list;
} arguments;

static otp_err fill_hole(void *context, char letter, otp_term *out, const char **expected) {
    arguments *a = context;
    switch (letter) {
    case 'w': *out = va_arg(a->list, otp_term); break;
    case 'i': *out = otpi_make_int(va_arg(a->list, int64_t)); break;
    case 's': {
        const char *text = va_arg(a->list, const char *);
        *out = otpi_make_binary(text, strlen(text));
        break;
    }
    default: *expected = "one of ~w ~i ~s"; return OTP_EBADARG;
    }
    return otp_is_none(*out) ? OTP_ENOMEM : OTP_OK;
}

otp_term otp_term_of(const char *text, ...) {
    arguments a;
    otp_parse_error error = {0};
    otp_term term = OTP_NONE;
    otpi_parse_source source = {
        .text = text, .size = strlen(text), .own_atoms = true, .hole = fill_hole, .context = &a};
    va_start(a.list, text);
    otp_err err = otpi_parse(&source, &term, &error);
    va_end(a.list);
    if (err == OTP_ENOMEM) {
        return otpi_made_nothing("otp_term_of");
    }
    if (err != OTP_OK) {
        otpi_terms.bad_argument("otp_term_of", error.expected);
        return OTP_NONE;
    }
    return term;
}
