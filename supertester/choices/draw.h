/* SPDX-License-Identifier: MIT */
/*
 * Drawing data straight from a list: what properties do outside of a runtime. Each draw answers as
 * the list's source says, and is recorded.
 *
 * sti_draws_now is the list that the calling thread draws from. NULL: there is none, and a draw
 * asks the runtime (otp_draw), whose chooser answers.
 */
#ifndef SUPERTESTER_CHOICES_DRAW_H
#define SUPERTESTER_CHOICES_DRAW_H

#include "supertester/choices/random.h"

extern _Thread_local st_choices *sti_draws_now;

/* The recorded answer to a draw of data, or what stands in for one behind the end. lo < hi. */
int64_t sti_draw_recorded(st_choices *list, sti_type type, int64_t lo, int64_t hi, int64_t target);

/* The same for the other lanes; a recorded answer that is marked as the simplest is the target. */
int64_t sti_answer_recorded(st_choices *list, otp_lane lane, uint32_t kind, int64_t lo, int64_t hi,
                            int64_t target);
/* Of a record that does not know the bounds: "whatever is simplest". */
static inline bool sti_is_simplest(const sti_choice *choice) {
    return choice->lo > choice->hi;
}

/* ---- A record's data, kept in step with the run (player.h) ---- */

void sti_player_begin(sti_player *p, const st_choices *recorded);
void sti_player_end(sti_player *p, const st_choices *recorded);
/* An element begins about which nothing was asked. */
void sti_player_element(sti_player *p, const st_choices *recorded);
/* False: the record has nothing for it. */
bool sti_player_next(sti_player *p, const st_choices *recorded, sti_type type, sti_choice *out);
/* The answer that a choice of the record gives to a draw. */
int64_t sti_player_fit(const st_choices *recorded, const sti_choice *found, sti_type type,
                       int64_t lo, int64_t hi, int64_t target);

/* ---- Draws ---- */

static inline void sti_draw_note(st_choices *list, sti_type type, int64_t lo, int64_t hi,
                                 int64_t target, int64_t value, const char *label) {
    if (OTPI_UNLIKELY(list->count >= list->count_max) && list->stop) {
        list->stop(list);
    }
    sti_choices_put(list, (sti_choice){.lane = OTP_LANE_DATA,
                                       .kind = OTP_CHOICE_USER,
                                       .type = type,
                                       .label = sti_label(&list->labels, label),
                                       .lo = lo,
                                       .hi = hi,
                                       .target = target,
                                       .value = value});
}

/* lo < hi, target in between. */
static inline int64_t sti_draw_int(st_choices *list, int64_t lo, int64_t hi, int64_t target,
                                   const char *label) {
    int64_t value = OTPI_LIKELY(list->source == STI_RANDOM)
                        ? sti_random_int(list, lo, hi, target)
                        : sti_draw_recorded(list, STI_INT, lo, hi, target);
    sti_draw_note(list, STI_INT, lo, hi, target, value, label);
    sti_random_remember(list, value);
    return value;
}

/* Is the answer to the next draw picked at random? */
static inline bool sti_draw_is_random(const st_choices *list) {
    return list && list->source == STI_RANDOM;
}

/* A draw whose random value the caller has picked already, by a way of its own. */
static inline int64_t sti_draw_picked(st_choices *list, sti_type type, int64_t lo, int64_t hi,
                                      int64_t target, int64_t picked, const char *label) {
    int64_t value = OTPI_LIKELY(list->source == STI_RANDOM)
                        ? picked
                        : sti_draw_recorded(list, type, lo, hi, target);
    sti_draw_note(list, type, lo, hi, target, value, label);
    return value;
}

/* The next element of a list that must have it. */
static inline void sti_draw_element(st_choices *list) {
    if (OTPI_UNLIKELY(list->source == STI_RECORDED)) {
        sti_player_element(&list->player, list->recorded);
    }
    sti_choices_mark(list, STI_KIND_NEXT, 0);
}

/* Spans: what is drawn in between makes one value. */
static inline void sti_draw_begin(st_choices *list, const char *label) {
    list->depth++;
    if (OTPI_UNLIKELY(list->source == STI_RECORDED)) {
        sti_player_begin(&list->player, list->recorded);
    }
    sti_choices_mark(list, STI_KIND_BEGIN, sti_label(&list->labels, label));
}
static inline void sti_draw_end(st_choices *list) {
    list->depth--;
    if (OTPI_UNLIKELY(list->source == STI_RECORDED)) {
        sti_player_end(&list->player, list->recorded);
    }
    sti_choices_mark(list, STI_KIND_END, 0);
}

#endif
