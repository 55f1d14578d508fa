/* SPDX-License-Identifier: MIT */
/*
 * The ledger: which todos were sent and which were acknowledged, kept where no fault strikes, and
 * the comparison with what is in the database.
 */
#ifndef TODO_APP_PROOF_LEDGER_H
#define TODO_APP_PROOF_LEDGER_H

#include "proof.h"

#include <stdatomic.h>

typedef struct ledger {
    unsigned clients, per_client;
    _Atomic uint8_t *marks;
    _Atomic uint64_t acknowledged;
} ledger;

OTP_MUST_CHECK bool ledger_init(ledger *l, unsigned clients, unsigned per_client);
void ledger_fini(ledger *l);
void ledger_clear(ledger *l);

/* The n-th todo of a client: its id and title are functions of the two. */
void ledger_id(unsigned client, unsigned n, char out[TODO_ID_MAX + 1]);
void ledger_title(unsigned client, unsigned n, char out[TODO_TITLE_MAX + 1]);

void ledger_sent(ledger *l, unsigned client, unsigned n);
/* How many are acknowledged now. */
uint64_t ledger_acknowledge(ledger *l, unsigned client, unsigned n);

typedef struct ledger_verdict {
    bool read;                               /* could the database be read at all? */
    uint64_t rows, lost, doubled, strangers; /* strangers: not as any client sent it */
    int64_t total;                           /* what the database itself has counted */
    bool intact;                             /* PRAGMA integrity_check */
    char first[PROOF_TEXT_MAX];              /* the first thing wrong, or "" */
} ledger_verdict;

/* Opens the database (which recovers it) and compares. In a process of a simulated world: its disk.
 */
void ledger_compare(ledger *l, const char *path, ledger_verdict *out);
/* The verdict as checks of the proof; where: "after kill 17". True when all is well. */
bool ledger_judge(proof *p, const ledger_verdict *verdict, const char *where);

#endif
