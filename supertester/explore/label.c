/* SPDX-License-Identifier: MIT */
/*
 * An operation in a few words: "write 4 -> ok", "cas 1, 2 -> fail", "enqueue 5 ?".
 */
#include "supertester/explore/counterexample.h"

enum { PART_MAX = 40 };

/* Long values are cut in their middle: their ends tell them apart. */
static void add_cut(otp_term term, otpi_text *out) {
    size_t start = out->length;
    sti_describe_term(term, out);
    size_t size = out->length - start;
    if (out->failed || size <= PART_MAX) {
        return;
    }
    char tail[PART_MAX / 2 + 1];
    size_t kept = PART_MAX / 2;
    for (size_t i = 0; i < kept; i++) {
        tail[i] = out->data[out->length - kept + i];
    }
    tail[kept] = '\0';
    otpi_text_truncate(out, start + kept);
    otpi_text_format(out, "...%s", tail);
}

void sti_describe_operation(const st_history *history, size_t operation, bool certain,
                            otpi_text *out) {
    st_operation op;
    sti_history_describe(history, operation, &op);
    size_t arity = otp_arity(op.request);
    sti_describe_term(arity > 0 ? otp_element(op.request, 0) : op.request, out);
    for (size_t i = 1; i < arity; i++) {
        otpi_text_cstr(out, i > 1 ? ", " : " ");
        add_cut(otp_element(op.request, i), out);
    }
    if (!certain || op.outcome != ST_RETURNED) {
        otpi_text_cstr(out, " ?");
    } else if (!otp_is_none(op.reply)) {
        otpi_text_cstr(out, " -> ");
        add_cut(op.reply, out);
    }
}
