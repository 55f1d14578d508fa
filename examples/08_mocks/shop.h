/* SPDX-License-Identifier: MIT */
/* A shop that asks others for prices and payment. */
#ifndef SHOP_H
#define SHOP_H

#include <stdbool.h>

/* In prices.c, which asks a server far away. In cents; -1 and errno when it does not answer. */
int price_of(const char *fruit, int count);
bool pay(const char *customer, int cents);
void ring_bell(void);

/* What the customer pays for so many of the fruit, in cents; -1: no price, -2: no money. */
int shop_sell(const char *customer, const char *fruit, int count);

#endif
