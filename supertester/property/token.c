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
enum { SIMPLEST_MAX = 1 << 16 };             /* simplest answers; more is no token of ours */

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

static void write_lane(otpi_text *out, const sti_tape *tape, otp_lane lane) {
    bool begun = false;
    int64_t simplest = 0; /* since the last deviation */
    for (uint32_t i = 0; i < tape->count; i++) {
        const sti_choice *entry = &tape->entries[i];
        if (entry->lane != lane) {
            continue;
        }
        if (!sti_is_deviation(entry)) {
            simplest++;
            continue;
        }
        if (!begun) {
            otpi_text_format(out, ".%d", lane);
            begun = true;
        }
        write_number(out, simplest);
        write_number(out, entry->value);
        simplest = 0;
    }
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
    for (int lane = OTP_LANE_DATA + 1; lane < OTP_LANES && tape->deviations > 0; lane++) {
        write_lane(out, tape, (otp_lane)lane);
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

/* A value whose bounds the token does not tell. */
static void put(st_choices *list, otp_lane lane, int64_t value) {
    sti_choices_put(list, (sti_choice){.lane = lane,
                                       .kind = OTP_CHOICE_USER,
                                       .lo = INT64_MIN,
                                       .hi = INT64_MAX,
                                       .target = INT64_MIN,
                                       .value = value});
}

static bool read_data(const char **at, st_choices *list) {
    int64_t value;
    while (**at && **at != '.') {
        if (!read_number(at, &value)) {
            return false;
        }
        put(list, OTP_LANE_DATA, value);
    }
    return true;
}

static bool read_lane(const char **at, st_choices *list) {
    int64_t simplest, value;
    int lane = (*at)[1] - '0';
    if (lane <= OTP_LANE_DATA || lane >= OTP_LANES) {
        return false;
    }
    *at += 2;
    while (**at && **at != '.') {
        if (!read_number(at, &simplest) || !read_number(at, &value) || simplest < 0 ||
            simplest > SIMPLEST_MAX - (int64_t)list->others) {
            return false;
        }
        for (; simplest > 0; simplest--) {
            sti_choices_put(list, (sti_choice){.lane = (otp_lane)lane, .lo = 1, .hi = 0});
        }
        put(list, (otp_lane)lane, value);
    }
    return true;
}

bool sti_token_is(const char *text) {
    return strlen(text) >= HEAD_SIZE && text[0] >= '0' && text[0] <= '9' && text[1] == '-' &&
           text[HEAD_NAME_SIZE - 1] == '-' && text[HEAD_SIZE - 1] == '-' && !strchr(text, '/');
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
    bool whole = read_data(&at, list);
    while (whole && *at == '.') {
        whole = read_lane(&at, list);
    }
    if (!whole || *at) {
        return "that is not a replay token";
    }
    return list->overflow ? "out of memory" : NULL;
}
