/* SPDX-License-Identifier: MIT */
#include "external/outbox.h"

#include "port/memory.h"

#include <string.h>

void otpi_outbox_fini(otpi_outbox *outbox) {
    otpi_free(outbox->bytes);
    *outbox = (otpi_outbox){0};
}

bool otpi_outbox_reserve(otpi_outbox *outbox, size_t size) {
    if (outbox->start > 0) {
        memmove(outbox->bytes, outbox->bytes + outbox->start, otpi_outbox_size(outbox));
        outbox->end -= outbox->start;
        outbox->start = 0;
    }
    if (outbox->capacity - outbox->end < size) {
        size_t wanted = outbox->end + size;
        size_t capacity = wanted > 2 * outbox->capacity ? wanted : 2 * outbox->capacity;
        uint8_t *bytes = otpi_realloc(outbox->bytes, capacity);
        if (!bytes) {
            return false;
        }
        outbox->bytes = bytes;
        outbox->capacity = capacity;
    }
    return true;
}

void otpi_outbox_add(otpi_outbox *outbox, const void *bytes, size_t size) {
    if (size > 0) {
        memcpy(outbox->bytes + outbox->end, bytes, size);
        outbox->end += size;
    }
}

/* An empty outbox keeps no memory: most ports are idle. */
void otpi_outbox_written(otpi_outbox *outbox, size_t size) {
    outbox->start += size;
    if (outbox->start == outbox->end) {
        otpi_outbox_fini(outbox);
    }
}

/* ---- Iodata ---- */

/* What each part of iodata, a byte or a binary, is given to. */
typedef struct parts {
    size_t size;
    otpi_outbox *outbox; /* NULL = only count */
} parts;

static void part_add(parts *p, const void *bytes, size_t size) {
    p->size += size;
    if (p->outbox) {
        otpi_outbox_add(p->outbox, bytes, size);
    }
}

static bool leaf_add(parts *p, otp_term term, bool byte_allowed) {
    const uint8_t *bytes;
    size_t size;
    int64_t byte;
    if (otp_get_binary(term, &bytes, &size)) {
        part_add(p, bytes, size);
        return true;
    }
    if (byte_allowed && otp_get_int(term, &byte) && byte >= 0 && byte <= 255) {
        uint8_t one = (uint8_t)byte;
        part_add(p, &one, 1);
        return true;
    }
    return false;
}

/* Heads by recursion, tails by iteration; the tail of an improper list may be a binary. */
static bool iodata_walk(parts *p, otp_term term, unsigned depth) {
    if (depth > OTPI_IODATA_DEPTH) {
        return false;
    }
    for (; !otp_is_none(otp_head(term)); term = otp_tail(term)) {
        otp_term head = otp_head(term);
        if (!leaf_add(p, head, true) && !iodata_walk(p, head, depth + 1)) {
            return false;
        }
    }
    return otp_is_nil(term) || leaf_add(p, term, false);
}

bool otpi_iodata_size(otp_term iodata, size_t *size) {
    parts p = {0};
    bool valid = iodata_walk(&p, iodata, 0);
    *size = p.size;
    return valid;
}

void otpi_outbox_add_iodata(otpi_outbox *outbox, otp_term iodata) {
    parts p = {.outbox = outbox};
    bool valid = iodata_walk(&p, iodata, 0);
    OTPI_ASSERT("external-001", valid); /* its size was asked for first */
}
