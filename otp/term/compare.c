/* SPDX-License-Identifier: MIT */
/*
 * Erlang's order of terms ("Term Comparisons", Erlang Reference Manual, chapter Expressions):
 *     number < atom < reference < fun < port < pid < tuple < map < nil < list < bit string
 * Tuples by size, then element by element; lists element by element; maps by size, then all keys in
 * order, then the values. Integers and floats compare exactly, without rounding either. Keys of
 * maps compare as in otpi_compare_keys. A walk with an explicit stack: any depth is fine.
 */
#include "term/compare.h"

#include "term/atom.h"
#include "term/big.h"
#include "term/binary.h"
#include "term/frames.h"
#include "term/pid.h"

#include <string.h>

static inline int order_u64(uint64_t a, uint64_t b) {
    return a < b ? -1 : a > b;
}

static inline int order_of_memcmp(int order) {
    return order < 0 ? -1 : order > 0;
}

/* ---- Ranks ---- */

enum {
    RANK_INTEGER,
    RANK_FLOAT, /* as an integer's outside of keys */
    RANK_ATOM,
    RANK_REFERENCE,
    RANK_FUN,
    RANK_PORT,
    RANK_PID,
    RANK_TUPLE,
    RANK_MAP,
    RANK_NIL,
    RANK_LIST,
    RANK_BITS,
    RANK_OTHER, /* holes of a pattern, by word */
};

static int rank_of(otp_term term) {
    static const uint8_t ranks[] = {
        [OTP_KIND_NONE] = RANK_OTHER,  [OTP_KIND_INTEGER] = RANK_INTEGER,
        [OTP_KIND_FLOAT] = RANK_FLOAT, [OTP_KIND_ATOM] = RANK_ATOM,
        [OTP_KIND_FUN] = RANK_FUN,     [OTP_KIND_REFERENCE] = RANK_REFERENCE,
        [OTP_KIND_PORT] = RANK_PORT,   [OTP_KIND_PID] = RANK_PID,
        [OTP_KIND_TUPLE] = RANK_TUPLE, [OTP_KIND_MAP] = RANK_MAP,
        [OTP_KIND_NIL] = RANK_NIL,     [OTP_KIND_LIST] = RANK_LIST,
        [OTP_KIND_BINARY] = RANK_BITS, [OTP_KIND_RESOURCE] = RANK_REFERENCE,
    };
    return ranks[otp_kind_of(term)];
}

/* ---- Leaves ---- */

static double float_of(otp_term term) {
    double value;
    memcpy(&value, otpi_box(term) + 1, sizeof value);
    return value;
}

static int compare_integers(otp_term a, otp_term b) {
    if (otpi_is_small(a) && otpi_is_small(b)) {
        return otpi_small(a) < otpi_small(b) ? -1 : otpi_small(a) > otpi_small(b);
    }
    uint64_t room_a, room_b;
    otpi_big x = {0};
    otpi_big y = {0};
    otpi_big_view(a, &room_a, &x);
    otpi_big_view(b, &room_b, &y);
    return otpi_big_compare(x, y);
}

static int compare_integer_float(otp_term integer, double value) {
    if (otpi_is_small(integer)) {
        return otpi_int_compare_double(otpi_small(integer), value);
    }
    uint64_t room;
    otpi_big big = {0};
    otpi_big_view(integer, &room, &big);
    return otpi_big_compare_double(big, value);
}

static int compare_numbers(otp_term a, int rank_a, otp_term b, int rank_b) {
    if (rank_a == RANK_INTEGER) {
        return rank_b == RANK_INTEGER ? compare_integers(a, b)
                                      : compare_integer_float(a, float_of(b));
    }
    if (rank_b == RANK_INTEGER) {
        return -compare_integer_float(b, float_of(a));
    }
    double x = float_of(a);
    double y = float_of(b);
    return x < y ? -1 : x > y;
}

/* Nodes by name, then creation. */
static int compare_nodes(uint32_t a, uint32_t b) {
    if (a == b) {
        return 0;
    }
    uint32_t creation_a = 0;
    uint32_t creation_b = 0;
    const char *name_a = otpi_terms.node_name(a, &creation_a);
    const char *name_b = otpi_terms.node_name(b, &creation_b);
    int order = order_of_memcmp(strcmp(name_a ? name_a : "", name_b ? name_b : ""));
    order = order ? order : order_u64(creation_a, creation_b);
    return order ? order : order_u64(a, b); /* slots the world no longer knows */
}

static otp_ref reference_of(otp_term term) {
    otp_ref ref;
    return otp_get_ref(term, &ref) ? ref : otpi_resource_ref(term);
}

static int compare_references(otp_term a, otp_term b) {
    otp_ref x = reference_of(a);
    otp_ref y = reference_of(b);
    int order = compare_nodes(otpi_ref_node(x), otpi_ref_node(y));
    uint32_t numbers_a[OTPI_REF_NUMBERS_MAX] = {0};
    uint32_t numbers_b[OTPI_REF_NUMBERS_MAX] = {0};
    size_t count_a = otpi_ref_numbers(x, numbers_a);
    size_t count_b = otpi_ref_numbers(y, numbers_b);
    for (size_t i = OTPI_REF_NUMBERS_MAX; i-- > 0 && order == 0;) {
        order = order_u64(i < count_a ? numbers_a[i] : 0, i < count_b ? numbers_b[i] : 0);
    }
    return order ? order : order_u64(count_a, count_b);
}

static int compare_ports(otpi_address a, otpi_address b) {
    int order = compare_nodes(a.node, b.node);
    return order ? order : order_u64(a.id, b.id);
}

/* The node last, other than for ports and references: so does the BEAM. */
static int compare_pids(otpi_address a, otpi_address b) {
    int order = order_u64(a.serial, b.serial);
    order = order ? order : order_u64(a.id, b.id);
    return order ? order : compare_nodes(a.node, b.node);
}

static int compare_bits(otp_term a, otp_term b) {
    const uint8_t *x = NULL;
    const uint8_t *y = NULL;
    size_t bits_a = 0;
    size_t bits_b = 0;
    otpi_bits_of(a, &x, &bits_a);
    otpi_bits_of(b, &y, &bits_b);
    size_t common = bits_a < bits_b ? bits_a : bits_b;
    int order = memcmp(x, y, common / 8);
    if (order == 0 && common % 8 != 0) {
        unsigned mask = 0xff00u >> common % 8 & 0xff;
        order = (int)(x[common / 8] & mask) - (int)(y[common / 8] & mask);
    }
    return order ? order_of_memcmp(order) : order_u64(bits_a, bits_b);
}

static int compare_funs(otp_term a, otp_term b) {
    const uint8_t *x = NULL;
    const uint8_t *y = NULL;
    size_t size_a = 0;
    size_t size_b = 0;
    otpi_opaque_of(a, &x, &size_a);
    otpi_opaque_of(b, &y, &size_b);
    return order_of_memcmp(otpi_compare_funs(x, size_a, y, size_b));
}

static int compare_leaves(otp_term a, otp_term b, int rank) {
    switch (rank) {
    case RANK_ATOM: return otpi_atom_compare(a, b);
    case RANK_REFERENCE: return compare_references(a, b);
    case RANK_FUN: return compare_funs(a, b);
    case RANK_PORT: return compare_ports(otpi_port_address(a), otpi_port_address(b));
    case RANK_PID:
        return compare_pids(otpi_pid_address((otp_pid){a.word}),
                            otpi_pid_address((otp_pid){b.word}));
    case RANK_BITS: return compare_bits(a, b);
    default: return order_u64(a.word, b.word);
    }
}

/* ---- The walk ---- */

typedef struct walk {
    otpi_frames frames;
    bool keys; /* compare as inside the keys of a map */
} walk;

static void push(walk *w, const uint64_t *a, const uint64_t *b, size_t n, bool keys) {
    if (n > 0 && !otpi_frames_push(&w->frames, (otpi_frame){a, b, n, keys})) {
        otpi_frames_exhausted(&w->frames, "otp_compare");
    }
}

/* Compares the two as far as they are flat; what is inside is pushed. */
static int compare_outside(walk *w, otp_term a, otp_term b) {
    int rank_a = rank_of(a);
    int rank_b = rank_of(b);
    if (rank_a <= RANK_FLOAT && rank_b <= RANK_FLOAT && (!w->keys || rank_a == rank_b)) {
        return compare_numbers(a, rank_a, b, rank_b);
    }
    if (rank_a != rank_b) {
        return rank_a < rank_b ? -1 : 1;
    }
    if (rank_a == RANK_LIST) {
        push(w, otpi_cell(a) + 1, otpi_cell(b) + 1, 1, w->keys);
        push(w, otpi_cell(a), otpi_cell(b), 1, w->keys);
        return 0;
    }
    if (rank_a != RANK_TUPLE && rank_a != RANK_MAP) {
        return compare_leaves(a, b, rank_a);
    }
    const uint64_t *x = otpi_box(a);
    const uint64_t *y = otpi_box(b);
    size_t n = otpi_header_words(x[0]);
    int order = order_u64(n, otpi_header_words(y[0]));
    if (order == 0 && rank_a == RANK_TUPLE) {
        push(w, x + 1, y + 1, n, w->keys);
    } else if (order == 0) {
        push(w, x + 1 + n / 2, y + 1 + n / 2, n / 2, w->keys);
        push(w, x + 1, y + 1, n / 2, true);
    }
    return order;
}

int otpi_compare_slow(otp_term a, otp_term b, bool keys) {
    walk w;
    otpi_frames_init(&w.frames);
    w.keys = keys;
    int order;
    for (;;) {
        order = a.word == b.word ? 0 : compare_outside(&w, a, b);
        if (order != 0 || w.frames.count == 0) {
            break;
        }
        otpi_frame *top = otpi_frames_top(&w.frames);
        a.word = *top->a++;
        b.word = *top->b++;
        w.keys = top->note != 0;
        w.frames.count -= --top->left == 0;
    }
    otpi_frames_fini(&w.frames);
    return order;
}

int otp_compare(otp_term a, otp_term b) {
    return a.word == b.word ? 0 : otpi_compare_slow(a, b, false);
}

bool otp_equal(otp_term a, otp_term b) {
    if (a.word == b.word) {
        return true;
    }
    if (otpi_is_immediate(a) || otpi_is_immediate(b)) {
        return false; /* equal immediates are equal words */
    }
    const uint64_t *x = otpi_box_of(a, OTPI_BOXED_TUPLE);
    const uint64_t *y = otpi_box_of(b, OTPI_BOXED_TUPLE);
    if (x != NULL && y != NULL) { /* mostly flat */
        size_t n = otpi_header_words(x[0]);
        size_t same = 0;
        while (same <= n && x[same] == y[same]) {
            same++;
        }
        if (same > n || same == 0 || (x[same] & y[same] & 3) == OTPI_PRIMARY_IMMEDIATE) {
            return same > n;
        }
    }
    return otpi_compare_slow(a, b, true) == 0;
}
