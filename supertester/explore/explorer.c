/* SPDX-License-Identifier: MIT */
/*
 * Strategies in turn; see explorer.h.
 */
#include "supertester/explore/explorer.h"

enum { DEPTH_MAX = 5 };

/* What meets most by itself comes first, and twice: see docs/decisions/0018-orders.md. */
static const st_strategy portfolio[] = {ST_POS, ST_RANDOM_WALK, ST_URW, ST_PCT, ST_POS, ST_DELAYS};
enum { PORTFOLIO = sizeof portfolio / sizeof portfolio[0] };

void sti_explorer_init(sti_explorer *explorer, st_strategy kind, unsigned depth, uint64_t seed) {
    explorer->kind = kind;
    explorer->depth = depth;
    sti_strategy_init(&explorer->strategy, seed);
}

void sti_explorer_begin(sti_explorer *explorer, st_choices *list, uint64_t turn) {
    bool all = explorer->kind == ST_PORTFOLIO;
    uint64_t round = all ? turn / PORTFOLIO : turn;
    sti_strategy_begin(&explorer->strategy, all ? portfolio[turn % PORTFOLIO] : explorer->kind,
                       explorer->depth ? explorer->depth : 1 + (unsigned)(round % DEPTH_MAX));
    list->picker = &explorer->strategy.picker;
}
