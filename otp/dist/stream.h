/* SPDX-License-Identifier: MIT */
/*
 * One direction of a simulated connection: packets of bytes in order, and a service of the
 * simulator that delivers one a step when its time has come.
 */
#ifndef OTP_DIST_STREAM_H
#define OTP_DIST_STREAM_H

#include "base/list.h"
#include "world/simulator.h"

/* One encoded signal on its way, or a mark (control_size 0), which its owner keeps. */
typedef struct otpi_packet {
    otpi_list link;
    uint64_t due_ms;
    uint64_t number; /* of the connection it travels on */
    size_t control_size, payload_size;
} otpi_packet;

typedef enum otpi_stream_state {
    OTPI_STREAM_IDLE,
    OTPI_STREAM_READY,   /* among the enabled events */
    OTPI_STREAM_WAITING, /* for its alarm */
    OTPI_STREAM_RUNNING,
} otpi_stream_state;

typedef struct otpi_stream {
    otpi_service service;
    otpi_alarm alarm;
    otp_world *world;
    otpi_list packets; /* by due time, oldest first among equals */
    size_t count;
    otpi_stream_state state;
} otpi_stream;

/* A packet with room for that many bytes; NULL when out of memory. */
otpi_packet *otpi_packet_new(uint64_t number, size_t control_size, size_t payload_size);
otpi_packet *otpi_packet_copy(const otpi_packet *packet);
void otpi_packet_free(otpi_packet *packet); /* marks are left alone */
static inline uint8_t *otpi_packet_bytes(otpi_packet *packet) {
    return (uint8_t *)(packet + 1);
}
static inline bool otpi_packet_is_mark(const otpi_packet *packet) {
    return packet->control_size == 0;
}

void otpi_stream_init(otpi_stream *stream, otp_world *world,
                      otpi_step (*step)(otpi_service *service),
                      void (*describe)(otpi_service *service, otp_event *event));
/* Drops everything and takes it out of the simulator. */
void otpi_stream_clear(otpi_stream *stream);

/* Adds a packet behind all that is due before or with it, and behind every mark. */
void otpi_stream_put(otpi_stream *stream, otpi_packet *packet);
/* The next packet, if it is due. */
otpi_packet *otpi_stream_due(const otpi_stream *stream);
otpi_packet *otpi_stream_first(const otpi_stream *stream);
otpi_packet *otpi_stream_last(const otpi_stream *stream);
void otpi_stream_take(otpi_stream *stream, otpi_packet *packet);

/* Around a step: what the simulator is to do with it afterwards. */
void otpi_stream_begin(otpi_stream *stream);
otpi_step otpi_stream_end(otpi_stream *stream);
/* Makes the simulator call it when the next packet is due. */
void otpi_stream_wake(otpi_stream *stream);

#endif
