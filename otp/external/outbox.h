/* SPDX-License-Identifier: MIT */
/*
 * Bytes on their way to a program: what its pipe had no room for. And iodata, which they come from.
 */
#ifndef OTP_EXTERNAL_OUTBOX_H
#define OTP_EXTERNAL_OUTBOX_H

#include <otp/term.h>

typedef struct otpi_outbox {
    uint8_t *bytes; /* start..end wait */
    size_t start, end, capacity;
} otpi_outbox;

void otpi_outbox_fini(otpi_outbox *outbox);
/* False when out of memory: nothing is added. */
bool otpi_outbox_reserve(otpi_outbox *outbox, size_t size);
/* Room was reserved. */
void otpi_outbox_add(otpi_outbox *outbox, const void *bytes, size_t size);
static inline size_t otpi_outbox_size(const otpi_outbox *outbox) {
    return outbox->end - outbox->start;
}
static inline const uint8_t *otpi_outbox_first(const otpi_outbox *outbox) {
    return outbox->bytes + outbox->start;
}
void otpi_outbox_written(otpi_outbox *outbox, size_t size);

/* How many bytes a binary or iolist has; false when the term is none, or nested deeper than
 * OTPI_IODATA_DEPTH. */
enum { OTPI_IODATA_DEPTH = 1000 };
bool otpi_iodata_size(otp_term iodata, size_t *size);
/* Room for all of it was reserved. */
void otpi_outbox_add_iodata(otpi_outbox *outbox, otp_term iodata);

#endif
