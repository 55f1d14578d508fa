/* SPDX-License-Identifier: MIT */
#include "dist/network.h"

#include <otp/choose.h>

#include "dist/carrier_simulated.h"
#include "term/atom.h"
#include "world/simulator.h"

#include <string.h>

enum { LOSSY_GAP_DEFAULT = 16 };

otpi_network *otpi_network_of(otp_world *world) {
    otpi_network *network = world->network;
    if (!network) {
        network = otpi_calloc(1, sizeof *network);
        if (network) {
            network->world = world;
            otpi_list_init(&network->pairs);
            world->network = network;
        }
    }
    return network;
}

otpi_network_stats otpi_network_stats_read(const otp_world *world) {
    const otpi_network *network = world->network;
    return network ? network->stats : (otpi_network_stats){0};
}

void otpi_network_fini(otp_world *world) {
    otpi_network *network = world->network;
    if (network) {
        otpi_pairs_free(network);
        otpi_free(network);
        world->network = NULL;
    }
}

/* ---- Draws ---- */

static int64_t draw(otpi_network *network, otp_choice kind, uint64_t hi, uint64_t target,
                    const char *label) {
    return otpi_simulator_draw(network->world->simulator, OTP_LANE_NETWORK, kind, 0, (int64_t)hi,
                               (int64_t)target, label);
}

static bool gap_ends(otpi_network *network, otpi_gap *gap, otp_choice kind, uint32_t max,
                     const char *label) {
    if (max == 0) {
        return false;
    }
    if (gap->left == 0) {
        int64_t drawn = draw(network, kind, max, 0, label);
        gap->strikes = drawn > 0;
        gap->left = gap->strikes ? (uint32_t)drawn : max;
    }
    return --gap->left == 0 && gap->strikes;
}

uint64_t otpi_network_latency_ms(otpi_network *network) {
    unsigned max = network->world->opts.latency_ms_max;
    return max ? (uint64_t)draw(network, OTP_CHOICE_LATENCY, max, 0, "latency of a signal") : 0;
}

bool otpi_network_cuts(otpi_network *network, otpi_gap *gap) {
    return gap_ends(network, gap, OTP_CHOICE_CUT, network->world->opts.cut_gap_max,
                    "deliveries to the next cut");
}

size_t otpi_network_survivors(otpi_network *network, size_t under_way) {
    return (size_t)draw(network, OTP_CHOICE_CUT, under_way, under_way,
                        "signals that survive a cut");
}

bool otpi_network_loses(otpi_network *network) {
    const otp_world_opts *opts = &network->world->opts;
    uint32_t max = opts->lossy_gap_max ? opts->lossy_gap_max : LOSSY_GAP_DEFAULT;
    return opts->network == OTP_NETWORK_LOSSY &&
           gap_ends(network, &network->loss, OTP_CHOICE_LOSS, max, "deliveries to the next loss");
}

otpi_loss otpi_network_loss(otpi_network *network, size_t others) {
    uint64_t last = others > 0 ? OTPI_LOSS_REORDER : OTPI_LOSS_DOUBLE;
    return (otpi_loss)draw(network, OTP_CHOICE_LOSS, last, OTPI_LOSS_DROP, "drop, double, reorder");
}

size_t otpi_network_overtaken_by(otpi_network *network, size_t others) {
    return 1 + (size_t)draw(network, OTP_CHOICE_LOSS, others - 1, 0, "signals that overtake one");
}

/* ---- Asked for ---- */

/* Becomes the world's worker, unless the caller is: for work of the host between runs. */
typedef struct visit {
    bool entered;
    otpi_worker *before;
} visit;

static visit visit_begin(otp_world *world) {
    bool inside = otpi_worker_now && otpi_worker_now->world == world;
    return inside ? (visit){false, NULL} : (visit){true, otpi_simulator_enter(world)};
}

static void visit_end(visit v) {
    if (v.entered) {
        otpi_simulator_exit(v.before);
    }
}

/* The atom of a node that is or was in the world; OTP_NONE. */
static otp_term node_known(otp_world *world, const char *name) {
    otp_term atom = name ? otpi_atom_find(name, strlen(name)) : OTP_NONE;
    for (uint32_t slot = 0; !otp_is_none(atom) && slot < world->node_slots; slot++) {
        uint32_t creation;
        if (otpi_node_of_slot(world, slot, &creation).word == atom.word) {
            return atom;
        }
    }
    return OTP_NONE;
}

static otp_err set_apart(otp_world *world, const char *a, const char *b, bool apart) {
    if (!world || !a || !b) {
        return OTP_EBADARG;
    }
    if (!world->simulator) {
        return OTP_EMODE;
    }
    otp_term names[2] = {node_known(world, a), node_known(world, b)};
    if (otp_is_none(names[0]) || otp_is_none(names[1])) {
        return OTP_ENOENT;
    }
    if (names[0].word == names[1].word) {
        return OTP_EBADARG;
    }
    visit v = visit_begin(world);
    otpi_network *network = otpi_network_of(world);
    otp_err err = network ? otpi_pair_set_apart(network, names, apart) : OTP_ENOMEM;
    visit_end(v);
    return err;
}

otp_err otp_network_cut(otp_world *world, const char *a, const char *b) {
    return set_apart(world, a, b, true);
}

otp_err otp_network_heal(otp_world *world, const char *a, const char *b) {
    return set_apart(world, a, b, false);
}

void otpi_network_stop(otp_world *world) {
    otpi_network *network = world->network;
    if (network) {
        visit v = visit_begin(world);
        network->stopped = true;
        otpi_pairs_stop(network);
        visit_end(v);
    }
}
