/* SPDX-License-Identifier: MIT */
/*
 * Terms as text in Erlang syntax: what otp_parse reads back. Lists of printable characters print as
 * "text", binaries of printable UTF-8 as <<"text">>. A walk with an explicit stack.
 */
#include "term/print.h"

#include "term/atom.h"
#include "term/big.h"
#include "term/binary.h"
#include "term/float.h"
#include "term/frames.h"
#include "term/pid.h"
#include "term/utf8.h"

#include <string.h>

/* ---- The sink ---- */

void otpi_sink_put(otpi_sink *sink, const char *text, size_t size) {
    if (sink->length < sink->size) {
        size_t room = sink->size - sink->length;
        memcpy(sink->buffer + sink->length, text, size < room ? size : room);
    }
    sink->length += size;
}

void otpi_sink_text(otpi_sink *sink, const char *text) {
    otpi_sink_put(sink, text, strlen(text));
}

void otpi_sink_u64(otpi_sink *sink, uint64_t value) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    otpi_sink_put(sink, digits + at, sizeof digits - at);
}

static void put_to_sink(void *sink, const char *text, size_t size) {
    otpi_sink_put(sink, text, size);
}

/* ---- Atoms and quoted text ---- */

static bool is_lower(uint32_t code) {
    return (code >= 'a' && code <= 'z') || (code >= 0xdf && code <= 0xff && code != 0xf7);
}

static bool is_name_char(uint32_t code) {
    return is_lower(code) || (code >= 'A' && code <= 'Z') || (code >= '0' && code <= '9') ||
           code == '_' || code == '@' || (code >= 0xc0 && code <= 0xde && code != 0xd7);
}

static bool is_reserved(const char *text, size_t length) {
    static const char words[] = " after and andalso band begin bnot bor bsl bsr bxor case catch "
                                "cond div end fun if let not "
                                "of or orelse receive rem try when xor ";
    char padded[16];
    if (length > 8) {
        return false;
    }
    padded[0] = ' ';
    memcpy(padded + 1, text, length);
    padded[length + 1] = ' ';
    padded[length + 2] = '\0';
    return strstr(words, padded) != NULL;
}

static bool is_bare(const char *text, size_t length) {
    const uint8_t *at = (const uint8_t *)text;
    const uint8_t *end = at + length;
    bool bare = length > 0;
    for (bool first = true; at < end && bare; first = false) {
        uint32_t code = 0;
        size_t n = otpi_utf8_read(at, (size_t)(end - at), &code);
        bare = n > 0 && (first ? is_lower(code) : is_name_char(code));
        at += n;
    }
    return bare && !is_reserved(text, length);
}

void otpi_print_quoted(otpi_sink *sink, uint32_t code, char quote) {
    static const char letters[] = "\bb\tt\nn\vv\ff\rr\033e\177d";
    char text[4];
    const char *letter = code != 0 && code < 0x80 ? strchr(letters, (char)code) : NULL;
    if (code == (uint32_t)quote || code == '\\') {
        text[0] = '\\';
        text[1] = (char)code;
        otpi_sink_put(sink, text, 2);
    } else if (letter != NULL && (letter - letters) % 2 == 0) {
        text[0] = '\\';
        text[1] = letter[1];
        otpi_sink_put(sink, text, 2);
    } else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
        text[0] = '\\';
        text[1] = (char)('0' + (code >> 6));
        text[2] = (char)('0' + (code >> 3 & 7));
        text[3] = (char)('0' + (code & 7));
        otpi_sink_put(sink, text, 4);
    } else {
        otpi_sink_put(sink, text, otpi_utf8_write(code, text));
    }
}

static void print_text(otpi_sink *sink, const uint8_t *text, size_t size, char quote) {
    otpi_sink_put(sink, &quote, 1);
    for (const uint8_t *at = text; at < text + size;) {
        uint32_t code = 0;
        at += otpi_utf8_read(at, (size_t)(text + size - at), &code);
        otpi_print_quoted(sink, code, quote);
    }
    otpi_sink_put(sink, &quote, 1);
}

void otpi_print_atom(otpi_sink *sink, const char *text, size_t length) {
    if (is_bare(text, length)) {
        otpi_sink_put(sink, text, length);
    } else {
        print_text(sink, (const uint8_t *)text, length, '\'');
    }
}

/* ---- Leaves ---- */

static bool is_printable(const uint8_t *text, size_t size) {
    for (const uint8_t *at = text; at < text + size;) {
        uint32_t code = 0;
        size_t n = otpi_utf8_read(at, (size_t)(text + size - at), &code);
        if (n == 0 || !otpi_utf8_printable(code)) {
            return false;
        }
        at += n;
    }
    return true;
}

static void print_bits(otpi_sink *sink, otp_term term) {
    const uint8_t *bytes = NULL;
    size_t bits = 0;
    otpi_bits_of(term, &bytes, &bits);
    otpi_sink_text(sink, "<<");
    if (bits > 0 && bits % 8 == 0 && is_printable(bytes, bits / 8)) {
        print_text(sink, bytes, bits / 8, '"');
    } else {
        for (size_t i = 0; i < bits / 8; i++) {
            otpi_sink_put(sink, ",", i > 0);
            otpi_sink_u64(sink, bytes[i]);
        }
        if (bits % 8 != 0) {
            otpi_sink_put(sink, ",", bits > 8);
            otpi_sink_u64(sink, (uint64_t)bytes[bits / 8] >> (8 - bits % 8));
            otpi_sink_put(sink, ":", 1);
            otpi_sink_u64(sink, bits % 8);
        }
    }
    otpi_sink_text(sink, ">>");
}

static void print_integer(otpi_sink *sink, otp_term term) {
    uint64_t room;
    otpi_big big = {0};
    otpi_big_view(term, &room, &big);
    otpi_sink_put(sink, "-", big.negative);
    if (big.n <= 1) {
        otpi_sink_u64(sink, big.n ? big.limb[0] : 0);
    } else {
        otpi_big_print(big, put_to_sink, sink);
    }
}

static void print_float(otpi_sink *sink, otp_term term) {
    char text[OTPI_FLOAT_TEXT_MAX];
    double value = 0;
    otp_get_float(term, &value);
    otpi_sink_put(sink, text, otpi_float_print(value, text));
}

static void print_pid(otpi_sink *sink, otp_term term) {
    otpi_address pid = otpi_pid_address((otp_pid){term.word});
    otpi_sink_put(sink, "<", 1);
    otpi_sink_u64(sink, otpi_node_printed(pid.node));
    otpi_sink_put(sink, ".", 1);
    otpi_sink_u64(sink, pid.id);
    otpi_sink_put(sink, ".", 1);
    otpi_sink_u64(sink, pid.serial);
    otpi_sink_put(sink, ">", 1);
}

static void print_port(otpi_sink *sink, otp_term term) {
    otpi_address port = otpi_port_address(term);
    otpi_sink_text(sink, "#Port<");
    otpi_sink_u64(sink, otpi_node_printed(port.node));
    otpi_sink_put(sink, ".", 1);
    otpi_sink_u64(sink, port.id);
    otpi_sink_put(sink, ">", 1);
}

static void print_ref(otpi_sink *sink, const uint64_t *words) {
    otp_ref ref;
    uint32_t numbers[OTPI_REF_NUMBERS_MAX];
    memcpy(&ref, words, sizeof ref);
    size_t count = otpi_ref_numbers(ref, numbers);
    otpi_sink_text(sink, "#Ref<");
    otpi_sink_u64(sink, otpi_node_printed(otpi_ref_node(ref)));
    for (size_t i = count; i-- > 0;) {
        otpi_sink_put(sink, ".", 1);
        otpi_sink_u64(sink, numbers[i]);
    }
    otpi_sink_put(sink, ">", 1);
}

static void print_leaf(otpi_sink *sink, otp_term term) {
    const uint8_t *encoding = NULL;
    size_t size = 0;
    switch (otp_kind_of(term)) {
    case OTP_KIND_INTEGER: print_integer(sink, term); return;
    case OTP_KIND_FLOAT: print_float(sink, term); return;
    case OTP_KIND_ATOM: otpi_print_atom(sink, otp_atom_text(term), otp_atom_length(term)); return;
    case OTP_KIND_BINARY: print_bits(sink, term); return;
    case OTP_KIND_PID: print_pid(sink, term); return;
    case OTP_KIND_PORT: print_port(sink, term); return;
    case OTP_KIND_REFERENCE: print_ref(sink, otpi_ref_words(term)); return;
    case OTP_KIND_RESOURCE: print_ref(sink, otpi_resource_ref(term).word); return;
    case OTP_KIND_FUN:
        otpi_opaque_of(term, &encoding, &size);
        otpi_print_fun(sink, encoding, size);
        return;
    case OTP_KIND_NIL: otpi_sink_text(sink, "[]"); return;
    case OTP_KIND_NONE:
    case OTP_KIND_TUPLE:
    case OTP_KIND_LIST:
    case OTP_KIND_MAP: break;
    }
    otpi_sink_text(sink, "#None"); /* OTP_NONE: no term at all */
}

/* ---- Containers ---- */

/* note of a frame: what it is, and whether something was printed in it. */
enum { IN_TUPLE, IN_MAP, IN_LIST, IN_LIST_TAIL, KIND_BITS = 7, BEGUN = 8 };

/* A proper list of printable characters: its cells are counted nowhere, so this looks at them all.
 */
static bool print_string(otpi_sink *sink, otp_term list) {
    otp_term at = list;
    for (; otpi_is_cell(at); at.word = otpi_cell(at)[1]) {
        otp_term head = otp_head(at);
        if (!otpi_is_small(head) || head.word >> 4 > 0x10ffff ||
            !otpi_utf8_printable((uint32_t)otpi_small(head))) {
            return false;
        }
    }
    if (!otp_is_nil(at)) {
        return false;
    }
    otpi_sink_put(sink, "\"", 1);
    for (at = list; otpi_is_cell(at); at.word = otpi_cell(at)[1]) {
        otpi_print_quoted(sink, (uint32_t)otpi_small(otp_head(at)), '"');
    }
    otpi_sink_put(sink, "\"", 1);
    return true;
}

/* Prints a leaf, or the beginning of a container and pushes it. */
static void begin(otpi_sink *sink, otpi_frames *frames, otp_term term) {
    otpi_frame frame = {.note = IN_TUPLE};
    const char *opener = "{";
    if (otpi_is_cell(term)) {
        if (print_string(sink, term)) {
            return;
        }
        frame = (otpi_frame){.a = otpi_cell(term), .note = IN_LIST};
        opener = "[";
    } else if (otpi_box_of(term, OTPI_BOXED_TUPLE) != NULL) {
        frame.a = otpi_box(term) + 1;
        frame.left = otpi_header_words(frame.a[-1]);
    } else if (otpi_box_of(term, OTPI_BOXED_MAP) != NULL) {
        frame.a = otpi_box(term) + 1;
        frame.left = otpi_header_words(frame.a[-1]);
        frame.b = frame.a + frame.left / 2;
        frame.note = IN_MAP;
        opener = "#{";
    } else {
        print_leaf(sink, term);
        return;
    }
    bool pushed = otpi_frames_push(frames, frame);
    otpi_sink_text(sink, pushed ? opener : "..."); /* no memory for what is nested this deep */
}

static bool next_of_list(otpi_sink *sink, otpi_frame *frame, otp_term *next) {
    if (frame->a == NULL) {
        return false;
    }
    if ((frame->note & KIND_BITS) == IN_LIST_TAIL) {
        otpi_sink_put(sink, "|", 1);
        next->word = *frame->a;
        frame->a = NULL;
        return true;
    }
    otpi_sink_put(sink, ",", (frame->note & BEGUN) != 0);
    otp_term tail = {frame->a[1]};
    next->word = frame->a[0];
    frame->note |= BEGUN;
    if (otpi_is_cell(tail)) {
        frame->a = otpi_cell(tail);
    } else {
        frame->a = otp_is_nil(tail) ? NULL : frame->a + 1;
        frame->note = IN_LIST_TAIL;
    }
    return true;
}

/* What comes next inside the frame, after its separator; false when nothing does. */
static bool next_of(otpi_sink *sink, otpi_frame *frame, otp_term *next) {
    if ((frame->note & KIND_BITS) >= IN_LIST) {
        return next_of_list(sink, frame, next);
    }
    if (frame->left == 0) {
        return false;
    }
    bool value = (frame->note & KIND_BITS) == IN_MAP && frame->left % 2 == 1;
    if (value) {
        otpi_sink_text(sink, " => ");
    } else {
        otpi_sink_put(sink, ",", (frame->note & BEGUN) != 0);
    }
    next->word = value ? *frame->b++ : *frame->a++;
    frame->note |= BEGUN;
    frame->left--;
    return true;
}

static void print_all(otpi_sink *sink, otpi_frames *frames, otp_term term) {
    begin(sink, frames, term);
    while (frames->count > 0) {
        otpi_frame *top = otpi_frames_top(frames);
        if (next_of(sink, top, &term)) {
            begin(sink, frames, term);
        } else {
            otpi_sink_text(sink, (top->note & KIND_BITS) >= IN_LIST ? "]" : "}");
            frames->count--;
        }
    }
}

size_t otp_print(otp_term term, char *buffer, size_t size) {
    otpi_sink sink = {buffer, size > 0 ? size - 1 : 0, 0};
    otpi_frames frames;
    otpi_frames_init(&frames);
    print_all(&sink, &frames, term);
    otpi_frames_fini(&frames);
    if (size > 0) {
        buffer[sink.length < size - 1 ? sink.length : size - 1] = '\0';
    }
    return sink.length;
}

const char *otp_show(otp_term term) {
    char near[256];
    size_t length = otp_print(term, near, sizeof near);
    char *text = (char *)otpi_scope_try(length / 8 + 1);
    if (text == NULL) {
        return "(out of memory)";
    }
    if (length < sizeof near) {
        memcpy(text, near, length + 1);
    } else {
        otp_print(term, text, length + 1);
    }
    return text;
}

void otpi_print_cut(otp_term term, char *out, size_t size) {
    if (otp_print(term, out, size) >= size) {
        memset(out + size - 4, '.', 3);
    }
}
