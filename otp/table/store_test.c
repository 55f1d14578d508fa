/* SPDX-License-Identifier: MIT */
#include "table/store.h"

#include "base/prng.h"
#include "port/memory.h"
#include "tests/unit.h"

static otpi_row *row_for(const otpi_store *store, otp_term key, int64_t value) {
    otpi_row *row = otpi_row_new(otp_tuple(key, otp_int(value)), NULL, 0, 0);
    row->hash = otpi_store_hash(store, key);
    return row;
}

/* As a table does it, without readers. */
static void put(otpi_store *store, otp_term key, int64_t value) {
    if (!otpi_store_has_room(store, 1)) {
        otpi_slots *old;
        CHECK(otpi_store_adopt(store, otpi_slots_new(store->rows + 1), 1, &old));
        otpi_slots_free(old);
    }
    otpi_row *old = otpi_store_put(store, row_for(store, key, value));
    if (old != NULL) {
        otpi_row_free(old);
    }
}

static void drop(otpi_store *store, otp_term key) {
    otpi_row *row = otpi_store_remove(store, key, otpi_store_hash(store, key));
    if (row != NULL) {
        otpi_row_free(row);
    }
}

static int64_t get(const otpi_store *store, otp_term key) {
    const otpi_row *row = otpi_store_find(store, key, otpi_store_hash(store, key));
    int64_t value = -1;
    if (row != NULL) {
        CHECK(otp_get_int(otpi_row_element(row, 2), &value));
    }
    return value;
}

UNIT("a store without rows finds and removes nothing") {
    otpi_store store;
    otpi_store_init(&store, 1, 0);
    CHECK_EQ(get(&store, otp_int(1)), -1);
    drop(&store, otp_int(1));
    CHECK_EQ(otpi_store_bytes(&store), 0);
    otpi_store_free_all(&store);
}

UNIT("equal hashes of different keys live side by side") {
    otpi_store store;
    otpi_store_init(&store, 1, 0);
    for (int64_t i = 0; i < 5; i++) {
        otpi_row *row = row_for(&store, otp_int(i), i);
        row->hash = 42;
        if (!otpi_store_has_room(&store, 1)) {
            otpi_slots *old;
            CHECK(otpi_store_adopt(&store, otpi_slots_new(5), 1, &old));
            otpi_slots_free(old);
        }
        CHECK(otpi_store_put(&store, row) == NULL);
    }
    otpi_row_free(otpi_store_remove(&store, otp_int(2), 42));
    for (int64_t i = 0; i < 5; i++) {
        CHECK((otpi_store_find(&store, otp_int(i), 42) != NULL) == (i != 2));
    }
    otpi_store_free_all(&store);
}

UNIT("1 and 1.0 are different keys") {
    otpi_store store;
    otpi_store_init(&store, 1, 7);
    put(&store, otp_int(1), 10);
    put(&store, otp_float(1.0), 20);
    CHECK_EQ(get(&store, otp_int(1)), 10);
    CHECK_EQ(get(&store, otp_float(1.0)), 20);
    otpi_store_free_all(&store);
}

UNIT("a row keeps its shared binary and gives it back") {
    uint8_t bytes[1000] = {7};
    otpi_memory_stats before = otpi_memory_stats_read();
    otp_scope scope = otp_scope_begin();
    otpi_row *row =
        otpi_row_new(otp_tuple(otp_int(1), otp_binary(bytes, sizeof bytes)), NULL, 0, 0);
    otp_scope_end(scope);
    const uint8_t *data = NULL;
    size_t size = 0;
    CHECK(otp_get_binary(otpi_row_element(row, 2), &data, &size));
    CHECK_EQ(size, 1000);
    CHECK_EQ(data[0], 7);
    CHECK(!otpi_row_flat(row));
    otpi_row_free(row);
    otpi_memory_stats after = otpi_memory_stats_read();
    CHECK(after.live_bytes - before.live_bytes < 1000);
}

UNIT("elements are replaced while a tuple is copied") {
    otp_term tuple = otp_term_of("{a, {b, c}, [1, 2], 4}");
    const otpi_row_change changes[] = {{2, otp_int(9)}, {4, otp_term_of("\"text\"")}};
    otpi_row *row = otpi_row_new(tuple, changes, 2, 0);
    CHECK(otp_equal(otpi_row_tuple(row), otp_term_of("{a, 9, [1, 2], \"text\"}")));
    otpi_row_free(row);
}

static void push(otpi_store *store, otp_term tuple) {
    otpi_row *row = otpi_row_new(tuple, NULL, 0, 1);
    row->hash = otpi_store_hash(store, otp_int(1));
    otpi_store_push(store, row);
}

/* The row of that number becomes a longer one. */
static void replace_in_bag(otpi_store *store, int64_t number) {
    otpi_row *old = otpi_store_find(store, otp_int(1), otpi_store_hash(store, otp_int(1)));
    while (!otp_equal(otpi_row_element(old, 2), otp_int(number))) {
        old = otpi_store_older(old);
    }
    otpi_row *older = otpi_store_older(old);
    otpi_row *row =
        otpi_row_new(otp_tuple(otp_int(1), otp_int(number), otp_list(otp_int(7))), NULL, 0, 1);
    row->hash = old->hash;
    otpi_store_replace(store, old, row);
    CHECK(otpi_store_older(row) == older);
    CHECK(otpi_store_older(old) == older); /* the way on of who stands on it */
    otpi_row_free(old);
}

UNIT("a row of a bag is replaced in its place, be it the newest, the oldest or another") {
    static const int64_t orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}};
    for (size_t i = 0; i < 3; i++) {
        otp_scope scope = otp_scope_begin();
        otpi_store store;
        otpi_slots *old;
        otpi_store_init(&store, 1, unit_seed());
        CHECK(otpi_store_adopt(&store, otpi_slots_new(1), 1, &old));
        for (int64_t n = 0; n < 3; n++) {
            push(&store, otp_tuple(otp_int(1), otp_int(n)));
        }
        for (size_t k = 0; k < 3; k++) {
            replace_in_bag(&store, orders[i][k]);
            CHECK_EQ(otpi_store_rows(&store), 3);
        }
        size_t bytes = 0;
        int64_t expected = 2;
        for (otpi_row *row =
                 otpi_store_find(&store, otp_int(1), otpi_store_hash(&store, otp_int(1)));
             row != NULL; row = otpi_store_older(row)) {
            CHECK(otp_equal(otpi_row_element(row, 2), otp_int(expected)));
            CHECK_EQ(otpi_row_arity(row), 3);
            bytes += otpi_row_bytes(row);
            expected--;
        }
        CHECK_EQ(expected, -1);
        CHECK_EQ(store.row_bytes, bytes);
        otpi_store_free_all(&store);
        otp_scope_end(scope);
    }
}

/* ---- Order ---- */

UNIT("the hashes of neighbours among integers differ in their lowest bits, all others in more") {
    static const int64_t groups[] = {
        0, 1, -1, 12345, -12345, INT64_C(1) << 40, -(INT64_C(1) << 57)};
    for (uint64_t seed = 0; seed < 3; seed++) {
        otpi_store store;
        otpi_store_init(&store, 1, seed * unit_seed());
        uint64_t before = 0;
        for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
            unsigned seen = 0;
            uint64_t hash = 0;
            for (int64_t i = 0; i < OTPI_STORE_GROUP; i++) {
                hash = otpi_store_hash(&store, otp_int(groups[g] * OTPI_STORE_GROUP + i));
                CHECK(i == 0 || hash / OTPI_STORE_GROUP == before);
                before = hash / OTPI_STORE_GROUP;
                seen |= 1U << hash % OTPI_STORE_GROUP;
            }
            CHECK_EQ(seen, (1U << OTPI_STORE_GROUP) - 1);
            hash = otpi_store_hash(&store, otp_int(groups[g] * OTPI_STORE_GROUP - 1));
            CHECK(hash / OTPI_STORE_GROUP != before);
        }
        otpi_store_free_all(&store);
    }
}

enum { LASTING = 150, PASSING = 600 };

/* What keys there are: lasting ones have even numbers, passing ones odd ones. */
typedef struct family {
    int64_t stride, offset;
    bool scattered; /* in runs of five, far apart */
    bool big;       /* beyond what fits a word */
} family;

static const family families[] = {
    {.stride = 1},
    {.stride = 1, .offset = -300},
    {.stride = 2},
    {.stride = 3, .offset = -1000},
    {.stride = 4},
    {.stride = 8, .offset = 5},
    {.stride = 64},
    {.stride = INT64_C(1) << 20},
    {.stride = INT64_C(1) << 48, .offset = -(INT64_C(1) << 58)},
    {.stride = 1, .scattered = true},
    {.stride = 1, .offset = INT64_MIN, .big = true},
};

static otp_term family_key(const family *f, int64_t number) {
    int64_t spread = f->scattered ? number / 5 * 1000003 + number % 5 : number;
    int64_t value = (int64_t)((uint64_t)f->offset + (uint64_t)spread * (uint64_t)f->stride);
    return f->big ? otp_int(value) : otp_int(value % (INT64_C(1) << 59));
}

/* A passing row comes or goes; now and then the array is remade for more rows or for fewer. */
static void disturb(otpi_store *store, const family *f, otpi_prng *prng) {
    int64_t number = 2 * (int64_t)otpi_prng_below(prng, PASSING) + 1;
    otp_term key = family_key(f, number);
    if (otpi_prng_below(prng, 2) == 0) {
        put(store, key, -number);
    } else {
        drop(store, key);
    }
    if (otpi_prng_below(prng, 20) == 0) {
        otpi_slots *old;
        size_t rows = store->rows + otpi_prng_below(prng, 2) * 4 * PASSING;
        CHECK(otpi_store_adopt(store, otpi_slots_new(rows + 1), 1, &old));
        otpi_slots_free(old);
    }
}

/* Goes through all of it, with changes in between, and counts the lasting rows. */
static void walk_disturbed(otpi_store *store, const family *f, otpi_prng *prng) {
    int64_t seen[LASTING] = {0};
    uint64_t hash = 0;
    otp_term place = OTP_NONE;
    for (const otpi_row *row; (row = otpi_store_after(store, place, hash)) != NULL;) {
        int64_t value = -1;
        CHECK(otp_is_none(place) || row->hash >= hash);
        CHECK(otp_get_int(otpi_row_element(row, 2), &value));
        hash = row->hash;
        place = family_key(f, value < 0 ? -value : 2 * value); /* the row may go */
        if (value >= 0) {
            seen[value]++;
        }
        for (uint64_t n = otpi_prng_below(prng, 4); n > 0; n--) {
            disturb(store, f, prng);
        }
    }
    for (size_t i = 0; i < LASTING; i++) {
        CHECK_EQ(seen[i], 1);
    }
}

UNIT("going through a store meets each row that stays once, whatever comes, goes and grows") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        const family *f = &families[i];
        otp_scope scope = otp_scope_begin();
        otpi_store store;
        otpi_store_init(&store, 1, otpi_prng_next(&prng));
        for (int64_t n = 0; n < LASTING; n++) {
            put(&store, family_key(f, 2 * n), n);
        }
        walk_disturbed(&store, f, &prng);
        walk_disturbed(&store, f, &prng);
        for (int64_t n = 0; n < LASTING; n++) {
            CHECK_EQ(get(&store, family_key(f, 2 * n)), n);
        }
        otpi_store_free_all(&store);
        otp_scope_end(scope);
    }
}

UNIT(
    "rows of one hash are gone through in the order of their keys, with those of the next hashes") {
    otpi_store store;
    otpi_slots *old;
    otpi_store_init(&store, 1, 0);
    CHECK(otpi_store_adopt(&store, otpi_slots_new(20), 1, &old));
    for (int64_t i = 0; i < 12; i++) {
        int64_t key = i * 7 % 12; /* 0, 7, 2, ... */
        otpi_row *row = row_for(&store, otp_int(key), key);
        row->hash = UINT64_MAX - 2 + (uint64_t)key / 4; /* at the array's end, so that some wrap */
        CHECK(otpi_store_put(&store, row) == NULL);
    }
    CHECK(store.twins);
    int64_t expected = 0;
    uint64_t hash = 0;
    otp_term place = OTP_NONE;
    for (const otpi_row *row; (row = otpi_store_after(&store, place, hash)) != NULL;) {
        CHECK(otp_equal(otpi_store_key(&store, row), otp_int(expected)));
        expected++;
        hash = row->hash;
        place = otpi_store_key(&store, row);
    }
    CHECK_EQ(expected, 12);
    otpi_store_free_all(&store);
    CHECK(!store.twins);
}

UNIT("a queue of consecutive integers does not fill its array with tombstones") {
    otpi_store store;
    otpi_store_init(&store, 1, unit_seed());
    int64_t arrays = 0;
    const otpi_slots *slots = NULL;
    for (int64_t i = 0; i < 20000; i++) {
        otp_scope scope = otp_scope_begin();
        put(&store, otp_int(i), i);
        drop(&store, otp_int(i - 20));
        arrays += store.slots != slots;
        slots = store.slots;
        otp_scope_end(scope);
    }
    CHECK_EQ(store.rows, 20);
    CHECK(arrays < 20000 / (OTPI_HOSTILE ? 4 : 50));
    otpi_store_free_all(&store);
}

/* ---- Against a model ---- */

enum { KEYS = 400, STEPS = 24000 };

/* How many rows a walk meets; each is behind the one before. */
static size_t rows_walked(const otpi_store *store) {
    size_t rows = 0;
    const otpi_row *before = NULL;
    const otpi_row *row = otpi_store_after(store, OTP_NONE, 0);
    for (; row != NULL; row = otpi_store_after(store, otpi_store_key(store, row), row->hash)) {
        CHECK(before == NULL || before->hash < row->hash);
        before = row;
        rows++;
    }
    return rows;
}

static void check_all(const otpi_store *store, const int64_t *model, int64_t stride) {
    size_t rows = 0;
    for (int64_t k = 0; k < KEYS; k++) {
        CHECK_EQ(get(store, otp_int((k - KEYS / 2) * stride)), model[k]);
        rows += model[k] >= 0;
    }
    CHECK_EQ(otpi_store_rows(store), rows);
    CHECK_EQ(rows_walked(store), rows);
}

static void random_steps(otpi_prng *prng, int64_t stride) {
    otpi_store store;
    otpi_store_init(&store, 1, otpi_prng_next(prng));
    int64_t model[KEYS];
    for (int k = 0; k < KEYS; k++) {
        model[k] = -1;
    }
    for (int step = 0; step < STEPS; step++) {
        otp_scope scope = otp_scope_begin();
        /* phases of growth and of decay, so that tombstones pile up and arrays are remade */
        bool grows = step / 4000 % 2 == 0;
        int64_t k = (int64_t)otpi_prng_below(prng, KEYS);
        otp_term key = otp_int((k - KEYS / 2) * stride);
        if (otpi_prng_below(prng, 100) < (grows ? 70U : 20U)) {
            model[k] = step;
            put(&store, key, step);
        } else {
            model[k] = -1;
            drop(&store, key);
        }
        CHECK(store.used <= store.used_max);
        if (step % 100 == 0) {
            check_all(&store, model, stride);
        }
        otp_scope_end(scope);
    }
    check_all(&store, model, stride);
    for (int64_t k = 0; k < KEYS; k++) {
        drop(&store, otp_int((k - KEYS / 2) * stride));
    }
    CHECK_EQ(store.rows, 0);
    CHECK_EQ(store.row_bytes, 0);
    otpi_store_free_all(&store);
}

UNIT("random puts and removals agree with an array, whatever the stride of the keys") {
    static const int64_t strides[] = {1, 2, 4, 7, 1 << 16};
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (size_t i = 0; i < sizeof strides / sizeof strides[0]; i++) {
        random_steps(&prng, strides[i]);
    }
}
