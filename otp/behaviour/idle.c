/* SPDX-License-Identifier: MIT */
#include "behaviour/idle.h"

#include "behaviour/wire.h"

static otp_term idle_tag(void) {
    static otp_atom_site site = {0, "$gen_idle"};
    return otp_atom_of_site(&site);
}

otpi_idle_news otpi_idle_look(otpi_server *server, otp_term message) {
    const uint64_t *words = otpi_wire_tuple(message, 3);
    if (!words || words[0] != OTPI_AM_timeout || words[2] != idle_tag().word) {
        return OTPI_IDLE_OTHER;
    }
    otpi_server_rare *rare = server->rare;
    otp_ref ref;
    if (!rare || !rare->armed || !otp_get_ref(otpi_wire_term(words[1]), &ref) ||
        !otpi_ref_same(ref, otp_timer_ref(rare->timer))) {
        return OTPI_IDLE_STALE;
    }
    rare->armed = false;
    rare->idle_ms = 0;
    return OTPI_IDLE_TIMEOUT;
}

void otpi_idle_hold(otpi_server_rare *rare) {
    if (rare->armed) {
        otp_cancel_timer(rare->timer, NULL);
        rare->armed = false;
    }
}

void otpi_idle_cancel(otpi_server_rare *rare) {
    otpi_idle_hold(rare);
    rare->idle_ms = 0;
}

void otpi_idle_start(otpi_server *server, int64_t idle_ms) {
    if (idle_ms > 0) {
        otpi_server_rare_of(server)->idle_ms = idle_ms;
        otpi_idle_restart(server);
    }
}

void otpi_idle_restart(otpi_server *server) {
    otpi_server_rare *rare = server->rare;
    if (!rare || rare->idle_ms == 0 || rare->suspended) {
        return;
    }
    otpi_idle_hold(rare);
    rare->timer = otp_start_timer(rare->idle_ms, otp_from_pid(otp_self()), idle_tag());
    rare->armed = true;
}
