/* SPDX-License-Identifier: MIT */
/*
 * Challenges of our own, of kinds that the public ones do not have: a sum, bytes, a deep tree,
 * records that clash, a float.
 */
#include "bench/challenges_parts.h"

/* The smallest list whose sum is 1000 or more has one element. */
bool challenge_sum(void *context) {
    challenge_case *c = context;
    ints list = {0};
    int64_t sum = 0;
    ST_LIST(e, 0, 50) {
        list.values[list.count] = st_int(0, 1000);
        sum += list.values[list.count++];
    }
    show_begin(c);
    show_ints(c, &list);
    c->ideal = list.count == 1 && sum == 1000;
    return sum < 1000;
}

/* Two equal bytes that are not 0 side by side: 01 01. */
bool challenge_bytes(void *context) {
    challenge_case *c = context;
    uint8_t bytes[64];
    size_t n = st_buffer(bytes, 0, 64);
    bool met = false;
    show_begin(c);
    for (size_t i = 0; i < n; i++) {
        show_int(c, bytes[i]);
        met = met || (i > 0 && bytes[i] != 0 && bytes[i] == bytes[i - 1]);
    }
    c->ideal = n == 2 && bytes[0] == 1 && bytes[1] == 1;
    return !met;
}

typedef struct shape {
    int64_t depth, nodes;
} shape;

static shape draw_tree(int64_t most) {
    ST_SPAN("tree");
    if (most == 0 || st_branch(1, 1) == 0) {
        return (shape){0};
    }
    shape left = draw_tree(most - 1), right = draw_tree(most - 1);
    return (shape){.depth = 1 + (left.depth > right.depth ? left.depth : right.depth),
                   .nodes = 1 + left.nodes + right.nodes};
}

/* A tree five deep has five nodes at least. */
bool challenge_tree(void *context) {
    challenge_case *c = context;
    shape tree = draw_tree(12);
    show_begin(c);
    show_int(c, tree.depth);
    show_int(c, tree.nodes);
    c->ideal = tree.depth == 5 && tree.nodes == 5;
    return tree.depth < 5;
}

/* The same key with two values: (0, 0) and (0, 1). */
bool challenge_clash(void *context) {
    challenge_case *c = context;
    int64_t keys[30], values[30];
    size_t n = 0;
    bool clash = false;
    show_begin(c);
    ST_LIST(e, 0, 30) {
        keys[n] = st_int(-100000, 100000);
        values[n] = st_int(0, 100);
        show_int(c, keys[n]);
        show_int(c, values[n]);
        for (size_t i = 0; i < n; i++) {
            clash = clash || (keys[i] == keys[n] && values[i] != values[n]);
        }
        n++;
    }
    c->ideal = n == 2 && keys[0] == 0 && keys[1] == 0 && values[0] + values[1] == 1;
    return !clash;
}

/* Above a half the simplest float is 1. */
bool challenge_float(void *context) {
    challenge_case *c = context;
    double value = st_float(-1e6, 1e6);
    show_begin(c);
    c->ideal = value == 1;
    return value <= 0.5;
}
