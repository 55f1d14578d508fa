/* SPDX-License-Identifier: MIT */
#include "dist/stream.h"

#include <string.h>

/* ---- Parcels ---- */

static size_t packet_size(size_t control_size, size_t payload_size) {
    return sizeof(otpi_packet) + control_size + payload_size;
}

otpi_packet *otpi_packet_new(uint64_t number, size_t control_size, size_t payload_size) {
    otpi_packet *packet = otpi_block_alloc(packet_size(control_size, payload_size));
    if (packet) {
        *packet = (otpi_packet){
            .number = number, .control_size = control_size, .payload_size = payload_size};
        otpi_list_init(&packet->link);
    }
    return packet;
}

otpi_packet *otpi_packet_copy(const otpi_packet *packet) {
    otpi_packet *copy = otpi_packet_new(packet->number, packet->control_size, packet->payload_size);
    if (copy) {
        copy->due_ms = packet->due_ms;
        memcpy(copy + 1, packet + 1, packet->control_size + packet->payload_size);
    }
    return copy;
}

void otpi_packet_free(otpi_packet *packet) {
    if (!otpi_packet_is_mark(packet)) {
        otpi_block_free(packet, packet_size(packet->control_size, packet->payload_size));
    }
}

/* ---- The queue ---- */

static otpi_packet *packet_of(otpi_list *at) {
    return OTPI_LIST_ENTRY(at, otpi_packet, link);
}

otpi_packet *otpi_stream_first(const otpi_stream *stream) {
    return otpi_list_empty(&stream->packets) ? NULL : packet_of(stream->packets.next);
}

otpi_packet *otpi_stream_last(const otpi_stream *stream) {
    return otpi_list_empty(&stream->packets) ? NULL : packet_of(stream->packets.prev);
}

otpi_packet *otpi_stream_due(const otpi_stream *stream) {
    otpi_packet *first = otpi_stream_first(stream);
    return first && first->due_ms <= otpi_world_now_ms(stream->world) ? first : NULL;
}

void otpi_stream_put(otpi_stream *stream, otpi_packet *packet) {
    otpi_list *before = stream->packets.prev;
    while (before != &stream->packets && packet_of(before)->due_ms > packet->due_ms) {
        if (otpi_packet_is_mark(packet_of(before))) {
            packet->due_ms = packet_of(before)->due_ms;
            break;
        }
        before = before->prev;
    }
    otpi_list_push_front(before, &packet->link);
    stream->count++;
    otpi_stream_wake(stream);
}

void otpi_stream_take(otpi_stream *stream, otpi_packet *packet) {
    otpi_list_remove(&packet->link);
    stream->count--;
}

/* ---- Its place in the simulator ---- */

static void alarm_rings(otpi_alarm *alarm) {
    otpi_stream *stream = OTPI_CONTAINER_OF(alarm, otpi_stream, alarm);
    stream->state = OTPI_STREAM_READY;
    otpi_ready(stream->world, &stream->service.runnable);
}

/* Idle or running: what comes next. */
static otpi_stream_state stream_schedule(otpi_stream *stream) {
    otpi_packet *first = otpi_stream_first(stream);
    if (!first) {
        return OTPI_STREAM_IDLE;
    }
    if (otpi_stream_due(stream)) {
        return OTPI_STREAM_READY;
    }
    otpi_alarm_set(&stream->alarm, first->due_ms, alarm_rings, false);
    return OTPI_STREAM_WAITING;
}

void otpi_stream_wake(otpi_stream *stream) {
    if (stream->state == OTPI_STREAM_WAITING) {
        otpi_alarm_cancel(&stream->alarm);
        stream->state = OTPI_STREAM_IDLE;
    }
    if (stream->state == OTPI_STREAM_IDLE) {
        stream->state = stream_schedule(stream);
        if (stream->state == OTPI_STREAM_READY) {
            otpi_ready(stream->world, &stream->service.runnable);
        }
    }
}

void otpi_stream_begin(otpi_stream *stream) {
    stream->state = OTPI_STREAM_RUNNING;
}

otpi_step otpi_stream_end(otpi_stream *stream) {
    stream->state = stream_schedule(stream);
    return stream->state == OTPI_STREAM_READY ? OTPI_STEP_AGAIN : OTPI_STEP_IDLE;
}

void otpi_stream_init(otpi_stream *stream, otp_world *world,
                      otpi_step (*step)(otpi_service *service),
                      void (*describe)(otpi_service *service, otp_event *event)) {
    *stream = (otpi_stream){.service = {.runnable = {.flags = OTPI_RUNNABLE_SERVICE},
                                        .step = step,
                                        .describe = describe},
                            .world = world};
    otpi_list_init(&stream->packets);
}

void otpi_stream_clear(otpi_stream *stream) {
    for (otpi_list *at; (at = otpi_list_take_first(&stream->packets));) {
        otpi_packet_free(packet_of(at));
    }
    stream->count = 0;
    if (stream->state == OTPI_STREAM_READY) {
        otpi_simulator_remove(stream->world->simulator, &stream->service.runnable);
    } else if (stream->state == OTPI_STREAM_WAITING) {
        otpi_alarm_cancel(&stream->alarm);
    }
    stream->state = OTPI_STREAM_IDLE;
}
