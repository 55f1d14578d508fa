/* SPDX-License-Identifier: MIT */
#include "base/histogram.h"

#include "base/prng.h"
#include "tests/unit.h"

#include <stdlib.h>

static otpi_histogram histogram;
static otpi_histogram other;

UNIT("an empty histogram has zeros for answers") {
    otpi_histogram_init(&histogram);
    CHECK_EQ(otpi_histogram_count(&histogram), 0);
    CHECK_EQ(otpi_histogram_min(&histogram), 0);
    CHECK_EQ(otpi_histogram_max(&histogram), 0);
    CHECK_EQ(otpi_histogram_percentile(&histogram, 50), 0);
    CHECK(otpi_histogram_mean(&histogram) == 0);
}

UNIT("the buckets cover all values without gap or overlap, none wider than 1/64 of its values") {
    for (size_t bucket = 0; bucket < OTPI_HISTOGRAM_BUCKETS; bucket++) {
        uint64_t low = otpi_histogram_bucket_low(bucket);
        uint64_t high = otpi_histogram_bucket_high(bucket);
        CHECK(low <= high);
        CHECK_EQ(otpi_histogram_bucket(low), bucket);
        CHECK_EQ(otpi_histogram_bucket(high), bucket);
        CHECK(bucket == 0 || low == otpi_histogram_bucket_high(bucket - 1) + 1);
        CHECK((high - low) <= low / 64);
    }
    CHECK_EQ(otpi_histogram_bucket(UINT64_MAX), OTPI_HISTOGRAM_BUCKETS - 1);
}

static int compare_words(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

UNIT("percentiles of random values are within 1/64 of the sorted values") {
    enum { N = 5000 };
    static uint64_t values[N];
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    otpi_histogram_init(&histogram);
    for (int i = 0; i < N; i++) {
        values[i] = otpi_prng_next(&prng) >> otpi_prng_below(&prng, 64);
        otpi_histogram_record(&histogram, values[i]);
    }
    qsort(values, N, sizeof *values, compare_words);
    CHECK(otpi_histogram_min(&histogram) == values[0]);
    CHECK(otpi_histogram_max(&histogram) == values[N - 1]);
    for (int i = 0; i < N; i++) {
        uint64_t got = otpi_histogram_percentile(&histogram, 100.0 * (i + 0.5) / N);
        CHECK(got >= values[i] && got - values[i] <= values[i] / 64);
    }
    CHECK(otpi_histogram_percentile(&histogram, 0) == values[0]);
    CHECK(otpi_histogram_percentile(&histogram, 100) == values[N - 1]);
}

UNIT("the mean is exact where 64 bits would overflow") {
    otpi_histogram_init(&histogram);
    otpi_histogram_record(&histogram, UINT64_MAX);
    otpi_histogram_record(&histogram, UINT64_MAX);
    otpi_histogram_record_n(&histogram, 0, 2);
    otpi_histogram_record_n(&histogram, 5, 0);
    CHECK(otpi_histogram_mean(&histogram) == 0x1p63);
    CHECK_EQ(otpi_histogram_count(&histogram), 4);
}

UNIT("merging gives what recording everything in one gives") {
    static otpi_histogram whole;
    otpi_histogram_init(&histogram);
    otpi_histogram_init(&other);
    otpi_histogram_init(&whole);
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int i = 0; i < 1000; i++) {
        uint64_t value = otpi_prng_next(&prng) >> otpi_prng_below(&prng, 64);
        otpi_histogram_record(i % 3 ? &histogram : &other, value);
        otpi_histogram_record(&whole, value);
    }
    otpi_histogram_merge(&histogram, &other);
    CHECK(otpi_histogram_mean(&histogram) == otpi_histogram_mean(&whole));
    CHECK(otpi_histogram_min(&histogram) == otpi_histogram_min(&whole));
    CHECK(otpi_histogram_max(&histogram) == otpi_histogram_max(&whole));
    for (double p = 0; p <= 100; p += 0.5) {
        CHECK(otpi_histogram_percentile(&histogram, p) == otpi_histogram_percentile(&whole, p));
    }
}
