/* SPDX-License-Identifier: MIT */
/*
 * gen:reply/2. A tag is [alias | Ref] from a caller that waits, a plain reference from one of
 * before OTP 24, [[alias | Ref] | Anything] from a multi-call, or any term a client made up.
 */
#include "behaviour/from.h"

#include "process/monitor.h"

/* The alias a general tag names ([[alias | Ref] | _]), else OTP_NONE. */
static otp_term alias_of_tag(otp_term tag) {
    if (!otpi_is_cell(tag)) {
        return OTP_NONE;
    }
    otp_term head = otpi_wire_term(otpi_cell(tag)[0]);
    return otpi_wire_alias_ref(head) ? otpi_wire_term(otpi_cell(head)[1]) : OTP_NONE;
}

/* An answer to somebody who is gone, or whose mailbox is full, is nobody's business. */
static void answered(otp_err err) {
    if (OTPI_UNLIKELY(err == OTP_ENOMEM)) {
        otpi_enomem(OTPI_SITE);
    }
}

static void answer_to(otp_term dest, otp_term tag, otp_term reply) {
    answered(otp_try_send_term(dest, otpi_wire_pair(tag, reply)));
}

static void answer_alias(otp_ref alias, otp_term reply) {
    otp_err err;
    if (OTPI_LIKELY(otpi_answer_send(alias, reply, &err))) {
        answered(err);
    } else {
        answer_to(otpi_wire_ref(alias), otpi_wire_alias_tag(alias), reply);
    }
}

bool otpi_from_decode_slow(otp_term term, otp_from *out) {
    const uint64_t *pair = otpi_wire_tuple(term, 2);
    if (!pair || !otpi_is_pid(otpi_wire_term(pair[0]))) {
        return false;
    }
    *out = (otp_from){.pid = {pair[0]}};
    if (otp_get_ref(otpi_wire_term(pair[1]), &out->ref)) {
        out->flags = OTPI_FROM_REF;
    } else {
        out->ref.word[0] = otp_keep(otpi_wire_term(pair[1])).word;
        out->flags = OTPI_FROM_TERM;
    }
    return true;
}

otp_term otpi_from_term(const otp_from *from) {
    otp_term pid = otp_from_pid(from->pid);
    switch (from->flags) {
    case OTPI_FROM_ALIAS: return otpi_wire_pair(pid, otpi_wire_alias_tag(from->ref));
    case OTPI_FROM_REF: return otpi_wire_pair(pid, otpi_wire_ref(from->ref));
    case OTPI_FROM_TERM: return otpi_wire_pair(pid, otpi_wire_term(from->ref.word[0]));
    default: return otpi_am(undefined);
    }
}

static void answer_term(otp_from from, otp_term reply) {
    otp_term tag = otpi_wire_term(from.ref.word[0]);
    otp_term alias = alias_of_tag(tag);
    answer_to(otp_is_none(alias) ? otp_from_pid(from.pid) : alias, tag, reply);
    otp_drop(tag);
}

void otp_answer(otp_from from, otp_term reply) {
    switch (from.flags) {
    case OTPI_FROM_ALIAS: answer_alias(from.ref, reply); break;
    case OTPI_FROM_REF: answer_to(otp_from_pid(from.pid), otpi_wire_ref(from.ref), reply); break;
    case OTPI_FROM_TERM: answer_term(from, reply); break;
    default: otpi_badarg(OTPI_SITE, "otp_from"); break;
    }
}
