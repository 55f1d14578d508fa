/* SPDX-License-Identifier: MIT */
/*
 * A case in a child process; see vessel.h.
 */
#include "supertester/property/vessel.h"

#include "base/hash.h"
#include "port/child.h"
#include "port/clock.h"
#include "port/fault.h"
#include "port/shm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    FRAMES_MAX = 32,
    FRAMES_TOLD = 3,       /* of the innermost ones: deeper ones differ from case to case */
    FRAMES_OF_REPORTER = 3 /* at the top: the reporter's own, and the signal's */
};

/* Of this process, when it is a child that runs a case. */
static sti_vessel *vessel_now;

sti_vessel *sti_vessel_new(uint64_t timeout_ns, bool watches) {
    sti_vessel *vessel = otpi_shm_map(sizeof *vessel);
    if (vessel) {
        vessel->timeout_ns = timeout_ns;
        vessel->watches = watches;
    }
    return vessel;
}

void sti_vessel_free(sti_vessel *vessel) {
    if (vessel) {
        otpi_shm_unmap(vessel, sizeof *vessel);
    }
}

/* ---- In the child ---- */

void sti_vessel_struck(int signo) {
    void *frames[FRAMES_MAX];
    if (!vessel_now) {
        return;
    }
    size_t count = otpi_backtrace_take(frames, FRAMES_MAX);
    uint64_t hash = 1;
    for (size_t i = FRAMES_OF_REPORTER; i < count && i < FRAMES_OF_REPORTER + FRAMES_TOLD; i++) {
        hash = otpi_hash_mix(hash, (uint64_t)(uintptr_t)frames[i]);
    }
    vessel_now->frames = hash | 1;
    vessel_now->signal = signo;
}

static void report_fault(int signo, void *address, void *ucontext) {
    (void)address;
    (void)ucontext;
    sti_vessel_struck(signo);
}

static int child_main(void *arg) {
    sti_vessel *v = arg;
    sti_case *c = v->c;
    vessel_now = v;
    if (v->watches) {
        otpi_fault_install(report_fault);
    }
    c->story = c->story ? &v->story : NULL;
    c->statistics = NULL;
    v->outcome = sti_case_run(c, v->list);
    memcpy(v->text, c->text, sizeof v->text);
    v->discarded_at = c->discarded_at;
    v->target_count = c->target_count;
    memcpy(v->targets, c->targets, sizeof v->targets);
    v->over = true;
    return 0;
}

/* ---- In the parent ---- */

/* How it ended that did not come to its end. */
static sti_outcome judge_end(sti_case *c, const sti_vessel *v, const otpi_child *child, bool hung) {
    int signo = child->exit.signalled ? child->exit.code : v->signal;
    uint64_t origin = otpi_hash_mix((uint64_t)child->exit.code, (uint64_t)signo);
    if (hung) {
        snprintf(c->text, sizeof c->text, "hang: it was not at its end after %" PRIu64 " ms",
                 v->timeout_ns / 1000000);
        origin = 1;
    } else if (signo != 0) {
        snprintf(c->text, sizeof c->text, "crash: %s", otpi_fault_signal_name(signo));
    } else {
        snprintf(c->text, sizeof c->text,
                 "crash: the process exited with code %d (exit(), or a sanitizer)",
                 child->exit.code);
    }
    return (sti_outcome){.ending = STI_CASE_FAILED, .origin = otpi_hash_mix(origin, v->frames)};
}

static sti_outcome take_over(sti_case *c, const sti_vessel *v) {
    memcpy(c->text, v->text, sizeof c->text);
    c->discarded_at = v->discarded_at;
    c->target_count = v->target_count;
    memcpy(c->targets, v->targets, sizeof c->targets);
    return v->outcome;
}

sti_outcome sti_vessel_run(sti_vessel *v, sti_case *c, st_choices *list) {
    otpi_child child;
    v->c = c;
    v->list = list;
    v->over = false;
    v->signal = 0;
    v->frames = 0;
    otpi_text_init_fixed(&v->story, v->story_memory, sizeof v->story_memory);
    fflush(NULL);
    if (otpi_fork(&child, &(otpi_child_opts){.die_with_parent = true}, child_main, v) !=
        OTPI_IO_OK) {
        snprintf(c->text, sizeof c->text, "no child process can be started for a case");
        c->outcome = (sti_outcome){.ending = STI_CASE_MISUSED};
        return c->outcome;
    }
    bool hung = otpi_child_wait(&child, otpi_clock_monotonic_ns() + v->timeout_ns) != OTPI_IO_OK;
    if (hung) {
        otpi_child_signal(&child, 9);
        otpi_io_err ignored = otpi_child_wait(&child, OTPI_NEVER);
        (void)ignored;
    }
    c->outcome = v->over && !hung ? take_over(c, v) : judge_end(c, v, &child, hung);
    otpi_child_close(&child);
    if (c->story) {
        otpi_text_bytes(c->story, v->story.data, v->story.length);
    }
    return c->outcome;
}
