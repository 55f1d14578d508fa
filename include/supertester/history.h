/* SPDX-License-Identifier: MIT */
/*
 * Histories of concurrent operations, and whether they are linearizable: whether every operation
 * can have taken effect at one instant between its call and its return, so that all replies are
 * those of one object used by one client at a time.
 *
 *     st_history *h = st_history_new();
 *     // each client, around each operation:
 *     st_history_invoke(h, client, otp_tuple(OTP_ATOM(write), otp_int(5)));
 *     e = otp_call(server, request, 5000, &reply);
 *     e == OTP_OK ? st_history_return(h, client, reply) : st_history_timeout(h, client);
 *     // when all are done:
 *     st_history_result result;
 *     e = st_linearizable(h, &st_spec_register, NULL, &result);
 *     if (e == OTP_OK && result.verdict == ST_VIOLATION) {
 *         st_counterexample *c;
 *         e = st_counterexample_find(h, &st_spec_register, NULL, &c);
 *         ... st_counterexample_print(c, buffer, sizeof buffer); st_counterexample_free(c);
 *     }
 *     st_history_free(h);
 *
 * Terms given to a history are copied. Recording may be done from any process and thread; a
 * recorded call lies before all that is recorded later. Checking and reading need a history that
 * nobody records into. No function suspends.
 */
#ifndef SUPERTESTER_HISTORY_H
#define SUPERTESTER_HISTORY_H

#include <supertester/api.h>
#include <otp/term.h>

/* ---- Recording ---- */

typedef struct st_history st_history;

ST_API OTP_MUST_CHECK st_history *st_history_new(void); /* NULL when out of memory */
ST_API void st_history_free(st_history *history);       /* NULL is fine */

/* A client calls. It has one operation at a time: OTP_EALREADY when the one before has not ended.
 * OTP_ENOMEM. The request is {Function, Argument...} or an atom, as its specification says. */
ST_API otp_err st_history_invoke(st_history *history, int64_t client, otp_term request);
/* Its operation returned. OTP_ENOENT when it has none; OTP_ENOMEM. */
ST_API otp_err st_history_return(st_history *history, int64_t client, otp_term reply);
/* Its operation certainly had no effect, and its reply says nothing: as if it had not been. */
ST_API otp_err st_history_fail(st_history *history, int64_t client);
/* Nobody knows: it may take effect at any time after its call, or never. An operation that has not
 * ended when the history is checked is the same. The client may go on to its next one. */
ST_API otp_err st_history_timeout(st_history *history, int64_t client);

typedef enum st_outcome { ST_PENDING, ST_RETURNED, ST_FAILED } st_outcome;

typedef struct st_operation {
    int64_t client;
    otp_term request;
    otp_term reply;            /* of one that returned; OTP_NONE = not known */
    int64_t invoked, returned; /* any clock; invoked <= returned. Equal times overlap. */
    st_outcome outcome;        /* returned is of no meaning when it is pending */
} st_operation;

/* An operation from elsewhere, with its times, in any order; those recorded by the functions above
 * have times 1, 2, 3, and so on. OTP_EBADARG when it returned before it was invoked; OTP_ENOMEM. */
ST_API otp_err st_history_add(st_history *history, const st_operation *operation);

/* The operations, from 0, in the order in which they were recorded. Terms live as long as the
 * history. False when there is no such operation. */
ST_API size_t st_history_count(const st_history *history);
ST_API bool st_history_at(const st_history *history, size_t i, st_operation *out);

/* ---- Reading logs ---- */

/* What is wrong with a log: where, in words. */
typedef struct st_history_error {
    size_t line; /* from 1; 0 = about the file as a whole */
    char text[192];
} st_history_error;

/* Appends the operations of a log to an empty history. A line is an event, in the form of
 *     Jepsen's text    INFO  jepsen.util - 3  :invoke  :cas  [1 2]
 *     or its EDN       {:process 3, :type :ok, :f :append, :key "k", :value "x"}
 * with :type invoke, ok, fail or info, and :process a number or :nemesis (left out). The request is
 * {F, Key, Value} without what is absent or nil; the vector of a cas is spread: {cas, 1, 2}. An ok
 * of a request that had a nil value, or none, is a reply :value; any other is the atom ok, and
 * :fail of a cas the atom fail. Other fails had no effect, a :read that failed nothing to say.
 * After :info the process is gone. error may be NULL. OTP_ENOENT, OTP_EIO, OTP_ESYNTAX, OTP_ESIZE
 * (over 1 GiB), OTP_EATOMS, OTP_ENOMEM; the history is then of no use but to be freed. */
ST_API OTP_MUST_CHECK otp_err st_history_load(st_history *history, const char *path,
                                              st_history_error *error);
/* The same from memory. */
ST_API OTP_MUST_CHECK otp_err st_history_read(st_history *history, const char *text, size_t size,
                                              st_history_error *error);

/* ---- Specifications: what one client at a time would see ---- */

/* A type of object. Those below are given; your own is a struct of functions over terms:
 *
 *     static otp_term ticket_init(void) { return otp_int(0); }
 *     static bool ticket_step(otp_term state, const st_operation *op, otp_term *next) {
 *         int64_t n, got;
 *         otp_get_int(state, &n);
 *         *next = otp_int(n + 1);
 *         return otp_is_none(op->reply) || (otp_get_int(op->reply, &got) && got == n);
 *     }
 *     static const st_spec ticket = {.name = "ticket", .init = ticket_init, .step = ticket_step};
 *
 * A state of C data is a binary of its bytes. The functions run in a scope of their own, must give
 * the same for the same, and may not keep terms. */
typedef struct st_spec {
    const char *name;
    /* The state before the first operation. */
    otp_term (*init)(void);
    /* Can the object in this state take op->request and answer op->reply? Then *next is the state
     * after it. A reply of OTP_NONE is not known: any answer will do. Times are not to be looked
     * at. */
    bool (*step)(otp_term state, const st_operation *op, otp_term *next);
    /* May be NULL: otp_equal and otp_hash of states; the state as shown in reports. */
    bool (*equal)(otp_term a, otp_term b);
    uint64_t (*hash)(otp_term state);
    otp_term (*describe)(otp_term state);
    /* May be NULL. Operations with different keys must be on parts that do not influence each
     * other, as the keys of a map: then each part is checked by itself, which is much faster.
     * OTP_NONE is an operation on all parts, and turns this off for its history. */
    otp_term (*partition)(otp_term request);
    /* May be NULL. Whatever the state, does this request leave it as it is? The search takes such
     * operations without trying others first. */
    bool (*observes)(otp_term request);
    bool by_client;                         /* step looks at op->client; else it is 0 there */
    const struct sti_machine_type *machine; /* of those given here; NULL in yours */
} st_spec;

/* Replies: ok and true are success, fail and false a refusal; nil, empty and undefined are "there
 * is none". In {add, N} a reply that is a number is the value after it.
 *
 *   register  read, {write, V}, {cas, Old, New}
 *   kv        {get, K}, {put, K, V}, {append, K, Binary}, {cas, K, Old, New}, {delete, K}; by key;
 * a key never put reads as nil and as <<>> queue     {enqueue, V}, dequeue, peek, size; first in,
 * first out stack     {push, V}, pop, peek, size set       {add, V}, {remove, V}, {contains, V},
 * size, read -> list in any order; by element when nobody asks for all counter   increment,
 * decrement, {add, N}, {fetch_add, N} -> the value before, read lock      acquire, release,
 * {acquire, Name}, {release, Name}; held by a client; by name log       {append, V} -> ok or its
 * index from 0, {read, Index}, read -> list, size */
OTP_DATA const st_spec st_spec_register;
OTP_DATA const st_spec st_spec_kv;
OTP_DATA const st_spec st_spec_queue;
OTP_DATA const st_spec st_spec_stack;
OTP_DATA const st_spec st_spec_set;
OTP_DATA const st_spec st_spec_counter;
OTP_DATA const st_spec st_spec_lock;
OTP_DATA const st_spec st_spec_log;

/* One of these by name; NULL when there is none. i from 0, NULL behind the last. */
ST_API const st_spec *st_spec_find(const char *name);
ST_API const st_spec *st_spec_at(size_t i);

/* ---- Checking ---- */

typedef enum st_history_verdict {
    ST_UNKNOWN,   /* the time, the steps or the memory allowed ran out */
    ST_HOLDS,     /* linearizable, or sequentially consistent */
    ST_VIOLATION, /* no order of the operations explains the replies */
} st_history_verdict;

typedef struct st_history_opts {
    uint64_t timeout_ms;     /* 0 = one minute */
    uint64_t steps_max;      /* configurations looked at; 0 = no limit */
    size_t memory_bytes_max; /* of configurations that are remembered; 0 = 1 GiB */
    bool whole;              /* do not check parts by themselves */
    otp_term initial;        /* the initial state of a register or of each key, OTP_NONE = nil */
} st_history_opts;

typedef struct st_history_result {
    st_history_verdict verdict;
    size_t operations, pending, parts;
    uint64_t steps; /* configurations with more than one way to go on */
    uint64_t elapsed_ns;
    size_t bad;     /* when OTP_EBADARG: the operation that the specification does not know */
    char text[160]; /* and in words why */
} st_history_result;

/* Linearizability: Wing and Gong's search with Lowe's just-in-time rule, parts by themselves
 * (Horn and Kroening). opts may be NULL. OTP_EBADARG when an operation is none of the
 * specification's; OTP_ENOMEM. */
ST_API OTP_MUST_CHECK otp_err st_linearizable(st_history *history, const st_spec *spec,
                                              const st_history_opts *opts,
                                              st_history_result *result);
/* Sequential consistency: some order explains the replies that keeps the order of each client, but
 * not that between clients. It is not a property of parts: a map is checked as a whole. */
ST_API OTP_MUST_CHECK otp_err st_sequentially_consistent(st_history *history, const st_spec *spec,
                                                         const st_history_opts *opts,
                                                         st_history_result *result);

/* ---- Counterexamples ---- */

/* The smallest part of a history that is not linearizable, and how far one gets with it.
 *
 * What may be left out: linearizable histories stay so when one looks at a beginning of them only,
 * and when an operation is taken for one of which nobody knows whether and when it took effect, or
 * what it replied. So the history is cut behind the culprit's return, and then every operation in
 * turn is taken for unknown, when what is left is not linearizable even so. An operation taken for
 * unknown is left out of the picture too, unless without it an earlier reply could not be
 * explained: a value is not read that nobody wrote. Each operation shown as certain is needed: if
 * nobody knew of it, the history would be linearizable. */
typedef struct st_counterexample st_counterexample;

/* OTP_ENOENT when the history is linearizable, OTP_ETIMEOUT when the options did not suffice to
 * tell; OTP_EBADARG, OTP_ENOMEM. The history must outlive it. */
ST_API OTP_MUST_CHECK otp_err st_counterexample_find(st_history *history, const st_spec *spec,
                                                     const st_history_opts *opts,
                                                     st_counterexample **out);
ST_API void st_counterexample_free(st_counterexample *counterexample); /* NULL is fine */

/* The operations shown, ordered by call: their numbers in the history, and whether they are certain
 * (else: may have taken effect). The culprit is one of them. False behind the last. */
ST_API size_t st_counterexample_count(const st_counterexample *counterexample);
ST_API bool st_counterexample_at(const st_counterexample *counterexample, size_t i,
                                 size_t *operation, bool *certain);
ST_API size_t st_counterexample_culprit(const st_counterexample *counterexample);

/* As text: a lane for each client, the longest orders found, and the operation that has no place.
 * At most size - 1 bytes and a NUL; returns the full length as snprintf, 0 when out of memory. */
ST_API size_t st_counterexample_print(const st_counterexample *counterexample, char *buffer,
                                      size_t size);
/* As one HTML file with a drawing, which needs nothing else. OTP_EIO, OTP_ENOSPC, OTP_ENOMEM. */
ST_API OTP_MUST_CHECK otp_err st_counterexample_save_html(const st_counterexample *counterexample,
                                                          const char *path);

#endif
