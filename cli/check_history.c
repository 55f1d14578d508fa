/* SPDX-License-Identifier: MIT */
/*
 * supertester check-history FILE... --model MODEL: reads logs of concurrent operations, and says of
 * each whether it is linearizable; if not, shows the smallest part that is not.
 */
#include "cli/cli.h"
#include "supertester/explore/record.h"
#include "supertester/runner/flags.h"
#include "supertester/runner/suggest.h"

#include "base/json.h"
#include "port/memory.h"
#include "port/output.h"

#include <supertester/history.h>

#include <string.h>

enum { EXIT_VIOLATION = 1, EXIT_UNKNOWN = 3, TIMEOUT_SECONDS_MAX = 86400 };

typedef struct order {
    char **files;
    size_t file_count;
    const st_spec *spec;
    const char *html;
    st_history_opts opts;
    bool json, sequential, help;
} order;

void cli_check_history_help(otpi_text *text) {
    otpi_text_cstr(
        text,
        "\nA file holds an event a line, as Jepsen writes them:\n"
        "  INFO  jepsen.util - 3  :invoke  :cas  [1 2]\n"
        "  {:process 3, :type :ok, :f :append, :key \"k\", :value \"x\"}\n"
        "types are invoke, ok, fail (it had no effect) and info (nobody knows whether it had).\n\n"
        "flags:\n"
        "  --model MODEL    what the operations are of: ");
    for (size_t i = 0; st_spec_at(i); i++) {
        const char *before = i == 0 ? "" : i == 5 ? ",\n                   " : ", ";
        otpi_text_format(text, "%s%s", before, st_spec_at(i)->name);
    }
    otpi_text_cstr(
        text, "\n"
              "  --sequential     check sequential consistency: order between clients is free\n"
              "  --whole          do not check keys by themselves\n"
              "  --timeout S      give up a file after S seconds (60)\n"
              "  --html FILE      write the counterexample as a page with a drawing\n"
              "  --json           a JSON object a line for each file\n"
              "\nExit codes: 0 all are linearizable, 1 one is not, 2 usage or unreadable input, "
              "3 unknown\n(time or memory ran out), 70 internal.\n");
}

/* ---- The command line ---- */

static int take_model(order *o, const char *name) {
    sti_suggestions s;
    otpi_text like;
    o->spec = st_spec_find(name);
    if (o->spec) {
        return 0;
    }
    otpi_text_init(&like, &otpi_heap_allocator);
    sti_suggest_begin(&s, name);
    for (size_t i = 0; st_spec_at(i); i++) {
        sti_suggest(&s, st_spec_at(i)->name);
    }
    sti_suggest_show(&s, "", &like);
    int code = cli_refuse("check-history", "there is no model \"%s\"%s", name, like.data);
    otpi_text_fini(&like);
    return code;
}

static int take_timeout(order *o, const char *seconds) {
    uint64_t number;
    if (!sti_number_parse(seconds, &number) || number == 0 || number > TIMEOUT_SECONDS_MAX) {
        return cli_refuse("check-history", "\"%s\" is not a number from 1 to %d", seconds,
                          TIMEOUT_SECONDS_MAX);
    }
    o->opts.timeout_ms = number * 1000;
    return 0;
}

/* A flag with its value; 0, or the exit code after saying what is wrong. */
static int take_valued(order *o, const char *flag, const char *value) {
    if (!value) {
        return cli_refuse("check-history", "%s needs a value", flag);
    }
    if (strcmp(flag, "--model") == 0) {
        return take_model(o, value);
    }
    if (strcmp(flag, "--timeout") == 0) {
        return take_timeout(o, value);
    }
    o->html = value;
    return 0;
}

static bool has_value(const char *word) {
    return strcmp(word, "--model") == 0 || strcmp(word, "--timeout") == 0 ||
           strcmp(word, "--html") == 0;
}

static int take_word(order *o, const char *word) {
    if (strcmp(word, "--json") == 0) {
        o->json = true;
    } else if (strcmp(word, "--sequential") == 0) {
        o->sequential = true;
    } else if (strcmp(word, "--whole") == 0) {
        o->opts.whole = true;
    } else if (strcmp(word, "--help") == 0) {
        o->help = true;
    } else {
        return cli_refuse("check-history", "there is no flag %s", word);
    }
    return 0;
}

static int take_words(order *o, int argc, char **argv) {
    int code = 0;
    bool flags = true;
    for (int i = 1; i < argc && code == 0; i++) {
        if (flags && strcmp(argv[i], "--") == 0) {
            flags = false;
        } else if (!flags || argv[i][0] != '-') {
            o->files[o->file_count++] = argv[i];
        } else if (has_value(argv[i])) {
            code = take_valued(o, argv[i], argv[i + 1]);
            i++;
        } else {
            code = take_word(o, argv[i]);
        }
    }
    if (code != 0 || o->help) {
        return code;
    }
    if (o->file_count == 0) {
        return cli_refuse("check-history", "which files?");
    }
    if (!o->spec) {
        return cli_refuse("check-history", "which --model?");
    }
    return o->html && o->file_count > 1
               ? cli_refuse("check-history", "--html is for one file, not %zu", o->file_count)
               : 0;
}

/* ---- A file ---- */

static int complain(const char *file, size_t line, const char *what) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    if (line > 0) {
        otpi_text_format(&text, "%s:%zu: %s\n", file, line, what);
    } else {
        otpi_text_format(&text, "%s: %s\n", file, what);
    }
    otpi_io_err ignored = otpi_output_write(OTPI_OUTPUT_STDERR, text.data, text.length);
    (void)ignored; /* nobody reads on */
    otpi_text_fini(&text);
    return STI_EXIT_USAGE;
}

static const char *verdict_of(const order *o, const st_history_result *result) {
    static const char *const words[2][3] = {
        [false] = {"unknown", "linearizable", "not linearizable"},
        [true] = {"unknown", "sequentially consistent", "not sequentially consistent"},
    };
    return words[o->sequential][result->verdict];
}

static void add_counts(otpi_text *text, const st_history_result *result) {
    otpi_text_format(text, "%zu operation%s", result->operations,
                     result->operations == 1 ? "" : "s");
    if (result->pending > 0) {
        otpi_text_format(text, " (%zu without a return)", result->pending);
    }
    if (result->parts > 1) {
        otpi_text_format(text, " in %zu parts", result->parts);
    }
    otpi_text_format(text, ", %.3f ms\n", (double)result->elapsed_ns / 1e6);
}

/* The picture, and the page when it is asked for. */
static int show_counterexample(const order *o, st_history *history, otpi_text *text) {
    st_counterexample *c;
    otp_err err = st_counterexample_find(history, o->spec, &o->opts, &c);
    if (err != OTP_OK) {
        otpi_text_format(text, "no counterexample: %s\n", otp_err_text(err));
        return EXIT_VIOLATION;
    }
    size_t size = st_counterexample_print(c, NULL, 0);
    char *room = otpi_text_reserve(text, size);
    if (room && !o->json) {
        text->length += st_counterexample_print(c, room, size + 1);
    }
    err = o->html ? st_counterexample_save_html(c, o->html) : OTP_OK;
    st_counterexample_free(c);
    return err == OTP_OK ? EXIT_VIOLATION : complain(o->html, 0, otp_err_text(err));
}

static void add_json(otpi_text *text, const order *o, const char *file,
                     const st_history_result *result) {
    otpi_json json;
    otpi_json_init(&json, text, 0);
    otpi_json_object_begin(&json);
    otpi_json_key(&json, "file");
    otpi_json_string(&json, file);
    otpi_json_key(&json, "model");
    otpi_json_string(&json, o->spec->name);
    otpi_json_key(&json, "verdict");
    otpi_json_string(&json, verdict_of(o, result));
    otpi_json_key(&json, "operations");
    otpi_json_uint64(&json, result->operations);
    otpi_json_key(&json, "pending");
    otpi_json_uint64(&json, result->pending);
    otpi_json_key(&json, "parts");
    otpi_json_uint64(&json, result->parts);
    otpi_json_key(&json, "steps");
    otpi_json_uint64(&json, result->steps);
    otpi_json_key(&json, "ms");
    otpi_json_double(&json, (double)result->elapsed_ns / 1e6);
    otpi_json_object_end(&json);
    otpi_json_finish(&json);
    otpi_text_char(text, '\n');
}

static int report(const order *o, const char *file, st_history *history,
                  const st_history_result *result) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    if (o->json) {
        add_json(&text, o, file, result);
    } else {
        otpi_text_format(&text, "%s: %s: ", file, verdict_of(o, result));
        add_counts(&text, result);
    }
    int code = result->verdict == ST_HOLDS     ? STI_EXIT_OK
               : result->verdict == ST_UNKNOWN ? EXIT_UNKNOWN
                                               : EXIT_VIOLATION;
    if (code == EXIT_VIOLATION && !o->sequential && (!o->json || o->html)) {
        code = show_counterexample(o, history, &text);
    }
    int put = cli_put(&text);
    otpi_text_fini(&text);
    return put == STI_EXIT_OK ? code : put;
}

static int check(const order *o, const char *file, st_history *history) {
    st_history_error error;
    st_history_result result;
    otp_err err = st_history_load(history, file, &error);
    if (err != OTP_OK) {
        return complain(file, error.line, error.text);
    }
    err = o->sequential ? st_sequentially_consistent(history, o->spec, &o->opts, &result)
                        : st_linearizable(history, o->spec, &o->opts, &result);
    if (err == OTP_EBADARG) {
        return complain(file, history->operations[result.bad].line, result.text);
    }
    if (err != OTP_OK) {
        complain(file, 0, otp_err_text(err));
        return STI_EXIT_INTERNAL;
    }
    return report(o, file, history, &result);
}

static int worse(int a, int b) {
    static const int order_of[] = {STI_EXIT_INTERNAL, STI_EXIT_USAGE, EXIT_VIOLATION, EXIT_UNKNOWN};
    for (size_t i = 0; i < sizeof order_of / sizeof order_of[0]; i++) {
        if (a == order_of[i] || b == order_of[i]) {
            return order_of[i];
        }
    }
    return STI_EXIT_OK;
}

int cli_check_history(int argc, char **argv) {
    order o = {.files = otpi_calloc((size_t)argc + 1, sizeof(char *))};
    int code = o.files ? take_words(&o, argc, argv) : STI_EXIT_INTERNAL;
    size_t count = code == 0 && !o.help ? o.file_count : 0;
    if (code == 0 && o.help) {
        char *words[] = {argv[0], "check-history", NULL};
        code = cli_help(2, words);
    }
    for (size_t i = 0; i < count; i++) {
        st_history *history = st_history_new();
        code = worse(code, history ? check(&o, o.files[i], history) : STI_EXIT_INTERNAL);
        st_history_free(history);
    }
    otpi_free(o.files);
    return code;
}
