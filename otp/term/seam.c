/* SPDX-License-Identifier: MIT */
/*
 * What the seams do in a program without processes: one node, nonode@nohost, at slot 0; other nodes
 * get slots when pids of theirs are read.
 */
#include "base/hash.h"
#include "port/thread.h"
#include "term/atom.h"

enum { CHAINS = 1024 };

typedef struct node {
    otp_term name;
    uint32_t creation;
    uint32_t next; /* in its chain: slot, 0 ends it */
} node;

static node nodes[OTPI_NODE_SLOTS] = {{{OTPI_AM_nonode_nohost}, 0, 0}};

/* Protects growth. Slots once given out do not change. */
static otpi_mutex growing = OTPI_MUTEX_INIT;
static uint32_t chains[CHAINS];
static uint32_t node_count = 1;

static void ignore_no_memory(const char *site) {
    (void)site;
}

static void ignore_bad_argument(const char *site, const char *what) {
    (void)site, (void)what;
}

static void no_held(void *held) {
    (void)held;
}

static const char *name_of_slot(uint32_t slot, uint32_t *creation) {
    /* acquire: pairs with the release in add_node */
    if (slot >= __atomic_load_n(&node_count, __ATOMIC_ACQUIRE)) {
        return NULL;
    }
    *creation = nodes[slot].creation;
    return otp_atom_text(nodes[slot].name);
}

static uint32_t add_node(otp_term name, uint32_t creation, uint32_t *chain) {
    if (node_count == OTPI_NODE_SLOTS) {
        return OTPI_NODE_SLOTS;
    }
    uint32_t slot = node_count;
    nodes[slot] = (node){name, creation, *chain};
    *chain = slot;
    __atomic_store_n(&node_count, slot + 1, __ATOMIC_RELEASE);
    return slot;
}

static uint32_t slot_of_name(const char *name, size_t length, uint32_t creation) {
    otp_term atom;
    if (otpi_atom_make(name, length, &atom) != OTP_OK) {
        return OTPI_NODE_SLOTS;
    }
    if (atom.word == nodes[0].name.word && creation == nodes[0].creation) {
        return 0;
    }
    uint32_t *chain = &chains[otpi_hash_mix(atom.word, creation) % CHAINS];
    otpi_mutex_lock(&growing);
    uint32_t slot = *chain;
    while (slot != 0 && (nodes[slot].name.word != atom.word || nodes[slot].creation != creation)) {
        slot = nodes[slot].next;
    }
    if (slot == 0) {
        slot = add_node(atom, creation, chain);
    }
    otpi_mutex_unlock(&growing);
    return slot;
}

static uint32_t slot_zero(void) {
    return 0;
}

static bool any_atom(void) {
    return true;
}

static otp_ref next_ref(void) {
    static uint64_t last;
    return otpi_ref(0, __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED));
}

otpi_term_seam otpi_terms = {
    .no_memory = ignore_no_memory,
    .bad_argument = ignore_bad_argument,
    .release_held = no_held,
    .node_name = name_of_slot,
    .node_slot = slot_of_name,
    .node_here = slot_zero,
    .atom_quota = any_atom,
    .fresh_ref = next_ref,
};
