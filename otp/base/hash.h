/* SPDX-License-Identifier: MIT */
/*
 * Hashing of bytes and words. The building block is the folded 64x64 -> 128-bit product, as in
 * wyhash and its relatives; constants and structure are our own. Not for hostile input without a
 * random seed. The same on every little-endian machine, so that recorded runs replay elsewhere.
 */
#ifndef OTP_BASE_HASH_H
#define OTP_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 otpi_u128;

/* Odd, balanced in ones, without short patterns: fractional digits of sqrt(2), sqrt(3), sqrt(5). */
#define OTPI_HASH_K0 UINT64_C(0x6a09e667f3bcc909)
#define OTPI_HASH_K1 UINT64_C(0xbb67ae8584caa73b)
#define OTPI_HASH_K2 UINT64_C(0x3c6ef372fe94f82b)

/* A prime near 2^32 divided by the golden ratio: multiples of it, modulo the size of a table, visit
 * each slot once, and every region of the table alike. */
#define OTPI_HASH_STRIDE UINT64_C(2654435761)

static inline uint64_t otpi_hash_fold(uint64_t a, uint64_t b) {
    otpi_u128 product = (otpi_u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* One hash of two words; the order matters. */
static inline uint64_t otpi_hash_mix(uint64_t a, uint64_t b) {
    uint64_t once = otpi_hash_fold(a ^ OTPI_HASH_K0, b ^ OTPI_HASH_K1);
    return otpi_hash_fold(once ^ OTPI_HASH_K2, b ^ OTPI_HASH_K0);
}

/* A bijection: different words never collide (Stafford's variant 13 of the murmur finaliser). */
static inline uint64_t otpi_hash_u64(uint64_t word) {
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

uint64_t otpi_hash_bytes(const void *data, size_t size, uint64_t seed);

#endif
