/* SPDX-License-Identifier: MIT */
/*
 * The toll: how many dynamic children did not end as asked while their supervisor ended, by reason
 * (terminate_dynamic_children/1 of supervisor.erl). There may be very many children: each reason is
 * reported once, with their number.
 */
#include "behaviour/supervisor.h"

#include "process/signal.h"
#include "term/heap.h"

/* Further reasons are reported at once, each child alone. */
enum { REASONS_MAX = OTPI_HOSTILE ? 2 : 64 };

struct otpi_sup_toll {
    unsigned reasons;
    struct {
        otp_term reason;
        otpi_pack *pack; /* what holds it; NULL = it needs none */
        size_t children;
    } of[REASONS_MAX];
};

/* The entry of the reason, made if need be; false when there is no room or memory. */
static bool toll_count(otpi_supervisor *sup, otp_term reason) {
    otpi_sup_toll *toll = sup->toll;
    unsigned i = 0;
    while (i < toll->reasons && !otp_equal(toll->of[i].reason, reason)) {
        i++;
    }
    if (i == REASONS_MAX) {
        return false;
    }
    if (i == toll->reasons) {
        bool plain = otpi_term_words(reason) == 0;
        otpi_pack *pack = plain ? NULL : otpi_pack_new(reason);
        if (!plain && !pack) {
            return false;
        }
        toll->of[i].reason = plain ? reason : pack->term;
        toll->of[i].pack = pack;
        toll->of[i].children = 0;
        toll->reasons++;
    }
    toll->of[i].children++;
    return true;
}

void otpi_sup_toll_add(otpi_supervisor *sup, otp_term reason) {
    if (!sup->toll) {
        sup->toll = otpi_block_alloc(sizeof *sup->toll);
        if (sup->toll) {
            sup->toll->reasons = 0;
        }
    }
    if (!sup->toll || !toll_count(sup, reason)) {
        otpi_supervisor_report_children(sup, reason, 1);
    }
}

void otpi_sup_toll_report(otpi_supervisor *sup) {
    for (unsigned i = 0; sup->toll && i < sup->toll->reasons; i++) {
        otpi_supervisor_report_children(sup, sup->toll->of[i].reason, sup->toll->of[i].children);
    }
    otpi_sup_toll_free(sup);
}

void otpi_sup_toll_free(otpi_supervisor *sup) {
    otpi_sup_toll *toll = sup->toll;
    sup->toll = NULL;
    for (unsigned i = 0; toll && i < toll->reasons; i++) {
        otpi_pack_release(toll->of[i].pack);
    }
    if (toll) {
        otpi_block_free(toll, sizeof *toll);
    }
}
