/* SPDX-License-Identifier: MIT */
#include "external/outbox.h"

#include "tests/unit.h"

#include <string.h>

UNIT("bytes come out in the order they went in, in other pieces") {
    otpi_outbox outbox = {0};
    uint8_t next_in = 0;
    uint8_t next_out = 0;
    for (size_t i = 0; i < 1000; i++) {
        size_t in = i % 13;
        REQUIRE(otpi_outbox_reserve(&outbox, in));
        for (size_t k = 0; k < in; k++) {
            otpi_outbox_add(&outbox, &next_in, 1);
            next_in++;
        }
        size_t out = otpi_outbox_size(&outbox) < i % 11 ? otpi_outbox_size(&outbox) : i % 11;
        for (size_t k = 0; k < out; k++) {
            REQUIRE(otpi_outbox_first(&outbox)[k] == next_out);
            next_out++;
        }
        otpi_outbox_written(&outbox, out);
    }
    CHECK_EQ((uint8_t)(next_in - next_out), (uint8_t)otpi_outbox_size(&outbox));
    otpi_outbox_fini(&outbox);
}

UNIT("iodata is flattened; what is none is refused") {
    otp_scope scope = otp_scope_begin();
    otpi_outbox outbox = {0};
    size_t size;
    otp_term iodata = otp_term_of("[97, <<\"bc\">>, [[], [100 | <<\"e\">>]] | <<\"f\">>]");
    REQUIRE(otpi_iodata_size(iodata, &size));
    CHECK_EQ(size, 6);
    REQUIRE(otpi_outbox_reserve(&outbox, size));
    otpi_outbox_add_iodata(&outbox, iodata);
    CHECK(memcmp(otpi_outbox_first(&outbox), "abcdef", 6) == 0);
    CHECK(otpi_iodata_size(otp_nil(), &size) && size == 0);
    CHECK(!otpi_iodata_size(otp_term_of("[256]"), &size));
    CHECK(!otpi_iodata_size(otp_term_of("[-1]"), &size));
    CHECK(!otpi_iodata_size(otp_term_of("[1 | 2]"), &size));
    CHECK(!otpi_iodata_size(otp_term_of("atom"), &size));
    CHECK(!otpi_iodata_size(otp_term_of("[<<1:3>>]"), &size));
    otp_term deep = otp_nil();
    for (int i = 0; i < OTPI_IODATA_DEPTH; i++) {
        deep = otp_list(deep);
    }
    CHECK(otpi_iodata_size(deep, &size));
    CHECK(!otpi_iodata_size(otp_list(otp_list(deep)), &size));
    otpi_outbox_fini(&outbox);
    otp_scope_end(scope);
}
