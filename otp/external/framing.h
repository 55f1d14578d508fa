/* SPDX-License-Identifier: MIT */
/*
 * Messages in a stream of bytes: packets behind their length, lines, or bytes as they come.
 */
#ifndef OTP_EXTERNAL_FRAMING_H
#define OTP_EXTERNAL_FRAMING_H

#include <otp/port.h>

typedef struct otpi_framing {
    otp_port_packet packet;
    size_t max;     /* bytes of a packet, or of a line in one message */
    uint8_t *bytes; /* start..end are not yet taken */
    size_t start, end, capacity;
    size_t searched; /* bytes from start on that hold no newline */
} otpi_framing;

typedef enum otpi_frame {
    OTPI_FRAME_NONE,    /* more bytes are needed */
    OTPI_FRAME_DATA,    /* a packet, or bytes of a stream */
    OTPI_FRAME_EOL,     /* a line, without its newline */
    OTPI_FRAME_NOEOL,   /* a part of a line */
    OTPI_FRAME_TOO_BIG, /* a packet above max: the stream can't be read on */
} otpi_frame;

void otpi_framing_init(otpi_framing *framing, otp_port_packet packet, size_t max);
void otpi_framing_fini(otpi_framing *framing);

/* Room for at least size more bytes, to be filled by the caller; NULL when out of memory. */
uint8_t *otpi_framing_room(otpi_framing *framing, size_t size);
/* So many of them were. */
void otpi_framing_filled(otpi_framing *framing, size_t size);

/* Gives the memory back when all has been taken. */
void otpi_framing_trim(otpi_framing *framing);

/* The next message; its bytes are good until the next call of room. */
otpi_frame otpi_framing_next(otpi_framing *framing, const uint8_t **bytes, size_t *size);
/* At the end of the stream: what is left of a line; a packet that was cut off is dropped. */
otpi_frame otpi_framing_rest(otpi_framing *framing, const uint8_t **bytes, size_t *size);

/* The length before a message of size bytes: how many bytes it takes; SIZE_MAX when it is too long
 * for it. */
size_t otpi_framing_header(otp_port_packet packet, uint64_t size, uint8_t header[4]);

#endif
