/* SPDX-License-Identifier: MIT */
/*
 * Waiting without sleeping: for replies, exits and names, and for conditions without an event.
 */
#include "supertester/await/patient.h"
#include "supertester/runner/context.h"

#include <inttypes.h>
#include <supertester/helpers.h>
#include <supertester/sweep.h>

enum { PAUSE_MAX_MS = 50 };

/* ---- Patience ---- */

st_patience st_patience_begin(int64_t timeout_ms) {
    return (st_patience){.timeout_ms = timeout_ms, .began_ms = otp_now_ms()};
}

/* In simulation a timer of the system under test that races may carry the clock far ahead: only the
 * pauses count then. */
static uint64_t waited(const st_patience *patience) {
    return otpi_simulated() ? patience->waited_ms : otp_now_ms() - patience->began_ms;
}

/* The pause is a wait for a reference that nobody has: the mailbox stays as it is. */
static void pause_for(int64_t time_ms) {
    otp_term nothing;
    bool before = sti_patient_begin();
    otp_err ignored = otp_receive_ref(otp_make_ref(), time_ms, &nothing);
    (void)ignored; /* always OTP_ETIMEOUT */
    sti_patient_end(before);
}

bool st_patience_pause(st_patience *patience) {
    uint64_t so_far = waited(patience);
    uint64_t limit = patience->timeout_ms < 0 ? UINT64_MAX : (uint64_t)patience->timeout_ms;
    patience->looks++;
    if (so_far >= limit) {
        return false;
    }
    if (patience->pause_ms == 0) {
        otp_yield();
        patience->pause_ms = 1;
        return true;
    }
    uint64_t left = limit - so_far;
    int64_t pause = (uint64_t)patience->pause_ms < left ? patience->pause_ms : (int64_t)left;
    pause_for(pause);
    patience->waited_ms += (uint64_t)pause;
    patience->pause_ms = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
    return true;
}

bool st_check_eventually(bool held, const st_patience *patience, const char *site,
                         const char *text) {
    sti_checked();
    if (!held) {
        sti_fail(site,
                 "expected eventually %s\n    not so after %" PRIu64 " ms and %" PRIu64 " looks",
                 text, waited(patience), patience->looks);
    }
    return held;
}

/* ---- Servers ---- */

static void look_at_nothing(void *context, void *state) {
    (void)context, (void)state;
}

void st_sync_at(otp_term dest, const char *site) {
    bool before = sti_patient_begin();
    otp_err err = otp_sys_look(dest, look_at_nothing, NULL, ST_PATIENCE_MS);
    sti_patient_end(before);
    if (err != OTP_OK) {
        sti_give_up(site, "no sync with %s: %s", otp_show(dest), otp_err_text(err));
    }
}

void st_cast_and_sync_at(otp_term dest, otp_term request, const char *site) {
    otp_cast_term(dest, request);
    bool before = sti_patient_begin();
    otp_err err = otp_sys_look(dest, look_at_nothing, NULL, ST_PATIENCE_MS);
    sti_patient_end(before);
    if (err != OTP_OK) {
        sti_give_up(site, "%s was cast to %s, which did not come to its end: %s", otp_show(request),
                    otp_show(dest), otp_err_text(err));
    }
}

/* ---- Names and exits ---- */

otp_pid st_wait_for_name_at(otp_term name, int64_t timeout_ms, const char *site) {
    st_patience patience = st_patience_begin(timeout_ms);
    otp_pid pid = otp_whereis(name);
    while (pid.word == OTP_PID_NONE.word && st_patience_pause(&patience)) {
        pid = otp_whereis(name);
    }
    sti_checked();
    if (pid.word == OTP_PID_NONE.word) {
        sti_give_up(site, "no process is registered as %s after %" PRId64 " ms", otp_show(name),
                    timeout_ms);
    }
    return pid;
}

/* The 'DOWN' of the process; false when it lives on. */
static bool await_down(otp_pid pid, int64_t timeout_ms, otp_term *down) {
    otp_ref ref = otp_monitor(pid);
    bool before = sti_patient_begin();
    otp_err err = otp_receive_ref(ref, timeout_ms, down);
    sti_patient_end(before);
    if (err != OTP_OK) {
        otp_demonitor(ref, true);
    }
    return err == OTP_OK;
}

otp_term st_wait_for_exit_at(otp_pid pid, int64_t timeout_ms, const char *site) {
    otp_term down = OTP_NONE;
    sti_checked();
    if (!await_down(pid, timeout_ms, &down)) {
        sti_fail(site, "%s lives on after %" PRId64 " ms", otp_show(otp_from_pid(pid)), timeout_ms);
        st_end_test();
    }
    return otp_element(down, 4);
}

bool st_check_alive(otp_pid pid, bool alive, const char *site, const char *text) {
    otp_term facts;
    sti_checked();
    if (alive) {
        /* It answers after the signals this process sent it before: a kill among them counts. */
        st_faults_pause(); /* what this check needs is not the test's */
        bool lives = otp_is_alive(pid) && otp_process_info(pid, &facts) == OTP_OK;
        st_faults_resume();
        if (!lives) {
            sti_fail(site, "expected %s (%s) to be alive", text, otp_show(otp_from_pid(pid)));
        }
        return lives;
    }
    otp_term down = OTP_NONE;
    bool dead = await_down(pid, ST_PATIENCE_MS, &down);
    if (!dead) {
        sti_fail(site, "expected %s (%s) to be dead; it lives on after %" PRId64 " ms", text,
                 otp_show(otp_from_pid(pid)), ST_PATIENCE_MS);
    }
    return dead;
}
