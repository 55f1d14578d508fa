/* SPDX-License-Identifier: MIT */
/*
 * Stateful models: a system is given random commands, and a model says what each may answer.
 *
 *     typedef struct stock { int64_t count; } stock;             // the model: plain memory
 *     static otp_term amount(const void *model) { return otp_int(st_int(1, 9)); }
 *     static otp_term take(void *shop, otp_term n) { ... call the server ... }
 *     static bool took(const void *model, otp_term n, otp_term reply) { ... }
 *     static void taken(void *model, otp_term n, otp_term reply) { ... }
 *     static const st_command commands[] = {
 *         {.name = "take", .draw = amount, .run = take, .holds = took, .next = taken}, ..., {0}};
 *     static const st_model stock_model = {.size = sizeof(stock), .commands = commands};
 *
 *     ST_PROPERTY(shop, behaves_as_its_model) {
 *         otp_pid shop = st_setup_isolated_genserver(&shop_server, otp_nil());
 *         st_run_model(&stock_model, &shop, NULL);
 *     }
 *     ST_EXPLORE(shop, is_linearizable) {
 *         otp_pid shop = st_setup_isolated_genserver(&shop_server, otp_nil());
 *         st_run_model(&stock_model, &shop, &(st_model_opts){.clients = 3, .commands_max = 5});
 *     }
 *
 * One client: commands run one after the other, each is judged by the model as it is then. Several
 * clients run at the same time, each its own commands; that went well when there is an order of all
 * commands, in which none comes before one that was over when it began, and which the model allows
 * (Herlihy and Wing, "Linearizability", 1990). A failure is shrunk as a whole: commands, arguments,
 * clients, and the order of events.
 */
#ifndef SUPERTESTER_MODEL_H
#define SUPERTESTER_MODEL_H

#include <supertester/property.h>

/* What a field of zero means is said behind it. system is what st_run_model was given. */
typedef struct st_command {
    const char *name; /* NULL ends the list */
    uint32_t weight;  /* 1 */
    /* Is it to be drawn in this state? Always. With several clients it is asked of the state before
     * they begin. */
    bool (*allowed)(const void *model);
    /* Its arguments, drawn (property.h); []. */
    otp_term (*draw)(const void *model);
    /* Runs it in the calling process, which may suspend; what it answered. */
    OTP_MAY_SUSPEND otp_term (*run)(void *system, otp_term arguments);
    /* May it answer so in this state, the one before it? It may. */
    bool (*holds)(const void *model, otp_term arguments, otp_term result);
    /* The state after it; the same. */
    void (*next)(void *model, otp_term arguments, otp_term result);
} st_command;

typedef struct st_model {
    size_t size;               /* of the model's state: compared and copied as memory, so without
                                  pointers, and with all padding zero */
    void (*init)(void *model); /* all zeros */
    const st_command *commands;
    /* Holds after each command of a single client, and after all others have ended. */
    OTP_MAY_SUSPEND bool (*invariant)(const void *model, void *system);
} st_model;

typedef struct st_model_opts {
    uint32_t commands_min; /* 0 */
    uint32_t commands_max; /* of one client: 50, of several 10 */
    uint32_t clients;      /* 1; at most 8, with at most 64 commands together */
    uint32_t before_max;   /* several clients: commands that run before they begin: 5 */
    uint32_t after_max;    /* and after they have ended: 3 */
} st_model_opts;

/* In a process of a property or an exploration: draws commands, runs them, and fails the test by a
 * hard check when the model does not allow what they answered. opts may be NULL. */
#define st_run_model(model, system, ...)                                                           \
    st_run_model_at((model), (system), (__VA_ARGS__), OTP_SITE) /* model, system, opts */
ST_API OTP_MAY_SUSPEND void st_run_model_at(const st_model *model, void *system,
                                            const st_model_opts *opts, const char *site);

/* ---- Values that commands leave for later ones ---- */

/* Keeps a value that a command produced (an id, a pid) under a name, until st_run_model returns. In
 * .run or .next of a single client. */
ST_API void st_pool_add(const char *pool, otp_term value);
/* How many there are. */
ST_API size_t st_pool_size(const char *pool);
/* One of them, drawn; simplest is the oldest. [] when there is none: see .allowed. */
ST_API otp_term st_pool_pick(const char *pool);
/* Takes all values equal to this one out. */
ST_API void st_pool_remove(const char *pool, otp_term value);

#endif
