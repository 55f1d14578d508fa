/* SPDX-License-Identifier: MIT */
/* What is tested: it calls three functions that a test does not want to reach. */
#include "shop.h"

#include <errno.h>

/* A price that did not come is asked for once more. */
static int ask_price(const char *fruit, int count) {
    int cents = price_of(fruit, count);
    return cents < 0 && errno == ETIMEDOUT ? price_of(fruit, count) : cents;
}

int shop_sell(const char *customer, const char *fruit, int count) {
    int cents = ask_price(fruit, count);
    if (cents < 0) {
        return -1;
    }
    if (!pay(customer, cents)) {
        return -2;
    }
    ring_bell();
    return cents;
}
