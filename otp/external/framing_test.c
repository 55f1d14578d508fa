/* SPDX-License-Identifier: MIT */
#include "external/framing.h"

#include "base/prng.h"
#include "port/memory.h"
#include "tests/unit.h"

#include <string.h>

static otpi_framing framing;

static void feed(const void *bytes, size_t size) {
    uint8_t *room = otpi_framing_room(&framing, size);
    REQUIRE(room != NULL);
    memcpy(room, bytes, size);
    otpi_framing_filled(&framing, size);
}

/* The next message as text with its kind before it; "" when there is none. */
static const char *next(void) {
    static char text[256];
    const uint8_t *bytes = NULL;
    size_t size = 0;
    otpi_frame frame = otpi_framing_next(&framing, &bytes, &size);
    if (frame == OTPI_FRAME_NONE) {
        return "";
    }
    text[0] = (char)('0' + (int)frame);
    memcpy(text + 1, bytes, size);
    text[1 + size] = '\0';
    return text;
}

UNIT("packets come whole, however they are cut") {
    otpi_framing_init(&framing, OTP_PORT_PACKET_2, 100);
    feed("\0", 1);
    CHECK_STR(next(), "");
    feed("\3ab", 3);
    CHECK_STR(next(), "");
    feed("c\0\0\0\1d", 6);
    CHECK_STR(next(), "1abc");
    CHECK_STR(next(), "1");
    CHECK_STR(next(), "1d");
    CHECK_STR(next(), "");
    otpi_framing_fini(&framing);
}

UNIT("a packet above the limit is told before it has come") {
    const uint8_t *bytes;
    size_t size;
    otpi_framing_init(&framing, OTP_PORT_PACKET_4, 100);
    feed("\0\0\0\145", 4);
    CHECK_EQ(otpi_framing_next(&framing, &bytes, &size), OTPI_FRAME_TOO_BIG);
    otpi_framing_fini(&framing);
}

UNIT("a line that is exactly as long as allowed is one message") {
    otpi_framing_init(&framing, OTP_PORT_LINE, 3);
    feed("abc", 3);
    CHECK_STR(next(), "");
    feed("\n", 1);
    CHECK_STR(next(), "2abc");
    feed("abcd", 4);
    CHECK_STR(next(), "3abc");
    CHECK_STR(next(), "");
    const uint8_t *bytes;
    size_t size;
    CHECK_EQ(otpi_framing_rest(&framing, &bytes, &size), OTPI_FRAME_NOEOL);
    CHECK(size == 1 && bytes[0] == 'd');
    otpi_framing_fini(&framing);
}

UNIT("lengths are written most significant byte first, and refused when they do not fit") {
    uint8_t header[4];
    CHECK_EQ(otpi_framing_header(OTP_PORT_STREAM, 1 << 30, header), 0);
    CHECK_EQ(otpi_framing_header(OTP_PORT_PACKET_1, 255, header), 1);
    CHECK_EQ(otpi_framing_header(OTP_PORT_PACKET_1, 256, header), SIZE_MAX);
    CHECK_EQ(otpi_framing_header(OTP_PORT_PACKET_4, 0x01020304, header), 4);
    CHECK(memcmp(header, "\1\2\3\4", 4) == 0);
    CHECK_EQ(otpi_framing_header(OTP_PORT_PACKET_4, UINT64_C(1) << 32, header), SIZE_MAX);
}

/* Against the plain way to split: a text, and where it was cut does not matter. */
UNIT("random lines in random pieces come as a simple split says") {
    static char text[4000];
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int round = 0; round < 200; round++) {
        size_t max = 1 + otpi_prng_below(&prng, 9);
        size_t length = otpi_prng_below(&prng, sizeof text);
        for (size_t i = 0; i < length; i++) {
            text[i] = otpi_prng_below(&prng, 6) == 0 ? '\n' : 'x';
        }
        otpi_framing_init(&framing, OTP_PORT_LINE, max);
        size_t at = 0; /* how far the messages have come */
        for (size_t fed = 0; fed < length;) {
            size_t piece = 1 + otpi_prng_below(&prng, 50);
            piece = piece < length - fed ? piece : length - fed;
            feed(text + fed, piece);
            fed += piece;
            const uint8_t *bytes;
            size_t size;
            for (otpi_frame f; (f = otpi_framing_next(&framing, &bytes, &size));) {
                size_t line = strcspn(text + at, "\n");
                REQUIRE(size == (line < max ? line : max));
                REQUIRE(f == (line <= max ? OTPI_FRAME_EOL : OTPI_FRAME_NOEOL));
                REQUIRE(memcmp(bytes, text + at, size) == 0);
                at += size + (f == OTPI_FRAME_EOL);
            }
        }
        REQUIRE(length - at <= max && memchr(text + at, '\n', length - at) == NULL);
        otpi_framing_fini(&framing);
    }
}
