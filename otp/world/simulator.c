/* SPDX-License-Identifier: MIT */
#include "world/simulator.h"

#include "base/hash.h"
#include "world/enabled.h"

enum { ACCESSES_MAX = 64, STEPS_MAX_DEFAULT = 10000000 };

struct otpi_simulator {
    otp_world *world;
    otpi_worker *worker;
    const otp_chooser *chooser;
    otpi_enabled enabled;
    otp_enabled view;      /* of enabled, for the chooser */
    otp_event timer;       /* the next one, when it races */
    otpi_runnable *chosen; /* picked at a visible operation: the next loop runs it */
    otp_event ran;         /* the event whose step is under way */
    uint64_t now_ms;
    uint64_t steps, steps_max;
    uint64_t signature;
    otpi_run_limits limits;
    otp_run_end end;
    bool (*drains)(otpi_runnable *runnable, void *context); /* of a drain under way */
    void *drain_context;
    bool interrupted;
    unsigned entered;         /* otpi_simulator_enter without its exit */
    otpi_alloc_fault outside; /* the thread's own allocation faults, while it is in the world */
    bool observing;
    bool races; /* timers compete with messages */
    uint32_t access_count;
    otp_access accesses[ACCESSES_MAX];
    otpi_timers timers, patient; /* last: large, and seldom looked at */
};

_Thread_local bool otpi_visible_on;
_Thread_local bool otpi_observed;
_Thread_local uint32_t otpi_locks_held;

/* ---- Life ---- */

static void timers_reset(otpi_timers *timers) {
    otpi_wheel_restart(&timers->wheel, 0);
    timers->next = UINT64_MAX;
}

otpi_simulator *otpi_simulator_new(otp_world *world) {
    otpi_simulator *simulator = otpi_calloc(1, sizeof *simulator);
    if (!simulator) {
        return NULL;
    }
    simulator->world = world;
    simulator->worker = &world->workers[0];
    simulator->view.ready = &simulator->enabled;
    if (!otpi_enabled_init(&simulator->enabled)) {
        otpi_free(simulator);
        return NULL;
    }
    otpi_timers_init(&simulator->timers, NULL);
    otpi_timers_init(&simulator->patient, NULL);
    otpi_simulator_reset(simulator);
    return simulator;
}

void otpi_simulator_free(otpi_simulator *simulator) {
    if (simulator) {
        otpi_enabled_fini(&simulator->enabled);
        otpi_free(simulator);
    }
}

void otpi_simulator_reset(otpi_simulator *simulator) {
    const otp_world_opts *opts = &simulator->world->opts;
    const otp_chooser *chooser = opts->chooser;
    simulator->chooser = chooser;
    simulator->observing = chooser && chooser->observe;
    simulator->races = opts->timers == OTP_TIMERS_RACE;
    simulator->view.before = simulator->view.after = NULL;
    simulator->steps_max = opts->steps_max ? opts->steps_max : STEPS_MAX_DEFAULT;
    simulator->steps = 0;
    simulator->signature = 0;
    simulator->now_ms = 0;
    simulator->chosen = NULL;
    simulator->interrupted = false;
    simulator->access_count = 0;
    otpi_enabled_clear(&simulator->enabled, chooser && chooser->choose && !chooser->choose_rank);
    timers_reset(&simulator->timers);
    timers_reset(&simulator->patient);
}

otpi_timers *otpi_simulator_timers(otpi_simulator *simulator, bool patient) {
    return patient ? &simulator->patient : &simulator->timers;
}

uint64_t otpi_simulator_now_ns(const otpi_simulator *simulator) {
    return simulator->now_ms * 1000000;
}

uint64_t otpi_simulator_steps(const otpi_simulator *simulator) {
    return simulator->steps;
}

void otpi_simulator_grant(otpi_simulator *simulator, uint64_t steps) {
    simulator->steps_max = simulator->steps + steps;
}

uint64_t otpi_simulator_signature(const otpi_simulator *simulator) {
    return simulator->signature;
}

/* The thread's view of whom it works for; visible: operations are, to the simulator's chooser. */
static void worker_become(otpi_worker *worker, bool visible) {
    otpi_worker_now = worker;
    otpi_visible_on = visible;
    otpi_observed = visible && worker->world->simulator->observing;
}

otpi_worker *otpi_simulator_enter(otp_world *world) {
    otpi_worker *before = otpi_worker_now;
    worker_become(&world->workers[0], true);
    if (world->simulator->entered++ == 0) {
        world->simulator->outside = otpi_alloc_fault_now;
        if (world->has_faults) {
            otpi_faults_adopt(otpi_worker_now);
        }
    }
    return before;
}

void otpi_simulator_exit(otpi_worker *before) {
    otpi_simulator *simulator = otpi_worker_now->world->simulator;
    if (--simulator->entered == 0) {
        otpi_alloc_fault_now = simulator->outside;
    }
    worker_become(before, before && before->world->simulator);
}

/* ---- Choosing ---- */

void otpi_simulator_note(otpi_simulator *simulator, uint64_t fact) {
    simulator->signature = otpi_hash_mix(simulator->signature ^ fact, 0x9e3779b97f4a7c15ULL);
}

/* Nobody is asked: rank 0. Hostile builds switch at every visible operation instead. */
static uint32_t unasked_rank(otp_choice kind, uint32_t n) {
    return OTPI_HOSTILE && kind == OTP_CHOICE_CONTINUE && n > 1 ? 1 : 0;
}

uint32_t otpi_simulator_choose(otpi_simulator *simulator, otp_choice kind, const otp_event *events,
                               uint32_t n) {
    if (n < 2 || !simulator->chooser || !simulator->chooser->choose) {
        return unasked_rank(kind, n);
    }
    uint32_t rank = simulator->chooser->choose(simulator->chooser->context, kind, events, n);
    OTPI_ASSERT("simulator-001", rank < n);
    return rank;
}

/* Among the n that the view shows. */
static inline uint32_t choose_ready(otpi_simulator *simulator, otp_choice kind, uint32_t n) {
    const otp_chooser *chooser = simulator->chooser;
    if (OTPI_LIKELY(n > 1 && chooser && chooser->choose_rank)) {
        uint32_t rank = chooser->choose_rank(chooser->context, kind, &simulator->view, n);
        OTPI_ASSERT("simulator-004", rank < n);
        return rank;
    }
    const otp_event *events =
        simulator->enabled.described ? otpi_enabled_events(&simulator->view) : NULL;
    return otpi_simulator_choose(simulator, kind, events, n);
}

int64_t otpi_simulator_draw(otpi_simulator *simulator, otp_lane lane, otp_choice kind, int64_t lo,
                            int64_t hi, int64_t target, const char *label) {
    const otp_chooser *chooser = simulator->chooser;
    if (lo >= hi || !chooser || !chooser->draw) {
        return lo >= hi ? lo : target;
    }
    int64_t value = chooser->draw(chooser->context, lane, kind, lo, hi, target, label);
    OTPI_ASSERT("simulator-002", value >= lo && value <= hi);
    return value;
}

void otpi_access_slow(otp_access_how how, uint64_t object, uint64_t key) {
    otpi_simulator *simulator = otpi_worker_now->world->simulator;
    if (!simulator->observing) {
        return;
    }
    uint32_t n = simulator->access_count;
    otpi_runnable *runnable = otpi_worker_now->current;
    otp_access access = {how, runnable ? runnable->serial : 0, object, key};
    for (uint32_t i = 0; i < n; i++) {
        const otp_access *other = &simulator->accesses[i];
        if (other->object == object && other->key == key && other->how == how) {
            return; /* known */
        }
    }
    if (n < ACCESSES_MAX) {
        simulator->accesses[simulator->access_count++] = access;
    }
}

/* Tells the observer what the step that just ended had touched. */
static void step_observe(otpi_simulator *simulator) {
    if (simulator->observing && simulator->ran.label) {
        simulator->chooser->observe(simulator->chooser->context, &simulator->ran,
                                    simulator->accesses, simulator->access_count);
    }
    simulator->access_count = 0;
    simulator->ran.label = NULL;
}

static void step_count(otpi_simulator *simulator, uint32_t process, uint32_t kind) {
    simulator->steps++;
    otpi_simulator_note(simulator, (uint64_t)process << 8 | kind);
}

static void step_begin(otpi_simulator *simulator, const otp_event *event) {
    simulator->ran = *event;
    step_count(simulator, event->process, event->kind);
}

/* The step of the ready one of that rank begins; its event is needed only to tell. */
static inline void ready_begin(otpi_simulator *simulator, uint32_t rank) {
    otpi_runnable *runnable = otpi_enabled_at(&simulator->enabled, rank);
    if (OTPI_LIKELY(!simulator->observing && !(runnable->flags & OTPI_RUNNABLE_SERVICE))) {
        otp_choice kind = runnable->stack ? OTP_CHOICE_RESUME : OTP_CHOICE_RUN;
        step_count(simulator, runnable->serial, kind);
    } else {
        step_begin(simulator, otp_enabled_event(&simulator->view, rank));
    }
}

static inline otpi_runnable *ready_take(otpi_simulator *simulator, uint32_t rank) {
    ready_begin(simulator, rank);
    return otpi_enabled_take(&simulator->enabled, rank);
}

/* ---- Enabled events ---- */

void otpi_simulator_ready(otpi_simulator *simulator, otpi_runnable *runnable) {
    if (runnable->flags & OTPI_RUNNABLE_FROZEN) {
        runnable->flags |= OTPI_RUNNABLE_THAW_READY;
        return;
    }
    otpi_enabled_push(&simulator->enabled, runnable);
}

bool otpi_simulator_remove(otpi_simulator *simulator, otpi_runnable *runnable) {
    return otpi_enabled_remove(&simulator->enabled, runnable);
}

/* Shows the next timer as the last event, when timers race; how many events there are. */
static inline uint32_t view_timer(otpi_simulator *simulator) {
    uint32_t n = otpi_enabled_count(&simulator->enabled);
    if (OTPI_LIKELY(!simulator->races)) {
        return n;
    }
    uint64_t next = otpi_wheel_next(&simulator->timers.wheel);
    simulator->timer = (otp_event){OTP_CHOICE_TIMER, 0, next, "timer"};
    bool comes = next != UINT64_MAX && next <= simulator->limits.until_ms; /* before the run ends */
    simulator->view.after = comes ? &simulator->timer : NULL;
    return n + comes;
}

/* ---- Time ---- */

static void clock_advance(otpi_simulator *simulator, uint64_t now_ms) {
    if (now_ms > simulator->now_ms) {
        simulator->now_ms = now_ms;
        otpi_simulator_note(simulator, now_ms);
    }
}

enum { TIES_MAX = 64 };

/* One of the n timers that are due at the same time: nothing says in which order they fire. */
static uint32_t tie_break(otpi_simulator *simulator, size_t n) {
    otp_event events[TIES_MAX];
    uint32_t count = n < TIES_MAX ? (uint32_t)n : TIES_MAX;
    for (uint32_t i = 0; i < count; i++) {
        events[i] = (otp_event){OTP_CHOICE_TIE, 0, i, "timer"};
    }
    return otpi_simulator_choose(simulator, OTP_CHOICE_TIE, events, count);
}

/* Fires the earliest timer of one wheel. */
static void timer_fire(otpi_simulator *simulator, otpi_timers *timers) {
    size_t tied = otpi_wheel_reach(&timers->wheel, otpi_wheel_next(&timers->wheel));
    uint32_t rank = OTPI_UNLIKELY(tied > 1) ? tie_break(simulator, tied) : 0;
    otpi_wheel_timer *due = otpi_wheel_take_tied(&timers->wheel, rank);
    clock_advance(simulator, due->deadline);
    bool alone =
        timers == &simulator->patient && otpi_wheel_next(&simulator->timers.wheel) == UINT64_MAX;
    const char *label = alone ? "patient timer" : "timer";
    otp_event event = {OTP_CHOICE_TIMER, 0, due->deadline, label};
    step_begin(simulator, &event);
    otpi_alarm *alarm = OTPI_CONTAINER_OF(due, otpi_alarm, timer);
    alarm->fire(alarm);
    step_observe(simulator);
}

/* Nothing is enabled: moves to the earliest deadline. False when there is none before the limit. */
static bool time_passes(otpi_simulator *simulator) {
    uint64_t next = otpi_wheel_next(&simulator->timers.wheel);
    uint64_t patient = otpi_wheel_next(&simulator->patient.wheel);
    uint64_t earliest = next < patient ? next : patient;
    if (earliest > simulator->limits.until_ms) {
        clock_advance(simulator, simulator->limits.until_ms);
        simulator->end = OTP_RUN_TIMEOUT;
        return false;
    }
    if (earliest == UINT64_MAX) {
        simulator->end = OTP_RUN_DEADLOCK;
        return false;
    }
    timer_fire(simulator, next <= patient ? &simulator->timers : &simulator->patient);
    return true;
}

/* ---- The loop ---- */

static bool run_is_over(otpi_simulator *simulator) {
    if (simulator->interrupted) {
        simulator->end = OTP_RUN_DONE;
        return true;
    }
    if (simulator->limits.done && *simulator->limits.done) {
        simulator->end = OTP_RUN_DONE;
        return true;
    }
    if (simulator->steps >= simulator->steps_max) {
        simulator->end = OTP_RUN_STEPS;
        return true;
    }
    return false;
}

/* Chooses among the enabled events and the racing timer; NULL when a timer was what happened. */
static inline otpi_runnable *pick(otpi_simulator *simulator) {
    uint32_t n = view_timer(simulator);
    uint32_t rank = choose_ready(simulator, OTP_CHOICE_RUN, n);
    if (OTPI_UNLIKELY(rank == otpi_enabled_count(&simulator->enabled))) {
        timer_fire(simulator, &simulator->timers);
        return NULL;
    }
    return ready_take(simulator, rank);
}

/* The oldest enabled runnable of a drain. */
static otpi_runnable *drain_next(otpi_simulator *simulator) {
    otpi_enabled *enabled = &simulator->enabled;
    for (uint32_t rank = 0; rank < otpi_enabled_count(enabled); rank++) {
        if (simulator->drains(otpi_enabled_at(enabled, rank), simulator->drain_context)) {
            return otpi_enabled_take(enabled, rank);
        }
    }
    return NULL;
}

/* What to run next; NULL when the run is over. */
static otpi_runnable *next_runnable(otpi_simulator *simulator) {
    if (OTPI_UNLIKELY(simulator->drains != NULL)) {
        return drain_next(simulator);
    }
    otpi_runnable *runnable = simulator->chosen;
    simulator->chosen = NULL;
    while (!runnable) {
        if (run_is_over(simulator)) {
            return NULL;
        }
        if (otpi_enabled_count(&simulator->enabled) > 0) {
            runnable = pick(simulator);
        } else if (!time_passes(simulator)) {
            return NULL;
        }
    }
    return runnable;
}

/* A step that exits never comes back here: the race detector may not have noted that it went in. */
OTPI_UNINSTRUMENTED static otpi_step step_run(otpi_worker *worker, otpi_runnable *runnable) {
    if (runnable->flags & OTPI_RUNNABLE_SERVICE) {
        otpi_service *service = OTPI_CONTAINER_OF(runnable, otpi_service, runnable);
        return service->step(service);
    }
    return otpi_step_run_simulated(worker, runnable);
}

OTPI_UNINSTRUMENTED void otpi_simulator_loop(void *unused) {
    (void)unused;
    otpi_worker *worker = otpi_worker_now;
    otpi_simulator *simulator = worker->world->simulator;
    otpi_stack_bury(worker);
    for (;;) {
        worker->current = NULL;
        if (worker->limbo_count) {
            otpi_limbo_drain(worker); /* the only worker, between two steps */
        }
        if (OTPI_UNLIKELY(simulator->observing) && !simulator->chosen) {
            step_observe(simulator);
        }
        otpi_runnable *runnable = next_runnable(simulator);
        if (!runnable) {
            otpi_loop_leave(worker);
        }
        if (runnable->stack) {
            otpi_resume(worker, runnable);
        }
        if (step_run(worker, runnable) == OTPI_STEP_AGAIN) {
            otpi_simulator_ready(simulator, runnable);
        }
    }
}

void otpi_simulator_drain(otpi_simulator *simulator,
                          bool (*matches)(otpi_runnable *runnable, void *context), void *context) {
    otpi_worker *before = otpi_simulator_enter(simulator->world);
    worker_become(simulator->worker, false); /* nothing is chosen */
    simulator->drains = matches;
    simulator->drain_context = context;
    bool ran = otpi_loop_run(simulator->worker);
    OTPI_ASSERT("simulator-003", ran);
    simulator->drains = NULL;
    otpi_limbo_drain(simulator->worker);
    otpi_simulator_exit(before);
}

otp_run_end otpi_simulator_run(otpi_simulator *simulator, const otpi_run_limits *limits) {
    simulator->limits = *limits;
    simulator->ran.label = NULL;
    otpi_worker *before = otpi_simulator_enter(simulator->world);
    if (!otpi_loop_run(simulator->worker)) {
        simulator->end = OTP_RUN_FAILED;
    }
    otpi_limbo_drain(simulator->worker);
    otpi_simulator_exit(before);
    return simulator->end;
}

void otpi_simulator_interrupt(otpi_simulator *simulator) {
    simulator->interrupted = true;
}

bool otpi_simulator_interrupted(otpi_simulator *simulator) {
    bool interrupted = simulator->interrupted;
    simulator->interrupted = false;
    return interrupted;
}

/* ---- Visible operations ---- */

/* Another event was chosen: the process waits on its stack, first in line, while that event
 * happens. own lies on that stack. False when it goes on without. */
static bool visible_switch(otpi_simulator *simulator, otp_event *own, uint32_t rank) {
    otpi_runnable *self = simulator->worker->current;
    uint32_t n = otpi_enabled_count(&simulator->enabled);
    if (!otpi_suspend_prepare(own->label)) {
        return false; /* no stack to be had: the process goes on */
    }
    if (rank - 1 == n) {
        timer_fire(simulator, &simulator->timers);
    } else {
        simulator->chosen = ready_take(simulator, rank - 1);
    }
    own->kind = OTP_CHOICE_RESUME;
    self->stack->event = own;
    otpi_enabled_push_front(&simulator->enabled, self);
    otpi_suspend();
    return true;
}

bool otpi_visible_turn(const char *label, uint64_t object) {
    otpi_worker *worker = otpi_worker_now;
    otpi_simulator *simulator = worker->world->simulator;
    otpi_runnable *self = worker->current;
    if (!self || otpi_locks_held || simulator->interrupted) {
        return false;
    }
    uint32_t n = view_timer(simulator);
    bool observing = simulator->observing && simulator->ran.label;
    if (n == 0 && !observing) {
        return false;
    }
    otp_event own = {OTP_CHOICE_CONTINUE, self->serial, object, label};
    if (observing) {
        step_observe(simulator); /* whether or not others could come first: steps are the same */
    }
    simulator->view.before = &own;
    uint32_t rank = n > 0 ? choose_ready(simulator, OTP_CHOICE_CONTINUE, n + 1) : 0;
    simulator->view.before = NULL;
    if (rank != 0 && visible_switch(simulator, &own, rank)) {
        return true;
    }
    if (observing) {
        simulator->ran = own; /* the same step, to all but the observer */
    }
    return false;
}

void otpi_visible_slow(const char *label, uint64_t object) {
    if (otpi_visible_turn(label, object)) {
        otpi_run.resumed(otpi_worker_now->current);
    }
}
