/* SPDX-License-Identifier: MIT */
/*
 * Making the n-th allocation or the n-th I/O call of a run fail. The calls are counted, and struck,
 * between the beginning and the end of the test's body: allocations of the runtime and operations
 * of simulated disks through the world's fault hooks, calls of the C library where the program
 * brings them (host_memory.c, host_io.c). What the testing library allocates is not counted.
 *
 * An injection lies in the context, in shared memory: after a crash the parent reads what struck.
 */
#ifndef SUPERTESTER_RUNNER_INJECT_H
#define SUPERTESTER_RUNNER_INJECT_H

#include "supertester/report/result.h"

#include "base/text.h"

/* What is to fail in a run. */
typedef struct sti_strike_plan {
    bool counts; /* calls of the kind are counted, at least */
    sti_site_kind kind;
    uint64_t at;       /* the call that fails, from 1; 0 = none */
    bool from_then_on; /* and all after it */
} sti_strike_plan;

/* A call that may fail. what, site: static text. */
typedef struct sti_call {
    const char *what;   /* "malloc", "write"; NULL for an allocation of the runtime */
    const char *site;   /* "file:line"; NULL when only the caller is known */
    const void *caller; /* a return address */
    uint64_t size;      /* of an allocation */
    const char *path;   /* on a simulated disk; NULL = none */
} sti_call;

enum { STI_STRIKE_FRAMES = 16 };

typedef struct sti_injection {
    sti_strike_plan plan;
    _Atomic bool armed;
    _Atomic uint32_t paused; /* how many pauses hold */
    _Atomic uint64_t seen, struck;
    sti_call first; /* that was struck; path points to the copy below, or is NULL */
    char path[96];
    size_t frame_count;
    void *frames[STI_STRIKE_FRAMES]; /* return addresses from the strike outwards */
} sti_injection;

void sti_injection_begin(sti_injection *injection, sti_strike_plan plan);
/* The hooks of a world in whose runs the injections strike; good for ever. */
const otp_fault_hooks *sti_injection_hooks(void);

/* Of the run that is going on, if any: does this call fail? Counts it. */
bool sti_injection_strikes(sti_site_kind kind, const sti_call *call);

/* "allocation 17 of 120, malloc of 24 bytes in save_all+0x1c", and a second line that begins
 * "called by" where functions are known; of: how many sites, 0 = unknown. */
void sti_injection_show(otpi_text *out, const sti_injection *injection, uint64_t of);

#endif
