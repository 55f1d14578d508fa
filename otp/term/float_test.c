/* SPDX-License-Identifier: MIT */
#include "term/float.h"
#include "base/prng.h"
#include "unit.h"

#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static const char *show(double value) {
    static char text[OTPI_FLOAT_TEXT_MAX];
    size_t length = otpi_float_print(value, text);
    text[length] = '\0';
    return text;
}

UNIT("floats print as Erlang prints them") {
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1e10, "1.0e10"},
        {1e4, "1.0e4"},
        {1000.0, "1.0e3"},
        {100.0, "100.0"},
        {123456.0, "123456.0"},
        {9007199254740991.0, "9007199254740991.0"},
        {9007199254740992.0, "9.007199254740992e15"},
        {12345678901234567890.0, "1.2345678901234567e19"},
        {0.1, "0.1"},
        {0.001, "0.001"},
        {0.0001, "0.0001"},
        {1.5e-5, "1.5e-5"},
        {0.00123, "0.00123"},
        {1.25e-4, "1.25e-4"},
        {5e-324, "5.0e-324"},
        {1.7976931348623157e308, "1.7976931348623157e308"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {-1234.5e-3, "-1.2345"},
        {120000.0, "1.2e5"},
        {0.3, "0.3"},
        {0.1 + 0.2, "0.30000000000000004"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_STR(show(cases[i].value), cases[i].text);
    }
}

UNIT("every float reads back as itself") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = otpi_prng_next(&prng);
        double value, back = 0;
        memcpy(&value, &bits, sizeof value);
        value = fabs(value);
        if (i % 4 == 0) {
            value = ldexp((double)(bits >> 40), -(int)(bits % 80));
        }
        if (isfinite(value)) {
            const char *text = show(value);
            if (!otpi_float_parse(text, strlen(text), &back) || back != value) {
                CHECK_STR(text, "itself");
            }
        }
    }
}

UNIT("the decimal point is a point in every locale") {
    double value = 0;
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL) {
        (void)setlocale(LC_NUMERIC, ""); /* no such locale here: at least one that is not C */
    }
    CHECK_STR(show(1.5), "1.5");
    CHECK(otpi_float_parse("2.25", 4, &value) && value == 2.25);
    (void)setlocale(LC_NUMERIC, "C");
}

UNIT("too large, too long and odd exponents") {
    double value = 0;
    char zeros[3000];
    CHECK(!otpi_float_parse("1.0e309", 7, &value));
    CHECK(otpi_float_parse("1.0e-400", 8, &value) && value == 0);
    CHECK(otpi_float_parse("1.0e-99999999999999999999", 25, &value) && value == 0);
    CHECK(otpi_float_parse("1_0.2_5e0_1", 11, &value) && value == 102.5);
    memset(zeros, '0', sizeof zeros);
    CHECK(!otpi_float_parse(zeros, sizeof zeros, &value));
}
