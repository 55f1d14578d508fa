/* SPDX-License-Identifier: MIT */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

otpi_panic_fn *otpi_panic_hook;

void otpi_panic(const char *id, const char *file, int line, const char *what) {
    /* Taken out first, so that a hook that panics itself is not called again. Relaxed: the hook was
     * set before threads started. */
    otpi_panic_fn *hook = __atomic_exchange_n(&otpi_panic_hook, NULL, __ATOMIC_RELAXED);
    if (hook) {
        hook(id, file, line, what);
    }
    fprintf(stderr,
            "%s:%d: broken invariant %s: %s\n"
            "This is a bug in the runtime, not in your program: please report it with the id.\n",
            file, line, id, what);
    abort();
}
