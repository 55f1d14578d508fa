/* SPDX-License-Identifier: MIT */
/*
 * Whether a call of the C library is made to fail (inject.h), as its stand-in asks it.
 */
#ifndef SUPERTESTER_RUNNER_HOST_FAILS_H
#define SUPERTESTER_RUNNER_HOST_FAILS_H

#include "supertester/runner/context.h"

#include "port/host.h"

/* Is a run going on whose calls of the kind are counted? */
static inline bool sti_host_counts(sti_site_kind kind) {
    sti_context *context = sti_context_now;
    return OTPI_UNLIKELY(context != NULL) && context->injection.armed &&
           context->injection.plan.kind == kind && !otpi_host_own;
}

/* name: of the I/O function that asks. */
#define STI_HOST_FAILS(name)                                                                       \
    (sti_host_counts(STI_IO_CALLS) &&                                                              \
     sti_injection_strikes(STI_IO_CALLS,                                                           \
                           &(sti_call){.what = (name), .caller = __builtin_return_address(0)}))

/* Blocks of the C library's allocator that the program holds, the runtime's left out. */
void sti_host_memory_live(int64_t *blocks, int64_t *bytes);

#endif
