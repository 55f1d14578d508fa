/* SPDX-License-Identifier: MIT */
/*
 * Reading the command line. One setter per flag of flags.def; a setter says in words what it does
 * not accept.
 */
#include "supertester/runner/flags.h"

#include <supertester/explore.h>
#include "supertester/runner/suggest.h"

#include "port/host.h"
#include "port/memory.h"
#include "port/random.h"

#include <stdio.h>
#include <string.h>

typedef bool setter(sti_flags *flags, const char *value, otpi_text *error);

/* ---- Values ---- */

static bool digit_value(char c, unsigned base, unsigned *out) {
    unsigned v = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                        : 99;
    *out = v;
    return v < base;
}

bool sti_number_parse(const char *text, uint64_t *out) {
    unsigned base = 10, digit;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    *out = 0;
    for (const char *c = text; *c; c++) {
        if (!digit_value(*c, base, &digit) || *out > (UINT64_MAX - digit) / base) {
            return false;
        }
        *out = *out * base + digit;
    }
    return *text != '\0';
}

/* "; did you mean ...?" among the names, NULL at their end. */
static void suggest(const char *wrong, const char *const *names, const char *prefix,
                    otpi_text *out) {
    sti_suggestions s;
    sti_suggest_begin(&s, wrong);
    for (; *names; names++) {
        sti_suggest(&s, *names);
    }
    sti_suggest_show(&s, prefix, out);
}

/* ---- Setters ---- */

#define BOOLEAN(field)                                                                             \
    static bool set_##field(sti_flags *flags, const char *value, otpi_text *error) {               \
        (void)value, (void)error;                                                                  \
        flags->field = true;                                                                       \
        return true;                                                                               \
    }
BOOLEAN(list)
BOOLEAN(no_fork)
BOOLEAN(fail_fast)
BOOLEAN(verbose)
BOOLEAN(long_form)
BOOLEAN(if_any)
BOOLEAN(failed)
BOOLEAN(gdb)
BOOLEAN(show_output)
BOOLEAN(help)
BOOLEAN(version)

static bool set_number(uint64_t *out, const char *value, uint64_t lo, uint64_t hi,
                       otpi_text *error) {
    if (sti_number_parse(value, out) && *out >= lo && *out <= hi) {
        return true;
    }
    otpi_text_format(error, "\"%s\" is not a number from %llu to %llu", value,
                     (unsigned long long)lo, (unsigned long long)hi);
    return false;
}

static bool set_jobs(sti_flags *flags, const char *value, otpi_text *error) {
    return set_number(&flags->jobs, value, 1, 1000, error);
}

static bool set_runs(sti_flags *flags, const char *value, otpi_text *error) {
    return set_number(&flags->runs, value, 1, INT64_MAX, error);
}

static bool set_timeout(sti_flags *flags, const char *value, otpi_text *error) {
    return set_number(&flags->timeout_ms, value, 1, 86400000, error);
}

static bool set_repeat(sti_flags *flags, const char *value, otpi_text *error) {
    return set_number(&flags->repeat, value, 1, INT64_MAX, error);
}

static bool set_until_fail(sti_flags *flags, const char *value, otpi_text *error) {
    (void)value, (void)error;
    flags->until_fail = flags->fail_fast = true;
    return true;
}

/* "1.5" in thousandths. */
static bool read_thousandths(const char *value, uint64_t *out) {
    uint64_t whole = 0, part = 0, digit = 100;
    const char *c = value;
    for (; *c >= '0' && *c <= '9' && whole < 1000000; c++) {
        whole = whole * 10 + (uint64_t)(*c - '0');
    }
    bool any = c > value;
    if (*c == '.') {
        any = any && c[1];
        for (c++; *c >= '0' && *c <= '9'; c++, digit /= 10) {
            part += digit * (uint64_t)(*c - '0');
        }
    }
    *out = whole * 1000 + part;
    return any && *c == '\0';
}

static bool set_timeout_scale(sti_flags *flags, const char *value, otpi_text *error) {
    if (read_thousandths(value, &flags->timeout_scale) && flags->timeout_scale > 0 &&
        flags->timeout_scale <= 1000000) {
        return true;
    }
    otpi_text_format(error, "\"%s\" is not a number from 0.001 to 1000", value);
    return false;
}

static bool set_shard(sti_flags *flags, const char *value, otpi_text *error) {
    char part[24];
    size_t size = strcspn(value, "/");
    if (value[size] == '/' && size < sizeof part) {
        memcpy(part, value, size);
        part[size] = '\0';
        if (sti_number_parse(part, &flags->shard) &&
            sti_number_parse(value + size + 1, &flags->shards) && flags->shard >= 1 &&
            flags->shard <= flags->shards) {
            return true;
        }
    }
    otpi_text_format(error, "\"%s\" is no part: write 1/4 for the first of four", value);
    return false;
}

static bool add_tag(const char **tags, size_t *count, const char *value, otpi_text *error) {
    if (!*value || strchr(value, ' ')) {
        otpi_text_format(error, "\"%s\" is no tag: a tag is a word", value);
        return false;
    }
    tags[(*count)++] = value;
    return true;
}

static bool set_only(sti_flags *flags, const char *value, otpi_text *error) {
    return add_tag(flags->only, &flags->only_count, value, error);
}

static bool set_exclude(sti_flags *flags, const char *value, otpi_text *error) {
    return add_tag(flags->exclude, &flags->exclude_count, value, error);
}

/* Readers of JSON have integers with a sign. */
static uint64_t draw_seed(void) {
    return otpi_entropy64() >> 1;
}

static bool set_shuffle(sti_flags *flags, const char *value, otpi_text *error) {
    flags->shuffle = true;
    if (!value) {
        flags->shuffle_seed = draw_seed();
        return true;
    }
    return set_number(&flags->shuffle_seed, value, 0, UINT64_MAX, error);
}

static bool set_seed(sti_flags *flags, const char *value, otpi_text *error) {
    flags->seed_given = true;
    if (strcmp(value, "random") == 0) {
        flags->seed = draw_seed();
        return true;
    }
    return set_number(&flags->seed, value, 0, UINT64_MAX, error);
}

static bool set_replay(sti_flags *flags, const char *value, otpi_text *error) {
    (void)error;
    flags->replay = value;
    return true;
}

static bool set_explore(sti_flags *flags, const char *value, otpi_text *error) {
    flags->explore = true;
    flags->strategy = ST_PORTFOLIO;
    for (int i = 0; value && i < ST_STRATEGIES; i++) {
        if (strcmp(value, st_strategy_name((st_strategy)i)) == 0) {
            flags->strategy = (st_strategy)i;
            return true;
        }
    }
    if (!value) {
        return true;
    }
    otpi_text_format(error, "\"%s\" is no strategy: write", value);
    for (int i = 0; i < ST_STRATEGIES; i++) {
        otpi_text_format(error, "%s%s",
                         i == 0                  ? " "
                         : i + 1 < ST_STRATEGIES ? ", "
                                                 : " or ",
                         st_strategy_name((st_strategy)i));
    }
    return false;
}

static bool set_world(sti_flags *flags, const char *value, otpi_text *error) {
    flags->world_given = true;
    flags->world = strcmp(value, "parallel") == 0 ? OTP_PARALLEL : OTP_SIMULATED;
    if (flags->world == OTP_PARALLEL || strcmp(value, "simulated") == 0) {
        return true;
    }
    otpi_text_format(error, "\"%s\" is no world; there are simulated and parallel", value);
    suggest(value, (const char *const[]){"simulated", "parallel", NULL}, "", error);
    return false;
}

/* ---- Setters: reports ---- */

static bool same_place(sti_report_order a, sti_report_order b) {
    return a.file && b.file ? strcmp(a.file, b.file) == 0
                            : !a.file && !b.file && !a.ops->beside && !b.ops->beside;
}

static bool add_reporter(sti_flags *flags, sti_report_order order, otpi_text *error) {
    for (size_t i = 0; i < flags->reporter_count; i++) {
        if (same_place(flags->reporters[i], order)) {
            otpi_text_format(error, "%s and %s would both write to %s; give one a file of its own",
                             flags->reporters[i].ops->name, order.ops->name,
                             order.file ? order.file : "standard output");
            return false;
        }
    }
    if (flags->reporter_count == STI_REPORTERS_MAX) {
        otpi_text_format(error, "there may be %d reporters", STI_REPORTERS_MAX);
        return false;
    }
    flags->reporters[flags->reporter_count++] = order;
    return true;
}

static void suggest_reporter(const char *wrong, otpi_text *out) {
    sti_suggestions s;
    char name[64];
    const sti_report_ops *format;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(wrong, ":"), wrong);
    sti_suggest_begin(&s, name);
    for (size_t i = 0; (format = sti_report_at(i)); i++) {
        sti_suggest(&s, format->name);
    }
    sti_suggest_show(&s, "", out);
}

static bool set_reporter(sti_flags *flags, const char *value, otpi_text *error) {
    sti_report_order order;
    if (sti_report_order_read(&order, value, error)) {
        return add_reporter(flags, order, error);
    }
    if (!order.ops) {
        suggest_reporter(value, error);
    }
    return false;
}

static bool set_tap(sti_flags *flags, const char *value, otpi_text *error) {
    (void)value;
    return add_reporter(flags, (sti_report_order){&sti_report_tap, NULL}, error);
}

static bool set_slowest(sti_flags *flags, const char *value, otpi_text *error) {
    return set_number(&flags->slowest, value, 0, STI_SLOWEST_MAX, error);
}

static bool set_color(sti_flags *flags, const char *value, otpi_text *error) {
    static const char *const words[] = {"auto", "always", "never"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(value, words[i]) == 0) {
            flags->color = (sti_when)i;
            return true;
        }
    }
    otpi_text_format(error, "\"%s\" is not auto, always or never", value);
    return false;
}

static bool set_fail(sti_fail_order *out, const char *value, otpi_text *error) {
    char number[32];
    size_t size = strlen(value);
    bool on = size > 1 && value[size - 1] == '+';
    size -= on;
    if (strcmp(value, "sweep") == 0) {
        *out = (sti_fail_order){.how = STI_FAIL_SWEEP};
        return true;
    }
    if (size < sizeof number) {
        memcpy(number, value, size);
        number[size] = '\0';
        *out = (sti_fail_order){.how = on ? STI_FAIL_FROM : STI_FAIL_NTH};
        if (sti_number_parse(number, &out->at) && out->at > 0) {
            return true;
        }
    }
    otpi_text_format(error,
                     "\"%s\" is neither sweep, nor the number of a call (from 1), nor such a "
                     "number and +",
                     value);
    return false;
}

static bool set_fail_alloc(sti_flags *flags, const char *value, otpi_text *error) {
    return set_fail(&flags->fail[STI_ALLOCATIONS], value, error);
}

static bool set_fail_io(sti_flags *flags, const char *value, otpi_text *error) {
    return set_fail(&flags->fail[STI_IO_CALLS], value, error);
}

/* ---- Setters: as GoogleTest has them ---- */

static bool set_gtest_list(sti_flags *flags, const char *value, otpi_text *error) {
    (void)value, (void)error;
    return flags->gtest = flags->gtest_list = true;
}

static bool set_gtest_filter(sti_flags *flags, const char *value, otpi_text *error) {
    (void)error;
    flags->gtest_filter = value;
    return flags->gtest = true;
}

static bool set_gtest_output(sti_flags *flags, const char *value, otpi_text *error) {
    const char *colon = strchr(value, ':');
    size_t size = colon ? (size_t)(colon - value) : strlen(value);
    flags->gtest = true;
    flags->gtest_json = size == 4 && memcmp(value, "json", 4) == 0;
    if (!flags->gtest_json && !(size == 3 && memcmp(value, "xml", 3) == 0)) {
        otpi_text_format(error, "\"%s\" is not xml:FILE or json:FILE", value);
        return false;
    }
    flags->gtest_output = colon && colon[1]   ? colon + 1
                          : flags->gtest_json ? "test_detail.json"
                                              : "test_detail.xml";
    return true;
}

static bool set_gtest_color(sti_flags *flags, const char *value, otpi_text *error) {
    (void)error;
    flags->gtest = true;
    flags->color = strcmp(value, "yes") == 0  ? STI_ALWAYS
                   : strcmp(value, "no") == 0 ? STI_NEVER
                                              : STI_AUTO;
    return true;
}

static bool set_gtest_repeat(sti_flags *flags, const char *value, otpi_text *error) {
    flags->gtest = true;
    return set_repeat(flags, value, error);
}

static bool set_gtest_shuffle(sti_flags *flags, const char *value, otpi_text *error) {
    flags->gtest = true;
    return set_shuffle(flags, value, error);
}

static bool set_gtest_disabled(sti_flags *flags, const char *value, otpi_text *error) {
    (void)value, (void)error;
    return flags->gtest = true;
}

/* ---- The table ---- */

const sti_flag_spec sti_flag_specs[] = {
#define STI_FLAG(id, letter, name, value, help) {letter, name, value, help},
#include "supertester/runner/flags.def"
#undef STI_FLAG
};
const size_t sti_flag_spec_count = sizeof sti_flag_specs / sizeof sti_flag_specs[0];

static setter *const setters[] = {
#define STI_FLAG(id, letter, name, value, help) set_##id,
#include "supertester/runner/flags.def"
#undef STI_FLAG
};

static sti_flag_word read_long(const char *name) {
    size_t size = strcspn(name, "=");
    for (size_t i = 0; i < sti_flag_spec_count; i++) {
        const char *known = sti_flag_specs[i].name;
        if (strlen(known) == size && memcmp(known, name, size) == 0) {
            return (sti_flag_word){(int)i, name[size] == '=' ? name + size + 1 : NULL};
        }
    }
    return (sti_flag_word){-2, NULL};
}

sti_flag_word sti_flag_read(const char *argument) {
    if (argument[0] != '-' || argument[1] == '\0') {
        return (sti_flag_word){-1, NULL};
    }
    if (argument[1] == '-') {
        return read_long(argument + 2);
    }
    for (size_t i = 0; i < sti_flag_spec_count; i++) {
        if (sti_flag_specs[i].letter == argument[1]) {
            return (sti_flag_word){(int)i, argument[2] ? argument + 2 : NULL};
        }
    }
    return (sti_flag_word){-2, NULL};
}

/* ---- The command line ---- */

bool sti_flag_value_is_optional(const sti_flag_spec *spec) {
    return spec->value && spec->value[0] == '[';
}

bool sti_flag_takes_next(sti_flag_word word) {
    const sti_flag_spec *spec = &sti_flag_specs[word.flag];
    return spec->value && !word.value && !sti_flag_value_is_optional(spec);
}

/* The flag at argv[*at]; *at is left at its last word. */
static bool parse_flag(sti_flags *flags, sti_flag_word word, int argc, char **argv, int *at,
                       otpi_text *error) {
    const sti_flag_spec *spec = &sti_flag_specs[word.flag];
    const char *value = word.value;
    if (!spec->value && value) {
        otpi_text_format(error, "--%s takes no value", spec->name);
        return false;
    }
    if (sti_flag_takes_next(word)) {
        if (*at + 1 >= argc) {
            otpi_text_format(error, "--%s needs a value: --%s %s", spec->name, spec->name,
                             spec->value);
            return false;
        }
        value = argv[++*at];
    }
    otpi_text_format(error, "--%s: ", spec->name);
    if (!setters[word.flag](flags, value, error)) {
        return false;
    }
    otpi_text_clear(error);
    return true;
}

/* Unless the tests are only listed, --gtest_output is a reporter more. */
static bool take_gtest_output(sti_flags *flags, otpi_text *error) {
    if (!flags->gtest_output || flags->gtest_list) {
        return true;
    }
    if (flags->gtest_json) {
        otpi_text_cstr(error, "--gtest_output: json is written with --gtest_list_tests only; see "
                              "--reporter jsonl:FILE");
        return false;
    }
    return add_reporter(flags, (sti_report_order){&sti_report_junit, flags->gtest_output}, error);
}

static bool refuse_unknown(const char *word, otpi_text *error) {
    sti_suggestions s;
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    sti_suggest_begin(&s, name + strspn(name, "-"));
    for (size_t i = 0; i < sti_flag_spec_count && s.wrong[0]; i++) {
        sti_suggest(&s, sti_flag_specs[i].name);
    }
    otpi_text_format(error, "unknown flag %s", word);
    sti_suggest_show(&s, "--", error);
    return false;
}

/* Slow machines say once what every program is to do. */
static bool read_environment(sti_flags *flags, otpi_text *error) {
    const char *scale = otpi_host_environment("ST_TIMEOUT_SCALE");
    if (!scale) {
        return true;
    }
    otpi_text_cstr(error, "ST_TIMEOUT_SCALE: ");
    if (!set_timeout_scale(flags, scale, error)) {
        return false;
    }
    otpi_text_clear(error);
    return true;
}

static bool flags_init(sti_flags *flags, int argc, char **argv) {
    size_t words = (size_t)argc + 1;
    *flags = (sti_flags){.program = argc > 0 ? argv[0] : "test",
                         .argc = argc,
                         .argv = argv,
                         .seed = STI_SEED_DEFAULT,
                         .timeout_scale = 1000};
    flags->filters = otpi_calloc(3 * words, sizeof(char *));
    if (!flags->filters) {
        return false;
    }
    flags->only = flags->filters + words;
    flags->exclude = flags->only + words;
    return true;
}

bool sti_flags_choose(const sti_flags *flags) {
    return flags->filter_count + flags->only_count + flags->exclude_count + flags->shards > 0 ||
           flags->failed;
}

bool sti_flags_parse(sti_flags *flags, int argc, char **argv, otpi_text *error) {
    if (!flags_init(flags, argc, argv)) {
        otpi_text_cstr(error, "out of memory");
        return false;
    }
    if (!read_environment(flags, error)) {
        return false;
    }
    bool flags_over = false;
    for (int i = 1; i < argc; i++) {
        if (!flags_over && strcmp(argv[i], "--") == 0) {
            flags_over = true;
            continue;
        }
        sti_flag_word word = flags_over ? (sti_flag_word){-1, NULL} : sti_flag_read(argv[i]);
        if (word.flag == -1) {
            flags->filters[flags->filter_count++] = argv[i];
        } else if (word.flag == -2) {
            return refuse_unknown(argv[i], error);
        } else if (!parse_flag(flags, word, argc, argv, &i, error)) {
            return false;
        }
    }
    return take_gtest_output(flags, error);
}

void sti_flags_free(sti_flags *flags) {
    otpi_free(flags->filters);
    flags->filters = NULL;
}
