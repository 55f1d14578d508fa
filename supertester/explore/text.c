/* SPDX-License-Identifier: MIT */
/*
 * A counterexample as text.
 */
#include "supertester/explore/lanes.h"

#include "port/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CLIENT_COLUMNS = 12 };

/* "[write 4 -> ok]"; "[write 4 ?..." when it may take effect up to the end. */
static void draw_operation(otpi_text *out, const st_counterexample *c, const sti_lanes *lanes,
                           size_t i, size_t line_start) {
    size_t begin = lanes->columns[c->shown[i].begin] + CLIENT_COLUMNS;
    size_t end = lanes->columns[sti_lanes_end(c, i)] + CLIENT_COLUMNS;
    bool open = c->shown[i].end == 0;
    size_t at = out->length - line_start;
    otpi_text_repeat(out, ' ', begin > at ? begin - at : 0);
    otpi_text_char(out, i == c->culprit ? '{' : '[');
    otpi_text_cstr(out, lanes->labels[i]);
    at = out->length - line_start;
    if (open) {
        otpi_text_cstr(out, "...");
        return;
    }
    otpi_text_repeat(out, '-', end > at ? end - at : 0);
    otpi_text_char(out, i == c->culprit ? '}' : ']');
}

static void draw_lanes(otpi_text *out, const st_counterexample *c, const sti_lanes *lanes) {
    for (uint32_t lane = 0; lane < lanes->lane_count; lane++) {
        char name[32];
        size_t start = out->length;
        snprintf(name, sizeof name, "client %" PRId64, lanes->client_of[lane]);
        otpi_text_cstr(
            out, lane > 0 && lanes->client_of[lane] == lanes->client_of[lane - 1] ? "" : name);
        for (size_t i = 0; i < c->count; i++) {
            if (lanes->lane_of[i] == lane) {
                draw_operation(out, c, lanes, i, start);
            }
        }
        otpi_text_char(out, '\n');
    }
}

static void draw_order(otpi_text *out, const st_counterexample *c, const sti_lanes *lanes,
                       const sti_order *order) {
    const char *state = order->states.data;
    otpi_text_cstr(out, "\nhow far one gets:\n");
    for (size_t i = 0; i < order->count; i++) {
        size_t shown = order->shown[i];
        otpi_text_format(out, "  %2zu. client %" PRId64 ": %s, then the state is %s\n", i + 1,
                         c->history->operations[c->shown[shown].operation].client,
                         lanes->labels[shown], state);
        state += strlen(state) + 1;
    }
    const char *last = order->states.data;
    for (size_t i = 1; i < order->count; i++) {
        last += strlen(last) + 1;
    }
    otpi_text_format(out, "   !  %s does not fit the state %s\n", lanes->labels[c->culprit], last);
}

static void draw(otpi_text *out, const st_counterexample *c, const sti_lanes *lanes) {
    otpi_text_format(out, "no order of these operations of a %s explains {%s}\n\n", c->spec->name,
                     lanes->labels[c->culprit]);
    draw_lanes(out, c, lanes);
    if (c->order_count > 0) {
        draw_order(out, c, lanes, &c->orders[0]);
    }
    if (c->left_out > 0) {
        otpi_text_format(out, "\n%zu other operation%s changed nothing about it\n", c->left_out,
                         c->left_out == 1 ? "" : "s");
    }
}

size_t st_counterexample_print(const st_counterexample *c, char *buffer, size_t size) {
    otpi_text text;
    sti_lanes lanes;
    if (size > 0) {
        buffer[0] = '\0';
    }
    if (!sti_lanes_init(&lanes, c, 1)) {
        return 0;
    }
    otpi_text_init(&text, &otpi_heap_allocator);
    draw(&text, c, &lanes);
    size_t length = text.failed ? 0 : text.length;
    if (size > 0 && length > 0) {
        size_t copied = length < size - 1 ? length : size - 1;
        memcpy(buffer, text.data, copied);
        buffer[copied] = '\0';
    }
    otpi_text_fini(&text);
    sti_lanes_fini(&lanes);
    return length;
}
