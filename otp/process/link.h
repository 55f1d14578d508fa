/* SPDX-License-Identifier: MIT */
/*
 * Links. Each side owns a half, which is the exit signal it will send one day.
 *
 * Design notes (who frees what).
 * - otp_link, spawn_link: two halves with one id, each the other's twin. A half is followed to its
 * twin only by the owner of the twin.
 * - A exits: A's half travels to B as LINK_EXIT. B finds its own half by twin, removes it, frees
 * it, and frees A's half after use. B gone: A frees its own; B frees its own when B exits.
 * - A unlinks: A's half travels to B as UNLINK. B finds its half by id, removes and frees both. B
 * gone: then B's half is on its way to A or in its inbox: A parks its own in extra->unlinked until
 * that arrives.
 * - Both link at once: two pairs exist. LINK_EXIT and unlink act on every half with that peer.
 * - Other nodes: there is one half here and one there. Who unlinks parks its half in
 * extra->unlinked until the peer has acknowledged that (signal.term.word is the id); till then a
 * LINK of the peer is of before and is ignored. Who links again meanwhile forgets about it, so that
 * LINKs count.
 */
#ifndef OTP_PROCESS_LINK_H
#define OTP_PROCESS_LINK_H

#include "process/signal.h"
#include "process/tie.h"

/* Makes both halves of a link between self and peer: mine is in self's list, theirs is for the
 * peer. False when out of memory. */
bool otpi_link_pair(otpi_process *self, otp_pid peer, otpi_link **theirs);
void otpi_link_insert(otpi_process *self, otpi_link *half);
/* Takes back a pair whose peer was never told. */
void otpi_link_unpair(otpi_process *self, otpi_link *theirs);
void otpi_link_free(otpi_link *half);
/* One half to a process of another node, on that connection. False when out of memory. */
bool otpi_link_remote(otpi_process *self, otp_pid peer, uint64_t connection);

/* otp_unlink; false when out of memory. A child can always unlink from its parent. */
bool otpi_unlink(otpi_process *self, otp_pid peer);

/* The first link with that peer, or NULL. */
otpi_link *otpi_link_find(otpi_process *self, otp_pid peer);

void otpi_link_arrives(otpi_process *self, otpi_link *half);
/* Has come too late, self is exiting: noproc for who linked, unless an unlink is behind it. */
void otpi_link_bury(otpi_process *self, otpi_link *half);
void otpi_unlink_arrives(otpi_process *self, otpi_link *half);
bool otpi_link_exit_arrives(otpi_process *self, otpi_link *half);
void otpi_link_exit_bury(otpi_process *self, otpi_link *half);

/* An exit signal of a link came from another node, or its connection was lost. What came on one
 * connection does not concern a link that was made on another. */
bool otpi_link_remote_exit(otpi_process *self, otp_pid peer, uint64_t connection, otp_term reason);

/* The peer on another node has unlinked. */
void otpi_link_remote_drop(otpi_process *self, otp_pid peer, uint64_t connection);
/* It has acknowledged an unlink; the connection is gone, and with it all of that kind. */
void otpi_unlink_acknowledged(otpi_process *self, otp_pid peer, uint64_t id);
void otpi_unlinks_lose(otpi_process *self, uint64_t connection);
/* A link that lives on that connection, or NULL. */
otpi_link *otpi_link_find_on(otpi_process *self, uint64_t connection);

/* Self is exiting with that reason (pack: the same, shared; NULL for immediates): tells all links.
 */
void otpi_links_exit(otpi_process *self, otp_term reason, otpi_pack *pack);

/* {'EXIT', From, Reason} in 4 words. */
otp_term otpi_exit_message_build(uint64_t *words, otp_pid from, otp_term reason);

#endif
