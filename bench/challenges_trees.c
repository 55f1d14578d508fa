/* SPDX-License-Identifier: MIT */
/*
 * The challenges that draw recursively: calculator and binheap.
 */
#include "bench/challenges_parts.h"

enum { NODES_MAX = 512, DEPTH_MAX = 8 };

/* ---- calculator: expressions of numbers, sums and quotients ---- */

typedef struct expr {
    enum { NUMBER, SUM, QUOTIENT } kind;
    int64_t number;
    struct expr *left, *right;
} expr;

typedef struct exprs {
    expr nodes[NODES_MAX];
    size_t count;
} exprs;

static expr *draw_expr(exprs *all, int depth) {
    ST_SPAN("expr");
    st_assume(all->count < NODES_MAX);
    expr *e = &all->nodes[all->count++];
    int kind = depth == 0 ? NUMBER : (int)st_alternative(3);
    *e = (expr){.kind = (unsigned)kind};
    if (kind == NUMBER) {
        e->number = st_int(INT32_MIN, INT32_MAX);
        return e;
    }
    e->left = draw_expr(all, depth - 1);
    e->right = draw_expr(all, depth - 1);
    return e;
}

/* Floor division; false when it was by zero. */
static bool evaluate(const expr *e, int64_t *out) {
    int64_t left, right;
    if (e->kind == NUMBER) {
        *out = e->number;
        return true;
    }
    if (!evaluate(e->left, &left) || !evaluate(e->right, &right)) {
        return false;
    }
    if (e->kind == SUM) {
        *out = left + right;
        return true;
    }
    if (right == 0) {
        return false;
    }
    *out = left / right - (left % right != 0 && (left < 0) != (right < 0));
    return true;
}

static bool divides_by_literal_zero(const expr *e) {
    if (e->kind == NUMBER) {
        return false;
    }
    return (e->kind == QUOTIENT && e->right->kind == NUMBER && e->right->number == 0) ||
           divides_by_literal_zero(e->left) || divides_by_literal_zero(e->right);
}

static void show_expr(challenge_case *c, const expr *e) {
    if (e->kind == NUMBER) {
        show_int(c, e->number);
        return;
    }
    show_text(c, e->kind == SUM ? "(+ " : "(/ ");
    show_expr(c, e->left);
    show_expr(c, e->right);
    show_text(c, ") ");
}

bool challenge_calculator(void *context) {
    challenge_case *c = context;
    static exprs all;
    int64_t value;
    all.count = 0;
    const expr *e = draw_expr(&all, DEPTH_MAX);
    st_assume(!divides_by_literal_zero(e));
    show_begin(c);
    show_expr(c, e);
    c->ideal = strcmp(c->shown, "(/ 0 (+ 0 0 ) ) ") == 0;
    return evaluate(e, &value);
}

/* ---- binheap: a heap whose list is made wrongly ---- */

typedef struct heap {
    int64_t key;
    struct heap *left, *right;
} heap;

typedef struct heaps {
    heap nodes[NODES_MAX];
    size_t count;
} heaps;

static heap *node(heaps *all, int64_t key, heap *left, heap *right) {
    heap *h = &all->nodes[all->count++];
    *h = (heap){.key = key, .left = left, .right = right};
    return h;
}

static heap *draw_heap(heaps *all, int64_t bound, int64_t size) {
    ST_SPAN("heap");
    int64_t branch = st_int(1, 8);
    if (branch == 1 || size <= 0) {
        return NULL;
    }
    int64_t key = st_int(bound, INT32_MAX);
    heap *left = draw_heap(all, key, size / 2);
    heap *right = draw_heap(all, key, size / 2);
    return node(all, key, left, right);
}

static size_t heap_list(heap *root, ints *out) {
    heap *stack[INTS_MAX];
    size_t n = 0;
    out->count = 0;
    stack[n++] = root;
    while (n > 0) {
        heap *h = stack[--n];
        if (h) {
            out->values[out->count++] = h->key;
            stack[n++] = h->left;
            stack[n++] = h->right;
        }
    }
    return out->count;
}

static heap *merge(heaps *all, heap *a, heap *b) {
    if (!a || !b) {
        return a ? a : b;
    }
    return a->key <= b->key ? node(all, a->key, merge(all, a->right, b), a->left)
                            : node(all, b->key, merge(all, a, b->right), b->left);
}

/* The bug: only the root is taken out by merging; the rest comes as it lies. */
static void wrong_sorted(heaps *all, heap *h, ints *out) {
    ints rest = {0};
    out->count = 0;
    if (!h) {
        return;
    }
    heap_list(merge(all, h->left, h->right), &rest);
    out->values[out->count++] = h->key;
    for (size_t i = 0; i < rest.count; i++) {
        out->values[out->count++] = rest.values[i];
    }
}

static void show_heap(challenge_case *c, const heap *h) {
    if (!h) {
        show_text(c, "- ");
        return;
    }
    show_text(c, "(");
    show_int(c, h->key);
    show_heap(c, h->left);
    show_heap(c, h->right);
    show_text(c, ") ");
}

bool challenge_binheap(void *context) {
    challenge_case *c = context;
    static heaps all;
    ints sorted = {0}, wrong = {0}, list = {0};
    all.count = 0;
    heap *h = draw_heap(&all, c->offset, st_int(0, 20));
    show_begin(c);
    show_heap(c, h);
    char ideal[128];
    int64_t o = c->offset;
    snprintf(ideal, sizeof ideal,
             "(%" PRId64 " - (%" PRId64 " (%" PRId64 " - - ) (%" PRId64 " - - ) ) ) ", o, o, o,
             o + 1);
    c->ideal = strcmp(c->shown, ideal) == 0;
    heap_list(h, &list);
    wrong_sorted(&all, h, &wrong);
    sorted = wrong;
    sort_ints(&sorted);
    sort_ints(&list);
    return memcmp(sorted.values, wrong.values, wrong.count * sizeof(int64_t)) == 0 &&
           list.count == sorted.count &&
           memcmp(list.values, sorted.values, list.count * sizeof(int64_t)) == 0;
}
