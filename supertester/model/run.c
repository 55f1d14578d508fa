/* SPDX-License-Identifier: MIT */
/*
 * Running a model with one client, and what is common to both ways; see run.h.
 */
#include "supertester/model/run.h"

#include "port/memory.h"
#include "supertester/property/case.h"
#include "term/print.h"

#include <supertester/expect.h>
#include <string.h>

enum { COMMANDS_OF_ONE = 50, COMMANDS_OF_SEVERAL = 10, BEFORE = 5, AFTER = 3, TEXT = 600 };

/* ---- Commands ---- */

bool sti_model_draw(sti_model_run *run, uint32_t *command, otp_term *arguments) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < run->command_count; i++) {
        const st_command *c = &run->model->commands[i];
        bool allowed = !c->allowed || c->allowed(run->state);
        run->weights[i] = !allowed ? 0 : c->weight ? c->weight : 1;
        sum += run->weights[i];
    }
    if (sum == 0) {
        return false;
    }
    sti_case *c = sti_case_now;
    if (c) {
        c->quiet++; /* the command says more than its draws */
    }
    *command = (uint32_t)st_draw_branch(run->weights, run->command_count, "command");
    const st_command *chosen = &run->model->commands[*command];
    *arguments = chosen->draw ? chosen->draw(run->state) : otp_nil();
    if (c) {
        c->quiet--;
    }
    return true;
}

bool sti_model_is_told(void) {
    return !sti_case_now || sti_case_now->story;
}

void sti_model_tell(const char *line) {
    if (sti_case_now) {
        sti_case_tell(sti_case_now, line, "%s", "");
    } else {
        st_note("%s", line);
    }
}

otp_term sti_model_execute(sti_model_run *run, uint32_t command, otp_term arguments) {
    return run->model->commands[command].run(run->system, arguments);
}

bool sti_model_holds(const sti_model_run *run, const void *state, uint32_t command,
                     otp_term arguments, otp_term result) {
    const st_command *c = &run->model->commands[command];
    return !c->holds || c->holds(state, arguments, result);
}

void sti_model_next(const sti_model_run *run, void *state, uint32_t command, otp_term arguments,
                    otp_term result) {
    const st_command *c = &run->model->commands[command];
    if (c->next) {
        c->next(state, arguments, result);
    }
}

static void show_term(otpi_text *out, otp_term term) {
    char text[200];
    otpi_print_cut(term, text, sizeof text);
    otpi_text_cstr(out, text);
}

void sti_model_show(const sti_model_run *run, uint32_t command, otp_term arguments, otp_term result,
                    otpi_text *out) {
    otpi_text_format(out, "%s(", run->model->commands[command].name);
    if (!otp_equal(arguments, otp_nil())) {
        show_term(out, arguments);
    }
    otpi_text_char(out, ')');
    if (!otp_is_none(result)) {
        otpi_text_cstr(out, " -> ");
        show_term(out, result);
    }
}

void sti_model_check_invariant(sti_model_run *run, const void *state, const char *after) {
    if (run->model->invariant && !run->model->invariant(state, run->system)) {
        st_check_fail(run->site, "the invariant does not hold after %s", after);
        st_end_test();
    }
}

/* ---- One client ---- */

static void step(sti_model_run *run, uint32_t command, otp_term arguments) {
    char memory[TEXT] = "";
    otpi_text text;
    otp_term result = sti_model_execute(run, command, arguments);
    bool holds = sti_model_holds(run, run->state, command, arguments, result);
    bool told = sti_model_is_told();
    if (!holds || run->model->invariant || told) {
        otpi_text_init_fixed(&text, memory, sizeof memory);
        sti_model_show(run, command, arguments, result, &text);
    }
    if (told) {
        sti_model_tell(memory);
    }
    if (!holds) {
        st_check_fail(run->site, "the model does not allow %s", memory);
        st_end_test();
    }
    sti_model_next(run, run->state, command, arguments, result);
    sti_model_check_invariant(run, run->state, memory);
}

/* A client's commands are a list of their own: what is left out is left out as a whole. */
static void run_alone(sti_model_run *run, uint32_t commands_min, uint32_t commands_max) {
    for (ST_CLOSES_(st_list_close)
             st_list each = st_list_open(commands_min, commands_max, "commands");
         st_list_more(&each);) {
        uint32_t command;
        otp_term arguments;
        otp_scope scope = otp_scope_begin();
        bool any = sti_model_draw(run, &command, &arguments);
        if (any) {
            step(run, command, arguments);
        }
        otp_scope_end(scope);
        if (!any) {
            break;
        }
    }
}

/* ---- The whole ---- */

static bool options_are_right(sti_model_run *run) {
    const st_model *model = run->model;
    uint64_t together = (uint64_t)run->opts.clients * run->opts.commands_max;
    while (model->commands && model->commands[run->command_count].name &&
           run->command_count < STI_COMMANDS_MAX) {
        run->command_count++;
    }
    if (run->command_count == 0) {
        st_check_fail(run->site, "the model has no commands");
        return false;
    }
    if (run->opts.commands_min > run->opts.commands_max) {
        st_check_fail(run->site, ".commands_min %u is above .commands_max %u",
                      run->opts.commands_min, run->opts.commands_max);
        return false;
    }
    if (run->opts.clients > STI_CLIENTS_MAX ||
        (run->opts.clients > 1 && together + run->opts.after_max > STI_COMMANDS_MAX)) {
        st_check_fail(run->site,
                      "%u clients with %u commands each and %u after them: at most %d clients and "
                      "%d commands together",
                      run->opts.clients, run->opts.commands_max, run->opts.after_max,
                      STI_CLIENTS_MAX, STI_COMMANDS_MAX);
        return false;
    }
    return true;
}

static st_model_opts with_defaults(const st_model_opts *given) {
    st_model_opts opts = given ? *given : (st_model_opts){0};
    opts.clients = opts.clients ? opts.clients : 1;
    opts.commands_max = opts.commands_max   ? opts.commands_max
                        : opts.clients == 1 ? COMMANDS_OF_ONE
                                            : COMMANDS_OF_SEVERAL;
    opts.before_max = opts.before_max ? opts.before_max : BEFORE;
    opts.after_max = opts.after_max ? opts.after_max : AFTER;
    return opts;
}

static void free_memory(void *memory) {
    otpi_free(memory);
}

void st_run_model_at(const st_model *model, void *system, const st_model_opts *opts,
                     const char *site) {
    sti_model_run *run = otpi_calloc(1, sizeof *run + model->size);
    if (!run) {
        otp_exit(OTP_ATOM(enomem));
    }
    otp_defer(free_memory, run);
    *run = (sti_model_run){.model = model,
                           .system = system,
                           .opts = with_defaults(opts),
                           .site = site,
                           .state = run + 1};
    if (!options_are_right(run)) {
        st_end_test();
    }
    if (model->init) {
        model->init(run->state);
    }
    sti_pools_begin();
    if (run->opts.clients == 1) {
        run_alone(run, run->opts.commands_min, run->opts.commands_max);
    } else {
        run_alone(run, 0, run->opts.before_max);
        sti_model_run_clients(run);
    }
    sti_pools_end();
}
