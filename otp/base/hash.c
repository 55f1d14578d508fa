/* SPDX-License-Identifier: MIT */
/*
 * Hash of bytes. Two independent accumulators over 32 bytes a step, so that the multiplications
 * overlap; what remains is read as overlapping words from the end. The size enters last, so that
 * strings of zeros of different lengths differ.
 */
#include "base/hash.h"

#include <string.h>

static uint64_t read64(const unsigned char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static uint64_t read32(const unsigned char *at) {
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Up to 16 bytes as two words that determine them, given the size. */
static void read_short(const unsigned char *at, size_t size, uint64_t *a, uint64_t *b) {
    *a = *b = 0;
    if (size >= 8) {
        *a = read64(at);
        *b = read64(at + size - 8);
    } else if (size >= 4) {
        *a = read32(at);
        *b = read32(at + size - 4);
    } else if (size > 0) {
        *a = (uint64_t)at[0] << 16 | (uint64_t)at[size / 2] << 8 | at[size - 1];
    }
}

/* The steps of 32 bytes; leaves 1 to 32 bytes at *at. */
static uint64_t hash_long(const unsigned char **at, size_t *left, uint64_t hash) {
    uint64_t one = hash;
    uint64_t two = hash;
    do {
        one = otpi_hash_fold(read64(*at) ^ OTPI_HASH_K1, read64(*at + 8) ^ one);
        two = otpi_hash_fold(read64(*at + 16) ^ OTPI_HASH_K2, read64(*at + 24) ^ two);
        *at += 32;
        *left -= 32;
    } while (*left > 32);
    return one ^ two;
}

uint64_t otpi_hash_bytes(const void *data, size_t size, uint64_t seed) {
    const unsigned char *at = data;
    size_t left = size;
    uint64_t hash = otpi_hash_fold(seed ^ OTPI_HASH_K0, OTPI_HASH_K1);
    if (left > 32) {
        hash = hash_long(&at, &left, hash);
    }
    if (left > 16) {
        hash = otpi_hash_fold(read64(at) ^ OTPI_HASH_K1, read64(at + 8) ^ hash);
        at += 16;
        left -= 16;
    }
    uint64_t a;
    uint64_t b;
    read_short(at, left, &a, &b);
    hash = otpi_hash_fold(a ^ OTPI_HASH_K1, b ^ hash);
    return otpi_hash_fold(hash ^ OTPI_HASH_K2, (uint64_t)size ^ OTPI_HASH_K1);
}
