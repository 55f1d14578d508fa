/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing single code points; see utf8.h.
 */
#include "term/utf8.h"

static size_t sequence_size(uint8_t first) {
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return 2;
    }
    if (first >= 0xe0 && first <= 0xef) {
        return 3;
    }
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

size_t otpi_utf8_read(const uint8_t *text, size_t size, uint32_t *code) {
    if (size == 0) {
        return 0;
    }
    size_t n = sequence_size(text[0]);
    if (n <= 1) {
        *code = text[0];
        return n;
    }
    if (n > size) {
        return 0;
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t value = text[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | (text[i] & 0x3fu);
    }
    if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
        return 0;
    }
    *code = value;
    return n;
}

size_t otpi_utf8_write(uint32_t code, char out[4]) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return 0;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (char)((0xf00u >> n & 0xf0) | code);
    return n;
}

size_t otpi_utf8_count(const uint8_t *text, size_t size) {
    size_t count = 0;
    while (size > 0) {
        uint32_t code;
        size_t n = otpi_utf8_read(text, size, &code);
        if (n == 0) {
            return SIZE_MAX;
        }
        text += n;
        size -= n;
        count++;
    }
    return count;
}

bool otpi_utf8_printable(uint32_t code) {
    if (code < 0x20) {
        return (code >= 8 && code <= 13) || code == 27;
    }
    return code <= 0x7e || (code >= 0xa0 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd) ||
           (code >= 0x10000 && code <= 0x10ffff);
}
