/* SPDX-License-Identifier: MIT */
/*
 * supertester test PROGRAM... [FLAG...] [-- FILTER...]: runs test programs one after the other with
 * the same flags. They tell it their results as JSON lines; it reports them as one run, in any of
 * the formats that a program has.
 */
#include "cli/cli.h"
#include "cli/events.h"
#include "supertester/report/wording.h"
#include "supertester/runner/flags.h"

#include "port/child.h"
#include "port/fault.h"
#include "port/file.h"
#include "port/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct order {
    sti_flags flags; /* of the command line, programs as its filters */
    char **programs;
    size_t program_count;
    const char **argv; /* what a program gets; [0] is the program */
    size_t argc;
    size_t filters_at; /* where the filters begin in argv; 0 = there are none */
    char seed[40], shuffle[40];
} order;

/* ---- The command line ---- */

static bool is_program(const char *path) {
    otpi_file_info info;
    return otpi_file_stat(&otpi_file_ops_posix, path, &info) == OTPI_IO_OK && !info.is_directory;
}

static bool lists(const order *o) {
    return o->flags.list || o->flags.gtest_list;
}

/* How to report is the command's business: programs are told to report JSON lines. So are seeds:
 * what is random is drawn once, for all programs and for the command that runs failures again. */
static bool is_ours(int flag) {
    static const char *const ours[] = {"reporter", "tap",         "color",
                                       "slowest",  "gtest_color", "gtest_output",
                                       "seed",     "shuffle",     "gtest_shuffle"};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (strcmp(sti_flag_specs[flag].name, ours[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A flag, with its value when that is a word of its own; returns how many words it is. */
static int take_flag(order *o, sti_flag_word word, int argc, char **argv, int at) {
    bool apart = word.flag >= 0 && sti_flag_specs[word.flag].value && !word.value && at + 1 < argc;
    if (word.flag < 0 || !is_ours(word.flag) || lists(o)) {
        o->argv[o->argc++] = argv[at];
        if (apart) {
            o->argv[o->argc++] = argv[at + 1];
        }
    }
    return apart ? 2 : 1;
}

static void add_seeds(order *o) {
    if (o->flags.seed_given) {
        snprintf(o->seed, sizeof o->seed, "--seed=%" PRIu64, o->flags.seed);
        o->argv[o->argc++] = o->seed;
    }
    if (o->flags.shuffle) {
        snprintf(o->shuffle, sizeof o->shuffle, "--shuffle=%" PRIu64, o->flags.shuffle_seed);
        o->argv[o->argc++] = o->shuffle;
    }
}

/* Sorts the words: programs, and what each program gets. */
static void sort_words(order *o, int argc, char **argv) {
    bool filters = false;
    o->argc = 1;
    o->argv[o->argc++] = "--if-any"; /* what one program does not have, another may */
    if (!lists(o)) {
        o->argv[o->argc++] = "--reporter";
        o->argv[o->argc++] = "jsonl";
        add_seeds(o);
    }
    for (int i = 1; i < argc;) {
        sti_flag_word word = filters ? (sti_flag_word){-1, NULL} : sti_flag_read(argv[i]);
        if (!filters && strcmp(argv[i], "--") == 0) {
            filters = true;
            o->argv[o->argc++] = argv[i++];
            o->filters_at = o->argc;
        } else if (word.flag == -1 && !filters) {
            o->programs[o->program_count++] = argv[i++];
        } else if (filters) {
            o->argv[o->argc++] = argv[i++];
        } else {
            i += take_flag(o, word, argc, argv, i);
        }
    }
    o->argv[o->argc] = NULL;
}

/* 0, or the exit code after saying what is wrong. */
static int read_words(order *o, int argc, char **argv) {
    otpi_text error;
    otpi_text_init(&error, &otpi_heap_allocator);
    int code = 0;
    if (!sti_flags_parse(&o->flags, argc, argv, &error)) {
        code = cli_refuse("test", "%s", error.data);
    }
    otpi_text_fini(&error);
    if (code != 0 || o->flags.help) {
        return code;
    }
    sort_words(o, argc, argv);
    if (o->program_count == 0) {
        return cli_refuse("test", "which programs?");
    }
    if (o->flags.gdb) {
        return cli_refuse("test", "--gdb: run the program itself: %s --gdb TEST", o->programs[0]);
    }
    if (o->flags.until_fail && o->flags.repeat == 0 && o->program_count > 1) {
        return cli_refuse("test", "--until-fail of several programs needs --repeat N: the first "
                                  "might never fail");
    }
    for (size_t i = 0; i < o->program_count; i++) {
        if (!is_program(o->programs[i])) {
            return cli_refuse("test", "there is no program %s (filters stand behind --)",
                              o->programs[i]);
        }
    }
    return 0;
}

/* ---- Lines of a program ---- */

/* Whole lines of what has come; the rest stays. */
static void take_lines(otpi_text *come, bool all, cli_events *events) {
    char *line = come->data;
    char *end;
    while ((end = strchr(line, '\n')) || (all && *line)) {
        char *next = end ? end + 1 : line + strlen(line);
        if (end) {
            *end = '\0';
        }
        cli_events_line(events, line);
        line = next;
    }
    size_t left = strlen(line);
    memmove(come->data, line, left);
    otpi_text_truncate(come, left);
}

static void read_program(otpi_child *child, cli_events *events) {
    otpi_text come;
    char bytes[8192];
    size_t got;
    otpi_text_init(&come, &otpi_heap_allocator);
    for (;;) {
        otpi_poll_item item = {.fd = child->out, .want = OTPI_POLL_READ};
        otpi_poll(&item, 1, OTPI_NEVER);
        otpi_io_err err = otpi_pipe_read(child->out, bytes, sizeof bytes, &got);
        if (err == OTPI_IO_OK) {
            otpi_text_bytes(&come, bytes, got);
            take_lines(&come, false, events);
        } else if (err != OTPI_IO_EBUSY) {
            break;
        }
    }
    take_lines(&come, true, events);
    otpi_text_fini(&come);
}

/* ---- Running programs ---- */

static int worse(int a, int b) {
    static const int order_of[] = {STI_EXIT_INTERNAL, STI_EXIT_USAGE, STI_EXIT_FAILED};
    for (size_t i = 0; i < sizeof order_of / sizeof order_of[0]; i++) {
        if (a == order_of[i] || b == order_of[i]) {
            return order_of[i];
        }
    }
    return STI_EXIT_OK;
}

/* Judges how the program ended; one that did not come to its end is one failure more. */
static int judge_end(const order *o, const otpi_child_exit *end, cli_events *events) {
    bool known = !end->signalled && (end->code == STI_EXIT_OK || end->code == STI_EXIT_FAILED ||
                                     end->code == STI_EXIT_USAGE || end->code == STI_EXIT_INTERNAL);
    bool complete = lists(o) || end->code == STI_EXIT_USAGE || cli_events_complete(events);
    if (known && complete) {
        return end->code;
    }
    if (lists(o)) {
        return STI_EXIT_FAILED;
    }
    char how[80] = "it did not come to its end: is it a test program?";
    if (end->signalled) {
        snprintf(how, sizeof how, "it was ended by %s", otpi_fault_signal_name(end->code));
    }
    cli_events_broken(events, how);
    return STI_EXIT_FAILED;
}

/* Returns the exit code so far. */
static int run_program(order *o, const char *program, cli_events *events, int code) {
    otpi_child child;
    char with_path[4096];
    snprintf(with_path, sizeof with_path, "%s%s", strchr(program, '/') ? "" : "./", program);
    o->argv[0] = with_path;
    if (!lists(o)) {
        cli_events_program(events, program); /* before it says anything on standard error */
    }
    const otpi_child_opts opts = {.argv = o->argv,
                                  .out = lists(o) ? OTPI_CHILD_INHERIT : OTPI_CHILD_PIPE};
    if (otpi_child_start(&child, &opts) != OTPI_IO_OK) {
        return worse(code, cli_refuse("test", "%s can't be started: is it a program?", program));
    }
    if (!lists(o)) {
        read_program(&child, events);
    }
    if (otpi_child_wait(&child, OTPI_NEVER) == OTPI_IO_OK) {
        code = worse(code, judge_end(o, &child.exit, events));
    }
    otpi_child_close(&child);
    return code;
}

/* The filters of the command line are programs and filters. */
static bool chooses(const order *o) {
    const sti_flags *flags = &o->flags;
    return flags->filter_count > o->program_count || flags->only_count + flags->exclude_count > 0 ||
           flags->failed;
}

static int list_all(order *o) {
    int code = STI_EXIT_OK;
    for (size_t i = 0; i < o->program_count; i++) {
        code = run_program(o, o->programs[i], NULL, code);
    }
    return code;
}

static int run_all(order *o, sti_report *report, cli_events *events) {
    int code = STI_EXIT_OK;
    for (size_t i = 0; i < o->program_count; i++) {
        code = run_program(o, o->programs[i], events, code);
        if (o->flags.fail_fast && report->failed > 0) {
            break;
        }
    }
    return code;
}

/* ---- The report over all ---- */

/* "supertester test PROGRAM... FLAG...": what runs again whatever is chosen behind it. */
static void write_again(const order *o, otpi_text *out) {
    otpi_text_cstr(out, "supertester test");
    for (size_t i = 0; i < o->program_count; i++) {
        otpi_text_char(out, ' ');
        sti_report_shell_word(out, o->programs[i]);
    }
    sti_flags_again(&o->flags, out);
}

static void write_again_failed(const order *o, otpi_text *out) {
    write_again(o, out);
    otpi_text_cstr(out, " --failed");
    sti_flags_chosen(&o->flags, out);
    otpi_text_cstr(out, o->filters_at > 0 ? " --" : "");
    for (size_t i = o->filters_at; i > 0 && i < o->argc; i++) {
        otpi_text_char(out, ' ');
        sti_report_shell_word(out, o->argv[i]);
    }
}

static int run_reported(order *o, sti_report *report, otpi_text *error) {
    const sti_flags *flags = &o->flags;
    const sti_report_ops *usual = flags->gtest ? &sti_report_gtest : &sti_report_human;
    int code = STI_EXIT_INTERNAL;
    cli_events *events = cli_events_new(report, error);
    if (!events) {
        code = cli_fail("test", error->data);
    } else if (!sti_report_begin(report, flags->reporters, flags->reporter_count, usual, error)) {
        code = cli_refuse("test", "%s", error->data);
    } else {
        code = run_all(o, report, events);
        sti_report_end(report);
        if (chooses(o) && code == STI_EXIT_OK && report->number == 0) {
            code = cli_refuse("test", "no test of these programs matches");
        }
    }
    otpi_text_clear(error);
    if (!sti_report_close(report, error) && code != STI_EXIT_USAGE) {
        code = cli_fail("test", error->data);
    }
    cli_events_free(events);
    return code;
}

static int run(order *o) {
    otpi_text error, again, failed;
    otpi_text_init(&error, &otpi_heap_allocator);
    otpi_text_init(&again, &otpi_heap_allocator);
    otpi_text_init(&failed, &otpi_heap_allocator);
    write_again(o, &again);
    otpi_text_cstr(&again, " --");
    write_again_failed(o, &failed);
    sti_report report = {.program = "supertester test",
                         .version = STI_VERSION,
                         .again_before = again.data,
                         .again_failed = failed.data,
                         .seed = o->flags.seed,
                         .shuffled = o->flags.shuffle,
                         .shuffle_seed = o->flags.shuffle_seed,
                         .gathers = true,
                         .verbose = o->flags.verbose,
                         .show_output = o->flags.show_output,
                         .colours = sti_flags_colours(&o->flags),
                         .live = sti_flags_live(),
                         .plain_names = o->flags.gtest,
                         .slowest = o->flags.slowest};
    int code = run_reported(o, &report, &error);
    otpi_text_fini(&again);
    otpi_text_fini(&failed);
    otpi_text_fini(&error);
    return code;
}

int cli_test(int argc, char **argv) {
    order o = {.programs = otpi_calloc((size_t)argc + 1, sizeof(char *)),
               .argv = otpi_calloc((size_t)argc + 8, sizeof(char *))};
    int code = STI_EXIT_INTERNAL;
    if (o.programs && o.argv) {
        code = read_words(&o, argc, argv);
        if (code == 0 && o.flags.help) {
            char *words[] = {argv[0], "test", NULL};
            code = cli_help(2, words);
        } else if (code == 0) {
            code = lists(&o) ? list_all(&o) : run(&o);
        }
    }
    sti_flags_free(&o.flags);
    otpi_free(o.argv);
    otpi_free(o.programs);
    return code;
}
