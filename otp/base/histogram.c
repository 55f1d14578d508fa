/* SPDX-License-Identifier: MIT */
/*
 * Values below 128 have a bucket each. A larger value is shifted right until it fits 64 .. 127; the
 * shift selects a group of 64 buckets, the shifted value one of them.
 */
#include "base/histogram.h"

#include "base/assert.h"
#include "base/hash.h"

#include <string.h>

enum { HALF = OTPI_HISTOGRAM_HALF };

size_t otpi_histogram_bucket(uint64_t value) {
    if (value < 2 * HALF) {
        return (size_t)value;
    }
    int shift = 57 - __builtin_clzll(value);
    return (size_t)shift * HALF + (size_t)(value >> shift);
}

uint64_t otpi_histogram_bucket_low(size_t bucket) {
    OTPI_ASSERT("base-030", bucket < OTPI_HISTOGRAM_BUCKETS);
    if (bucket < 2 * HALF) {
        return bucket;
    }
    size_t shift = bucket / HALF - 1;
    return (uint64_t)(bucket % HALF + HALF) << shift;
}

uint64_t otpi_histogram_bucket_high(size_t bucket) {
    return bucket + 1 < OTPI_HISTOGRAM_BUCKETS ? otpi_histogram_bucket_low(bucket + 1) - 1
                                               : UINT64_MAX;
}

void otpi_histogram_init(otpi_histogram *histogram) {
    memset(histogram, 0, sizeof *histogram);
    histogram->min = UINT64_MAX;
}

static void add_sum(otpi_histogram *histogram, uint64_t low, uint64_t high) {
    histogram->sum_high +=
        high + __builtin_add_overflow(histogram->sum_low, low, &histogram->sum_low);
}

static void widen(otpi_histogram *histogram, uint64_t min, uint64_t max) {
    histogram->min = min < histogram->min ? min : histogram->min;
    histogram->max = max > histogram->max ? max : histogram->max;
}

void otpi_histogram_record(otpi_histogram *histogram, uint64_t value) {
    otpi_histogram_record_n(histogram, value, 1);
}

void otpi_histogram_record_n(otpi_histogram *histogram, uint64_t value, uint64_t n) {
    if (n == 0) {
        return;
    }
    otpi_u128 sum = (otpi_u128)value * n;
    histogram->counts[otpi_histogram_bucket(value)] += n;
    histogram->count += n;
    add_sum(histogram, (uint64_t)sum, (uint64_t)(sum >> 64));
    widen(histogram, value, value);
}

void otpi_histogram_merge(otpi_histogram *into, const otpi_histogram *from) {
    for (size_t i = 0; i < OTPI_HISTOGRAM_BUCKETS; i++) {
        into->counts[i] += from->counts[i];
    }
    into->count += from->count;
    add_sum(into, from->sum_low, from->sum_high);
    widen(into, from->min, from->max);
}

uint64_t otpi_histogram_min(const otpi_histogram *histogram) {
    return histogram->count ? histogram->min : 0;
}

uint64_t otpi_histogram_max(const otpi_histogram *histogram) {
    return histogram->max;
}

double otpi_histogram_mean(const otpi_histogram *histogram) {
    if (histogram->count == 0) {
        return 0;
    }
    double sum = (double)histogram->sum_high * 0x1p64 + (double)histogram->sum_low;
    return sum / (double)histogram->count;
}

uint64_t otpi_histogram_percentile(const otpi_histogram *histogram, double percent) {
    if (histogram->count == 0 || !(percent > 0)) {
        return otpi_histogram_min(histogram);
    }
    if (percent >= 100) {
        return histogram->max;
    }
    double wanted = percent / 100 * (double)histogram->count;
    uint64_t seen = 0;
    for (size_t i = 0; i < OTPI_HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (histogram->counts[i] && (double)seen >= wanted) {
            uint64_t high = otpi_histogram_bucket_high(i);
            return high < histogram->max ? high : histogram->max;
        }
    }
    return histogram->max;
}
