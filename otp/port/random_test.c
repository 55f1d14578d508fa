/* SPDX-License-Identifier: MIT */
#include "port/random.h"

#include "tests/unit.h"

UNIT("words of entropy differ and use all bits") {
    uint64_t ones = 0;
    uint64_t zeros = 0;
    uint64_t last = 0;
    for (int i = 0; i < 64; i++) {
        uint64_t word = otpi_entropy64();
        CHECK(word != last);
        ones |= word;
        zeros |= ~word;
        last = word;
    }
    CHECK(ones == UINT64_MAX && zeros == UINT64_MAX);
}
