/* SPDX-License-Identifier: MIT */
/*
 * Pools: values that commands leave for later ones. They belong to the process that runs the model;
 * in a simulated world it is the only one of its thread that does.
 */
#include "supertester/model/run.h"

#include "port/memory.h"

#include <string.h>

typedef struct pooled {
    const char *pool;
    otp_term value; /* kept */
} pooled;

static _Thread_local struct {
    pooled *values;
    size_t count, capacity;
} pools;

void sti_pools_begin(void) {
    pools.count = 0; /* what an earlier run left was kept by a process that is gone */
}

void sti_pools_end(void) {
    for (size_t i = 0; i < pools.count; i++) {
        otp_drop(pools.values[i].value);
    }
    otpi_free(pools.values);
    memset(&pools, 0, sizeof pools);
}

void st_pool_add(const char *pool, otp_term value) {
    if (pools.count == pools.capacity) {
        size_t capacity = 2 * pools.capacity + 16;
        pooled *grown = otpi_realloc(pools.values, capacity * sizeof *grown);
        if (!grown) {
            otp_exit(OTP_ATOM(enomem));
        }
        pools.values = grown;
        pools.capacity = capacity;
    }
    pools.values[pools.count++] = (pooled){.pool = pool, .value = otp_keep(value)};
}

size_t st_pool_size(const char *pool) {
    size_t size = 0;
    for (size_t i = 0; i < pools.count; i++) {
        size += strcmp(pools.values[i].pool, pool) == 0;
    }
    return size;
}

otp_term st_pool_pick(const char *pool) {
    size_t size = st_pool_size(pool);
    size_t number = size > 0 ? st_index(size) : 0;
    for (size_t i = 0; i < pools.count; i++) {
        if (strcmp(pools.values[i].pool, pool) == 0 && number-- == 0) {
            return pools.values[i].value;
        }
    }
    return otp_nil();
}

void st_pool_remove(const char *pool, otp_term value) {
    size_t kept = 0;
    for (size_t i = 0; i < pools.count; i++) {
        pooled each = pools.values[i];
        if (strcmp(each.pool, pool) == 0 && otp_equal(each.value, value)) {
            otp_drop(each.value);
        } else {
            pools.values[kept++] = each;
        }
    }
    pools.count = kept;
}
