/* SPDX-License-Identifier: MIT */
/*
 * Two stateful challenges, as operations on a plain struct.
 *
 * diehard: two jugs of 5 and 3, six operations, until the big one holds 4: six steps.
 * counter: one that stops at 10 when it should not: ten increments, one decrement that is ignored,
 * and a look at it.
 */
#include "bench/challenges_parts.h"

enum { STEPS_MAX = 50 };

bool challenge_diehard(void *context) {
    challenge_case *c = context;
    int64_t big = 0, small = 0, steps = 0;
    bool failed = false;
    show_begin(c);
    ST_LIST(step, 0, STEPS_MAX) {
        int64_t poured;
        size_t what = st_alternative(6);
        show_int(c, (int64_t)what);
        switch (what) {
        case 0: small = 3; break;
        case 1: big = 5; break;
        case 2: small = 0; break;
        case 3: big = 0; break;
        case 4:
            poured = small < 5 - big ? small : 5 - big;
            big += poured;
            small -= poured;
            break;
        default:
            poured = big < 3 - small ? big : 3 - small;
            big -= poured;
            small += poured;
        }
        steps++;
        failed = big == 4;
        if (failed) {
            break;
        }
    }
    c->ideal = failed && steps == 6;
    return !failed;
}

bool challenge_counter(void *context) {
    challenge_case *c = context;
    int64_t model = 0, real = 0, steps = 0;
    bool failed = false;
    show_begin(c);
    ST_LIST(step, 0, STEPS_MAX) {
        size_t what = st_alternative(3);
        show_int(c, (int64_t)what);
        if (what == 1 && model == 0) {
            continue; /* not allowed now: a step that does nothing */
        }
        steps++;
        if (what == 0) {
            model++;
            real++;
        } else if (what == 1) {
            model--;
            real -= real == 10 ? 0 : 1;
        } else if (model != real) {
            failed = true;
            break;
        }
    }
    c->ideal = failed && steps == 12;
    return !failed;
}
