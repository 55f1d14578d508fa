/* SPDX-License-Identifier: MIT */
/*
 * Pids, ports and references of other nodes; see pid.h.
 *
 * A pid whose numbers do not fit the word is interned: the word holds its place in an append-only
 * table, so that equal pids still have equal words. Entries lie in segments that double in size.
 */
#include "term/pid.h"

#include "base/hash.h"
#include "port/memory.h"
#include "port/thread.h"

#define INDEX_MAX  ((UINT64_C(1) << OTPI_PID_INDEX_BITS) - 1)
#define SERIAL_MAX ((1u << OTPI_PID_SERIAL_BITS) - 1)

enum {
    FIRST = 64, /* entries of segment 0 */
    SEGMENTS = 15,
    CHAINS = 1024,
};

typedef struct wide {
    otpi_address address;
    uint32_t next; /* in its chain: place + 1 */
} wide;

static wide *segments[SEGMENTS];

/* Protects growth; entries once there are read without it. */
static otpi_mutex growing = OTPI_MUTEX_INIT;
static uint32_t chains[CHAINS]; /* place + 1 of the newest */
static uint32_t wide_count;

static wide *wide_at(size_t place) {
    size_t segment = 63 - (size_t)__builtin_clzll(place / FIRST + 1);
    /* acquire: pairs with the release in add_wide */
    wide *base = __atomic_load_n(&segments[segment], __ATOMIC_ACQUIRE);
    return &base[place - (((size_t)FIRST << segment) - FIRST)];
}

static bool same_address(const otpi_address *a, const otpi_address *b) {
    return a->id == b->id && a->serial == b->serial && a->node == b->node;
}

static otp_err add_wide(const otpi_address *address, uint32_t *chain, uint32_t *place) {
    if (wide_count >= OTPI_WIDE_MAX - FIRST) {
        return OTP_ELIMIT;
    }
    size_t segment = 63 - (size_t)__builtin_clzll(wide_count / FIRST + 1);
    if (segments[segment] == NULL) {
        wide *fresh = otpi_calloc((size_t)FIRST << segment, sizeof *fresh);
        if (fresh == NULL) {
            return OTP_ENOMEM;
        }
        __atomic_store_n(&segments[segment], fresh, __ATOMIC_RELEASE);
    }
    *place = wide_count++;
    *wide_at(*place) = (wide){*address, *chain};
    *chain = *place + 1;
    return OTP_OK;
}

static otp_err intern(const otpi_address *address, uint32_t *place) {
    uint64_t hash = otpi_hash_mix(address->id, (uint64_t)address->node << 32 | address->serial);
    uint32_t *chain = &chains[hash % CHAINS];
    otp_err err = OTP_OK;
    otpi_mutex_lock(&growing);
    uint32_t at = *chain;
    while (at != 0 && !same_address(&wide_at(at - 1)->address, address)) {
        at = wide_at(at - 1)->next;
    }
    *place = at - 1;
    if (at == 0) {
        err = add_wide(address, chain, place);
    }
    otpi_mutex_unlock(&growing);
    return err;
}

/* ---- Pids and ports ---- */

otp_err otpi_pid_make(otpi_address address, otp_pid *out) {
    if (address.id <= INDEX_MAX && address.serial <= SERIAL_MAX) {
        *out = otpi_pid(address.node, address.serial, (uint32_t)address.id);
        return OTP_OK;
    }
    uint32_t place;
    otp_err err = intern(&address, &place);
    if (err == OTP_OK) {
        *out = otpi_pid(OTPI_WIDE_NODE, 0, place);
    }
    return err;
}

otpi_address otpi_pid_address(otp_pid pid) {
    if (otpi_pid_node(pid) == OTPI_WIDE_NODE) {
        return wide_at(otpi_pid_index(pid))->address;
    }
    return (otpi_address){otpi_pid_index(pid), otpi_pid_serial(pid), otpi_pid_node(pid)};
}

static otp_term port_of_pid(otp_pid pid) {
    return (otp_term){pid.word | OTPI_LOW_PORT};
}

otp_err otpi_port_make(otpi_address address, otp_term *out) {
    uint32_t place;
    if (address.id >> OTPI_PID_INDEX_BITS <= SERIAL_MAX) {
        *out = port_of_pid(otpi_pid(address.node, (uint32_t)(address.id >> OTPI_PID_INDEX_BITS),
                                    (uint32_t)(address.id & INDEX_MAX)));
        return OTP_OK;
    }
    otp_err err = intern(&address, &place);
    if (err == OTP_OK) {
        *out = port_of_pid(otpi_pid(OTPI_WIDE_NODE, 0, place));
    }
    return err;
}

otpi_address otpi_port_address(otp_term port) {
    otp_pid word = {port.word};
    if (otpi_pid_node(word) == OTPI_WIDE_NODE) {
        return wide_at(otpi_pid_index(word))->address;
    }
    uint64_t number = (uint64_t)otpi_pid_serial(word) << OTPI_PID_INDEX_BITS | otpi_pid_index(word);
    return (otpi_address){number, 0, otpi_pid_node(word)};
}

/* ---- References ---- */

enum { LOW_BITS = 18, MIDDLE_BITS = 32, HIGH_BITS = 14, COUNT_SHIFT = 16 };

size_t otpi_ref_numbers(otp_ref ref, uint32_t numbers[OTPI_REF_NUMBERS_MAX]) {
    size_t count = ref.word[0] >> COUNT_SHIFT & 0xff;
    uint64_t id = ref.word[1];
    if (count == 0) {
        numbers[0] = (uint32_t)(id & ((1u << LOW_BITS) - 1));
        numbers[1] = (uint32_t)(id >> LOW_BITS);
        numbers[2] = (uint32_t)(id >> (LOW_BITS + MIDDLE_BITS));
        return 3;
    }
    numbers[0] = (uint32_t)id;
    numbers[1] = (uint32_t)(id >> 32);
    numbers[2] = (uint32_t)ref.word[2];
    numbers[3] = (uint32_t)(ref.word[2] >> 32);
    numbers[4] = (uint32_t)(ref.word[0] >> 32);
    return count;
}

otp_ref otpi_ref_of_numbers(uint32_t node, const uint32_t *numbers, size_t count) {
    uint64_t n[OTPI_REF_NUMBERS_MAX] = {0};
    for (size_t i = 0; i < count && i < OTPI_REF_NUMBERS_MAX; i++) {
        n[i] = numbers[i];
    }
    if (count == 3 && n[0] >> LOW_BITS == 0 && n[2] >> HIGH_BITS == 0) {
        return otpi_ref(node, n[0] | n[1] << LOW_BITS | n[2] << (LOW_BITS + MIDDLE_BITS));
    }
    return (otp_ref){
        {node | (uint64_t)count << COUNT_SHIFT | n[4] << 32, n[0] | n[1] << 32, n[2] | n[3] << 32}};
}
