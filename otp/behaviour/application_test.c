/* SPDX-License-Identifier: MIT */
/* Applications: order of start and stop, environments, what the end of one means. */
#include "behaviour/test_probe.h"

/* ---- Applications that tell what they do ---- */

static otp_pid the_watcher;

static void tell(const char *what, const char *name) {
    otp_send(the_watcher, otp_tuple(otp_atom(what), otp_atom(name)));
}

static otp_result worker_init(void *state, otp_term args) {
    (void)state, (void)args;
    otp_trap_exit(true);
    return otp_ok();
}

static otp_result worker_cast(void *state, otp_term reason) {
    (void)state;
    return otp_stop(reason);
}

static void worker_terminate(void *state, otp_term reason) {
    (void)state, (void)reason;
    tell("worker_ends", "");
}

static const otp_gen_server worker = {.name = "worker",
                                      .init = worker_init,
                                      .handle_cast = worker_cast,
                                      .terminate = worker_terminate};

static const otp_child_spec tree_children[] = {
    {.id = "worker", .server = &worker, .name = "application_test_worker"}};
static const otp_supervisor_spec tree = {
    .intensity = OTP_INTENSITY_ZERO, .children = tree_children, .child_count = 1};
static const otp_supervisor_spec empty_tree = {.strategy = OTP_ONE_FOR_ONE};

typedef struct telling {
    int64_t starts;
} telling;

#define TELLING(name, the_tree)                                                                    \
    static otp_err name##_start(void *state, otp_pid *top, otp_term *reason) {                     \
        tell("start", #name);                                                                      \
        ((telling *)state)->starts++;                                                              \
        return otp_supervisor_start_link(&the_tree, &(otp_start_opts){.reason = reason}, top);     \
    }                                                                                              \
    static void name##_prep_stop(void *state) {                                                    \
        CHECK_EQ(((telling *)state)->starts, 1);                                                   \
        tell("prep_stop", #name);                                                                  \
    }                                                                                              \
    static void name##_stop(void *state) {                                                         \
        CHECK_EQ(((telling *)state)->starts, 1);                                                   \
        tell("stop", #name);                                                                       \
    }

TELLING(base, empty_tree)
TELLING(middle, tree)
TELLING(top, empty_tree)

static const otp_application base = {.name = "base",
                                     .description = "the base",
                                     .version = "1.2",
                                     .env = "[{port, 8080}, {title, <<\"Shop\">>}]",
                                     .state_size = sizeof(telling),
                                     .start = base_start,
                                     .prep_stop = base_prep_stop,
                                     .stop = base_stop};
static const otp_application library = {.name = "library", .env = "[{depth, 3}]"};
static const otp_application *const middle_needs[] = {&base, &library};
static const otp_application middle = {.name = "middle",
                                       .needs = middle_needs,
                                       .needs_count = 2,
                                       .state_size = sizeof(telling),
                                       .start = middle_start,
                                       .prep_stop = middle_prep_stop,
                                       .stop = middle_stop};
static const otp_application *const top_needs[] = {&base, &middle};
static const otp_application top = {.name = "top",
                                    .needs = top_needs,
                                    .needs_count = 2,
                                    .state_size = sizeof(telling),
                                    .start = top_start,
                                    .prep_stop = top_prep_stop,
                                    .stop = top_stop};

static otp_err failing_start(void *state, otp_pid *pid, otp_term *reason) {
    (void)state, (void)pid;
    *reason = otp_term_of("{no, luck}");
    return OTP_EINIT;
}

static const otp_application *const failing_needs[] = {&base, &middle};
static const otp_application failing = {
    .name = "failing", .needs = failing_needs, .needs_count = 2, .start = failing_start};

static otp_err start(const otp_application *app) {
    return otp_application_start(app, OTP_APPLICATION_TEMPORARY, NULL);
}

static otp_term running(void) {
    otp_term list = OTP_NONE, names = otp_nil();
    CHECK_EQ(otp_application_which_applications(&list), OTP_OK);
    OTP_LIST_FOREACH (app, list) {
        names = otp_cons(otp_element(app, 0), names);
    }
    return names; /* first started first */
}

#define BEGIN() the_watcher = otp_self()

/* ---- Start and stop ---- */

BOTH_WORLDS("an application starts its tree, and ends it between prep_stop and stop") {
    BEGIN();
    otp_term list;
    CHECK_EQ(start(&library), OTP_OK);
    CHECK_EQ(start(&base), OTP_OK);
    CHECK_EQ(start(&middle), OTP_OK);
    CHECK_EQ(start(&middle), OTP_EALREADY);
    CHECK_TOLD("{start, base}");
    CHECK_TOLD("{start, middle}");
    CHECK(otp_whereis(OTP_ATOM(application_test_worker)).word);
    CHECK_EQ(otp_application_which_applications(&list), OTP_OK);
    CHECK_TERM(list, "[{middle, <<>>, <<>>}, {base, <<\"the base\">>, <<\"1.2\">>}, "
                     "{library, <<>>, <<>>}]");
    CHECK_EQ(otp_application_stop(OTP_ATOM(middle)), OTP_OK);
    CHECK(!otp_whereis(OTP_ATOM(application_test_worker)).word);
    otp_term what, name;
    const char *order[] = {"prep_stop", "worker_ends", "stop"};
    for (int i = 0; i < 3; i++) {
        CHECK_TOLD("{~a, ~a}", &what, &name);
        CHECK_STR(otp_atom_text(what), order[i]);
    }
    CHECK_EQ(otp_application_stop(OTP_ATOM(middle)), OTP_ENOENT);
    CHECK_EQ(otp_application_stop(OTP_ATOM(library)), OTP_OK);
    CHECK_TERM(running(), "[base]");
    CHECK_EQ(start(&library), OTP_OK);
    CHECK_EQ(start(&middle), OTP_OK); /* again */
    CHECK_TOLD("{start, middle}");
    CHECK_SILENCE();
}

BOTH_WORLDS("one that needs others does not start without them") {
    BEGIN();
    otp_term reason = OTP_NONE;
    CHECK_EQ(otp_application_start(&middle, OTP_APPLICATION_PERMANENT, &reason), OTP_EINIT);
    CHECK_TERM(reason, "{not_started, base}");
    CHECK_TERM(running(), "[]");
    CHECK_SILENCE();
}

BOTH_WORLDS("ensure_all_started starts what is needed first, and only what does not run") {
    BEGIN();
    otp_term started = OTP_NONE;
    CHECK_EQ(start(&library), OTP_OK);
    CHECK_EQ(otp_application_ensure_all_started(&top, OTP_APPLICATION_TEMPORARY, &started, NULL),
             OTP_OK);
    CHECK_TERM(started, "[base, middle, top]");
    CHECK_TERM(running(), "[library, base, middle, top]");
    CHECK_EQ(otp_application_ensure_all_started(&top, OTP_APPLICATION_TEMPORARY, &started, NULL),
             OTP_OK);
    CHECK_TERM(started, "[]");
    CHECK_EQ(otp_application_stop_all(), OTP_OK);
    otp_term name;
    const char *order[] = {"top", "middle", "base"};
    for (int i = 0; i < 3; i++) {
        CHECK_TOLD("{stop, ~a}", &name);
        CHECK_STR(otp_atom_text(name), order[i]);
    }
    CHECK_TERM(running(), "[]");
}

BOTH_WORLDS("when one of them does not start, those that were started are stopped again") {
    BEGIN();
    otp_term reason = OTP_NONE;
    CHECK_EQ(start(&base), OTP_OK);
    CHECK_EQ(otp_application_ensure_all_started(&failing, OTP_APPLICATION_TEMPORARY, NULL, &reason),
             OTP_EINIT);
    CHECK_TERM(reason, "{failing, {no, luck}}");
    CHECK_TERM(running(), "[base]");
    CHECK_TOLD("{stop, middle}");
}

static const otp_application *const circle_needs[1];
static const otp_application circle = {.name = "circle", .needs = circle_needs, .needs_count = 1};
static const otp_application *const circle_needs[1] = {&circle};

BOTH_WORLDS("what is no application is refused") {
    static const otp_application nameless = {.env = "[]"};
    static const otp_application bad_env = {.name = "bad_env", .env = "[{1, 2}]"};
    static const otp_application bad_text = {.name = "bad_text", .env = "[{a, 2}"};
    static const otp_application both = {
        .name = "both", .start = failing_start, .supervisor = &tree};
    otp_term reason;
    CHECK_EQ(start(NULL), OTP_EBADARG);
    CHECK_EQ(start(&nameless), OTP_EBADARG);
    CHECK_EQ(start(&both), OTP_EBADARG);
    CHECK_EQ(otp_application_start(&library, (otp_application_type)9, NULL), OTP_EBADARG);
    CHECK_EQ(otp_application_load(&bad_env, &reason), OTP_EBADARG);
    CHECK_TERM(reason, "{bad_environment, [{1, 2}]}");
    CHECK_EQ(otp_application_start(&bad_text, OTP_APPLICATION_TEMPORARY, &reason), OTP_EBADARG);
    CHECK_TERM(reason, "{bad_environment, 'OTP_ESYNTAX'}");
    CHECK_EQ(otp_application_ensure_all_started(&circle, OTP_APPLICATION_TEMPORARY, NULL, NULL),
             OTP_EBADARG);
    CHECK_EQ(otp_application_stop(OTP_ATOM(nobody)), OTP_ENOENT);
    CHECK_EQ(otp_application_stop(otp_int(3)), OTP_EBADARG);
    CHECK_EQ(otp_application_unload(OTP_ATOM(nobody)), OTP_ENOENT);
}

/* ---- Environment ---- */

BOTH_WORLDS("the environment is read at load, changed, and gone with unload") {
    BEGIN();
    otp_term value;
    CHECK_EQ(otp_application_get_env(OTP_ATOM(base), OTP_ATOM(port), &value), OTP_ENOENT);
    CHECK_EQ(otp_application_load(&base, NULL), OTP_OK);
    CHECK_EQ(otp_application_load(&base, NULL), OTP_EALREADY);
    CHECK_EQ(otp_application_get_env(OTP_ATOM(base), OTP_ATOM(port), &value), OTP_OK);
    CHECK_TERM(value, "8080");
    CHECK_EQ(otp_application_set_env(OTP_ATOM(base), OTP_ATOM(port), otp_term_of("{tcp, 1}")), 0);
    CHECK_EQ(otp_application_set_env(OTP_ATOM(base), OTP_ATOM(more), otp_int(7)), OTP_OK);
    CHECK_EQ(otp_application_unset_env(OTP_ATOM(base), OTP_ATOM(title)), OTP_OK);
    CHECK_EQ(otp_application_get_all_env(OTP_ATOM(base), &value), OTP_OK);
    CHECK_TERM(value, "[{more, 7}, {port, {tcp, 1}}]");
    CHECK_EQ(start(&base), OTP_OK); /* the change stays */
    CHECK_EQ(otp_application_get_env(OTP_ATOM(base), OTP_ATOM(port), &value), OTP_OK);
    CHECK_TERM(value, "{tcp, 1}");
    CHECK_EQ(otp_application_unload(OTP_ATOM(base)), OTP_EBUSY);
    CHECK_EQ(otp_application_stop(OTP_ATOM(base)), OTP_OK);
    CHECK_EQ(otp_application_loaded_applications(&value), OTP_OK);
    CHECK_TERM(value, "[{base, <<\"the base\">>, <<\"1.2\">>}]");
    CHECK_EQ(otp_application_unload(OTP_ATOM(base)), OTP_OK);
    CHECK_EQ(otp_application_get_env(OTP_ATOM(base), OTP_ATOM(port), &value), OTP_ENOENT);
    CHECK_EQ(otp_application_get_all_env(OTP_ATOM(base), &value), OTP_OK);
    CHECK_TERM(value, "[]");
}

/* ---- Ends ---- */

static void end_worker(const char *reason) {
    otp_ref ref = otp_monitor(otp_whereis(OTP_ATOM(application_test_worker)));
    otp_cast(OTP_ATOM(application_test_worker), otp_atom(reason));
    down_reason(ref);
}

BOTH_WORLDS("the end of a temporary application is its own") {
    BEGIN();
    CHECK_EQ(otp_application_ensure_all_started(&top, OTP_APPLICATION_TEMPORARY, NULL, NULL), 0);
    end_worker("oops"); /* no restarts are allowed: the tree gives up */
    CHECK_TOLD("{stop, middle}");
    otp_term names = running();
    while (otp_length(names) == 4) { /* the controller may not know yet */
        otp_yield();
        names = running();
    }
    CHECK_TERM(names, "[base, library, top]");
}

static void permanent_system(otp_term arg) {
    (void)arg;
    otp_scope scope = otp_scope_begin();
    BEGIN();
    CHECK_EQ(otp_application_ensure_all_started(&middle, OTP_APPLICATION_PERMANENT, NULL, NULL), 0);
    otp_cast(OTP_ATOM(application_test_worker), OTP_ATOM(oops));
    CHECK_TOLD("{stop, middle}");
    CHECK_TOLD("{stop, base}"); /* in the reverse order */
    (void)!otp_receive_match(OTP_INFINITY, "{never_sent, _}");
    CHECK(!"the system has ended");
    otp_scope_end(scope);
}

static void failing_permanent(otp_term arg) {
    (void)arg;
    otp_term reason = OTP_NONE;
    BEGIN();
    otp_err err =
        otp_application_ensure_all_started(&failing, OTP_APPLICATION_PERMANENT, NULL, &reason);
    CHECK(err != OTP_OK);
    (void)!otp_receive_match(OTP_INFINITY, "{never_sent, _}");
    CHECK(!"the system has ended");
}

static void transient_stays(otp_term arg) {
    (void)arg;
    otp_scope scope = otp_scope_begin();
    BEGIN();
    CHECK_EQ(otp_application_ensure_all_started(&middle, OTP_APPLICATION_TRANSIENT, NULL, NULL), 0);
    CHECK_EQ(otp_application_stop(OTP_ATOM(middle)), OTP_OK);
    CHECK_EQ(otp_application_stop(OTP_ATOM(base)), OTP_OK);
    otp_scope_end(scope);
}

/* Does the system end with that body, or does the body? Nothing is left either way. */
static void run_system(const otp_world_opts *opts, otp_process_fn *body, bool ends) {
    otp_world *world;
    otp_system *system;
    otp_outcome outcome;
    if (!CHECK_EQ(otp_world_start(opts, &world), OTP_OK)) {
        return;
    }
    if (CHECK_EQ(otp_system_start(world, NULL, &system), OTP_OK)) {
        otp_logger_set(system, OTP_LOG_NONE, NULL, NULL);
        CHECK_EQ(otp_run(system, body, otp_nil(), 60000, &outcome), OTP_OK);
        CHECK_STR(outcome.reason, ends ? "killed" : "normal");
    }
    otp_world_stop(world);
}

static void run_systems(otp_process_fn *body, bool ends) {
    run_system(&(otp_world_opts){.mode = OTP_SIMULATED}, body, ends);
    run_system(&(otp_world_opts){.mode = OTP_PARALLEL, .schedulers = 2}, body, ends);
    for (uint64_t i = 0; i < 8; i++) {
        uint64_t state = otpi_hash_mix(unit_seed(), i + 1);
        otp_chooser chooser = {
            .context = &state, .choose = both_worlds_choose, .draw = both_worlds_draw};
        otp_world_opts opts = {.mode = OTP_SIMULATED, .chooser = &chooser};
        run_system(&opts, body, ends);
    }
}

UNIT("the end of a permanent application ends the others, and the system") {
    run_systems(permanent_system, true);
}

UNIT("so does one that fails to start") {
    run_systems(failing_permanent, true);
}

UNIT("an application that is stopped does not end the system, whatever its type") {
    run_systems(transient_stays, false);
}

BOTH_WORLDS("a master that is killed is the end of its application; a controller's of all") {
    BEGIN();
    CHECK_EQ(otp_application_ensure_all_started(&middle, OTP_APPLICATION_TEMPORARY, NULL, NULL), 0);
    otp_pid pid = otp_whereis(OTP_ATOM(application_test_worker));
    otp_ref ref = otp_monitor(pid);
    otp_kill(otp_whereis(OTP_ATOM(application_controller)));
    CHECK_TERM(down_reason(ref), "shutdown");
    CHECK_TOLD("{stop, middle}");
    CHECK_TOLD("{stop, base}");
}

/* ---- At the same time ---- */

static void starts_base(otp_term arg) {
    otp_pid to;
    CHECK(otp_get_pid(arg, &to));
    otp_err err = start(&base);
    CHECK(err == OTP_OK || err == OTP_EALREADY);
    otp_send(to, OTP_ATOM(started));
}

BOTH_WORLDS("who starts one that is starting waits for the same start") {
    BEGIN();
    for (int i = 0; i < 5; i++) {
        otp_spawn(starts_base, otp_from_pid(otp_self()));
    }
    for (int i = 0; i < 5; i++) {
        CHECK_TOLD("started");
    }
    CHECK_TOLD("{start, base}");
    CHECK_TERM(running(), "[base]");
    CHECK_SILENCE();
}
