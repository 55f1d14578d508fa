/* SPDX-License-Identifier: MIT */
/*
 * What tests of ports share: worlds whose end leaves no descriptor, child or block behind, what a
 * port said, and this test program itself as a program to be started.
 */
#ifndef OTP_EXTERNAL_TEST_PORTS_H
#define OTP_EXTERNAL_TEST_PORTS_H

#include <otp/otp.h>

#include "port/host.h"
#include "tests/worlds.h"
#include "world/worker.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

enum { SOON_MS = 30000 };

/* A world in which nothing of any port is left when it has stopped. */
static inline void port_world(const char *what, const otp_world_opts *opts, otp_process_fn *body) {
    int64_t blocks[2];
    int64_t bytes[2];
    uint32_t before = otpi_host_open_files(NULL, 0);
    otpi_block_live(&blocks[0], &bytes[0]);
    both_worlds_run(what, opts, body);
    otpi_block_live(&blocks[1], &bytes[1]);
    CHECK_EQ(blocks[1], blocks[0]);
    CHECK_EQ(otpi_host_open_files(NULL, 0), before);
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static inline void port_parallel(otp_process_fn *body) {
    port_world("parallel", &(otp_world_opts){.mode = OTP_PARALLEL, .schedulers = 2}, body);
}

static inline void port_simulated(otp_process_fn *body) {
    port_world("simulated", &(otp_world_opts){.mode = OTP_SIMULATED}, body);
    port_world("pairwise simulated",
               &(otp_world_opts){.mode = OTP_SIMULATED, .delivery = OTP_DELIVERY_PAIRWISE}, body);
    for (uint64_t i = 0; i < BOTH_WORLDS_ORDERS; i++) {
        uint64_t state = otpi_hash_mix(unit_seed(), i + 1);
        otp_chooser chooser = {
            .context = &state, .choose = both_worlds_choose, .draw = both_worlds_draw};
        port_world("randomly simulated",
                   &(otp_world_opts){.mode = OTP_SIMULATED, .chooser = &chooser}, body);
    }
}

static inline void port_both(otp_process_fn *body) {
    port_simulated(body);
    port_parallel(body);
}

#define PARALLEL_PORTS(text)  WORLDS(text, port_parallel)
#define SIMULATED_PORTS(text) WORLDS(text, port_simulated)
#define BOTH_PORTS(text)      WORLDS(text, port_both)

/* The next message, printed, with the port left out: "{Port, What}" is "What". */
static inline const char *heard(void) {
    otp_term message;
    if (otp_receive(SOON_MS, &message) != OTP_OK) {
        return "nothing";
    }
    return otp_arity(message) == 2 ? otp_show(otp_element(message, 1)) : otp_show(message);
}

/* All bytes of {data, _} messages, until that many have come or none comes any more. */
static inline size_t hear_bytes(char *out, size_t size) {
    size_t length = 0;
    otp_bytes data;
    while (length < size && otp_receive_match(SOON_MS, "{_, {data, ~b}}", &data) == OTP_OK) {
        size_t more = data.size < size - length ? data.size : size - length;
        memcpy(out + length, data.data, more);
        length += more;
    }
    return length;
}

static inline otp_err open_shell(const char *script, const otp_port_opts *opts, otp_port *port) {
    const char *const argv[] = {"sh", "-c", script, NULL};
    return otp_port_open(argv, opts, port);
}

#endif
