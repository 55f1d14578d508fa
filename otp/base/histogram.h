/* SPDX-License-Identifier: MIT */
/*
 * Log-linear histogram of 64-bit values (after HdrHistogram): exact below 128, above that 64
 * buckets per power of two, so that a reported value is off by at most 1/64. Fixed memory (30 KiB),
 * recording is a shift and an increment, merging adds counters. Not thread-safe: one per thread,
 * then merge.
 */
#ifndef OTP_BASE_HISTOGRAM_H
#define OTP_BASE_HISTOGRAM_H

#include <otp/api.h>

enum {
    OTPI_HISTOGRAM_HALF = 64, /* buckets per power of two */
    OTPI_HISTOGRAM_BUCKETS = 2 * OTPI_HISTOGRAM_HALF + 57 * OTPI_HISTOGRAM_HALF,
};

typedef struct otpi_histogram {
    uint64_t count;
    uint64_t min, max;          /* exact; min is UINT64_MAX while empty */
    uint64_t sum_low, sum_high; /* 128 bits, for the exact mean */
    uint64_t counts[OTPI_HISTOGRAM_BUCKETS];
} otpi_histogram;

void otpi_histogram_init(otpi_histogram *histogram);
void otpi_histogram_record(otpi_histogram *histogram, uint64_t value);
void otpi_histogram_record_n(otpi_histogram *histogram, uint64_t value, uint64_t n);
void otpi_histogram_merge(otpi_histogram *into, const otpi_histogram *from);

static inline uint64_t otpi_histogram_count(const otpi_histogram *histogram) {
    return histogram->count;
}
/* 0 while empty, as are max, mean and percentile. */
uint64_t otpi_histogram_min(const otpi_histogram *histogram);
uint64_t otpi_histogram_max(const otpi_histogram *histogram);
double otpi_histogram_mean(const otpi_histogram *histogram);
/* The smallest value v such that percent (0 .. 100) of all values are <= v, rounded up to its
 * bucket's end: 0 gives the minimum, 100 the exact maximum. */
uint64_t otpi_histogram_percentile(const otpi_histogram *histogram, double percent);

/* The bucket a value falls in, and the values a bucket stands for: for printing distributions. */
size_t otpi_histogram_bucket(uint64_t value);
uint64_t otpi_histogram_bucket_low(size_t bucket);
uint64_t otpi_histogram_bucket_high(size_t bucket);

#endif
