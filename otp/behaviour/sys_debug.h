/* SPDX-License-Identifier: MIT */
/*
 * Statistics, log and trace of a running server: the debug options of sys(3). A server that has
 * none of them pays nothing; one that has carries OTPI_SERVER_DEBUGGED, and tells each event.
 */
#ifndef OTP_BEHAVIOUR_SYS_DEBUG_H
#define OTP_BEHAVIOUR_SYS_DEBUG_H

#include "behaviour/server.h"

enum { OTPI_SYS_LOG_DEFAULT = 10, OTPI_SYS_LOG_MAX = 100000 };

/* A function that traces, on its way to the server as a resource: {trace, Resource}. */
typedef struct otpi_sys_tracer {
    otp_sys_trace_fn *see;
    void *context;
} otpi_sys_tracer;
extern const otp_resource_type otpi_sys_tracer_type;

static inline bool otpi_sys_debugged(const otpi_server *server) {
    return OTPI_UNLIKELY(server->flags & OTPI_SERVER_DEBUGGED);
}

/* An event of the server, a system_event() of OTP. Only of a debugged one. */
void otpi_sys_debug_see(otpi_server *server, otp_term event);

/* Does {debug, command}; the answer. */
otp_term otpi_sys_debug_command(otpi_server *server, otp_term command);
/* What is on, as get_status tells it, and the logged events. */
otp_term otpi_sys_debug_options(const otpi_server *server);
otp_term otpi_sys_debug_log(const otpi_server *server);
/* May be NULL. */
void otpi_sys_debug_free(struct otpi_sys_debug *debug);

#endif
