/* SPDX-License-Identifier: MIT */
/*
 * Lanes and columns of a drawing.
 */
#include "supertester/explore/lanes.h"

#include "port/memory.h"

#include <string.h>

static bool make_labels(sti_lanes *lanes, const st_counterexample *c) {
    for (size_t i = 0; i < c->count; i++) {
        otpi_text label;
        otpi_text_init(&label, &otpi_heap_allocator);
        sti_describe_operation(c->history, c->shown[i].operation, c->shown[i].certain, &label);
        lanes->labels[i] = otpi_text_take(&label);
        otpi_text_fini(&label);
        if (!lanes->labels[i]) {
            return false;
        }
        lanes->label_count++;
    }
    return true;
}

static bool is_free(const sti_lanes *lanes, const st_counterexample *c, uint32_t lane, size_t i) {
    for (size_t j = 0; j < i; j++) {
        if (lanes->lane_of[j] == lane && sti_lanes_end(c, j) > c->shown[i].begin) {
            return false;
        }
    }
    return true;
}

static void give_lanes(sti_lanes *lanes, const st_counterexample *c) {
    for (size_t i = 0; i < c->count; i++) {
        int64_t client = c->history->operations[c->shown[i].operation].client;
        uint32_t lane = 0;
        while (lane < lanes->lane_count &&
               (lanes->client_of[lane] != client || !is_free(lanes, c, lane, i))) {
            lane++;
        }
        if (lane == lanes->lane_count) {
            lanes->client_of[lanes->lane_count++] = client;
        }
        lanes->lane_of[i] = lane;
    }
}

/* Lanes of one client stand together, clients in rising order. */
static void sort_lanes(sti_lanes *lanes, const st_counterexample *c) {
    for (uint32_t i = 1; i < lanes->lane_count; i++) {
        for (uint32_t j = i; j > 0 && lanes->client_of[j - 1] > lanes->client_of[j]; j--) {
            int64_t client = lanes->client_of[j];
            lanes->client_of[j] = lanes->client_of[j - 1];
            lanes->client_of[j - 1] = client;
            for (size_t k = 0; k < c->count; k++) {
                uint32_t *lane = &lanes->lane_of[k];
                *lane = *lane == j ? j - 1 : *lane == j - 1 ? j : *lane;
            }
        }
    }
}

/* From left to right: each event as near to the one before as labels allow. */
static void place_columns(sti_lanes *lanes, const st_counterexample *c, uint32_t gap) {
    for (size_t i = 0; i < c->count; i++) {
        uint32_t width = (uint32_t)strlen(lanes->labels[i]) + 2 * gap;
        size_t end = sti_lanes_end(c, i);
        uint32_t begin = c->shown[i].begin;
        if (begin > 0 && lanes->columns[begin] < lanes->columns[begin - 1] + gap) {
            lanes->columns[begin] = lanes->columns[begin - 1] + gap;
        }
        uint32_t wanted = lanes->columns[begin] + width;
        lanes->columns[end] = lanes->columns[end] > wanted ? lanes->columns[end] : wanted;
        for (size_t event = begin + 1; event <= c->event_count; event++) {
            uint32_t least = lanes->columns[event - 1] + gap;
            lanes->columns[event] = lanes->columns[event] > least ? lanes->columns[event] : least;
        }
    }
}

bool sti_lanes_init(sti_lanes *lanes, const st_counterexample *c, uint32_t gap) {
    *lanes = (sti_lanes){
        .lane_of = otpi_calloc(c->count + 1, sizeof *lanes->lane_of),
        .client_of = otpi_calloc(c->count + 1, sizeof *lanes->client_of),
        .columns = otpi_calloc(c->event_count + 1, sizeof *lanes->columns),
        .labels = otpi_calloc(c->count + 1, sizeof *lanes->labels),
    };
    if (!lanes->lane_of || !lanes->client_of || !lanes->columns || !lanes->labels ||
        !make_labels(lanes, c)) {
        sti_lanes_fini(lanes);
        return false;
    }
    give_lanes(lanes, c);
    sort_lanes(lanes, c);
    place_columns(lanes, c, gap);
    return true;
}

void sti_lanes_fini(sti_lanes *lanes) {
    for (size_t i = 0; i < lanes->label_count; i++) {
        otpi_free(lanes->labels[i]);
    }
    otpi_free(lanes->lane_of);
    otpi_free(lanes->client_of);
    otpi_free(lanes->columns);
    otpi_free(lanes->labels);
    *lanes = (sti_lanes){0};
}
