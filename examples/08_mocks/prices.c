/* SPDX-License-Identifier: MIT */
/* The real ones, for the lesson without a server: pears cost 40 cents, everybody can pay. */
#include "shop.h"

#include <string.h>

int price_of(const char *fruit, int count) {
    return strcmp(fruit, "pear") == 0 ? 40 * count : -1;
}

bool pay(const char *customer, int cents) {
    return customer[0] != '\0' && cents >= 0;
}

void ring_bell(void) {
}
