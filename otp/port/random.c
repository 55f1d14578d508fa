/* SPDX-License-Identifier: MIT */
#include "port/random.h"

#include "base/assert.h"
#include "port/host.h"

#include <errno.h>
#include <sys/random.h>

uint64_t otpi_entropy64(void) {
    uint64_t word;
    ssize_t got;
    do {
        got = OTPI_HOST_OWN(getrandom(&word, sizeof word, 0));
    } while (got < 0 && errno == EINTR);
    OTPI_ASSERT("port-060", got == (ssize_t)sizeof word);
    return word;
}
