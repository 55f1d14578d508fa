/* SPDX-License-Identifier: MIT */
/*
 * Hashes of terms: atoms by their text, pids and references by their numbers (not by slots or
 * places in tables, which differ from run to run), containers in preorder with their sizes, so that
 * the sequence that is hashed determines the term. Constants are part of the interface: recorded
 * runs depend on the order that tables get from them.
 */
#include "base/hash.h"

#include "term/atom.h"
#include "term/big.h"
#include "term/binary.h"
#include "term/frames.h"
#include "term/pid.h"

#include <string.h>

enum {
    SEED_INTEGER = 1,
    SEED_FLOAT,
    SEED_REFERENCE,
    SEED_FUN,
    SEED_PORT,
    SEED_PID,
    SEED_TUPLE,
    SEED_MAP,
    SEED_NIL,
    SEED_LIST,
    SEED_BITS,
    SEED_OTHER
};

static uint64_t hash_reference(otp_ref ref) {
    uint32_t numbers[OTPI_REF_NUMBERS_MAX];
    size_t count = otpi_ref_numbers(ref, numbers);
    return otpi_hash_bytes(numbers, count * sizeof numbers[0], SEED_REFERENCE);
}

static uint64_t hash_address(otpi_address address, uint64_t seed) {
    return otpi_hash_mix(address.id + seed, address.serial);
}

static uint64_t hash_float(const uint64_t *box) {
    double value;
    memcpy(&value, box + 1, sizeof value);
    value = value == 0.0 ? 0.0 : value; /* -0.0 equals 0.0 */
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return otpi_hash_mix(bits, SEED_FLOAT);
}

static uint64_t hash_box(otp_term term) {
    const uint64_t *box = otpi_box(term);
    const uint8_t *bytes = NULL;
    size_t size = 0;
    otp_ref ref;
    switch (otpi_header_tag(box[0])) {
    case OTPI_BOXED_TUPLE: return otpi_hash_mix(otpi_header_words(box[0]), SEED_TUPLE);
    case OTPI_BOXED_MAP: return otpi_hash_mix(otpi_header_words(box[0]), SEED_MAP);
    case OTPI_BOXED_BIG_POSITIVE:
        return otpi_hash_bytes(box + 1, otpi_header_words(box[0]) * 8, SEED_INTEGER);
    case OTPI_BOXED_BIG_NEGATIVE:
        return ~otpi_hash_bytes(box + 1, otpi_header_words(box[0]) * 8, SEED_INTEGER);
    case OTPI_BOXED_FLOAT: return hash_float(box);
    case OTPI_BOXED_REFERENCE: memcpy(&ref, box + 1, sizeof ref); return hash_reference(ref);
    case OTPI_BOXED_RESOURCE: return hash_reference(otpi_resource_ref(term));
    case OTPI_BOXED_OPAQUE:
        otpi_opaque_of(term, &bytes, &size);
        return otpi_hash_bytes(bytes, size, SEED_FUN);
    case OTPI_BOXED_BINARY:
    case OTPI_BOXED_SHARED: break;
    }
    otpi_bits_of(term, &bytes, &size);
    return otpi_hash_mix(otpi_hash_bytes(bytes, otpi_bytes_of_bits(size), SEED_BITS), size);
}

static uint64_t hash_immediate(otp_term term) {
    if (otpi_is_small(term)) {
        return otpi_hash_mix(term.word, SEED_INTEGER);
    }
    if (otp_is_atom(term)) {
        return otpi_atom_of(term)->hash;
    }
    if (otpi_is_pid(term)) {
        return hash_address(otpi_pid_address((otp_pid){term.word}), SEED_PID);
    }
    if (otpi_is_port(term)) {
        return hash_address(otpi_port_address(term), SEED_PORT);
    }
    return otpi_hash_mix(term.word, otp_is_nil(term) ? SEED_NIL : SEED_OTHER);
}

/* The term without what is inside; what is inside is pushed. */
static uint64_t hash_outside(otpi_frames *frames, otp_term term) {
    const uint64_t *inside = NULL;
    size_t n = 0;
    uint64_t hash;
    if (otpi_is_immediate(term) || otp_is_none(term)) {
        return hash_immediate(term);
    }
    if (otpi_is_cell(term)) {
        inside = otpi_cell(term);
        n = 2;
        hash = SEED_LIST;
    } else {
        const uint64_t *box = otpi_box(term);
        inside = box + 1;
        n = otpi_tag_holds_terms(otpi_header_tag(box[0])) ? otpi_header_words(box[0]) : 0;
        hash = hash_box(term);
    }
    if (n > 0 && !otpi_frames_push(frames, (otpi_frame){.a = inside, .left = n})) {
        otpi_frames_exhausted(frames, "otp_hash");
    }
    return hash;
}

static OTPI_NOINLINE uint64_t hash_nested(otp_term term) {
    otpi_frames frames;
    otpi_frames_init(&frames);
    uint64_t hash = hash_outside(&frames, term);
    while (frames.count > 0) {
        otpi_frame *top = otpi_frames_top(&frames);
        term.word = *top->a++;
        frames.count -= --top->left == 0;
        hash = otpi_hash_mix(hash, hash_outside(&frames, term));
    }
    otpi_frames_fini(&frames);
    return hash;
}

/* The same for a tuple of immediates. */
static bool hash_flat(const uint64_t *tuple, uint64_t *out) {
    size_t n = otpi_header_words(tuple[0]);
    uint64_t hash = otpi_hash_mix(n, SEED_TUPLE);
    for (size_t i = 1; i <= n; i++) {
        otp_term element = {tuple[i]};
        if (!otpi_is_immediate(element)) {
            return false;
        }
        hash = otpi_hash_mix(hash, hash_immediate(element));
    }
    *out = hash;
    return true;
}

uint64_t otp_hash(otp_term term) {
    if (otpi_is_immediate(term)) {
        return hash_immediate(term);
    }
    uint64_t hash;
    const uint64_t *tuple = otpi_box_of(term, OTPI_BOXED_TUPLE);
    return tuple && hash_flat(tuple, &hash) ? hash : hash_nested(term);
}
