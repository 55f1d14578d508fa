/* SPDX-License-Identifier: MIT */
#include "term/pid.h"
#include "base/prng.h"
#include "unit.h"

UNIT("pids of every width come back, equal ones have equal words") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int i = 0; i < 3000; i++) {
        otpi_address a = {otpi_prng_next(&prng) >> 32 >> otpi_prng_below(&prng, 32),
                          (uint32_t)(otpi_prng_next(&prng) >> 32 >> otpi_prng_below(&prng, 32)),
                          (uint32_t)otpi_prng_below(&prng, OTPI_NODE_SLOTS)};
        otp_pid pid, again;
        REQUIRE(otpi_pid_make(a, &pid) == OTP_OK && otpi_pid_make(a, &again) == OTP_OK);
        CHECK_EQ(pid.word, again.word);
        CHECK_EQ(pid.word & 15, OTPI_LOW_PID);
        otpi_address b = otpi_pid_address(pid);
        CHECK(a.id == b.id && a.serial == b.serial && a.node == b.node);
    }
}

UNIT("ports have numbers of 64 bits") {
    static const uint64_t ids[] = {0, 1, (1u << 28) - 1, 1u << 28, UINT64_C(1) << 48, UINT64_MAX};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        otp_term port, again;
        REQUIRE(otpi_port_make((otpi_address){ids[i], 0, 3}, &port) == OTP_OK);
        REQUIRE(otpi_port_make((otpi_address){ids[i], 0, 3}, &again) == OTP_OK);
        CHECK_EQ(port.word, again.word);
        CHECK_EQ(port.word & 15, OTPI_LOW_PORT);
        CHECK_EQ(otpi_port_address(port).id, ids[i]);
        CHECK_EQ(otpi_port_address(port).node, 3);
    }
}

UNIT("references of 1 to 5 numbers come back") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int i = 0; i < 3000; i++) {
        uint32_t numbers[OTPI_REF_NUMBERS_MAX] = {0};
        uint32_t back[OTPI_REF_NUMBERS_MAX] = {0};
        size_t count = 1 + otpi_prng_below(&prng, OTPI_REF_NUMBERS_MAX);
        for (size_t k = 0; k < count; k++) {
            numbers[k] = (uint32_t)(otpi_prng_next(&prng) >> 32 >> otpi_prng_below(&prng, 32));
        }
        otp_ref ref = otpi_ref_of_numbers(7, numbers, count);
        CHECK_EQ(otpi_ref_node(ref), 7);
        CHECK_EQ(otpi_ref_numbers(ref, back), count);
        for (size_t k = 0; k < count; k++) {
            CHECK_EQ(back[k], numbers[k]);
        }
    }
}

UNIT("a reference made here goes out as three numbers and comes back as itself") {
    static const uint64_t ids[] = {0, 1, UINT64_MAX, 0x123456789abcdef0};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        uint32_t numbers[OTPI_REF_NUMBERS_MAX];
        CHECK_EQ(otpi_ref_numbers(otpi_ref(2, ids[i]), numbers), 3);
        CHECK(numbers[0] < 1u << 18);
        CHECK(otpi_ref_same(otpi_ref_of_numbers(2, numbers, 3), otpi_ref(2, ids[i])));
    }
}

static uint32_t node_five(void) {
    return 5;
}

UNIT("the caller's own node prints as 0, and printing is its own inverse") {
    uint32_t (*seam)(void) = otpi_terms.node_here;
    otpi_terms.node_here = node_five;
    CHECK_EQ(otpi_node_printed(5), 0);
    for (uint32_t slot = 0; slot < 10; slot++) {
        CHECK_EQ(otpi_node_printed(otpi_node_printed(slot)), slot);
    }
    otpi_terms.node_here = seam;
}
