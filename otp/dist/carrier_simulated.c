/* SPDX-License-Identifier: MIT */
#include "dist/carrier_simulated.h"

#include <otp/etf.h>

#include "base/hash.h"
#include "dist/node.h"
#include "dist/stream.h"

#include <string.h>

typedef struct pair pair;

/* The direction to one node of a pair. */
typedef struct way {
    otpi_stream stream;
    pair *pair;
    otpi_connection *end;     /* that node's; NULL = down */
    otpi_connection *waiting; /* comes up when end has been lost */
    otpi_packet mark;         /* the end of end's connection */
} way;

struct pair {
    otpi_list link;
    otpi_network *network;
    otp_term names[2];
    way to[2];
    uint64_t hash;   /* of its names */
    uint64_t number; /* of the newest connection */
    bool open;
    bool apart; /* cut until healed */
    otpi_gap cut;
};

static bool is_current(const way *w) {
    return w->end && w->end->number == w->pair->number;
}

static way *way_to_peer(const otpi_connection *connection) {
    pair *p = connection->channel;
    return &p->to[p->names[0].word == connection->peer.word ? 0 : 1];
}

static way *way_to_own(const otpi_connection *connection) {
    pair *p = connection->channel;
    return &p->to[p->names[0].word == connection->peer.word ? 1 : 0];
}

static uint64_t way_object(const way *w) {
    uint64_t number = w->end ? w->end->number : w->pair->number;
    return number * 2 + (w == &w->pair->to[1]);
}

/* ---- Breaking ---- */

/* Drops what is on its way behind the first few of the pair's newest connection. */
static void way_keep(way *w, size_t keep) {
    size_t kept = 0;
    OTPI_LIST_EACH_SAFE (at, next, &w->stream.packets) {
        otpi_packet *packet = OTPI_LIST_ENTRY(at, otpi_packet, link);
        if (!otpi_packet_is_mark(packet) && packet->number == w->pair->number && kept++ >= keep) {
            otpi_stream_take(&w->stream, packet);
            otpi_packet_free(packet);
            w->pair->network->stats.lost++;
        }
    }
}

/* Its node will learn that the newest connection is over, behind what still arrives. */
static void way_break(way *w, size_t keep) {
    if (!is_current(w)) {
        otpi_connection_free(w->waiting);
        w->waiting = NULL;
        way_keep(w, 0);
        return;
    }
    way_keep(w, keep);
    const otpi_packet *last = otpi_stream_last(&w->stream);
    uint64_t now_ms = otpi_world_now_ms(w->stream.world);
    w->mark = (otpi_packet){.number = w->pair->number, .due_ms = now_ms};
    if (last && last->due_ms > now_ms) {
        w->mark.due_ms = last->due_ms;
    }
    otpi_stream_put(&w->stream, &w->mark);
}

static size_t way_survivors(way *w) {
    return is_current(w) && w->stream.count > 0
               ? otpi_network_survivors(w->pair->network, w->stream.count)
               : 0;
}

static void pair_cut(pair *p) {
    if (p->open) {
        p->open = false;
        p->network->stats.cuts++;
        for (int i = 0; i < 2; i++) {
            way_break(&p->to[i], way_survivors(&p->to[i]));
        }
    }
}

static void simulated_close(otpi_connection *connection) {
    pair *p = connection->channel;
    if (p->open && connection->number == p->number) {
        p->open = false;
        way_break(&p->to[0], SIZE_MAX);
        way_break(&p->to[1], SIZE_MAX);
    }
}

/* Nothing goes to that node any more, and it is not told. Its end is the caller's. */
static void way_clear(way *w) {
    bool marked = otpi_list_linked(&w->mark.link);
    w->pair->network->stats.lost += w->stream.count - marked;
    otpi_stream_clear(&w->stream);
    otpi_connection_free(w->waiting);
    w->waiting = NULL;
    w->end = NULL;
}

static void simulated_abandon(otpi_connection *connection, bool abrupt) {
    pair *p = connection->channel;
    way *peer = way_to_peer(connection);
    way_clear(way_to_own(connection));
    if (p->open) {
        p->open = false;
        way_break(peer, abrupt ? way_survivors(peer) : SIZE_MAX);
    }
}

/* ---- Delivering ---- */

/* Decoded terms live for the delivery only; what was encoded here has no limits. */
static otp_err packet_deliver(otpi_connection *end, otpi_packet *packet) {
    static const otp_etf_limits limits = {
        .depth_max = SIZE_MAX / 2, .words_max = SIZE_MAX / 16, .atoms_max = SIZE_MAX - 1};
    uint64_t room[256];
    otpi_scope scope;
    otpi_scope *outer = otpi_scope_now;
    otpi_scope_init(&scope, room, sizeof room / sizeof room[0]);
    otpi_scope_now = &scope;
    otp_term control;
    otp_term payload = OTP_NONE;
    const uint8_t *bytes = otpi_packet_bytes(packet);
    otp_err err = otp_etf_decode(bytes, packet->control_size, &limits, &control, NULL, NULL);
    if (err == OTP_OK && packet->payload_size > 0) {
        err = otp_etf_decode(bytes + packet->control_size, packet->payload_size, &limits, &payload,
                             NULL, NULL);
    }
    if (err == OTP_OK) {
        err = otpi_connection_deliver(end, control, payload);
    } else if (err != OTP_ENOMEM) {
        otpi_node_of(end->system)->bad++;
    }
    otpi_scope_fini(&scope);
    otpi_scope_now = outer;
    return err;
}

/* The mark has come: the node learns of the loss, and a connection made meanwhile comes up. */
static void end_lost(way *w) {
    otpi_connection *lost = w->end;
    otpi_stream_take(&w->stream, &w->mark);
    w->end = w->waiting;
    w->waiting = NULL;
    if (w->end) {
        otpi_connection_up(w->end);
    }
    otpi_connection_lost(lost);
}

/* The next signal lets others of its connection overtake it. */
static void packet_postpone(otpi_packet *packet, size_t overtaken_by) {
    otpi_list *at = &packet->link;
    for (size_t i = 0; i < overtaken_by; i++) {
        at = at->next;
    }
    packet->due_ms = OTPI_LIST_ENTRY(at, otpi_packet, link)->due_ms;
    otpi_list_remove(&packet->link);
    otpi_list_push_front(at, &packet->link);
}

/* How many signals of the same connection are behind the next one. */
static size_t others_behind(const way *w) {
    size_t n = 0;
    OTPI_LIST_EACH (at, &w->stream.packets) {
        if (otpi_packet_is_mark(OTPI_LIST_ENTRY(at, otpi_packet, link))) {
            break;
        }
        n++;
    }
    return n - 1;
}

/* What a fault of a lossy network leaves to be delivered now, taken off the stream or a copy of
 * what is on it; NULL = nothing. */
static otpi_packet *packet_suffers(way *w, otpi_packet *first) {
    otpi_network *network = w->pair->network;
    size_t others = others_behind(w);
    otpi_loss loss = otpi_network_loss(network, others);
    if (loss == OTPI_LOSS_DOUBLE) {
        otpi_packet *copy = otpi_packet_copy(first);
        network->stats.doubled += copy != NULL;
        return copy;
    }
    if (loss == OTPI_LOSS_REORDER) {
        network->stats.reordered++;
        packet_postpone(first, otpi_network_overtaken_by(network, others));
        first = otpi_stream_due(&w->stream);
        if (first) {
            otpi_stream_take(&w->stream, first);
        }
        return first;
    }
    network->stats.dropped++;
    otpi_stream_take(&w->stream, first);
    otpi_packet_free(first);
    return NULL;
}

static otpi_packet *packet_next(way *w, otpi_packet *first) {
    if (otpi_network_loses(w->pair->network)) {
        return packet_suffers(w, first);
    }
    otpi_stream_take(&w->stream, first);
    return first;
}

static void signal_deliver(way *w, otpi_packet *first) {
    pair *p = w->pair;
    otpi_packet *packet = packet_next(w, first);
    if (!packet) {
        return;
    }
    otpi_connection *end = w->end;
    OTPI_ASSERT("carrier-001", end && end->number == packet->number);
    p->network->stats.delivered++;
    otp_err err = packet_deliver(end, packet);
    otpi_packet_free(packet);
    if (err == OTP_ENOMEM) {
        simulated_close(end);
    } else if (p->open && otpi_network_cuts(p->network, &p->cut)) {
        pair_cut(p);
    }
}

/* What senders and deliveries both change: the order of its signals. */
static uint64_t way_access(const way *w) {
    return w->pair->hash + (w == &w->pair->to[1]);
}

static otpi_step way_step(otpi_service *service) {
    way *w = OTPI_CONTAINER_OF(service, way, stream.service);
    otpi_stream_begin(&w->stream);
    otpi_simulator_note(w->stream.world->simulator, way_object(w));
    otpi_access(OTP_WRITE, way_access(w), 0);
    otpi_packet *first = otpi_stream_due(&w->stream);
    if (first && otpi_packet_is_mark(first)) {
        end_lost(w);
    } else if (first) {
        signal_deliver(w, first);
    }
    return otpi_stream_end(&w->stream);
}

static void way_describe(otpi_service *service, otp_event *event) {
    const way *w = OTPI_CONTAINER_OF(service, way, stream.service);
    const otpi_packet *first = otpi_stream_first(&w->stream);
    bool lost = first && otpi_packet_is_mark(first);
    *event = (otp_event){OTP_CHOICE_DELIVER, 0, way_object(w), lost ? "nodedown" : "deliver"};
}

/* ---- Sending ---- */

enum { NEAR_SIZE = 1024 };

/* Both terms one behind the other; *packet is NULL when that fails. */
static otp_err packet_encode(uint64_t number, otp_term control, otp_term payload,
                             otpi_packet **out) {
    uint8_t near[NEAR_SIZE];
    bool paid = !otp_is_none(payload);
    size_t sizes[2] = {NEAR_SIZE, 0};
    *out = NULL;
    otp_err err = otp_etf_encode(control, near, &sizes[0]);
    bool fits = err == OTP_OK;
    if (paid && (err == OTP_OK || err == OTP_ESIZE)) {
        sizes[1] = fits ? NEAR_SIZE - sizes[0] : 0;
        err = otp_etf_encode(payload, fits ? near + sizes[0] : NULL, &sizes[1]);
        fits = fits && err == OTP_OK;
    }
    if (err != OTP_OK && err != OTP_ESIZE) {
        return err;
    }
    otpi_packet *packet = otpi_packet_new(number, sizes[0], sizes[1]);
    if (!packet) {
        return OTP_ENOMEM;
    }
    uint8_t *bytes = otpi_packet_bytes(packet);
    if (fits) {
        memcpy(bytes, near, sizes[0] + sizes[1]);
        err = OTP_OK;
    } else {
        err = otp_etf_encode(control, bytes, &sizes[0]);
        err = err == OTP_OK && paid ? otp_etf_encode(payload, bytes + sizes[0], &sizes[1]) : err;
    }
    if (err != OTP_OK) {
        otpi_packet_free(packet);
        return err;
    }
    *out = packet;
    return OTP_OK;
}

/* When a signal sent now arrives: over TCP not before those sent earlier. */
static uint64_t due_ms(way *w) {
    otpi_network *network = w->pair->network;
    uint64_t due = otpi_world_now_ms(network->world) + otpi_network_latency_ms(network);
    const otpi_packet *last = otpi_stream_last(&w->stream);
    bool ordered = network->world->opts.network == OTP_NETWORK_TCP;
    return ordered && last && last->due_ms > due ? last->due_ms : due;
}

static otp_err simulated_send(otpi_connection *connection, otp_term control, otp_term payload) {
    pair *p = connection->channel;
    if (!p->open || connection->number != p->number) {
        return OTP_OK; /* broken, though this node has not noticed yet */
    }
    way *w = way_to_peer(connection);
    otpi_packet *packet;
    otp_err err = packet_encode(p->number, control, payload, &packet);
    if (err != OTP_OK) {
        return err;
    }
    otpi_access(OTP_WRITE, way_access(w), 0);
    p->network->stats.sent++;
    packet->due_ms = due_ms(w);
    otpi_stream_put(&w->stream, packet);
    return OTP_OK;
}

/* ---- Pairs ---- */

static pair *pair_find(const otpi_network *network, const otp_term names[2]) {
    OTPI_LIST_EACH (at, &network->pairs) {
        pair *p = OTPI_LIST_ENTRY(at, pair, link);
        for (int i = 0; i < 2; i++) {
            if (p->names[i].word == names[0].word && p->names[!i].word == names[1].word) {
                return p;
            }
        }
    }
    return NULL;
}

static pair *pair_of(otpi_network *network, const otp_term names[2]) {
    pair *p = pair_find(network, names);
    if (!p) {
        p = otpi_calloc(1, sizeof *p);
        if (!p) {
            return NULL;
        }
        p->network = network;
        p->hash = otpi_hash_mix(otp_hash(names[0]), otp_hash(names[1]));
        for (int i = 0; i < 2; i++) {
            p->names[i] = names[i];
            p->to[i].pair = p;
            otpi_list_init(&p->to[i].mark.link);
            otpi_stream_init(&p->to[i].stream, network->world, way_step, way_describe);
        }
        otpi_list_push_back(&network->pairs, &p->link);
    }
    return p;
}

/* Both ends of a new connection; the peer's comes up when it has seen the end of the one before. */
static void pair_open(pair *p, otpi_connection *own, otpi_connection *peers) {
    p->open = true;
    p->number = ++p->network->numbers;
    p->cut = (otpi_gap){0};
    p->network->stats.connections++;
    own->number = peers->number = p->number;
    own->channel = peers->channel = p;
    way *to_own = way_to_own(own);
    way *to_peer = way_to_peer(own);
    OTPI_ASSERT("carrier-002", !to_own->end && !to_own->waiting && !to_peer->waiting);
    to_own->end = own;
    if (to_peer->end) {
        to_peer->waiting = peers;
    } else {
        to_peer->end = peers;
        otpi_connection_up(peers);
    }
}

static otp_err simulated_connect(otpi_connection *connection) {
    otp_system *system = connection->system;
    otp_system *peer = otpi_node_by_name(system->world, connection->peer);
    if (!peer || !otpi_node_admits(system, peer)) {
        return OTP_ENODE;
    }
    otpi_network *network = otpi_network_of(system->world);
    const otp_term names[2] = {system->name, peer->name};
    pair *p = network ? pair_of(network, names) : NULL;
    if (!p) {
        return OTP_ENOMEM;
    }
    if (p->apart || network->stopped) {
        return OTP_ENODE;
    }
    otpi_connection *peers = otpi_connection_new(peer, system->name, &otpi_carrier_simulated);
    if (!peers) {
        return OTP_ENOMEM;
    }
    pair_open(p, connection, peers);
    return OTP_OK;
}

otp_err otpi_pair_set_apart(otpi_network *network, const otp_term names[2], bool apart) {
    pair *p = apart ? pair_of(network, names) : pair_find(network, names);
    if (!p) {
        return apart ? OTP_ENOMEM : OTP_OK;
    }
    p->apart = apart;
    if (apart) {
        pair_cut(p);
    }
    return OTP_OK;
}

void otpi_pairs_stop(otpi_network *network) {
    OTPI_LIST_EACH (at, &network->pairs) {
        pair *p = OTPI_LIST_ENTRY(at, pair, link);
        p->open = false;
        for (int i = 0; i < 2; i++) {
            otpi_connection *end = p->to[i].end;
            way_clear(&p->to[i]);
            otpi_connection_free(end);
        }
    }
}

void otpi_pairs_free(otpi_network *network) {
    for (otpi_list *at; (at = otpi_list_take_first(&network->pairs));) {
        otpi_free(OTPI_LIST_ENTRY(at, pair, link));
    }
}

const otpi_carrier otpi_carrier_simulated = {
    .connect = simulated_connect,
    .send = simulated_send,
    .close = simulated_close,
    .abandon = simulated_abandon,
};
