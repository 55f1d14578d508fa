/* SPDX-License-Identifier: MIT */
/*
 * supertester man [PAGE]: manual pages in roff, made from the tables of verbs, flags and reporters.
 * They are installed; "supertester man | man -l -" shows one without.
 */
#include "cli/cli.h"
#include "supertester/runner/flags.h"

#include "port/memory.h"

#include <string.h>

static void escape(otpi_text *out, const char *words) {
    for (; *words; words++) {
        switch (*words) {
        case '\\': otpi_text_cstr(out, "\\e"); break;
        case '-': otpi_text_cstr(out, "\\-"); break;
        case '\'': otpi_text_cstr(out, "\\(aq"); break;
        case '.': otpi_text_cstr(out, "\\&."); break;
        default: otpi_text_char(out, *words);
        }
    }
}

static void paragraph(otpi_text *out, const char *words) {
    otpi_text_cstr(out, ".PP\n");
    escape(out, words);
    otpi_text_char(out, '\n');
}

/* A term in bold with its arguments, and what it means. */
static void item(otpi_text *out, const char *bold, const char *arguments, const char *meaning) {
    otpi_text_cstr(out, ".TP\n\\fB");
    escape(out, bold);
    otpi_text_cstr(out, "\\fR");
    if (arguments) {
        otpi_text_cstr(out, arguments[0] == '[' && arguments[1] == '=' ? "\\fI" : " \\fI");
        escape(out, arguments);
        otpi_text_cstr(out, "\\fR");
    }
    otpi_text_char(out, '\n');
    escape(out, meaning);
    otpi_text_char(out, '\n');
}

static void heading(otpi_text *out, const char *name, int section, const char *summary) {
    otpi_text_format(out,
                     ".\\\" SPDX-License-Identifier: MIT\n"
                     ".TH %s %d \"\" \"supertester %s\" \"Supertester\"\n.nh\n.ad l\n.SH NAME\n",
                     name, section, STI_VERSION);
    escape(out, name);
    otpi_text_cstr(out, " \\- ");
    escape(out, summary);
    otpi_text_char(out, '\n');
}

/* ---- Parts ---- */

static void write_flags(otpi_text *out) {
    otpi_text_cstr(out, ".SH OPTIONS\n");
    for (size_t i = 0; i < sti_flag_spec_count; i++) {
        const sti_flag_spec *spec = &sti_flag_specs[i];
        char memory[128];
        otpi_text name;
        otpi_text_init_fixed(&name, memory, sizeof memory);
        if (spec->letter) {
            otpi_text_format(&name, "-%c, ", spec->letter);
        }
        otpi_text_format(&name, "--%s", spec->name);
        item(out, name.data, spec->value, spec->help);
    }
}

static void write_reporters(otpi_text *out) {
    const sti_report_ops *format;
    otpi_text_cstr(out, ".SH REPORTERS\n");
    for (size_t i = 0; (format = sti_report_at(i)); i++) {
        item(out, format->name, NULL, format->summary);
    }
    paragraph(out, "Without a FILE a reporter writes to standard output, where only one may be; "
                   "github may stand beside another. When none does, human reports there.");
}

static void write_codes(otpi_text *out) {
    otpi_text_cstr(out, ".SH EXIT STATUS\n");
    item(out, "0", NULL, "all tests passed");
    item(out, "1", NULL, "some failed");
    item(out, "2", NULL, "the command line or a file to read can't be used");
    item(out, "70", NULL, "an internal error, or a report that could not be written");
}

static void write_environment(otpi_text *out) {
    otpi_text_cstr(out, ".SH ENVIRONMENT\n");
    item(out, "ST_TIMEOUT_SCALE", NULL, "as --timeout-scale, which wins");
    item(out, "NO_COLOR", NULL,
         "when set and not empty, nothing is coloured unless --color says so");
}

/* ---- Pages ---- */

static void page_command(otpi_text *out) {
    heading(out, "supertester", 1, "proves that a fault-tolerant system survives");
    otpi_text_cstr(out, ".SH SYNOPSIS\n");
    for (size_t i = 0; i < cli_verb_count; i++) {
        otpi_text_format(out, "%s\\fBsupertester %s\\fR ", i > 0 ? ".br\n" : "", cli_verbs[i].name);
        escape(out, cli_verbs[i].arguments);
        otpi_text_char(out, '\n');
    }
    otpi_text_cstr(out, ".SH VERBS\n");
    for (size_t i = 0; i < cli_verb_count; i++) {
        item(out, cli_verbs[i].name, cli_verbs[i].arguments, cli_verbs[i].summary);
    }
    paragraph(out,
              "The verb test runs each program with the flags below, gathers their results, and "
              "reports them as one run. Filters stand behind --: a suite, suite.name, "
              "suite.name/case, each with * and ?, or tag:WORD.");
    write_flags(out);
    write_reporters(out);
    write_codes(out);
    write_environment(out);
    otpi_text_cstr(out, ".SH SEE ALSO\n.BR supertester\\-programs (7)\n");
}

static void page_programs(otpi_text *out) {
    heading(out, "supertester-programs", 7, "programs of tests on the supertester library");
    otpi_text_cstr(out, ".SH SYNOPSIS\n\\fIPROGRAM\\fR [\\fIFLAG\\fR...] [\\fIFILTER\\fR...]\n"
                        ".SH DESCRIPTION\n");
    paragraph(
        out, "A program linked with the library runs its tests, each in a child process and a "
             "world of its own, or those that a filter picks: a suite, suite.name, "
             "suite.name/case, each with * and ?, or tag:WORD. A test chosen by its full name runs "
             "in the program's own process; -j 1 runs it in a child. What a test prints is shown "
             "when it fails. The choices of a failure are kept in .supertester, and its report "
             "ends with the command that repeats it. What failed is kept there, too, for "
             "--failed.");
    write_flags(out);
    write_reporters(out);
    write_codes(out);
    write_environment(out);
    otpi_text_cstr(out, ".SH SEE ALSO\n.BR supertester (1)\n");
}

int cli_man(int argc, char **argv) {
    otpi_text text;
    const char *page = argc > 1 ? argv[1] : "supertester";
    bool command = strcmp(page, "supertester") == 0;
    if (argc > 2 || (!command && strcmp(page, "supertester-programs") != 0)) {
        return cli_refuse("man", "there is no page \"%s\"", argv[argc - 1]);
    }
    otpi_text_init(&text, &otpi_heap_allocator);
    if (command) {
        page_command(&text);
    } else {
        page_programs(&text);
    }
    int code = cli_put(&text);
    otpi_text_fini(&text);
    return code;
}
