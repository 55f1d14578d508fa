/* SPDX-License-Identifier: MIT */
#include "dist/control.h"

#include "process/words.h"
#include "term/atom.h"

/* What the elements behind the operation are, one letter each:
 *     f from, a pid      F from, a pid or name      t to, a pid      T to, a pid or name
 *     n to, a name       a to, an alias             r the reference  i the id
 *     w message or reason                           _ of no meaning here
 * payload: what follows the tuple is the message or reason. */
typedef struct form {
    uint8_t operation;
    uint8_t kind;
    char elements[6];
    bool payload;
    bool written; /* the one that is written of its kind */
} form;

static const form forms[] = {
    {1, OTPI_CONTROL_LINK, "ft", false, true},
    {2, OTPI_CONTROL_SEND, "_t", true, false},
    {3, OTPI_CONTROL_EXIT, "ftw", false, true},
    {6, OTPI_CONTROL_REG_SEND, "f_n", true, true},
    {8, OTPI_CONTROL_EXIT2, "ftw", false, true},
    {12, OTPI_CONTROL_SEND, "_t_", true, false},
    {13, OTPI_CONTROL_EXIT, "ft_w", false, false},
    {16, OTPI_CONTROL_REG_SEND, "f_n_", true, false},
    {18, OTPI_CONTROL_EXIT2, "ft_w", false, false},
    {19, OTPI_CONTROL_MONITOR, "fTr", false, true},
    {20, OTPI_CONTROL_DEMONITOR, "fTr", false, true},
    {21, OTPI_CONTROL_DOWN, "Ftrw", false, true},
    {22, OTPI_CONTROL_SEND, "ft", true, true},
    {23, OTPI_CONTROL_SEND, "ft_", true, false},
    {24, OTPI_CONTROL_EXIT, "ft", true, false},
    {25, OTPI_CONTROL_EXIT, "ft_", true, false},
    {26, OTPI_CONTROL_EXIT2, "ft", true, false},
    {27, OTPI_CONTROL_EXIT2, "ft_", true, false},
    {28, OTPI_CONTROL_DOWN, "Ftr", true, false},
    {33, OTPI_CONTROL_ALIAS_SEND, "fa", true, true},
    {34, OTPI_CONTROL_ALIAS_SEND, "fa_", true, false},
    {35, OTPI_CONTROL_UNLINK, "ift", false, true},
    {36, OTPI_CONTROL_UNLINK_ACK, "ift", false, true},
};

enum { FORMS = sizeof forms / sizeof forms[0] };

/* ---- Writing ---- */

static const form *form_written(otpi_control_kind kind) {
    const form *f = forms;
    while (f->kind != kind || !f->written) {
        f++;
        OTPI_ASSERT("control-001", f < forms + FORMS);
    }
    return f;
}

/* spare: two words for an id that fits no small integer, or four for a reference. */
static otp_term element_write(const otpi_control *control, char letter, uint64_t *spare) {
    switch (letter) {
    case 'f':
    case 'F': return control->from;
    case 'r': return otpi_words_ref(spare, control->ref);
    case 'w': return control->what;
    case '_': return otpi_am(empty);
    case 'i':
        if (control->id <= (uint64_t)OTP_SMALL_MAX) {
            return otp_int((int64_t)control->id);
        }
        spare[0] = otpi_words_header(OTPI_BOXED_BIG_POSITIVE, 1);
        spare[1] = control->id;
        return otpi_words_boxed(spare);
    default: return control->to;
    }
}

otp_term otpi_control_write(const otpi_control *control, uint64_t words[OTPI_CONTROL_WORDS],
                            otp_term *payload) {
    enum { SPARE = OTPI_CONTROL_WORDS - 4 };
    const form *f = form_written(control->kind);
    size_t n = 1;
    words[1] = otp_int(f->operation).word;
    for (const char *letter = f->elements; *letter; letter++) {
        words[++n] = element_write(control, *letter, words + SPARE).word;
    }
    words[0] = otpi_words_header(OTPI_BOXED_TUPLE, n);
    *payload = f->payload ? control->what : OTP_NONE;
    return otpi_words_boxed(words);
}

/* ---- Reading ---- */

static const form *form_read(otp_term tuple) {
    int64_t operation;
    if (!otp_get_int(otp_element(tuple, 0), &operation)) {
        return NULL;
    }
    for (const form *f = forms; f < forms + FORMS; f++) {
        if (f->operation == operation) {
            return otp_arity(tuple) == 1 + __builtin_strlen(f->elements) ? f : NULL;
        }
    }
    return NULL;
}

static bool pid_or_name(otp_term term, bool name_allowed) {
    return otpi_is_pid(term) || (name_allowed && otp_is_atom(term));
}

static bool element_read(otpi_control *out, char letter, otp_term element) {
    otp_ref alias;
    switch (letter) {
    case 'f':
    case 'F': out->from = element; return pid_or_name(element, letter == 'F');
    case 't':
    case 'T': out->to = element; return pid_or_name(element, letter == 'T');
    case 'n': out->to = element; return otp_is_atom(element);
    case 'a': out->to = element; return otp_get_ref(element, &alias);
    case 'r': return otp_get_ref(element, &out->ref);
    case 'i': return otp_get_uint(element, &out->id) && out->id > 0;
    case 'w': out->what = element; return true;
    default: return true;
    }
}

otp_err otpi_control_read(otp_term tuple, otp_term payload, otpi_control *out) {
    const form *f = form_read(tuple);
    if (!f || f->payload == otp_is_none(payload)) {
        return OTP_EFORMAT;
    }
    *out = (otpi_control){.kind = (otpi_control_kind)f->kind, .what = payload};
    for (size_t i = 0; f->elements[i]; i++) {
        if (!element_read(out, f->elements[i], otp_element(tuple, i + 1))) {
            return OTP_EFORMAT;
        }
    }
    return OTP_OK;
}
