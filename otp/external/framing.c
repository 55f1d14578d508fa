/* SPDX-License-Identifier: MIT */
#include "external/framing.h"

#include "port/memory.h"

#include <string.h>

static size_t header_size(otp_port_packet packet) {
    switch (packet) {
    case OTP_PORT_PACKET_1: return 1;
    case OTP_PORT_PACKET_2: return 2;
    case OTP_PORT_PACKET_4: return 4;
    default: return 0;
    }
}

void otpi_framing_init(otpi_framing *framing, otp_port_packet packet, size_t max) {
    *framing = (otpi_framing){.packet = packet, .max = max};
}

void otpi_framing_fini(otpi_framing *framing) {
    otpi_free(framing->bytes);
    framing->bytes = NULL;
}

uint8_t *otpi_framing_room(otpi_framing *framing, size_t size) {
    if (framing->start > 0) {
        memmove(framing->bytes, framing->bytes + framing->start, framing->end - framing->start);
        framing->end -= framing->start;
        framing->start = 0;
    }
    if (framing->capacity - framing->end < size) {
        size_t wanted = framing->end + size;
        size_t capacity = wanted > 2 * framing->capacity ? wanted : 2 * framing->capacity;
        uint8_t *bytes = otpi_realloc(framing->bytes, capacity);
        if (!bytes) {
            return NULL;
        }
        framing->bytes = bytes;
        framing->capacity = capacity;
    }
    return framing->bytes + framing->end;
}

void otpi_framing_filled(otpi_framing *framing, size_t size) {
    framing->end += size;
}

void otpi_framing_trim(otpi_framing *framing) {
    if (framing->start == framing->end) {
        otpi_free(framing->bytes);
        framing->bytes = NULL;
        framing->start = framing->end = framing->capacity = 0;
    }
}

/* Takes size bytes, of which the first skip and the last drop are not part of the message. */
static otpi_frame frame_take(otpi_framing *framing, otpi_frame kind, size_t skip, size_t size,
                             size_t drop, const uint8_t **bytes, size_t *length) {
    *bytes = framing->bytes + framing->start + skip;
    *length = size - skip - drop;
    framing->start += size;
    framing->searched = 0;
    return kind;
}

static otpi_frame packet_next(otpi_framing *framing, const uint8_t **bytes, size_t *size) {
    size_t header = header_size(framing->packet);
    size_t there = framing->end - framing->start;
    if (there < header) {
        return OTPI_FRAME_NONE;
    }
    uint64_t length = 0;
    for (size_t i = 0; i < header; i++) {
        length = length << 8 | framing->bytes[framing->start + i];
    }
    if (length > framing->max) {
        return OTPI_FRAME_TOO_BIG;
    }
    if (there - header < length) {
        return OTPI_FRAME_NONE;
    }
    return frame_take(framing, OTPI_FRAME_DATA, header, header + length, 0, bytes, size);
}

static otpi_frame line_next(otpi_framing *framing, const uint8_t **bytes, size_t *size) {
    size_t there = framing->end - framing->start;
    size_t looked = there < framing->max ? there : framing->max;
    /* a newline right behind a full line still ends it */
    size_t reach = there < framing->max + 1 ? there : framing->max + 1;
    const uint8_t *from = framing->bytes + framing->start;
    if (reach == framing->searched) {
        return OTPI_FRAME_NONE;
    }
    const uint8_t *newline = memchr(from + framing->searched, '\n', reach - framing->searched);
    if (newline) {
        return frame_take(framing, OTPI_FRAME_EOL, 0, (size_t)(newline - from) + 1, 1, bytes, size);
    }
    if (there > framing->max) {
        return frame_take(framing, OTPI_FRAME_NOEOL, 0, looked, 0, bytes, size);
    }
    framing->searched = reach;
    return OTPI_FRAME_NONE;
}

otpi_frame otpi_framing_next(otpi_framing *framing, const uint8_t **bytes, size_t *size) {
    size_t there = framing->end - framing->start;
    if (there == 0) {
        return OTPI_FRAME_NONE;
    }
    switch (framing->packet) {
    case OTP_PORT_STREAM: return frame_take(framing, OTPI_FRAME_DATA, 0, there, 0, bytes, size);
    case OTP_PORT_LINE: return line_next(framing, bytes, size);
    default: return packet_next(framing, bytes, size);
    }
}

otpi_frame otpi_framing_rest(otpi_framing *framing, const uint8_t **bytes, size_t *size) {
    size_t there = framing->end - framing->start;
    if (framing->packet != OTP_PORT_LINE || there == 0) {
        return OTPI_FRAME_NONE;
    }
    return frame_take(framing, OTPI_FRAME_NOEOL, 0, there, 0, bytes, size);
}

size_t otpi_framing_header(otp_port_packet packet, uint64_t size, uint8_t header[4]) {
    size_t bytes = header_size(packet);
    if (bytes > 0 && size >> (8 * bytes) != 0) {
        return SIZE_MAX;
    }
    for (size_t i = 0; i < bytes; i++) {
        header[i] = (uint8_t)(size >> (8 * (bytes - 1 - i)));
    }
    return bytes;
}
