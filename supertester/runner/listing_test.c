/* SPDX-License-Identifier: MIT */
#include "supertester/runner/listing.h"
#include "tests/unit.h"

UNIT("GoogleTest's filter: globs of whole names, and those left out behind a dash") {
    static const st_test adds = {.suite = "cart", .name = "adds"};
    static const struct {
        const char *filter;
        bool wanted;
    } cases[] = {{NULL, true},
                 {"*", true},
                 {"cart.adds", true},
                 {"cart.*", true},
                 {"cart", false},
                 {"*.a?ds", true},
                 {"x.*:cart.*", true},
                 {"x.*:y.*", false},
                 {"-cart.*", false},
                 {"-x.*", true},
                 {"*-cart.adds", false},
                 {"*-x:cart.adds", false},
                 {"cart.*-*.x:y", true},
                 {"", true},
                 {":", false},
                 {"cart.adds:", true},
                 {"-", true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_EQ(sti_gtest_wanted(cases[i].filter, &adds), cases[i].wanted);
    }
}
