/* SPDX-License-Identifier: MIT */
/*
 * Building binaries and reading them; see binary.h.
 */
#include "term/binary.h"

#include "term/box.h"
#include "term/build.h"
#include "term/utf8.h"

#include <string.h>

enum { BITS = 1, BYTES = 2 }; /* the words of an inline binary */

static otp_term make_inline(otpi_boxed_tag tag, const uint8_t *bytes, size_t bits) {
    size_t size = otpi_bytes_of_bits(bits);
    size_t words = otpi_words_of_bytes(size);
    uint64_t *box = otpi_scope_try(BYTES + words);
    if (box == NULL) {
        return OTP_NONE;
    }
    box[0] = otpi_header(tag, 1 + words);
    box[BITS] = bits;
    if (words > 0) {
        box[BYTES + words - 1] = 0; /* no stray bytes: runs must not differ in them */
        memcpy(&box[BYTES], bytes, size);
    }
    return otpi_box_term(box);
}

static otp_term make_shared(const uint8_t *bytes, size_t bits, uint8_t **data) {
    size_t size = otpi_bytes_of_bits(bits);
    uint64_t *box = otpi_scope_try(OTPI_SHARED_WORDS);
    otpi_shared_bytes *object = box ? otpi_shared_bytes_new(size) : NULL;
    if (object == NULL) {
        return OTP_NONE;
    }
    memcpy(object->data, bytes, size);
    *data = object->data;
    box[0] = otpi_header(OTPI_BOXED_SHARED, OTPI_SHARED_WORDS - 1);
    box[OTPI_SHARED_NEXT] = (uint64_t)(uintptr_t)otpi_scope_now->offheap;
    box[OTPI_SHARED_OBJECT] = (uint64_t)(uintptr_t)object;
    box[OTPI_SHARED_OFFSET] = 0;
    box[OTPI_SHARED_BITS] = bits;
    otpi_scope_now->offheap = box;
    return otpi_box_term(box);
}

otp_term otpi_make_bits(const uint8_t *bytes, size_t bits) {
    size_t size = otpi_bytes_of_bits(bits);
    uint8_t *data = NULL;
    otp_term term;
    if (size <= OTPI_BINARY_INLINE_MAX) {
        term = make_inline(OTPI_BOXED_BINARY, bytes, bits);
        data = otp_is_none(term) ? NULL : (uint8_t *)(uintptr_t)(otpi_box(term) + BYTES);
    } else {
        term = make_shared(bytes, bits, &data);
    }
    if (data != NULL && bits % 8 != 0) {
        data[size - 1] &= (uint8_t)(0xff00u >> bits % 8);
    }
    return term;
}

otp_term otpi_make_binary(const void *bytes, size_t size) {
    return size < OTPI_WORDS_UNKNOWN ? otpi_make_bits(bytes, size * 8) : OTP_NONE;
}

otp_term otpi_make_opaque(const uint8_t *encoding, size_t size) {
    return make_inline(OTPI_BOXED_OPAQUE, encoding, size * 8);
}

otp_term otp_binary(const void *bytes, size_t size) {
    return otpi_made(otpi_make_binary(bytes, size), "otp_binary");
}

otp_term otp_string(const char *utf8) {
    return otpi_made(otpi_make_binary(utf8, strlen(utf8)), "otp_string");
}

bool otpi_bits_of(otp_term term, const uint8_t **bytes, size_t *bits) {
    const uint64_t *box = otpi_box_of(term, OTPI_BOXED_BINARY);
    if (box != NULL) {
        *bytes = (const uint8_t *)(box + BYTES);
        *bits = box[BITS];
        return true;
    }
    box = otpi_box_of(term, OTPI_BOXED_SHARED);
    if (box == NULL) {
        return false;
    }
    const otpi_shared_bytes *object = (const otpi_shared_bytes *)(uintptr_t)box[OTPI_SHARED_OBJECT];
    *bytes = object->data + box[OTPI_SHARED_OFFSET];
    *bits = box[OTPI_SHARED_BITS];
    return true;
}

bool otpi_opaque_of(otp_term term, const uint8_t **encoding, size_t *size) {
    const uint64_t *box = otpi_box_of(term, OTPI_BOXED_OPAQUE);
    if (box == NULL) {
        return false;
    }
    *encoding = (const uint8_t *)(box + BYTES);
    *size = box[BITS] / 8;
    return true;
}

bool otp_get_binary(otp_term term, const uint8_t **bytes, size_t *size) {
    const uint8_t *found;
    size_t bits;
    if (!otpi_bits_of(term, &found, &bits) || bits % 8 != 0) {
        return false;
    }
    *bytes = found;
    *size = bits / 8;
    return true;
}

size_t otp_bit_size(otp_term term) {
    const uint8_t *bytes;
    size_t bits;
    return otpi_bits_of(term, &bytes, &bits) ? bits : SIZE_MAX;
}
