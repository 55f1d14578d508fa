/* SPDX-License-Identifier: MIT */
/*
 * Pseudo-random numbers: xoshiro256** (Blackman & Vigna, "Scrambled linear pseudorandom number
 * generators", 2021), its state filled by splitmix64 as its authors advise. The sequences are part
 * of the interface: a seed printed by one version must replay in the next.
 */
#ifndef OTP_BASE_PRNG_H
#define OTP_BASE_PRNG_H

#include "base/hash.h"

typedef struct otpi_prng {
    uint64_t s[4];
} otpi_prng;

static inline uint64_t otpi_splitmix64(uint64_t *state) {
    *state += UINT64_C(0x9e3779b97f4a7c15);
    return otpi_hash_u64(*state);
}

static inline void otpi_prng_seed(otpi_prng *prng, uint64_t seed) {
    for (int i = 0; i < 4; i++) {
        prng->s[i] = otpi_splitmix64(&seed);
    }
}

static inline uint64_t otpi_prng_rotl(uint64_t word, int bits) {
    return word << bits | word >> (64 - bits);
}

static inline uint64_t otpi_prng_next(otpi_prng *prng) {
    uint64_t *s = prng->s;
    uint64_t result = otpi_prng_rotl(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = otpi_prng_rotl(s[3], 45);
    return result;
}

/* Uniform in 0 .. n-1, without bias (Lemire, "Fast random integer generation in an interval",
 * 2019); n == 0 stands for 2^64. */
static inline uint64_t otpi_prng_below(otpi_prng *prng, uint64_t n) {
    if (n == 0) {
        return otpi_prng_next(prng);
    }
    otpi_u128 product = (otpi_u128)otpi_prng_next(prng) * n;
    if ((uint64_t)product < n) {
        uint64_t threshold = (0 - n) % n;
        while ((uint64_t)product < threshold) {
            product = (otpi_u128)otpi_prng_next(prng) * n;
        }
    }
    return (uint64_t)(product >> 64);
}

/* Uniform in [0, 1): 53 random bits. */
static inline double otpi_prng_double(otpi_prng *prng) {
    return (double)(otpi_prng_next(prng) >> 11) * 0x1p-53;
}

#endif
