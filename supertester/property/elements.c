/* SPDX-License-Identifier: MIT */
/*
 * Lists that are drawn element by element. Before each element the list holds a choice whether
 * there is one (STI_MORE), so that leaving out an element is leaving out choices that stand
 * together. How long a random list becomes is planned when it begins; the plan is not recorded.
 *
 * Outside of a case the length is drawn first, from the runtime.
 */
#include "supertester/property/draw.h"

#include <otp/process.h>

enum { REJECTED_MAX = 20 }; /* and two for each element: then the list ends, or the case */

st_list st_list_open(int64_t lo, int64_t hi, const char *label) {
    st_list list = {.index = SIZE_MAX, .lo = lo, .hi = hi, .label = label};
    st_choices *choices = sti_draws_now;
    if (lo < 0 || lo > hi) {
        sti_draw_refuse(label, lo < 0 ? "a length can't be negative" : "lo is above hi");
        list.lo = list.hi = 0;
        return list;
    }
    if (!choices) {
        list.planned = st_draw_length(lo, hi, label);
        return list;
    }
    list.planned = lo < hi && sti_draw_is_random(choices) ? sti_random_length(choices, lo, hi) : lo;
    if (sti_draw_told()) {
        sti_case_tell(sti_case_now, label, "%s", "");
    }
    sti_draw_begin(choices, label);
    list.open = true;
    list.word = sti_choices_more_word(sti_label(&choices->labels, label));
    return list;
}

/* Is there one more? A question only when both answers are allowed. */
static bool ask_more(const st_list *list, int64_t have) {
    st_choices *choices = sti_draws_now;
    if (have < list->lo || have >= list->hi) {
        if (have < list->hi) {
            sti_draw_element(choices);
        }
        return have < list->lo;
    }
    return sti_draw_picked(choices, STI_MORE, 0, 1, 0, have < list->planned, list->label) != 0;
}

OTPI_NOINLINE static bool more_slow(const st_list *list) {
    int64_t have = (int64_t)list->index;
    return list->open ? ask_more(list, have) : have < list->planned;
}

/* The elements of a random list that are there by choice are recorded here, without a call. */
bool st_list_more(st_list *list) {
    int64_t have = (int64_t)++list->index;
    st_choices *choices = sti_draws_now;
    if (OTPI_UNLIKELY(!list->open || !choices->quick || have < list->lo || have >= list->planned ||
                      choices->length == choices->capacity)) {
        return more_slow(list);
    }
    choices->words[choices->length] = list->word;
    choices->count++;
    atomic_signal_fence(memory_order_release); /* as in sti_choices_put */
    choices->length++;
    return true;
}

void st_list_reject_(st_list *list) {
    list->rejected++;
    if (list->rejected > REJECTED_MAX + 2 * (int64_t)list->index) {
        if ((int64_t)list->index < list->lo) {
            st_discard_at(list->label);
        }
        list->hi = (int64_t)list->index; /* no more of them */
        list->planned = list->planned < list->hi ? list->planned : list->hi;
    }
    list->index--;
}

void st_list_close(st_list *list) {
    if (list->open && sti_draws_now) {
        sti_draw_end(sti_draws_now);
    }
    list->open = false;
}
