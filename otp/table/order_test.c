/* SPDX-License-Identifier: MIT */
#include "table/order.h"

#include "base/hash.h"
#include "base/prng.h"
#include "tests/unit.h"

enum { KEYS = 500, STEPS = 30000 };

static otpi_row *row_for(otp_term key, int64_t value) {
    uint64_t hash = otpi_hash_u64(otp_hash(key));
    otpi_row *row = otpi_row_new(otp_tuple(key, otp_int(value)), NULL, 0, otpi_order_links(hash));
    row->hash = hash;
    return row;
}

static int64_t value_of(const otpi_row *row) {
    int64_t value = -1;
    if (row != NULL) {
        CHECK(otp_get_int(otpi_row_element(row, 2), &value));
    }
    return value;
}

static void put(otpi_order *order, otp_term key, int64_t value) {
    otpi_row *old = otpi_order_put(order, row_for(key, value));
    if (old != NULL) {
        otpi_row_free(old);
    }
}

static void drop(otpi_order *order, otp_term key) {
    otpi_row *old = otpi_order_remove(order, key);
    if (old != NULL) {
        otpi_row_free(old);
    }
}

UNIT("an order without rows finds and removes nothing") {
    otpi_order order;
    otpi_order_init(&order, 1);
    CHECK(otpi_order_find(&order, otp_int(1)) == NULL);
    CHECK(otpi_order_remove(&order, otp_int(1)) == NULL);
    CHECK(otpi_order_first(&order) == NULL && otpi_order_last(&order) == NULL);
    CHECK(otpi_order_after(&order, otp_int(1)) == NULL);
    CHECK(otpi_order_before(&order, otp_int(1)) == NULL);
    otpi_order_free_all(&order);
}

UNIT("a row has few links, and never more than levels") {
    CHECK_EQ(otpi_order_links(1), 1);
    CHECK_EQ(otpi_order_links(4), 2);
    CHECK_EQ(otpi_order_links(0), OTPI_ORDER_LEVELS);
}

UNIT("a replaced key may be of another kind and have other links") {
    otpi_order order;
    otpi_order_init(&order, 1);
    for (int64_t i = 0; i < 200; i++) {
        otp_scope scope = otp_scope_begin();
        put(&order, otp_int(i), i);
        put(&order, otp_float((double)i), 1000 + i);
        if (i % 2) {
            put(&order, otp_int(i), 2000 + i);
        }
        otp_scope_end(scope);
    }
    CHECK_EQ(order.rows, 200);
    for (int64_t i = 0; i < 200; i++) {
        CHECK_EQ(value_of(otpi_order_find(&order, otp_int(i))), (i % 2 ? 2000 : 1000) + i);
    }
    otpi_order_free_all(&order);
    CHECK_EQ(order.rows, 0);
    CHECK_EQ(order.row_bytes, 0);
}

static void check_all(const otpi_order *order, const int64_t *model) {
    int64_t before = -1;
    size_t rows = 0;
    for (int64_t k = 0; k < KEYS; k++) {
        CHECK_EQ(value_of(otpi_order_find(order, otp_int(k))), model[k]);
        CHECK_EQ(value_of(otpi_order_before(order, otp_int(k))), before);
        before = model[k] >= 0 ? model[k] : before;
        rows += model[k] >= 0;
    }
    CHECK_EQ(value_of(otpi_order_last(order)), before);
    int64_t after = -1;
    for (int64_t k = KEYS; k-- > 0;) {
        CHECK_EQ(value_of(otpi_order_after(order, otp_int(k))), after);
        after = model[k] >= 0 ? model[k] : after;
    }
    CHECK_EQ(value_of(otpi_order_first(order)), after);
    CHECK_EQ(order->rows, rows);
}

UNIT("random puts and removals agree with a sorted array") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    otpi_order order;
    otpi_order_init(&order, 1);
    int64_t model[KEYS];
    for (int k = 0; k < KEYS; k++) {
        model[k] = -1;
    }
    for (int step = 0; step < STEPS; step++) {
        otp_scope scope = otp_scope_begin();
        bool grows = step / 5000 % 2 == 0;
        int64_t k = (int64_t)otpi_prng_below(&prng, KEYS);
        if (otpi_prng_below(&prng, 100) < (grows ? 70U : 20U)) {
            model[k] = step;
            put(&order, otp_int(k), step);
        } else {
            model[k] = -1;
            drop(&order, otp_int(k));
        }
        if (step % 1000 == 0) {
            check_all(&order, model);
        }
        otp_scope_end(scope);
    }
    check_all(&order, model);
    otpi_order_free_all(&order);
}
