/* SPDX-License-Identifier: MIT */
/*
 * Every run there was, by what was asked and answered: a trie. A property asks the same as long as
 * it gets the same answers, so the trie foretells what a candidate would lead to, as far as the way
 * is known: which answers would be moved into bounds, which would never be asked for. A candidate
 * that ends in a run that was is not run again.
 *
 * A node is found by a hash of the answers that lead to it; two ways with the same 64 bits are
 * taken for one, which does not happen in a lifetime.
 */
#ifndef SUPERTESTER_PROPERTY_TREE_H
#define SUPERTESTER_PROPERTY_TREE_H

#include "supertester/property/case.h"
#include "supertester/property/tape.h"

#include "base/map64.h"

typedef struct sti_tree_node {
    sti_choice asked; /* kind and bounds of the question; value is not used */
    bool leaf;
    sti_outcome outcome; /* of a leaf */
    uint32_t choices;    /* that lead to it */
} sti_tree_node;

typedef struct sti_tree {
    otpi_map64 ways; /* hash of the answers -> number of the node */
    sti_tree_node *nodes;
    uint32_t count, capacity;
    bool full; /* no more room: it foretells less */
} sti_tree;

void sti_tree_init(sti_tree *tree);
void sti_tree_fini(sti_tree *tree);

/* Remembers a run. */
void sti_tree_add(sti_tree *tree, const sti_tape *run, sti_outcome outcome);
/* The end of the way that the candidate leads to, or NULL. The reader is a list to read with. */
const sti_tree_node *sti_tree_foretell(const sti_tree *tree, const st_choices *candidate,
                                       st_choices *reader);

#endif
