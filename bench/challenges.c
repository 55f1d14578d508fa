/* SPDX-License-Identifier: MIT */
/*
 * The thirteen properties of the shrinking challenge; see challenges.h. Each generator is written
 * as its definition says, with the draws a user would take.
 */
#include "bench/challenges.h"

#include "bench/challenges_parts.h"

#include <stdio.h>
#include <string.h>

#define ANY_INT st_int(INT64_MIN / 2, INT64_MAX / 2)

/* ---- bound5: five lists of int16, each with a wrapped sum below 256 ---- */

static bool bound5(void *context) {
    challenge_case *c = context;
    int16_t all = 0;
    ints five[5];
    for (int i = 0; i < 5; i++) {
        ints *list = &five[c->swapped ? 4 - i : i];
        int16_t sum = 0;
        list->count = 0;
        ST_LIST(e, 0, 10) {
            list->values[list->count] = st_int(INT16_MIN, INT16_MAX);
            sum = (int16_t)(sum + list->values[list->count++]);
        }
        st_assume(sum < 256);
        all = (int16_t)(all + sum);
    }
    int64_t low = 0, ones = 0, total = 0;
    show_begin(c);
    for (int i = 0; i < 5; i++) {
        show_ints(c, &five[i]);
        total += (int64_t)five[i].count;
        ones += five[i].count == 1 && five[i].values[0] == -1;
        low += five[i].count == 1 && five[i].values[0] == INT16_MIN;
    }
    c->ideal = total == 2 && ones == 1 && low == 1;
    return all < 5 * 256;
}

/* ---- Lists of lists ---- */

static bool large_union_list(void *context) {
    challenge_case *c = context;
    ints lists[10], seen = {0};
    size_t n = 0;
    show_begin(c);
    ST_LIST(outer, 0, 10) {
        lists[n].count = 0;
        ST_LIST(inner, 0, 10) {
            int64_t value = ANY_INT + c->offset;
            lists[n].values[lists[n].count++] = value;
            add_distinct(&seen, value);
        }
        show_ints(c, &lists[n++]);
    }
    sort_ints(&seen);
    c->ideal = n == 1 && lists[0].count == 5 && seen.count == 5;
    for (size_t i = 0; i < seen.count && c->ideal; i++) {
        c->ideal = seen.values[i] == (int64_t)i - 2 + c->offset;
    }
    return seen.count < 5;
}

static bool nestedlists(void *context) {
    challenge_case *c = context;
    size_t lists = 0, total = 0;
    show_begin(c);
    ST_LIST(outer, 0, 20) {
        size_t inside = 0;
        ST_LIST(inner, 0, 20) {
            inside++;
        }
        show_int(c, (int64_t)inside);
        total += inside;
        lists++;
    }
    c->ideal = lists == 1 && total == 11;
    return total <= 10;
}

/* ---- Lists of ints ---- */

static void draw_ints(ints *list, int64_t most, int64_t lo, int64_t hi) {
    list->count = 0;
    ST_LIST(e, 0, most) {
        list->values[list->count++] = st_int(lo, hi);
    }
}

static bool reverse(void *context) {
    challenge_case *c = context;
    ints list = {0};
    ST_LIST(e, 0, 50) {
        list.values[list.count++] = ANY_INT + c->offset;
    }
    show_begin(c);
    show_ints(c, &list);
    bool same = true;
    for (size_t i = 0; i < list.count; i++) {
        same = same && list.values[i] == list.values[list.count - 1 - i];
    }
    c->ideal = list.count == 2 && list.values[0] == c->offset &&
               (list.values[1] == c->offset + 1 || list.values[1] == c->offset - 1);
    return same;
}

static bool distinct(void *context) {
    challenge_case *c = context;
    ints list = {0}, seen = {0};
    ST_LIST(e, 0, 50) {
        list.values[list.count] = ANY_INT + c->offset;
        add_distinct(&seen, list.values[list.count++]);
    }
    show_begin(c);
    show_ints(c, &list);
    sort_ints(&seen);
    int64_t first = seen.count > 0 ? seen.values[0] - c->offset : 0;
    c->ideal = list.count == 3 && seen.count == 3 && (first == -1 || first == 0) &&
               seen.values[2] - seen.values[0] == 2;
    return seen.count < 3;
}

static bool lengthlist(void *context) {
    challenge_case *c = context;
    int64_t n = st_int(1, 100), most = 0;
    ints list = {0};
    for (int64_t i = 0; i < n; i++) {
        list.values[i] = st_int(0, 1000) + c->offset;
        list.count++;
        most = list.values[i] > most ? list.values[i] : most;
    }
    show_begin(c);
    show_ints(c, &list);
    c->ideal = n == 1 && most == 900 + c->offset;
    return most < 900 + c->offset;
}

static bool coupling(void *context) {
    challenge_case *c = context;
    ints l;
    draw_ints(&l, 50, 0, 10);
    for (size_t i = 0; i < l.count; i++) {
        st_assume(l.values[i] < (int64_t)l.count);
    }
    show_begin(c);
    show_ints(c, &l);
    c->ideal = l.count == 2 && l.values[0] == 1 && l.values[1] == 0;
    for (size_t i = 0; i < l.count; i++) {
        size_t j = (size_t)l.values[i];
        if (i != j && l.values[j] == (int64_t)i) {
            return false;
        }
    }
    return true;
}

static bool deletion(void *context) {
    challenge_case *c = context;
    ints l = {0};
    int64_t i = c->swapped ? st_int(0, 10) : 0;
    ST_LIST(e, 0, 50) {
        l.values[l.count++] = ANY_INT;
    }
    i = c->swapped ? i : st_int(0, 10);
    st_assume(i < (int64_t)l.count);
    int64_t x = l.values[i];
    size_t times = 0;
    for (size_t k = 0; k < l.count; k++) {
        times += l.values[k] == x;
    }
    show_begin(c);
    show_ints(c, &l);
    show_int(c, i);
    c->ideal = l.count == 2 && l.values[0] == 0 && l.values[1] == 0 && i == 0;
    return times < 2;
}

/* ---- Differences ---- */

typedef struct pair {
    int64_t a, b;
} pair;

static pair draw_pair(challenge_case *c) {
    pair p;
    if (c->swapped) {
        p.b = st_int(1, INT32_MAX);
        p.a = st_int(1, INT32_MAX);
    } else {
        p.a = st_int(1, INT32_MAX);
        p.b = st_int(1, INT32_MAX);
    }
    show_begin(c);
    show_int(c, p.a);
    show_int(c, p.b);
    return p;
}

static int64_t apart(pair p) {
    return p.a < p.b ? p.b - p.a : p.a - p.b;
}

static bool difference_zero(void *context) {
    challenge_case *c = context;
    pair p = draw_pair(c);
    c->ideal = p.a == 10 && p.b == 10;
    return p.a < 10 || p.a != p.b;
}

static bool difference_small(void *context) {
    challenge_case *c = context;
    pair p = draw_pair(c);
    c->ideal = p.a == 10 && p.b == 6;
    return p.a < 10 || apart(p) < 1 || apart(p) > 4;
}

static bool difference_one(void *context) {
    challenge_case *c = context;
    pair p = draw_pair(c);
    c->ideal = p.a == 10 && p.b == 9;
    return p.a < 10 || apart(p) != 1;
}

const challenge challenges[] = {
    {"bound5", bound5, CHALLENGE_PUBLIC},
    {"large_union_list", large_union_list, CHALLENGE_PUBLIC},
    {"reverse", reverse, CHALLENGE_PUBLIC},
    {"calculator", challenge_calculator, CHALLENGE_PUBLIC},
    {"lengthlist", lengthlist, CHALLENGE_PUBLIC},
    {"difference_zero", difference_zero, CHALLENGE_PUBLIC},
    {"difference_small", difference_small, CHALLENGE_PUBLIC},
    {"difference_one", difference_one, CHALLENGE_PUBLIC},
    {"binheap", challenge_binheap, CHALLENGE_PUBLIC},
    {"coupling", coupling, CHALLENGE_PUBLIC},
    {"deletion", deletion, CHALLENGE_PUBLIC},
    {"distinct", distinct, CHALLENGE_PUBLIC},
    {"nestedlists", nestedlists, CHALLENGE_PUBLIC},
    {"sum", challenge_sum, CHALLENGE_OWN},
    {"bytes", challenge_bytes, CHALLENGE_OWN},
    {"tree", challenge_tree, CHALLENGE_OWN},
    {"clash", challenge_clash, CHALLENGE_OWN},
    {"float", challenge_float, CHALLENGE_OWN},
    {"diehard", challenge_diehard, CHALLENGE_STATEFUL},
    {"counter", challenge_counter, CHALLENGE_STATEFUL},
};
const size_t challenge_count = sizeof challenges / sizeof challenges[0];
