/* SPDX-License-Identifier: MIT */
/*
 * The head that gen_server, supervisor and gen_statem share.
 */
#include "behaviour/server.h"

#include "behaviour/sys_debug.h"
#include "port/memory.h"

otpi_server_rare *otpi_server_rare_of(otpi_server *server) {
    if (!server->rare) {
        server->rare = otpi_calloc(1, sizeof *server->rare);
        if (!server->rare) {
            otpi_enomem(OTPI_SITE);
        }
    }
    return server->rare;
}

void otpi_server_release(void *state) {
    otpi_server *server = state;
    if (!(server->flags & OTPI_SERVER_STARTING) && server->rare) {
        otpi_sys_debug_free(server->rare->debug);
        otpi_free(server->rare);
    }
}

const otpi_server_kind *otpi_server_kind_here(void) {
    return OTPI_CONTAINER_OF(otpi_self()->behaviour, const otpi_server_kind, behaviour);
}

otp_term otpi_server_described(const otpi_server *server) {
    otp_term state = otpi_server_kind_here()->behaviour.describe(server);
    return otp_is_none(state) ? otpi_am(undefined) : state;
}
