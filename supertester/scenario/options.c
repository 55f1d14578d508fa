/* SPDX-License-Identifier: MIT */
/*
 * Options of the generators of scenarios: defaults and refusals; see options.h.
 */
#include "supertester/scenario/options.h"

#include "supertester/property/draw.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

bool sti_refuse(const char *site, const char *format, ...) {
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    st_check_fail(site, "%s", text);
    st_end_test();
    return false;
}

/* ---- Ranges ---- */

static int64_t number_of(int64_t given) {
    return given == ST_ZERO ? 0 : given;
}

bool sti_range_fits(st_range *range, st_range otherwise, st_range bounds, const char *name,
                    const char *site) {
    if (range->lo == 0 && range->hi == 0) {
        *range = otherwise;
    }
    *range = (st_range){number_of(range->lo), number_of(range->hi)};
    if (range->lo > range->hi) {
        return sti_refuse(site, "%s: %" PRId64 " is above %" PRId64, name, range->lo, range->hi);
    }
    if (range->lo < bounds.lo || range->hi > bounds.hi) {
        return sti_refuse(site, "%s: %" PRId64 "..%" PRId64 " is not within %" PRId64 "..%" PRId64,
                          name, range->lo, range->hi, bounds.lo, bounds.hi);
    }
    return true;
}

/* ---- Lists ---- */

static bool is_known(otp_term atom, const char *const *known) {
    for (; *known; known++) {
        if (otp_is(atom, *known)) {
            return true;
        }
    }
    return false;
}

bool sti_list_fits(otp_term *list, otp_term otherwise, const char *const *known, const char *name,
                   const char *site) {
    if (otp_is_none(*list)) {
        *list = otherwise;
    }
    size_t length = otp_is_none(*list) ? 0 : otp_length(*list);
    if (length == 0 || length == SIZE_MAX) {
        return sti_refuse(site, "%s is not a list with elements", name);
    }
    OTP_LIST_FOREACH (element, *list) {
        if (known && !is_known(element, known)) {
            return sti_refuse(site, "%s: %s is none of them", name, otp_show(element));
        }
    }
    return true;
}

otp_term sti_list_pick(otp_term list, const char *label) {
    for (size_t at = st_draw_alternative(otp_length(list), label); at > 0; at--) {
        list = otp_tail(list);
    }
    return otp_head(list);
}

otp_term sti_list_reversed(otp_term list) {
    otp_term result = otp_nil();
    OTP_LIST_FOREACH (element, list) {
        result = otp_cons(element, result);
    }
    return result;
}

/* ---- Telling ---- */

void sti_scenario_begin(const char *label) {
    sti_case_use_terms();
    sti_draw_compose_begin(label);
}

otp_term sti_scenario_end(otp_term drawn, const char *label) {
    sti_draw_compose_end();
    if (sti_draw_told()) {
        sti_case_tell(sti_case_now, label, "%s", otp_show(drawn));
    }
    return drawn;
}
