/* SPDX-License-Identifier: MIT */
#include "dist/control.h"

#include "base/prng.h"
#include "term/atom.h"
#include "term/pid.h"
#include "tests/unit.h"

static otp_term pid_of(uint32_t index) {
    return otp_from_pid(otpi_pid(0, 1, index));
}

static otpi_control sample(otpi_control_kind kind) {
    otpi_control c = {.kind = kind, .from = pid_of(1), .to = pid_of(2)};
    bool reasons =
        kind == OTPI_CONTROL_EXIT || kind == OTPI_CONTROL_EXIT2 || kind == OTPI_CONTROL_DOWN;
    if (reasons || kind <= OTPI_CONTROL_ALIAS_SEND) {
        c.what = otp_tuple(OTP_ATOM(what), otp_int(7));
    }
    if (kind == OTPI_CONTROL_REG_SEND) {
        c.to = OTP_ATOM(server);
    }
    if (kind == OTPI_CONTROL_ALIAS_SEND) {
        c.to = otp_from_ref(otpi_ref(0, 77));
    }
    if (kind == OTPI_CONTROL_UNLINK || kind == OTPI_CONTROL_UNLINK_ACK) {
        c.id = UINT64_MAX - (uint64_t)kind;
    }
    if (kind >= OTPI_CONTROL_MONITOR) {
        c.ref = otpi_ref(0, 99);
    }
    return c;
}

static void check_same(const otpi_control *a, const otpi_control *b) {
    CHECK_EQ(a->kind, b->kind);
    CHECK(otp_equal(a->from, b->from));
    CHECK(otp_equal(a->to, b->to));
    CHECK(otpi_ref_same(a->ref, b->ref));
    CHECK(a->id == b->id);
    CHECK(otp_is_none(a->what) ? otp_is_none(b->what) : otp_equal(a->what, b->what));
}

UNIT("every kind of control message reads back as it was written") {
    for (int kind = OTPI_CONTROL_SEND; kind <= OTPI_CONTROL_DOWN; kind++) {
        otpi_control written = sample((otpi_control_kind)kind);
        otpi_control read;
        uint64_t words[OTPI_CONTROL_WORDS];
        otp_term payload;
        otp_term tuple = otpi_control_write(&written, words, &payload);
        CHECK_EQ(otpi_control_read(tuple, payload, &read), OTP_OK);
        check_same(&written, &read);
    }
}

static void check_written(otpi_control_kind kind, const char *text) {
    otpi_control control = sample(kind);
    uint64_t words[OTPI_CONTROL_WORDS];
    otp_term payload;
    char shown[200];
    otp_print(otpi_control_write(&control, words, &payload), shown, sizeof shown);
    CHECK_STR(shown, text);
}

UNIT("control messages are the tuples of the distribution protocol") {
    check_written(OTPI_CONTROL_LINK, "{1,<0.1.1>,<0.2.1>}");
    check_written(OTPI_CONTROL_EXIT, "{3,<0.1.1>,<0.2.1>,{what,7}}");
    check_written(OTPI_CONTROL_REG_SEND, "{6,<0.1.1>,'',server}");
    check_written(OTPI_CONTROL_EXIT2, "{8,<0.1.1>,<0.2.1>,{what,7}}");
    check_written(OTPI_CONTROL_SEND, "{22,<0.1.1>,<0.2.1>}");
    check_written(OTPI_CONTROL_UNLINK, "{35,18446744073709551611,<0.1.1>,<0.2.1>}");
}

static otp_err read_text(const char *text, bool payload, otpi_control *out) {
    return otpi_control_read(otp_term_of(text), payload ? OTP_ATOM(hello) : OTP_NONE, out);
}

UNIT("forms with a trace token or the reason as payload are read") {
    otpi_control c;
    REQUIRE(read_text("{2, '', <0.2.1>}", true, &c) == OTP_OK);
    CHECK(c.kind == OTPI_CONTROL_SEND && otp_is_none(c.from) && otp_is(c.what, "hello"));
    REQUIRE(read_text("{12, '', <0.2.1>, token}", true, &c) == OTP_OK);
    CHECK(c.kind == OTPI_CONTROL_SEND && c.to.word == pid_of(2).word);
    REQUIRE(read_text("{13, <0.1.1>, <0.2.1>, token, why}", false, &c) == OTP_OK);
    CHECK(c.kind == OTPI_CONTROL_EXIT && otp_is(c.what, "why"));
    REQUIRE(read_text("{24, <0.1.1>, <0.2.1>}", true, &c) == OTP_OK);
    CHECK(c.kind == OTPI_CONTROL_EXIT && otp_is(c.what, "hello"));
    REQUIRE(read_text("{27, <0.1.1>, <0.2.1>, token}", true, &c) == OTP_OK);
    CHECK(c.kind == OTPI_CONTROL_EXIT2 && otp_is(c.what, "hello"));
}

UNIT("what is no control message is refused") {
    static const struct {
        const char *text;
        bool payload;
    } bad[] = {{"hello", false},
               {"{}", false},
               {"[1, 2]", false},
               {"{1}", false},
               {"{link, <0.1.1>, <0.2.1>}", false},
               {"{1, <0.1.1>, <0.2.1>}", true}, /* a payload where none belongs */
               {"{1, <0.1.1>, <0.2.1>, <0.3.1>}", false},
               {"{1, <0.1.1>, 2}", false},
               {"{1, server, <0.2.1>}", false},
               {"{4, <0.1.1>, <0.2.1>}", false}, /* the old UNLINK */
               {"{5}", false},
               {"{6, <0.1.1>, '', <0.2.1>}", true},
               {"{19, <0.1.1>, <0.2.1>, 17}", false},
               {"{19, <0.1.1>, \"server\", 17}", false},
               {"{22, <0.1.1>, <0.2.1>}", false}, /* no message */
               {"{29, 1, <0.1.1>, <0.1.1>, {m, f, 1}, []}", true},
               {"{33, <0.1.1>, <0.2.1>}", true},
               {"{35, 0, <0.1.1>, <0.2.1>}", false},
               {"{35, -1, <0.1.1>, <0.2.1>}", false},
               {"{35, 18446744073709551616, <0.1.1>, <0.2.1>}", false},
               {"{999999999999999999999, <0.1.1>, <0.2.1>}", false}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        otpi_control c;
        CHECK_EQ(read_text(bad[i].text, bad[i].payload, &c), OTP_EFORMAT);
    }
}

/* Any element, one in two from what belongs into control messages. */
static otp_term random_element(otpi_prng *prng) {
    switch (otpi_prng_below(prng, 8)) {
    case 0: return pid_of((uint32_t)otpi_prng_below(prng, 5));
    case 1: return OTP_ATOM(name);
    case 2: return otp_from_ref(otpi_ref(0, otpi_prng_below(prng, 5)));
    case 3: return otp_int((int64_t)otpi_prng_below(prng, 40));
    case 4: return otp_uint(otpi_prng_next(prng));
    case 5: return otp_nil();
    case 6: return otp_tuple(otp_int(1), pid_of(1));
    default: return otp_float(1.5);
    }
}

UNIT("random tuples are refused or read, and what is read writes") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    size_t accepted = 0;
    for (int i = 0; i < 100000; i++) {
        otp_scope scope = otp_scope_begin();
        otp_term elements[7] = {otp_int((int64_t)otpi_prng_below(&prng, 40))};
        size_t n = 1 + otpi_prng_below(&prng, 6);
        for (size_t k = 1; k < n; k++) {
            elements[k] = random_element(&prng);
        }
        otp_term payload = otpi_prng_below(&prng, 2) ? OTP_ATOM(message) : OTP_NONE;
        otpi_control read, again;
        if (otpi_control_read(otp_tuple_of(n, elements), payload, &read) == OTP_OK &&
            !otp_is_none(read.from)) {
            uint64_t words[OTPI_CONTROL_WORDS];
            otp_term tuple = otpi_control_write(&read, words, &payload);
            if (CHECK(otpi_control_read(tuple, payload, &again) == OTP_OK)) {
                check_same(&read, &again);
            }
            accepted++;
        }
        otp_scope_end(scope);
    }
    CHECK(accepted > 20);
}
