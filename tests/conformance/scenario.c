/* SPDX-License-Identifier: MIT */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 1 << 20 };

static char *text_of(const char *path) {
    FILE *file = fopen(path, "r");
    char *text = file ? malloc(FILE_MAX) : NULL;
    if (text) {
        text[fread(text, 1, FILE_MAX - 1, file)] = 0;
    }
    if (file) {
        fclose(file);
    }
    return text;
}

static otp_term part(otp_term map, otp_term key) {
    otp_term value = otp_map_get(map, key);
    return otp_is_none(value) ? otp_map_of(0, NULL) : value;
}

static bool read_parts(otp_term term, scenario *out) {
    out->scripts = part(term, OTP_ATOM(scripts));
    out->servers = part(term, OTP_ATOM(servers));
    out->supervisors = part(term, OTP_ATOM(supervisors));
    otp_term timers = otp_map_get(term, OTP_ATOM(timers));
    out->timers = otp_is(timers, "race") ? OTP_TIMERS_RACE : OTP_TIMERS_LAST;
    return otp_kind_of(term) == OTP_KIND_MAP &&
           !otp_is_none(otp_map_get(out->scripts, OTP_ATOM(main)));
}

bool scenario_load(const char *path, scenario *out, char *why, size_t why_size) {
    char *text = text_of(path);
    if (!text) {
        snprintf(why, why_size, "%s cannot be read", path);
        return false;
    }
    out->scope = otp_scope_begin();
    otp_term term;
    otp_parse_error error;
    otp_err err = otp_parse(text, &term, &error);
    free(text);
    if (err != OTP_OK) {
        snprintf(why, why_size, "%s:%zu:%zu: %s, expected %s", path, error.line, error.column,
                 otp_err_text(err), error.expected);
    } else if (!read_parts(term, out)) {
        snprintf(why, why_size, "%s: a scenario is a map with scripts, one of them main", path);
    } else {
        return true;
    }
    otp_scope_end(out->scope);
    return false;
}

void scenario_unload(scenario *s) {
    otp_scope_end(s->scope);
}
