/* SPDX-License-Identifier: MIT */
/*
 * Sequences of messages that keep to a protocol. They are drawn message by message: what may come
 * next is known from the types that came before, and only that is drawn. All constraints are such
 * that what keeps them can end anywhere, so whatever shrinking leaves out or changes, the sequence
 * that is drawn then keeps them, too.
 *
 * Each draw is between all messages, those that may not come having the weight 0: so a number in
 * the list of choices means the same message wherever it stands.
 */
#include "supertester/scenario/options.h"

enum { MESSAGES_MAX_DEFAULT = 20, OTHERS_WEIGHT = 8 };

/* A set of types is a word of bits. */
typedef uint64_t type_set;
_Static_assert(STI_OPERATIONS_MAX <= 64, "a type has a bit");

typedef struct protocol {
    const st_operation_choice *messages;
    size_t count;
    otp_term types[STI_OPERATIONS_MAX]; /* all different */
    size_t type_count;
    uint8_t type_of[STI_OPERATIONS_MAX];   /* of a message */
    type_set earlier[STI_OPERATIONS_MAX];  /* of a type: what must have come */
    type_set excluded[STI_OPERATIONS_MAX]; /* what must not; both ways */
    type_set once, terminal;
    const char *site;
} protocol;

static type_set bit(size_t type) {
    return (type_set)1 << type;
}

/* ---- Types ---- */

static bool find_type(const protocol *p, otp_term type, size_t *out) {
    for (size_t i = 0; i < p->type_count; i++) {
        if (otp_equal(p->types[i], type)) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool read_types(protocol *p) {
    for (size_t i = 0; i < p->count; i++) {
        const st_operation_choice *m = &p->messages[i];
        if (m->draw && !m->type) {
            return sti_refuse(p->site, "message %zu is drawn: give it a .type", i);
        }
        otp_term type = m->draw ? otp_atom(m->type) : sti_operation_type(m->term);
        size_t at = p->type_count;
        if (otp_is_none(type)) {
            return sti_refuse(p->site, "message %zu does not begin with an atom: %s", i,
                              otp_show(m->term));
        }
        if (!find_type(p, type, &at)) {
            p->types[p->type_count++] = type;
        }
        p->type_of[i] = (uint8_t)at;
    }
    return true;
}

/* ---- Constraints ---- */

static bool read_constraint(protocol *p, otp_term constraint) {
    otp_term word = OTP_NONE, first = OTP_NONE, second = OTP_NONE;
    size_t a = 0, b = 0;
    bool one = otp_match(constraint, "{~a, ~a}", &word, &first);
    bool two = !one && otp_match(constraint, "{~a, ~a, ~a}", &word, &first, &second);
    bool known = one ? otp_is(word, "once") || otp_is(word, "terminal")
                     : two && (otp_is(word, "requires") || otp_is(word, "excludes"));
    if (!known) {
        return sti_refuse(p->site, "no constraint: %s", otp_show(constraint));
    }
    if (!find_type(p, first, &a) || (two && !find_type(p, second, &b))) {
        return sti_refuse(p->site, "%s: there is no message of a type it names",
                          otp_show(constraint));
    }
    if (otp_is(word, "once")) {
        p->once |= bit(a);
    } else if (otp_is(word, "terminal")) {
        p->terminal |= bit(a);
    } else if (otp_is(word, "requires")) {
        p->earlier[a] |= bit(b);
    } else {
        p->excluded[a] |= bit(b);
        p->excluded[b] |= bit(a);
    }
    return true;
}

static bool read_constraints(protocol *p, otp_term constraints) {
    if (!otp_is_none(constraints) && otp_length(constraints) == SIZE_MAX) {
        return sti_refuse(p->site, ".constraints is no list: %s", otp_show(constraints));
    }
    OTP_LIST_FOREACH (constraint, constraints) {
        if (!read_constraint(p, constraint)) {
            return false;
        }
    }
    return true;
}

/* What a type requires, and what that requires: the transitive closure (Warshall). What must have
 * come before a type must all have come, so the closure may take the place of the constraints. */
static void close_requirements(protocol *p) {
    for (size_t through = 0; through < p->type_count; through++) {
        for (size_t i = 0; i < p->type_count; i++) {
            if (p->earlier[i] & bit(through)) {
                p->earlier[i] |= p->earlier[through];
            }
        }
    }
}

static const char *type_text(const protocol *p, size_t type) {
    return otp_atom_text(p->types[type]);
}

/* Can there be a sequence with this type in it? */
static bool type_is_possible(const protocol *p, size_t type) {
    type_set before = p->earlier[type];
    if (before & bit(type)) {
        return sti_refuse(p->site, "%s requires itself, directly or by what it requires",
                          type_text(p, type));
    }
    for (size_t i = 0; i < p->type_count; i++) {
        if (!((before | bit(type)) & bit(i))) {
            continue;
        }
        if (before & p->terminal & bit(i)) {
            return sti_refuse(p->site, "%s requires %s, which is terminal: nothing comes after it",
                              type_text(p, type), type_text(p, i));
        }
        type_set against = p->excluded[i] & (before | bit(type));
        if (against) {
            return sti_refuse(p->site,
                              "%s could never come: it needs %s and %s, which exclude "
                              "each other",
                              type_text(p, type), type_text(p, i),
                              type_text(p, (size_t)__builtin_ctzll(against)));
        }
    }
    return true;
}

static bool constraints_fit(protocol *p, otp_term constraints) {
    if (!read_constraints(p, constraints)) {
        return false;
    }
    close_requirements(p);
    for (size_t i = 0; i < p->type_count; i++) {
        if (!type_is_possible(p, i)) {
            return false;
        }
    }
    return true;
}

/* ---- Drawing ---- */

static bool may_come(const protocol *p, size_t type, type_set seen) {
    return (p->earlier[type] & ~seen) == 0 && (p->excluded[type] & seen) == 0 &&
           (p->once & seen & bit(type)) == 0;
}

/* False when nothing may come. Terminal types are rare, or most sequences were over at once. */
static bool weigh(const protocol *p, type_set seen, uint32_t *weights) {
    bool any = false;
    for (size_t i = 0; i < p->count; i++) {
        size_t type = p->type_of[i];
        uint32_t weight = p->messages[i].weight ? p->messages[i].weight : 1;
        uint32_t times = p->terminal & bit(type) ? 1 : OTHERS_WEIGHT;
        weights[i] = may_come(p, type, seen) ? weight * times : 0;
        any |= weights[i] > 0;
    }
    return any;
}

static otp_term draw_messages(const protocol *p, int64_t max_length) {
    uint32_t weights[STI_OPERATIONS_MAX];
    otp_term list = otp_nil();
    type_set seen = 0;
    if (!weigh(p, seen, weights)) {
        return list;
    }
    for (ST_CLOSES_(st_list_close) st_list each = st_list_open(0, max_length, "messages");
         st_list_more(&each);) {
        size_t way = st_draw_branch(weights, p->count, "message");
        list = otp_cons(sti_operation_make(&p->messages[way], p->site), list);
        seen |= bit(p->type_of[way]);
        if ((seen & p->terminal) || !weigh(p, seen, weights)) {
            break;
        }
    }
    return sti_list_reversed(list);
}

otp_term st_message_sequence_at(const st_message_opts *opts, const char *label, const char *site) {
    protocol p = {.messages = opts->messages, .site = site};
    st_range length = {0, opts->max_length ? opts->max_length : MESSAGES_MAX_DEFAULT};
    sti_scenario_begin(label);
    otp_term drawn = OTP_NONE;
    p.count = sti_operations_count(opts->messages, site);
    if (p.count > 0 && read_types(&p) && constraints_fit(&p, opts->constraints) &&
        sti_range_fits(&length, length, (st_range){0, STI_LENGTH_MAX}, ".max_length", site)) {
        drawn = draw_messages(&p, length.hi);
    }
    return sti_scenario_end(drawn, label);
}
