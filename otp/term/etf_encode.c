/* SPDX-License-Identifier: MIT */
/*
 * Terms to bytes in the external term format, as term_to_binary of Erlang/OTP 26 and later writes
 * them (atoms in UTF-8). One pass: bytes beyond the buffer are only counted.
 */
#include "term/etf.h"

#include "term/atom.h"
#include "term/big.h"
#include "term/binary.h"
#include "term/frames.h"
#include "term/pid.h"

#include <string.h>

typedef struct writer {
    uint8_t *buffer;
    size_t size;
    size_t length;
} writer;

static void put(writer *w, const void *bytes, size_t size) {
    if (OTPI_LIKELY(w->length + size <= w->size)) {
        memcpy(w->buffer + w->length, bytes, size);
    }
    w->length += size;
}

static void put8(writer *w, unsigned value) {
    if (OTPI_LIKELY(w->length < w->size)) {
        w->buffer[w->length] = (uint8_t)value;
    }
    w->length++;
}

static void put16(writer *w, unsigned value) {
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    put(w, bytes, sizeof bytes);
}

static void put32(writer *w, uint64_t value) {
    uint32_t big_endian = __builtin_bswap32((uint32_t)value);
    put(w, &big_endian, sizeof big_endian);
}

static void put64(writer *w, uint64_t value) {
    uint64_t big_endian = __builtin_bswap64(value);
    put(w, &big_endian, sizeof big_endian);
}

/* ---- Leaves ---- */

static void put_name(writer *w, const char *text, size_t length) {
    if (length < 256) {
        put8(w, OTPI_ETF_SMALL_ATOM_UTF8);
        put8(w, (unsigned)length);
    } else {
        put8(w, OTPI_ETF_ATOM_UTF8);
        put16(w, (unsigned)length);
    }
    put(w, text, length);
}

/* The node's name; returns its creation. A node the world no longer knows gets no name. */
static uint32_t put_node(writer *w, uint32_t slot) {
    uint32_t creation = 0;
    const char *name = otpi_terms.node_name(slot, &creation);
    name = name ? name : "";
    put_name(w, name, strlen(name));
    return creation;
}

static otp_err put_big(writer *w, otp_term term) {
    uint64_t room;
    otpi_big big = {0};
    otpi_big_view(term, &room, &big);
    size_t size = otpi_big_bytes(big);
    if (size < 256) {
        put8(w, OTPI_ETF_SMALL_BIG);
        put8(w, (unsigned)size);
    } else {
        put8(w, OTPI_ETF_LARGE_BIG);
        put32(w, size);
    }
    put8(w, big.negative);
    for (size_t i = 0; i < size; i++) {
        put8(w, (unsigned)(big.limb[i / 8] >> i % 8 * 8) & 0xff);
    }
    return OTP_OK;
}

static otp_err put_integer(writer *w, otp_term term) {
    if (!otpi_is_small(term)) {
        return put_big(w, term);
    }
    int64_t value = otpi_small(term);
    if (value >= 0 && value < 256) {
        put8(w, OTPI_ETF_SMALL_INTEGER);
        put8(w, (unsigned)value);
    } else if (value >= INT32_MIN && value <= INT32_MAX) {
        put8(w, OTPI_ETF_INTEGER);
        put32(w, (uint64_t)value);
    } else {
        return put_big(w, term);
    }
    return OTP_OK;
}

static otp_err put_bits(writer *w, otp_term term) {
    const uint8_t *bytes = NULL;
    size_t bits = 0;
    otpi_bits_of(term, &bytes, &bits);
    size_t size = otpi_bytes_of_bits(bits);
    if (size > UINT32_MAX) {
        return OTP_ESIZE;
    }
    put8(w, bits % 8 ? OTPI_ETF_BIT_BINARY : OTPI_ETF_BINARY);
    put32(w, size);
    if (bits % 8 != 0) {
        put8(w, bits % 8);
    }
    put(w, bytes, size);
    return OTP_OK;
}

static otp_err put_pid(writer *w, otp_term term) {
    otpi_address pid = otpi_pid_address((otp_pid){term.word});
    put8(w, OTPI_ETF_NEW_PID);
    uint32_t creation = put_node(w, pid.node);
    put32(w, pid.id);
    put32(w, pid.serial);
    put32(w, creation);
    return OTP_OK;
}

static otp_err put_port(writer *w, otp_term term) {
    otpi_address port = otpi_port_address(term);
    bool narrow = port.id >> OTPI_PID_INDEX_BITS == 0;
    put8(w, narrow ? OTPI_ETF_NEW_PORT : OTPI_ETF_V4_PORT);
    uint32_t creation = put_node(w, port.node);
    if (narrow) {
        put32(w, port.id);
    } else {
        put64(w, port.id);
    }
    put32(w, creation);
    return OTP_OK;
}

static otp_err put_reference(writer *w, otp_ref ref) {
    uint32_t numbers[OTPI_REF_NUMBERS_MAX];
    size_t count = otpi_ref_numbers(ref, numbers);
    put8(w, OTPI_ETF_NEWER_REFERENCE);
    put16(w, (unsigned)count);
    put32(w, put_node(w, otpi_ref_node(ref)));
    for (size_t i = 0; i < count; i++) {
        put32(w, numbers[i]);
    }
    return OTP_OK;
}

static otp_err put_box(writer *w, otp_term term) {
    const uint8_t *bytes = NULL;
    size_t size = 0;
    otp_ref ref;
    switch (otp_kind_of(term)) {
    case OTP_KIND_INTEGER: return put_integer(w, term);
    case OTP_KIND_FLOAT:
        put8(w, OTPI_ETF_NEW_FLOAT);
        put64(w, otpi_box(term)[1]);
        return OTP_OK;
    case OTP_KIND_REFERENCE: return otp_get_ref(term, &ref) ? put_reference(w, ref) : OTP_EBADARG;
    case OTP_KIND_RESOURCE: return put_reference(w, otpi_resource_ref(term));
    case OTP_KIND_FUN:
        otpi_opaque_of(term, &bytes, &size);
        put(w, bytes, size);
        return OTP_OK;
    default: return put_bits(w, term);
    }
}

static otp_err put_immediate(writer *w, otp_term term) {
    if (otp_is_atom(term)) {
        const otpi_atom *atom = otpi_atom_of(term);
        put_name(w, atom->text, atom->length);
        return OTP_OK;
    }
    if (otpi_is_small(term)) {
        return put_integer(w, term);
    }
    if (otp_is_nil(term)) {
        put8(w, OTPI_ETF_NIL);
        return OTP_OK;
    }
    if (otpi_is_pid(term)) {
        return put_pid(w, term);
    }
    return otpi_is_port(term) ? put_port(w, term) : OTP_EBADARG;
}

/* ---- Containers ---- */

enum { IN_TUPLE, IN_LIST, IN_MAP };

/* A list of bytes is written as a string. */
static bool put_string(writer *w, otp_term list, size_t length) {
    if (length > UINT16_MAX) {
        return false;
    }
    for (otp_term at = list; otpi_is_cell(at); at.word = otpi_cell(at)[1]) {
        if (!otpi_is_small(otp_head(at)) || otp_head(at).word >> 4 > 255) {
            return false;
        }
    }
    put8(w, OTPI_ETF_STRING);
    put16(w, (unsigned)length);
    for (otp_term at = list; otpi_is_cell(at); at.word = otpi_cell(at)[1]) {
        put8(w, (unsigned)otpi_small(otp_head(at)));
    }
    return true;
}

static size_t count_cells(otp_term list, bool *proper) {
    size_t length = 0;
    for (; otpi_is_cell(list); list.word = otpi_cell(list)[1]) {
        length++;
    }
    *proper = otp_is_nil(list);
    return length;
}

static otp_err begin_list(writer *w, otp_term list, otpi_frame *frame) {
    bool proper;
    size_t length = count_cells(list, &proper);
    if (proper && put_string(w, list, length)) {
        return OTP_OK;
    }
    if (length > UINT32_MAX) {
        return OTP_ESIZE;
    }
    put8(w, OTPI_ETF_LIST);
    put32(w, length);
    *frame = (otpi_frame){.a = otpi_cell(list), .left = length + 1, .note = IN_LIST};
    return OTP_OK;
}

static otp_err begin_tuple(writer *w, const uint64_t *box, otpi_frame *frame) {
    size_t n = otpi_header_words(box[0]);
    if (n > UINT32_MAX) {
        return OTP_ESIZE;
    }
    if (n < 256) {
        put8(w, OTPI_ETF_SMALL_TUPLE);
        put8(w, (unsigned)n);
    } else {
        put8(w, OTPI_ETF_LARGE_TUPLE);
        put32(w, n);
    }
    *frame = (otpi_frame){.a = box + 1, .left = n, .note = IN_TUPLE};
    return OTP_OK;
}

static otp_err begin_map(writer *w, const uint64_t *box, otpi_frame *frame) {
    size_t n = otpi_header_words(box[0]);
    if (n / 2 > UINT32_MAX) {
        return OTP_ESIZE;
    }
    put8(w, OTPI_ETF_MAP);
    put32(w, n / 2);
    *frame = (otpi_frame){.a = box + 1, .b = box + 1 + n / 2, .left = n, .note = IN_MAP};
    return OTP_OK;
}

/* Writes a leaf or the beginning of a container, which is pushed. */
static otp_err begin(writer *w, otpi_frames *frames, otp_term term) {
    otpi_frame frame = {.left = 0};
    otp_err err;
    if (otpi_is_immediate(term)) {
        return put_immediate(w, term);
    }
    if (otp_is_none(term)) {
        return OTP_EBADARG;
    }
    if (otpi_is_cell(term)) {
        err = begin_list(w, term, &frame);
    } else if (otpi_header_tag(otpi_box(term)[0]) == OTPI_BOXED_TUPLE) {
        err = begin_tuple(w, otpi_box(term), &frame);
    } else if (otpi_header_tag(otpi_box(term)[0]) == OTPI_BOXED_MAP) {
        err = begin_map(w, otpi_box(term), &frame);
    } else {
        return put_box(w, term);
    }
    if (err == OTP_OK && frame.left > 0 && !otpi_frames_push(frames, frame)) {
        return OTP_ENOMEM;
    }
    return err;
}

static otp_term next_of(otpi_frame *frame) {
    otp_term next;
    frame->left--;
    if (frame->note == IN_LIST) {
        next.word = frame->a[0];
        if (frame->left > 0) {
            otp_term tail = {frame->a[1]};
            frame->a = frame->left > 1 ? otpi_cell(tail) : frame->a + 1;
        }
    } else if (frame->note == IN_MAP && frame->left % 2 == 0) {
        next.word = *frame->b++;
    } else {
        next.word = *frame->a++;
    }
    return next;
}

static otp_err put_term(writer *w, otpi_frames *frames, otp_term term) {
    otp_err err = begin(w, frames, term);
    while (err == OTP_OK && frames->count > 0) {
        otpi_frame *top = otpi_frames_top(frames);
        term = next_of(top);
        frames->count -= top->left == 0;
        err = begin(w, frames, term);
    }
    return err;
}

static otp_err encode(writer *w, otp_term term, size_t *size) {
    otpi_frames frames;
    otpi_frames_init(&frames);
    otp_err err = put_term(w, &frames, term);
    otpi_frames_fini(&frames);
    if (err == OTP_OK) {
        *size = w->length;
        err = w->length > w->size ? OTP_ESIZE : OTP_OK;
    }
    return err;
}

otp_err otpi_etf_encode_bare(otp_term term, uint8_t *buffer, size_t *size) {
    writer w = {buffer, buffer ? *size : 0, 0};
    return encode(&w, term, size);
}

otp_err otp_etf_encode(otp_term term, uint8_t *buffer, size_t *size) {
    writer w = {buffer, buffer ? *size : 0, 0};
    put8(&w, OTPI_ETF_VERSION);
    return encode(&w, term, size);
}
