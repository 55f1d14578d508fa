/* SPDX-License-Identifier: MIT */
/*
 * Several clients of a model at the same time.
 *
 * All commands are drawn before the first client begins, so that they do not depend on the order of
 * events: both shrink by themselves. Each client sends what it has done when it is through; one
 * that dies fails the test.
 */
#include "supertester/model/run.h"

#include <supertester/expect.h>
#include <string.h>

typedef struct client {
    sti_model_run *run;
    uint32_t first, count; /* of its commands, in executed */
} client;

/* ---- A client's process ---- */

/* Results go home as {Ref, {First, Results}}, the last one first; times are noted in the run. */
static void client_main(otp_term arg) {
    client *c = otp_context();
    sti_model_run *run = c->run;
    otp_pid home;
    otp_ref done;
    otp_term commands;
    OTP_ASSERT(otp_match(arg, "{~p, ~r, ~t}", &home, &done, &commands));
    otp_label("client");
    otp_term results = otp_nil();
    uint32_t index = c->first;
    OTP_LIST_FOREACH (arguments, commands) {
        sti_executed *e = &run->executed[index];
        e->began = sti_model_tick(run);
        otp_term result = sti_model_execute(run, e->command, arguments);
        e->ended = sti_model_tick(run);
        results = otp_cons(result, results);
        index++;
    }
    otp_send(home, otp_tuple(otp_from_ref(done), otp_tuple(otp_int(c->first), results)));
}

/* ---- Before and after ---- */

static void tell_drawn(const sti_model_run *run, uint32_t command, otp_term arguments) {
    char memory[600];
    otpi_text text;
    otpi_text_init_fixed(&text, memory, sizeof memory);
    sti_model_show(run, command, arguments, OTP_NONE, &text);
    sti_model_tell(memory);
}

static void draw_commands(sti_model_run *run, uint32_t number, uint32_t commands_min,
                          uint32_t commands_max) {
    const char *label = number > 0 ? "commands of a client" : "commands after the clients";
    for (ST_CLOSES_(st_list_close) st_list each = st_list_open(commands_min, commands_max, label);
         st_list_more(&each);) {
        uint32_t command;
        otp_term arguments;
        if (!sti_model_draw(run, &command, &arguments)) {
            break;
        }
        if (sti_model_is_told()) {
            tell_drawn(run, command, arguments);
        }
        run->executed[run->executed_count++] =
            (sti_executed){.client = number, .command = command, .arguments = otp_keep(arguments)};
    }
}

static void start_client(client *c, otp_ref done) {
    otp_term commands = otp_nil();
    for (uint32_t i = c->count; i-- > 0;) {
        commands = otp_cons(c->run->executed[c->first + i].arguments, commands);
    }
    otp_term arg = otp_tuple(otp_from_pid(otp_self()), otp_from_ref(done), commands);
    otp_pid pid;
    otp_err err =
        otp_spawn_opt(client_main, arg, &(otp_spawn_opts){.link = true, .context = c}, &pid);
    if (err != OTP_OK) {
        st_check_fail(c->run->site, "a client can't be started: %s", otp_err_text(err));
        st_end_test();
    }
}

static void take_results(sti_model_run *run, const client *clients, uint32_t first,
                         otp_term results) {
    const client *c = clients;
    while (c->first != first || c->count == 0) {
        c++;
    }
    uint32_t at = first + c->count;
    OTP_LIST_FOREACH (result, results) { /* the last one first */
        run->executed[--at].result = otp_keep(result);
    }
}

static void run_after(sti_model_run *run) {
    uint32_t first = run->executed_count;
    draw_commands(run, 0, 0, run->opts.after_max);
    for (uint32_t i = first; i < run->executed_count; i++) {
        sti_executed *e = &run->executed[i];
        e->began = sti_model_tick(run);
        e->result = otp_keep(sti_model_execute(run, e->command, e->arguments));
        e->ended = sti_model_tick(run);
    }
}

/* ---- The verdict ---- */

static void show_history(const sti_model_run *run, otpi_text *out) {
    for (uint32_t i = 0; i < run->executed_count; i++) {
        const sti_executed *e = &run->executed[i];
        otpi_text_format(out, "\n    ");
        if (e->client > 0) {
            otpi_text_format(out, "client %u", e->client);
        } else {
            otpi_text_cstr(out, "then    ");
        }
        otpi_text_format(out, " %3llu..%-3llu ", (unsigned long long)e->began,
                         (unsigned long long)e->ended);
        sti_model_show(run, e->command, e->arguments, e->result, out);
    }
}

static void judge(sti_model_run *run) {
    char memory[3000];
    otpi_text text;
    if (sti_model_order(run, run->state)) {
        sti_model_check_invariant(run, run->state, "the clients have ended");
        return;
    }
    otpi_text_init_fixed(&text, memory, sizeof memory);
    show_history(run, &text);
    st_check_fail(run->site,
                  "not linearizable: the model allows no order of these commands "
                  "(behind the client: when it began and ended)%s",
                  memory);
    st_end_test();
}

void sti_model_run_clients(sti_model_run *run) {
    client clients[STI_CLIENTS_MAX];
    otp_ref done = otp_make_ref();
    for (uint32_t i = 0; i < run->opts.clients; i++) {
        clients[i] = (client){.run = run, .first = run->executed_count};
        draw_commands(run, i + 1, run->opts.commands_min, run->opts.commands_max);
        clients[i].count = run->executed_count - clients[i].first;
    }
    uint32_t started = 0;
    for (uint32_t i = 0; i < run->opts.clients; i++) {
        if (clients[i].count > 0) {
            started++;
            start_client(&clients[i], done);
        }
    }
    for (; started > 0; started--) {
        otp_term message, results;
        int64_t first;
        if (otp_receive_ref(done, OTP_INFINITY, &message) == OTP_OK &&
            otp_match(message, "{_, {~i, ~t}}", &first, &results)) {
            take_results(run, clients, (uint32_t)first, results);
        }
    }
    run_after(run);
    judge(run);
}
