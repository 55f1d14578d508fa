/* SPDX-License-Identifier: MIT */
/*
 * Reading recorded data again, for a run that may ask differently than the one that was recorded.
 *
 * The run and the record are kept in step by their spans: a span that the run begins is played from
 * the span that the record has there; when the run ends it, what is left of it in the record is
 * passed over; when the run asks for more than the span holds, it gets nothing, and the next span
 * begins where it should. The elements of a list are kept apart in the same way. So a change to one
 * value does not shift the meaning of all that follow.
 *
 * Records without marks are read one choice after the other.
 */
#ifndef SUPERTESTER_CHOICES_PLAYER_H
#define SUPERTESTER_CHOICES_PLAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STI_PLAYER_DEPTH = 64 }; /* deeper spans are not kept in step */

typedef struct sti_player {
    size_t cursor;                       /* in the words of the record */
    uint32_t depth;                      /* spans that the run is in */
    uint64_t matched;                    /* bit i: the span at depth i + 1 is played from one */
    uint8_t loose[STI_PLAYER_DEPTH + 1]; /* spans of the record open there that the run is not in */
} sti_player;

#endif
