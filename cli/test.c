/* SPDX-License-Identifier: MIT */
/*
 * supertester test PROGRAM... [FLAG...] [-- FILTER...]: runs test programs one after the other with
 * the same flags, passes on what they report, and sums up. In TAP the tests are numbered through.
 */
#include "cli/cli.h"
#include "supertester/runner/flags.h"

#include "port/child.h"
#include "port/file.h"
#include "port/memory.h"

#include <stdio.h>
#include <string.h>

typedef struct order {
    sti_flags flags; /* of the command line, programs as its filters */
    char **programs;
    size_t program_count;
    const char **argv; /* what a program gets; [0] is the program */
    size_t argc;
} order;

typedef struct sum {
    size_t passed, failed, skipped;
    size_t number; /* TAP tests so far */
    int code;
    bool counted; /* the program's last line was seen */
} sum;

/* ---- The command line ---- */

static bool is_program(const char *path) {
    otpi_file_info info;
    return otpi_file_stat(&otpi_file_ops_posix, path, &info) == OTPI_IO_OK && !info.is_directory;
}

/* Sorts the words: programs, and what each program gets. */
static void sort_words(order *o, int argc, char **argv) {
    bool filters = false;
    o->argc = 1;
    o->argv[o->argc++] = "--if-any"; /* what one program does not have, another may */
    for (int i = 1; i < argc; i++) {
        sti_flag_word word = filters ? (sti_flag_word){-1, NULL} : sti_flag_read(argv[i]);
        if (!filters && strcmp(argv[i], "--") == 0) {
            filters = true;
            o->argv[o->argc++] = argv[i];
        } else if (word.flag == -1 && !filters) {
            o->programs[o->program_count++] = argv[i];
        } else {
            o->argv[o->argc++] = argv[i];
            if (word.flag >= 0 && sti_flag_takes_next(word) && i + 1 < argc) {
                o->argv[o->argc++] = argv[++i];
            }
        }
    }
    o->argv[o->argc] = NULL;
}

/* 0, or the exit code after saying what is wrong. */
static int check_words(order *o, int argc, char **argv) {
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

/* "3 passed, 1 failed, 2 skipped", the last part only when some are. */
static bool read_counts(const char *line, sum *s) {
    size_t passed, failed, skipped = 0;
    int end = 0;
    if (sscanf(line, "%zu passed, %zu failed%n", &passed, &failed, &end) != 2 || end == 0) {
        return false;
    }
    const char *rest = line + end;
    if (*rest && sscanf(rest, ", %zu skipped%n", &skipped, &end) != 1) {
        return false;
    }
    s->passed += passed;
    s->failed += failed;
    s->skipped += skipped;
    s->counted = true;
    return true;
}

static void take_tap_line(const char *line, sum *s, otpi_text *out) {
    size_t number, plan;
    int end = 0;
    bool not_ok = strncmp(line, "not ok ", 7) == 0;
    const char *rest = line + (not_ok ? 4 : 0);
    if (strncmp(line, "# ", 2) == 0 && read_counts(line + 2, s)) {
        return;
    }
    if (strcmp(line, "TAP version 13") == 0 || sscanf(line, "1..%zu", &plan) == 1) {
        return;
    }
    if (sscanf(rest, "ok %zu%n", &number, &end) == 1 && end > 0) {
        otpi_text_format(out, "%sok %zu%s\n", not_ok ? "not " : "", ++s->number, rest + end);
        return;
    }
    otpi_text_format(out, "%s\n", line);
}

static void take_line(const order *o, const char *line, sum *s, otpi_text *out) {
    if (o->flags.list) {
        otpi_text_format(out, "%s\n", line);
    } else if (o->flags.format == &sti_report_tap) {
        take_tap_line(line, s, out);
    } else if (!read_counts(line, s)) {
        otpi_text_format(out, "%s\n", line);
    }
}

/* Whole lines of what has come; the rest stays. */
static void take_lines(const order *o, otpi_text *come, bool all, sum *s) {
    otpi_text out;
    otpi_text_init(&out, &otpi_heap_allocator);
    char *line = come->data;
    char *end;
    while ((end = strchr(line, '\n')) || (all && *line)) {
        char *next = end ? end + 1 : line + strlen(line);
        if (end) {
            *end = '\0';
        }
        take_line(o, line, s, &out);
        line = next;
    }
    size_t left = strlen(line);
    memmove(come->data, line, left);
    otpi_text_truncate(come, left);
    cli_print(&out);
    otpi_text_fini(&out);
}

/* ---- Running a program ---- */

static void read_program(const order *o, otpi_child *child, sum *s) {
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
            take_lines(o, &come, false, s);
        } else if (err != OTPI_IO_EBUSY) {
            break;
        }
    }
    take_lines(o, &come, true, s);
    otpi_text_fini(&come);
}

static int worse(int a, int b) {
    static const int order_of[] = {STI_EXIT_INTERNAL, STI_EXIT_USAGE, STI_EXIT_FAILED};
    for (size_t i = 0; i < sizeof order_of / sizeof order_of[0]; i++) {
        if (a == order_of[i] || b == order_of[i]) {
            return order_of[i];
        }
    }
    return STI_EXIT_OK;
}

static void say(const order *o, const char *program, const char *what) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_text_format(&text, "%s%s%s\n", o->flags.format == &sti_report_tap ? "# " : "", program,
                     what);
    cli_print(&text);
    otpi_text_fini(&text);
}

/* Judges how the program ended; one that did not count to its end is one failure more. */
static void judge_end(const order *o, const char *program, const otpi_child_exit *end, sum *s) {
    bool known = !end->signalled && (end->code == STI_EXIT_OK || end->code == STI_EXIT_FAILED ||
                                     end->code == STI_EXIT_USAGE || end->code == STI_EXIT_INTERNAL);
    bool counted = s->counted || o->flags.list || end->code == STI_EXIT_USAGE;
    if (end->signalled) {
        say(o, program, ": ended by a signal");
    } else if (!known || !counted) {
        say(o, program, ": did not come to its end: is it a test program?");
    }
    bool cut = !known || !counted;
    s->failed += cut;
    s->code = worse(s->code, cut ? STI_EXIT_FAILED : end->code);
}

static bool run_program(order *o, const char *program, sum *s) {
    otpi_child child;
    char with_path[4096];
    snprintf(with_path, sizeof with_path, "%s%s", strchr(program, '/') ? "" : "./", program);
    o->argv[0] = with_path;
    if (!o->flags.list) {
        say(o, program, o->flags.format == &sti_report_tap ? "" : ":");
    }
    const otpi_child_opts opts = {.argv = o->argv, .out = OTPI_CHILD_PIPE};
    if (otpi_child_start(&child, &opts) != OTPI_IO_OK) {
        s->code =
            worse(s->code, cli_refuse("test", "%s can't be started: is it a program?", program));
        return false;
    }
    s->counted = false;
    read_program(o, &child, s);
    if (otpi_child_wait(&child, OTPI_NEVER) == OTPI_IO_OK) {
        judge_end(o, program, &child.exit, s);
    }
    otpi_child_close(&child);
    return !(o->flags.fail_fast && s->failed > 0);
}

/* The filters of the command line are programs and filters. */
static bool chooses(const order *o) {
    const sti_flags *flags = &o->flags;
    return flags->filter_count > o->program_count || flags->only_count + flags->exclude_count > 0 ||
           flags->failed;
}

static int run_all(order *o) {
    sum s = {.code = STI_EXIT_OK};
    otpi_text text;
    bool tap = o->flags.format == &sti_report_tap && !o->flags.list;
    otpi_text_init(&text, &otpi_heap_allocator);
    otpi_text_cstr(&text, tap ? "TAP version 13\n" : "");
    cli_print(&text);
    for (size_t i = 0; i < o->program_count; i++) {
        if (!run_program(o, o->programs[i], &s)) {
            break;
        }
    }
    if (chooses(o) && !o->flags.list && s.code == STI_EXIT_OK &&
        s.passed + s.failed + s.skipped == 0) {
        otpi_text_fini(&text);
        return cli_refuse("test", "no test of these programs matches");
    }
    if (!o->flags.list) {
        if (tap) {
            otpi_text_format(&text, "1..%zu\n# ", s.number);
        }
        otpi_text_format(&text, "%zu passed, %zu failed", s.passed, s.failed);
        if (s.skipped > 0) {
            otpi_text_format(&text, ", %zu skipped", s.skipped);
        }
        otpi_text_char(&text, '\n');
    }
    cli_print(&text);
    otpi_text_fini(&text);
    return s.code;
}

int cli_test(int argc, char **argv) {
    order o = {.programs = otpi_calloc((size_t)argc + 1, sizeof(char *)),
               .argv = otpi_calloc((size_t)argc + 3, sizeof(char *))};
    int code = STI_EXIT_INTERNAL;
    if (o.programs && o.argv) {
        sort_words(&o, argc, argv);
        code = check_words(&o, argc, argv);
        if (code == 0 && o.flags.help) {
            char *words[] = {argv[0], "test", NULL};
            code = cli_help(2, words);
        } else if (code == 0) {
            code = run_all(&o);
        }
    }
    sti_flags_free(&o.flags);
    otpi_free(o.argv);
    otpi_free(o.programs);
    return code;
}
