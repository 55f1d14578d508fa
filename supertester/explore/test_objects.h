/* SPDX-License-Identifier: MIT */
/*
 * For tests: simple objects, one for each specification, random histories of them, and a checker
 * that tries all orders. Nothing is shared with what is tested.
 */
#ifndef SUPERTESTER_EXPLORE_TEST_OBJECTS_H
#define SUPERTESTER_EXPLORE_TEST_OBJECTS_H

#include "base/prng.h"

#include <supertester/history.h>

enum { T_OPS_MAX = 64, T_ITEMS_MAX = 64, T_KEYS = 2 };

/* Replies that are no number. */
enum { T_NONE = -1, T_OK = -2, T_TRUE = -3, T_FALSE = -4 };

typedef struct t_state {
    int items[T_ITEMS_MAX];
    int count;
    int values[T_KEYS]; /* of a register (the first) and a map */
} t_state;

typedef struct t_op {
    const char *name;
    int key, a, b; /* arguments; T_NONE = there is no such */
    int client, reply;
    int invoked, returned; /* returned 0 = pending */
} t_op;

typedef struct t_history {
    t_op ops[T_OPS_MAX];
    int count;
} t_history;

typedef struct t_object {
    const st_spec *spec;
    void (*draw)(otpi_prng *prng, t_op *op);
    int (*apply)(t_state *state, const t_op *op); /* the reply */
} t_object;

extern const t_object t_objects[];
extern const size_t t_object_count;

void t_start(t_state *state);
/* A history that is linearizable, in which some operations stay pending. */
void t_draw(const t_object *object, otpi_prng *prng, int operations, int clients,
            t_history *history);
/* Gives one operation another reply. */
void t_mutate(otpi_prng *prng, t_history *history);
/* By trying all orders: in_time: those that keep the order of time, else those of each client. */
bool t_holds(const t_object *object, const t_history *history, bool in_time);
st_history *t_record(const t_history *history);

#endif
