/* SPDX-License-Identifier: MIT */
/*
 * The service as an OS process of its own: a parallel world, the todo service, and a gate through
 * which the main thread hands in what it reads. Each request has a process, a client like any
 * other, that repeats it until it is acknowledged and then writes the answer.
 */
#include "kill9.h"

#include "ledger.h"

#include <otp/otp.h>

#include "port/output.h"
#include "port/poll.h"

enum { STDIN = 0, SCHEDULERS = 2 };

static todo_app app;

static void request_main(otp_term request) {
    int64_t client, n;
    char id[TODO_ID_MAX + 1], title[TODO_TITLE_MAX + 1];
    if (otp_match(request, "{~i, ~i}", &client, &n)) {
        kill9_frame frame = {(uint32_t)client, (uint32_t)n};
        ledger_id(frame.client, frame.n, id);
        ledger_title(frame.client, frame.n, title);
        (void)todo_add(OTP_NONE, id, title);
        (void)!otpi_output_write(OTPI_OUTPUT_STDOUT, &frame, sizeof frame);
    }
}

static void gate_main(otp_term argument) {
    (void)argument;
    const kill9_service *service = otp_context();
    otp_pid root;
    otp_term request;
    todo_opts opts = {.path = service->path, .planted = service->planted};
    if (todo_start_link(&app, &opts, &root) != OTP_OK) {
        otp_exit(OTP_ATOM(no_service));
    }
    while (otp_receive(OTP_INFINITY, &request) == OTP_OK) {
        (void)otp_spawn(request_main, request);
    }
}

static bool hand_in(otp_system *system, otp_pid gate, kill9_frames *in) {
    kill9_frame frame;
    otp_err err = OTP_OK;
    while (err == OTP_OK && kill9_frame_take(in, &frame)) {
        otp_scope scope = otp_scope_begin();
        otp_term request = otp_tuple(otp_int((int64_t)frame.client), otp_int((int64_t)frame.n));
        err = otp_foreign_send(system, otp_from_pid(gate), request);
        otp_scope_end(scope);
    }
    return err == OTP_OK;
}

static int pump(otp_system *system, otp_pid gate) {
    kill9_frames in = {0};
    for (;;) {
        size_t got = 0;
        otpi_poll_item item = {.fd = STDIN, .want = OTPI_POLL_READ};
        (void)otpi_poll(&item, 1, OTPI_NEVER);
        otpi_io_err err =
            otpi_pipe_read(STDIN, kill9_frames_room(&in), kill9_frames_free(&in), &got);
        if (err == OTPI_IO_SHORT) {
            return 0;
        }
        in.size += err == OTPI_IO_OK ? got : 0;
        if ((err != OTPI_IO_OK && err != OTPI_IO_EBUSY) || !hand_in(system, gate, &in)) {
            return 70;
        }
    }
}

int kill9_serve(void *service) {
    otp_world *world;
    otp_system *system;
    otp_pid gate;
    otp_world_opts opts = {.mode = OTP_PARALLEL, .schedulers = SCHEDULERS};
    if (otp_world_start(&opts, &world) != OTP_OK ||
        otp_system_start(world, NULL, &system) != OTP_OK ||
        otp_foreign_spawn(system, gate_main, otp_nil(), service, &gate) != OTP_OK) {
        return 70;
    }
    int code = pump(system, gate);
    otp_world_stop(world);
    return code;
}
