/* SPDX-License-Identifier: MIT */
/*
 * Names that do not meet.
 */
#include "supertester/runner/context.h"

#include <inttypes.h>
#include <stdio.h>
#include <supertester/helpers.h>

otp_term st_unique_name(const char *prefix) {
    char name[256];
    uint64_t number = 1;
    sti_context *context = sti_context_now;
    if (context) {
        otpi_spin_lock(&context->lock);
        number = ++context->names;
        otpi_spin_unlock(&context->lock);
    }
    snprintf(name, sizeof name, "%.200s_%" PRIu64, prefix, number);
    return otp_atom(name);
}
