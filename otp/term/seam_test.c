/* SPDX-License-Identifier: MIT */
#include "term/heap.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

UNIT("without a world there is one node, and others get slots as they are met") {
    uint32_t creation = 9;
    CHECK_STR(otpi_terms.node_name(0, &creation), "nonode@nohost");
    CHECK_EQ(creation, 0);
    CHECK_EQ(otpi_terms.node_here(), 0);
    CHECK_EQ(otpi_terms.node_slot("nonode@nohost", 13, 0), 0);
    uint32_t a = otpi_terms.node_slot("a@host", 6, 5);
    CHECK(a > 0 && a < OTPI_NODE_SLOTS);
    CHECK_EQ(otpi_terms.node_slot("a@host", 6, 5), a);
    CHECK(otpi_terms.node_slot("a@host", 6, 6) != a);
    CHECK_STR(otpi_terms.node_name(a, &creation), "a@host");
    CHECK_EQ(creation, 5);
    CHECK(otpi_terms.node_name(4000, &creation) == NULL);
}

UNIT("slots run out, known nodes stay known") {
    uint32_t slot = 0;
    for (int i = 0; i < OTPI_NODE_SLOTS + 5; i++) {
        slot = otpi_terms.node_slot("many@host", 9, (uint32_t)i);
    }
    CHECK_EQ(slot, OTPI_NODE_SLOTS);
    CHECK(otpi_terms.node_slot("many@host", 9, 3) < OTPI_NODE_SLOTS);
}

UNIT("fresh references differ") {
    otp_ref a = otpi_terms.fresh_ref();
    otp_ref b = otpi_terms.fresh_ref();
    CHECK(!otpi_ref_same(a, b));
    CHECK(otpi_terms.atom_quota());
}
