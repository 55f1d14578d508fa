/* SPDX-License-Identifier: MIT */
#include "base/list.h"

#include "base/prng.h"
#include "tests/unit.h"

#include <string.h>

typedef struct item {
    int number;
    otpi_list link;
} item;

static item *item_of(otpi_list *node) {
    return OTPI_LIST_ENTRY(node, item, link);
}

static long sum_and_order(otpi_list *list) {
    long sum = 0;
    OTPI_LIST_EACH (node, list) {
        sum = sum * 10 + item_of(node)->number;
    }
    return sum;
}

static void fill(otpi_list *list, item *items, int n) {
    otpi_list_init(list);
    for (int i = 0; i < n; i++) {
        items[i].number = i + 1;
        otpi_list_push_back(list, &items[i].link);
    }
}

UNIT("a new list is empty and has no first node") {
    otpi_list list;
    otpi_list_init(&list);
    CHECK(otpi_list_empty(&list));
    CHECK(otpi_list_first(&list) == NULL);
    CHECK(otpi_list_take_first(&list) == NULL);
}

UNIT("nodes pushed at the back keep their order, at the front they reverse") {
    item items[3];
    otpi_list list;
    fill(&list, items, 3);
    CHECK_EQ(sum_and_order(&list), 123);
    otpi_list_init(&list);
    for (int i = 0; i < 3; i++) {
        otpi_list_push_front(&list, &items[i].link);
    }
    CHECK_EQ(sum_and_order(&list), 321);
}

UNIT("a removed node is unlinked and can be removed again") {
    item items[3];
    otpi_list list;
    fill(&list, items, 3);
    otpi_list_remove(&items[1].link);
    CHECK(!otpi_list_linked(&items[1].link));
    CHECK(otpi_list_linked(&items[0].link));
    otpi_list_remove(&items[1].link);
    CHECK_EQ(sum_and_order(&list), 13);
}

UNIT("the safe loop may remove the node it stands on") {
    item items[5];
    otpi_list list;
    fill(&list, items, 5);
    OTPI_LIST_EACH_SAFE (node, next, &list) {
        if (item_of(node)->number % 2) {
            otpi_list_remove(node);
        }
    }
    CHECK_EQ(sum_and_order(&list), 24);
}

UNIT("take_first empties a list from its front") {
    item items[2];
    otpi_list list;
    fill(&list, items, 2);
    CHECK_EQ(item_of(otpi_list_take_first(&list))->number, 1);
    CHECK_EQ(item_of(otpi_list_take_first(&list))->number, 2);
    CHECK(otpi_list_empty(&list));
}

UNIT("splice appends all nodes in order and leaves the source empty") {
    item a[2];
    item b[3];
    otpi_list to;
    otpi_list from;
    fill(&to, a, 2);
    fill(&from, b, 3);
    otpi_list_splice(&to, &from);
    CHECK_EQ(sum_and_order(&to), 12123);
    CHECK(otpi_list_empty(&from));
    otpi_list_splice(&to, &from);
    CHECK_EQ(sum_and_order(&to), 12123);
    otpi_list_splice(&from, &to);
    CHECK_EQ(sum_and_order(&from), 12123);
    CHECK(otpi_list_empty(&to));
}

/* The model: an array of numbers in order. */
UNIT("any series of pushes and removals agrees with an array") {
    enum { N = 8 };
    item items[N];
    int model[N];
    int count = 0;
    otpi_list list;
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    otpi_list_init(&list);
    for (int i = 0; i < N; i++) {
        items[i].number = i + 1;
        otpi_list_init(&items[i].link);
    }
    for (int step = 0; step < 20000; step++) {
        int i = (int)otpi_prng_below(&prng, N);
        if (!otpi_list_linked(&items[i].link) && count == 0 && otpi_list_empty(&list)) {
            otpi_list_push_front(&list, &items[i].link);
            model[count++] = i + 1;
            continue;
        }
        int at = 0;
        while (at < count && model[at] != i + 1) {
            at++;
        }
        if (at < count) {
            otpi_list_remove(&items[i].link);
            memmove(model + at, model + at + 1, (size_t)(--count - at) * sizeof *model);
        } else {
            otpi_list_push_back(&list, &items[i].link);
            model[count++] = i + 1;
        }
        long expected = 0;
        for (int k = 0; k < count; k++) {
            expected = expected * 10 + model[k];
        }
        REQUIRE(sum_and_order(&list) == expected);
    }
}
