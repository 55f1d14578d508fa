/* SPDX-License-Identifier: MIT */
/*
 * pubsub: messages to whoever has subscribed to a topic, on all nodes of a cluster.
 *
 *     otp_pid hub;
 *     otp_err e = otp_pubsub_start_link(OTP_ATOM(news), &hub);
 *     e = otp_pubsub_subscribe(OTP_ATOM(news), OTP_ATOM(weather));
 *     e = otp_pubsub_publish(OTP_ATOM(news), OTP_ATOM(weather), otp_term_of("{rain, 5}"));
 *
 * A hub is a scope of process groups (otp/pg.h) under the hub's name, whose groups are the topics,
 * and a process on each node, named NAME.pubsub, that hands on what other nodes publish. A topic is
 * any term. Subscribers get the message itself, from the publisher or from that process. A message
 * crosses to another node once, however many have subscribed there, and within a node a large one
 * is copied once for all of them. Of one publisher each subscriber gets its messages in order.
 */
#ifndef OTP_PUBSUB_H
#define OTP_PUBSUB_H

#include <otp/pg.h>

/* Starts the hub of that name, an atom of at most 248 characters. OTP_EALREADY, with *out, when it
 * runs; else as otp_start_link. *out is the process that hands on; the scope is linked to it. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_pubsub_start_link(otp_term hub, otp_pid *out);
/* For .start of a child spec, whose args are the hub's name; context is not used. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_pubsub_child(void *context, otp_term hub,
                                                                otp_pid *out);

/* The caller subscribes, and gets what is published on its node from then on; on other nodes, as
 * soon as they know. Who has subscribed twice gets each message twice, until it has unsubscribed
 * twice. Its exit ends its subscriptions. OTP_ENOENT from unsubscribe: it has not subscribed.
 * Errors as otp_pg_join. */
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_pubsub_subscribe(otp_term hub, otp_term topic);
OTP_API OTP_MAY_SUSPEND OTP_MUST_CHECK otp_err otp_pubsub_unsubscribe(otp_term hub, otp_term topic);

/* Sends the message to the subscribers of all nodes, or of this one; the publisher too if it has
 * subscribed. Asks no process and never suspends. A subscriber whose bounded mailbox is full misses
 * it. OTP_ENOENT: no such hub here; OTP_ENOMEM: some did not get it. */
OTP_API OTP_MUST_CHECK otp_err otp_pubsub_publish(otp_term hub, otp_term topic, otp_term message);
OTP_API OTP_MUST_CHECK otp_err otp_pubsub_local_publish(otp_term hub, otp_term topic,
                                                        otp_term message);

/*
 * Differences from OTP
 * - OTP has no publish and subscribe: this is what programs build from pg there.
 * - Members of the groups on nodes that run the scope without its hub get nothing from other nodes.
 */

#endif
