/* SPDX-License-Identifier: MIT */
/* Lesson 8: functions answered by the test. Linked with -Wl,--wrap=price_of,--wrap=pay, ... */
#include "shop.h"

#include <supertester/supertester.h>

#include <errno.h>

ST_MOCK(int, price_of, (const char *fruit, int count), (fruit, count));
ST_MOCK(bool, pay, (const char *customer, int cents), (customer, cents));
ST_MOCK_VOID(ring_bell, (void), ());

ST_TEST(shop, calls_the_real_functions_when_nothing_is_said) {
    ST_EXPECT_EQ(shop_sell("anna", "pear", 2), 80);
    ST_EXPECT_EQ(ST_MOCK_CALLS(ring_bell), 1);
}

ST_TEST(shop, sells_at_the_price_it_was_told) {
    ST_MOCK_RETURN(price_of, 25);
    ST_MOCK_EXPECT(price_of, "plum", 1);
    ST_MOCK_EXPECT(pay, "anna", 25);
    ST_MOCK_EXPECT_CALLS(ring_bell, 1);
    ST_EXPECT_EQ(shop_sell("anna", "plum", 1), 25);
}

ST_TEST(shop, asks_again_after_a_timeout) {
    ST_MOCK_RETURN_ERRNO(price_of, -1, ETIMEDOUT);
    ST_MOCK_EXPECT_CALLS(price_of, 2);
    ST_MOCK_EXPECT_CALLS(pay, 0);
    ST_EXPECT_EQ(shop_sell("anna", "plum", 1), -1);
}

ST_TEST(shop, rings_no_bell_without_money) {
    ST_MOCK_SEQUENCE(pay, false, true);
    ST_EXPECT_EQ(shop_sell("anna", "pear", 1), -2);
    ST_EXPECT_EQ(ST_MOCK_CALLS(ring_bell), 0);
    ST_EXPECT_EQ(shop_sell("anna", "pear", 1), 40);
    ST_EXPECT_EQ(ST_MOCK_CALLS(ring_bell), 1);
}

/* A function in the place of the real one, which it may call. */
static int twice_the_price(const char *fruit, int count) {
    return 2 * ST_MOCK_CALL_REAL(price_of)(fruit, count);
}

ST_TEST(shop, may_become_expensive) {
    ST_MOCK_INSTEAD(price_of, twice_the_price);
    ST_EXPECT_EQ(shop_sell("anna", "pear", 1), 80);
    ST_MOCK_REAL(price_of);
    ST_EXPECT_EQ(shop_sell("anna", "pear", 1), 40);
}
