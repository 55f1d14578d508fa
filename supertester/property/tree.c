/* SPDX-License-Identifier: MIT */
/*
 * Every run there was; see tree.h.
 */
#include "supertester/property/tree.h"

#include "base/hash.h"
#include "port/memory.h"

#define ROOT UINT64_C(0x7ee)

enum { NODES_MAX = 1 << 20 }; /* of long schedules there is much to remember */

void sti_tree_init(sti_tree *tree) {
    *tree = (sti_tree){0};
    otpi_map64_init(&tree->ways, &otpi_heap_allocator);
}

void sti_tree_fini(sti_tree *tree) {
    otpi_map64_fini(&tree->ways);
    otpi_free(tree->nodes);
}

/* The node at the hash, new when there is none; NULL when out of memory. */
static sti_tree_node *node_at(sti_tree *tree, uint64_t way) {
    uint64_t *found = otpi_map64_find(&tree->ways, way);
    if (found) {
        return &tree->nodes[*found];
    }
    if (tree->count == NODES_MAX) {
        return NULL;
    }
    if (tree->count == tree->capacity) {
        uint32_t capacity = tree->capacity > 0 ? 2 * tree->capacity : 256;
        sti_tree_node *grown = otpi_realloc(tree->nodes, capacity * sizeof *grown);
        if (!grown) {
            return NULL;
        }
        tree->nodes = grown;
        tree->capacity = capacity;
    }
    if (otpi_map64_put(&tree->ways, way, tree->count) == OTPI_MAP64_ENOMEM) {
        return NULL;
    }
    tree->nodes[tree->count] = (sti_tree_node){0};
    return &tree->nodes[tree->count++];
}

static uint64_t step(uint64_t way, const sti_choice *asked, int64_t answer) {
    return otpi_hash_mix(way, sti_is_answer(asked) ? (uint64_t)answer : ~(uint64_t)asked->kind);
}

void sti_tree_add(sti_tree *tree, const sti_tape *run, sti_outcome outcome) {
    uint64_t way = ROOT;
    sti_tree_node *node = node_at(tree, way);
    for (uint32_t i = 0; node && i < run->count; i++) {
        node->leaf = false;
        node->asked = run->entries[i];
        way = step(way, &run->entries[i], run->entries[i].value);
        node = node_at(tree, way);
    }
    if (node) {
        node->leaf = true;
        node->outcome = outcome;
        node->choices = run->choices;
    }
    tree->full = tree->full || !node;
}

/* What the reader answers to the question of the node. */
static int64_t answer(st_choices *reader, const sti_choice *asked) {
    switch (asked->kind) {
    case STI_KIND_BEGIN: sti_player_begin(&reader->player, reader->recorded); return 0;
    case STI_KIND_END: sti_player_end(&reader->player, reader->recorded); return 0;
    case STI_KIND_NEXT: sti_player_element(&reader->player, reader->recorded); return 0;
    default: break;
    }
    return asked->lane == OTP_LANE_DATA
               ? sti_draw_recorded(reader, asked->type, asked->lo, asked->hi, asked->target)
               : sti_answer_recorded(reader, asked->lane, asked->kind, asked->lo, asked->hi,
                                     asked->target);
}

const sti_tree_node *sti_tree_foretell(const sti_tree *tree, const st_choices *candidate,
                                       st_choices *reader) {
    uint64_t way = ROOT;
    st_choices_from_list(reader, candidate);
    for (;;) {
        const uint64_t *found = otpi_map64_find(&tree->ways, way);
        if (!found) {
            return NULL;
        }
        const sti_tree_node *node = &tree->nodes[*found];
        if (node->leaf) {
            return node;
        }
        way = step(way, &node->asked, answer(reader, &node->asked));
    }
}
