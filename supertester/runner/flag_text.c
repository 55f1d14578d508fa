/* SPDX-License-Identifier: MIT */
/*
 * Flags as text: help, the words their values can be, the flags of a rerun command; and whether
 * standard output takes more than plain text.
 */
#include "supertester/report/wording.h"
#include "supertester/runner/flags.h"

#include "port/host.h"
#include "port/output.h"

#include <inttypes.h>
#include <string.h>

enum { HELP_COLUMN = 24 };

/* ---- Help ---- */

void sti_flags_help(otpi_text *out) {
    for (size_t i = 0; i < sti_flag_spec_count; i++) {
        const sti_flag_spec *spec = &sti_flag_specs[i];
        size_t start = out->length;
        if (spec->letter) {
            otpi_text_format(out, "  -%c, --%s", spec->letter, spec->name);
        } else {
            otpi_text_format(out, "      --%s", spec->name);
        }
        if (spec->value) {
            otpi_text_format(out, "%s%s", sti_flag_value_is_optional(spec) ? "" : " ", spec->value);
        }
        size_t used = out->length - start;
        bool below = used >= HELP_COLUMN; /* the flag has the line to itself */
        otpi_text_cstr(out, below ? "\n" : "");
        otpi_text_repeat(out, ' ', below ? HELP_COLUMN : HELP_COLUMN - used);
        otpi_text_format(out, "%s\n", spec->help);
    }
}

void sti_flags_help_reporters(otpi_text *out) {
    const sti_report_ops *ops;
    for (size_t i = 0; (ops = sti_report_at(i)); i++) {
        otpi_text_format(out, "  %-8s %s\n", ops->name, ops->summary);
    }
}

void sti_flag_words(const sti_flag_spec *spec, otpi_text *out) {
    static const struct {
        const char *name, *words;
    } known[] = {{"world", "simulated parallel"},
                 {"color", "auto always never"},
                 {"seed", "random"},
                 {"fail-alloc", "sweep"},
                 {"fail-io", "sweep"},
                 {"gtest_color", "yes no auto"}};
    const sti_report_ops *format;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        otpi_text_cstr(out, strcmp(spec->name, known[i].name) == 0 ? known[i].words : "");
    }
    for (size_t i = 0; strcmp(spec->name, "reporter") == 0 && (format = sti_report_at(i)); i++) {
        otpi_text_format(out, "%s%s", i > 0 ? " " : "", format->name);
    }
}

/* ---- The rerun command ---- */

/* " --fail-alloc 3+" */
static void write_failing(const sti_flags *flags, sti_site_kind kind, otpi_text *out) {
    sti_fail_order order = flags->fail[kind];
    if (order.how == STI_FAIL_NONE) {
        return;
    }
    otpi_text_cstr(out, kind == STI_ALLOCATIONS ? " --fail-alloc " : " --fail-io ");
    if (order.how == STI_FAIL_SWEEP) {
        otpi_text_cstr(out, "sweep");
    } else {
        otpi_text_format(out, "%" PRIu64 "%s", order.at, order.how == STI_FAIL_FROM ? "+" : "");
    }
}

void sti_flags_again(const sti_flags *flags, otpi_text *out) {
    if (flags->seed_given) {
        otpi_text_format(out, " --seed %" PRIu64, flags->seed);
    }
    if (flags->runs > 0) {
        otpi_text_format(out, " --runs %" PRIu64, flags->runs);
    }
    if (flags->world_given) {
        otpi_text_format(out, " --world %s", sti_report_world(flags->world));
    }
    if (flags->timeout_ms > 0) {
        otpi_text_format(out, " --timeout %" PRIu64, flags->timeout_ms);
    }
    if (flags->replay) {
        otpi_text_cstr(out, " --replay ");
        sti_report_shell_word(out, flags->replay);
    }
    if (flags->timeout_scale != 1000) {
        otpi_text_format(out, " --timeout-scale %g", (double)flags->timeout_scale / 1000);
    }
    if (flags->repeat > 0) {
        otpi_text_format(out, " --repeat %" PRIu64, flags->repeat);
    }
    otpi_text_cstr(out, flags->until_fail ? " --until-fail" : "");
    if (flags->shuffle) {
        otpi_text_format(out, " --shuffle=%" PRIu64, flags->shuffle_seed);
    }
    otpi_text_cstr(out, flags->long_form ? " --long" : "");
    write_failing(flags, STI_ALLOCATIONS, out);
    write_failing(flags, STI_IO_CALLS, out);
}

static void write_words(otpi_text *out, const char *flag, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        otpi_text_format(out, " --%s ", flag);
        sti_report_shell_word(out, words[i]);
    }
}

void sti_flags_chosen(const sti_flags *flags, otpi_text *out) {
    write_words(out, "only", flags->only, flags->only_count);
    write_words(out, "exclude", flags->exclude, flags->exclude_count);
    write_words(out, "gtest_filter", &flags->gtest_filter, flags->gtest_filter ? 1 : 0);
}

/* ---- Standard output ---- */

bool sti_flags_live(void) {
    const char *term = otpi_host_environment("TERM");
    return otpi_output_is_terminal(OTPI_OUTPUT_STDOUT) && !(term && strcmp(term, "dumb") == 0);
}

bool sti_flags_colours(const sti_flags *flags) {
    const char *off = otpi_host_environment("NO_COLOR"); /* https://no-color.org */
    if (flags->color != STI_AUTO) {
        return flags->color == STI_ALWAYS;
    }
    return sti_flags_live() && !(off && *off);
}
