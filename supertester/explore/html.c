/* SPDX-License-Identifier: MIT */
/*
 * A counterexample as one page with a drawing in SVG: no scripts, nothing to be loaded.
 */
#include "supertester/explore/lanes.h"

#include "port/file.h"
#include "port/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { GAP = 2, COLUMN = 8, LANE = 56, BAR = 26, LEFT = 96, TOP = 16 };

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<title>Counterexample</title>\n<style>\n"
    ":root { color-scheme: light dark; --ink: #1c1c1c; --paper: #fff; --bar: #cfe3f7;\n"
    "  --edge: #2b6cb0; --maybe: #f3f3f3; --bad: #f9d0d0; --bad-edge: #b91c1c; }\n"
    "@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #181818;\n"
    "  --bar: #1e3a5f; --maybe: #2a2a2a; --bad: #5b1a1a; --bad-edge: #f87171; } }\n"
    "body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);\n"
    "  margin: 2rem; } .scroll { overflow-x: auto; }\n"
    "svg text { font: 13px ui-monospace, monospace; fill: var(--ink); }\n"
    "rect { fill: var(--bar); stroke: var(--edge); } rect.maybe { fill: var(--maybe);\n"
    "  stroke-dasharray: 4 3; } rect.bad { fill: var(--bad); stroke: var(--bad-edge); }\n"
    "line { stroke: var(--ink); opacity: .2; } svg text.place { font-weight: bold; }\n"
    "table { border-collapse: collapse; } td, th { text-align: left; padding: 2px 14px 2px 0; }\n"
    "td { font-family: ui-monospace, monospace; } tr.bad { color: var(--bad-edge); }\n"
    "</style></head><body>\n";

static void escape(otpi_text *out, const char *text) {
    for (; *text; text++) {
        switch (*text) {
        case '&': otpi_text_cstr(out, "&amp;"); break;
        case '<': otpi_text_cstr(out, "&lt;"); break;
        case '>': otpi_text_cstr(out, "&gt;"); break;
        case '"': otpi_text_cstr(out, "&quot;"); break;
        default: otpi_text_char(out, *text);
        }
    }
}

/* ---- The drawing ---- */

/* The place of the operation in the first order; 0 = it has none. */
static size_t place_of(const st_counterexample *c, size_t shown) {
    for (size_t i = 0; c->order_count > 0 && i < c->orders[0].count; i++) {
        if (c->orders[0].shown[i] == shown) {
            return i + 1;
        }
    }
    return 0;
}

static void draw_operation(otpi_text *out, const st_counterexample *c, const sti_lanes *lanes,
                           size_t i) {
    uint32_t begin = lanes->columns[c->shown[i].begin], end = lanes->columns[sti_lanes_end(c, i)];
    uint32_t x = LEFT + begin * COLUMN, y = TOP + lanes->lane_of[i] * LANE + 20;
    const char *kind = i == c->culprit ? "bad" : c->shown[i].certain ? "sure" : "maybe";
    otpi_text_format(out, "<g><title>");
    escape(out, lanes->labels[i]);
    otpi_text_format(out,
                     "</title><rect class=\"%s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" "
                     "rx=\"4\"/><text x=\"%u\" y=\"%u\">",
                     kind, x, y, (end - begin) * COLUMN, BAR, x + COLUMN, y + 18);
    escape(out, lanes->labels[i]);
    otpi_text_cstr(out, "</text>");
    size_t place = place_of(c, i);
    if (place > 0) {
        otpi_text_format(out, "<text class=\"place\" x=\"%u\" y=\"%u\">%zu</text>", x, y - 4,
                         place);
    } else if (i == c->culprit) {
        otpi_text_format(out, "<text class=\"place\" x=\"%u\" y=\"%u\">no place</text>", x, y - 4);
    }
    otpi_text_cstr(out, "</g>\n");
}

static void draw(otpi_text *out, const st_counterexample *c, const sti_lanes *lanes) {
    uint32_t width = LEFT + lanes->columns[c->event_count] * COLUMN + 24;
    uint32_t height = TOP + (uint32_t)lanes->lane_count * LANE + 8;
    otpi_text_format(out,
                     "<div class=\"scroll\"><svg width=\"%u\" height=\"%u\" role=\"img\" "
                     "aria-label=\"operations over time, a lane for each client\">\n",
                     width, height);
    for (uint32_t lane = 0; lane < lanes->lane_count; lane++) {
        uint32_t y = TOP + lane * LANE + 20 + BAR / 2;
        otpi_text_format(out,
                         "<line x1=\"%u\" x2=\"%u\" y1=\"%u\" y2=\"%u\"/><text x=\"0\" y=\"%u\">"
                         "client %" PRId64 "</text>\n",
                         LEFT, width, y, y, y + 5, lanes->client_of[lane]);
    }
    for (size_t i = 0; i < c->count; i++) {
        draw_operation(out, c, lanes, i);
    }
    otpi_text_cstr(out, "</svg></div>\n");
}

/* ---- The orders ---- */

static void add_row(otpi_text *out, const char *place, int64_t client, const char *label,
                    const char *state, bool bad) {
    otpi_text_format(out, "<tr%s><td>%s</td><td>%" PRId64 "</td><td>", bad ? " class=\"bad\"" : "",
                     place, client);
    escape(out, label);
    otpi_text_cstr(out, "</td><td>");
    escape(out, state);
    otpi_text_cstr(out, "</td></tr>\n");
}

static void add_order(otpi_text *out, const st_counterexample *c, const sti_lanes *lanes,
                      const sti_order *order) {
    const char *state = order->states.data;
    otpi_text_cstr(out, "<table><tr><th></th><th>client</th><th>operation</th>"
                        "<th>the state after it</th></tr>\n");
    for (size_t i = 0; i < order->count; i++) {
        char place[24];
        size_t shown = order->shown[i];
        snprintf(place, sizeof place, "%zu", i + 1);
        add_row(out, place, c->history->operations[c->shown[shown].operation].client,
                lanes->labels[shown], state, false);
        state += strlen(state) + 1;
    }
    add_row(out, "", c->history->operations[c->shown[c->culprit].operation].client,
            lanes->labels[c->culprit], "does not fit", true);
    otpi_text_cstr(out, "</table>\n");
}

static void add_page(otpi_text *out, const st_counterexample *c, const sti_lanes *lanes) {
    otpi_text_cstr(out, head);
    otpi_text_format(out, "<h1>Not linearizable</h1>\n<p>No order of these operations of a ");
    escape(out, c->spec->name);
    otpi_text_cstr(out, " explains <b>");
    escape(out, lanes->labels[c->culprit]);
    otpi_text_cstr(out, "</b>. Dashed: it is not known whether it took effect. Numbers: the "
                        "places in the longest order found.</p>\n");
    draw(out, c, lanes);
    for (size_t i = 0; i < c->order_count; i++) {
        otpi_text_format(out, "<h2>%s</h2>\n", i == 0 ? "How far one gets" : "Or in another order");
        add_order(out, c, lanes, &c->orders[i]);
    }
    otpi_text_format(out, "<p>%zu other operations changed nothing about it.</p>\n</body></html>\n",
                     c->left_out);
}

static otp_err write_page(const char *path, const otpi_text *text) {
    otpi_io_err err = otpi_file_write_whole(&otpi_file_ops_posix, path, text->data, text->length);
    return err == OTPI_IO_OK ? OTP_OK : err == OTPI_IO_ENOSPC ? OTP_ENOSPC : OTP_EIO;
}

otp_err st_counterexample_save_html(const st_counterexample *c, const char *path) {
    otpi_text text;
    sti_lanes lanes;
    if (!sti_lanes_init(&lanes, c, GAP)) {
        return OTP_ENOMEM;
    }
    otpi_text_init(&text, &otpi_heap_allocator);
    add_page(&text, c, &lanes);
    otp_err err = text.failed ? OTP_ENOMEM : write_page(path, &text);
    otpi_text_fini(&text);
    sti_lanes_fini(&lanes);
    return err;
}
