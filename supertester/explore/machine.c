/* SPDX-License-Identifier: MIT */
/*
 * From operations to calls: each function is looked up once in the table of its type, each
 * operation is checked against it, and keys become parts.
 */
#include "supertester/explore/machine.h"

#include "port/memory.h"

#include <string.h>

typedef struct compiler {
    sti_machine *machine;
    const sti_function **functions; /* of each of the history's functions */
    uint32_t *parts;                /* of each value: its part + 1, 0 = none yet */
    uint32_t unnamed;               /* the part of those without a key, + 1 */
    bool whole;                     /* one part only */
    size_t *bad;
    otpi_text *text;
} compiler;

void sti_describe_term(otp_term term, otpi_text *out) {
    size_t size = otp_print(term, NULL, 0);
    char *room = otpi_text_reserve(out, size);
    if (room) {
        out->length += otp_print(term, room, size + 1);
    }
}

otp_err sti_reply_draft(sti_machine *machine, size_t i, sti_words *words, uint32_t **draft,
                        size_t *length, size_t *bad, otpi_text *text) {
    uint32_t reply = machine->calls[i].reply;
    otp_term list = sti_value_at(machine, reply)->term;
    *length = sti_is_none(reply) ? 0 : otp_length(list);
    if (*length == SIZE_MAX) {
        *bad = i;
        otpi_text_cstr(text, "read replies a list, not ");
        sti_describe_term(list, text);
        return OTP_EBADARG;
    }
    *draft = sti_words_draft(words, *length);
    if (!*draft) {
        return OTP_ENOMEM;
    }
    size_t at = 0;
    OTP_LIST_FOREACH (element, list) {
        (*draft)[at] = sti_values_add(&machine->history->values, element);
        if ((*draft)[at++] == STI_NO_VALUE) {
            return OTP_ENOMEM;
        }
    }
    return OTP_OK;
}

void sti_describe_value(const sti_machine *machine, uint32_t value, otpi_text *out) {
    sti_describe_term(sti_value_at(machine, value)->term, out);
}

/* ---- One operation ---- */

static const sti_function *find_function(const sti_machine *machine, uint32_t number) {
    otp_term name = sti_value_at(machine, machine->history->functions[number])->term;
    for (const sti_function *f = machine->type->functions; f->name; f++) {
        if (otp_is(name, f->name)) {
            return f;
        }
    }
    return NULL;
}

static void tell_functions(const compiler *c, uint32_t number) {
    otpi_text_format(c->text, "a %s has no ", c->machine->spec->name);
    sti_describe_value(c->machine, c->machine->history->functions[number], c->text);
    otpi_text_cstr(c->text, "; it has ");
    for (const sti_function *f = c->machine->type->functions; f->name; f++) {
        otpi_text_format(c->text, "%s%s", f == c->machine->type->functions ? "" : ", ", f->name);
    }
}

static otp_err refuse_arguments(const compiler *c, const sti_function *f, uint32_t given) {
    otpi_text_format(c->text, "%s of a %s takes %u argument%s, not %u", f->name,
                     c->machine->spec->name, f->arguments_min, f->arguments_min == 1 ? "" : "s",
                     given);
    return OTP_EBADARG;
}

static bool is_refusal(uint32_t reply) {
    return reply == STI_FALSE || reply == STI_FAIL || reply == STI_ERROR;
}

static otp_err take_success(const compiler *c, const sti_function *f, uint32_t reply,
                            sti_call *call) {
    call->reply = is_refusal(reply) ? STI_REPLY_NO : STI_REPLY_YES;
    call->steady |= call->reply == STI_REPLY_NO;
    if (f->reply == STI_REPLIES_REFUSAL || is_refusal(reply) || reply == STI_OK ||
        reply == STI_TRUE) {
        return OTP_OK;
    }
    otpi_text_format(c->text, "%s replies ok, true, fail or false, not ", f->name);
    sti_describe_value(c->machine, reply, c->text);
    return OTP_EBADARG;
}

/* What the reply says, in the form the function wants. */
static inline otp_err take_reply(const compiler *c, const sti_function *f, uint32_t reply,
                                 sti_call *call) {
    bool success = f->reply == STI_REPLIES_SUCCESS || f->reply == STI_REPLIES_REFUSAL;
    call->steady = f->observes;
    call->reply = reply;
    if (reply == STI_NO_VALUE) {
        call->skip = f->observes;
        call->reply = success ? STI_REPLY_UNKNOWN : STI_NO_VALUE;
    } else if (success) {
        return take_success(c, f, reply, call);
    } else if (f->reply == STI_REPLIES_NOTHING) {
        call->skip = is_refusal(reply);
        call->reply = STI_NO_VALUE;
    } else if (f->reply == STI_REPLIES_DONE) {
        call->skip = is_refusal(reply) && reply != STI_FALSE;
        call->steady |= reply == STI_FALSE;
    }
    return OTP_OK;
}

static uint32_t part_of(compiler *c, uint32_t key) {
    uint32_t *part = key == STI_NO_VALUE ? &c->unnamed : &c->parts[key];
    if (*part == 0) {
        *part = ++c->machine->part_count;
    }
    return *part - 1;
}

static inline otp_err compile(compiler *c, const sti_operation *operation, sti_call *call) {
    const sti_function *f = c->functions[operation->function];
    if (OTPI_UNLIKELY(!f)) {
        f = c->functions[operation->function] = find_function(c->machine, operation->function);
        if (!f) {
            tell_functions(c, operation->function);
            return OTP_EBADARG;
        }
    }
    if (operation->argument_count < f->arguments_min ||
        operation->argument_count > f->arguments_max) {
        return refuse_arguments(c, f, operation->argument_count);
    }
    *call = (sti_call){.kind = f->kind,
                       .optional = operation->outcome == ST_PENDING,
                       .part = part_of(c, f->keyed ? operation->arguments[0] : STI_NO_VALUE),
                       .a = operation->arguments[f->shift],
                       .b = operation->arguments[f->shift + (f->shift < STI_ARGUMENTS_MAX - 1)]};
    call->key = call->part;
    c->whole |= f->whole;
    otp_err err = take_reply(c, f, operation->reply, call);
    call->skip |= operation->outcome == ST_FAILED;
    return err;
}

/* ---- All operations ---- */

static otp_err compile_all(compiler *c) {
    sti_machine *machine = c->machine;
    const st_history *history = machine->history;
    for (size_t i = 0; i < history->count; i++) {
        otp_err err = compile(c, &history->operations[i], &machine->calls[i]);
        if (err != OTP_OK) {
            *c->bad = i;
            return err;
        }
    }
    if (c->whole && machine->part_count > 0) {
        for (size_t i = 0; i < history->count; i++) {
            machine->calls[i].part = 0;
        }
        machine->part_count = 1;
    }
    return OTP_OK;
}

/* The machine, its calls and what compiling needs, in one block: small histories are checked in
 * less time than their memory takes. */
static bool allocate(compiler *c, const sti_machine_type *type, const st_history *history) {
    size_t functions = history->function_count * sizeof *c->functions;
    size_t parts = history->values.count * sizeof *c->parts;
    size_t calls = history->count * sizeof(sti_call);
    size_t size = (type->size + 15) & ~(size_t)15;
    char *memory = otpi_alloc(size + functions + parts + calls);
    if (!memory) {
        return false;
    }
    memset(memory, 0, size + functions + parts);
    c->machine = (sti_machine *)memory;
    c->functions = (const sti_function **)(memory + size);
    c->parts = (uint32_t *)(memory + size + functions);
    c->machine->calls = (sti_call *)(c->parts + history->values.count);
    return true;
}

sti_machine *sti_machine_new(const st_spec *spec, st_history *history, const st_history_opts *opts,
                             otp_err *err, size_t *bad, otpi_text *text) {
    const sti_machine_type *type = spec->machine ? spec->machine : &sti_machine_user;
    compiler c = {.bad = bad, .text = text, .whole = opts->whole && type->has_whole};
    *err = OTP_ENOMEM;
    if (!sti_history_sort(history) || !allocate(&c, type, history)) {
        return NULL;
    }
    sti_machine *machine = c.machine;
    machine->type = type;
    machine->spec = spec;
    machine->history = history;
    machine->is_whole = opts->whole;
    if (!otp_is_none(opts->initial)) {
        machine->nothing = sti_values_add(&history->values, opts->initial);
    }
    if (machine->nothing != STI_NO_VALUE) {
        *err = type->functions ? compile_all(&c) : OTP_OK;
    }
    *err = *err == OTP_OK ? type->prepare(machine, bad, text) : *err;
    if (*err == OTP_OK && opts->whole && machine->part_count > 1) {
        machine = sti_machine_whole(machine);
        *err = machine ? OTP_OK : OTP_ENOMEM;
        return machine;
    }
    if (*err != OTP_OK) {
        sti_machine_free(machine);
        return NULL;
    }
    return machine;
}

void sti_machine_free(sti_machine *machine) {
    if (machine) {
        machine->type->fini(machine);
        otpi_free(machine);
    }
}
