/* SPDX-License-Identifier: MIT */
/*
 * A case as a short text; see token.h.
 */
#include "supertester/property/token.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>

#define HEAD_FORMAT "1-%04x-%04x-"
enum { HEAD_SIZE = 12, HEAD_NAME_SIZE = 7 }; /* "1-abcd-1234-" */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static unsigned hash16(const void *bytes, size_t size) {
    return (unsigned)(otpi_hash_bytes(bytes, size, 0) & 0xffff);
}

/* Numbers near to 0 are short, whatever their sign. Five bits a digit, the sixth: more follow. */
static void write_number(otpi_text *out, int64_t value) {
    uint64_t left = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
    do {
        uint64_t more = left > 31;
        otpi_text_char(out, digits[(left & 31) | more << 5]);
        left >>= 5;
    } while (left > 0);
}

void sti_token_write(const sti_tape *tape, const char *name, otpi_text *out) {
    size_t start = out->length;
    otpi_text_format(out, HEAD_FORMAT, hash16(name, strlen(name)), 0U);
    size_t values = out->length;
    for (uint32_t i = 0; i < tape->count; i++) {
        if (sti_is_choice(&tape->entries[i])) {
            write_number(out, tape->entries[i].value);
        }
    }
    if (!out->failed) {
        char head[HEAD_SIZE + 1];
        snprintf(head, sizeof head, HEAD_FORMAT, hash16(name, strlen(name)),
                 hash16(out->data + values, out->length - values));
        memcpy(out->data + start, head, HEAD_SIZE);
    }
}

static bool read_number(const char **at, int64_t *value) {
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 65; shift += 5) {
        const char *digit = **at ? strchr(digits, **at) : NULL;
        if (!digit) {
            return false;
        }
        (*at)++;
        uint64_t bits = (uint64_t)(digit - digits);
        number |= (bits & 31) << shift;
        if ((bits & 32) == 0) {
            *value = (int64_t)(number >> 1 ^ (0 - (number & 1)));
            return true;
        }
    }
    return false;
}

const char *sti_token_read(const char *token, const char *name, st_choices *list) {
    const char *at = token + HEAD_SIZE;
    char head[HEAD_SIZE + 1];
    st_choices_simplest(list);
    list->untyped = true;
    if (strlen(token) < HEAD_SIZE || token[1] != '-') {
        return "that is not a replay token";
    }
    if (token[0] != '1') {
        return "the token is of another version of this library";
    }
    snprintf(head, sizeof head, HEAD_FORMAT, hash16(name, strlen(name)), hash16(at, strlen(at)));
    if (memcmp(token, head, HEAD_NAME_SIZE) != 0) {
        return "the token is of another property";
    }
    if (memcmp(token, head, HEAD_SIZE) != 0) {
        return "the token is not whole: a character was lost or changed";
    }
    while (*at) {
        sti_choice choice = {.lane = OTP_LANE_DATA,
                             .kind = OTP_CHOICE_USER,
                             .lo = INT64_MIN,
                             .hi = INT64_MAX,
                             .target = INT64_MIN};
        if (!read_number(&at, &choice.value)) {
            return "that is not a replay token";
        }
        sti_choices_put(list, choice);
    }
    return list->overflow ? "out of memory" : NULL;
}
