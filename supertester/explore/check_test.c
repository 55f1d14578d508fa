/* SPDX-License-Identifier: MIT */
#include "supertester/explore/test_objects.h"

#include "port/memory.h"

#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

static st_history_verdict verdict_of(st_history *history, const st_spec *spec,
                                     const st_history_opts *opts) {
    st_history_result result = {.verdict = ST_UNKNOWN};
    CHECK_EQ(st_linearizable(history, spec, opts, &result), OTP_OK);
    return result.verdict;
}

static st_history_verdict sequential_of(st_history *history, const st_spec *spec) {
    st_history_result result = {.verdict = ST_UNKNOWN};
    CHECK_EQ(st_sequentially_consistent(history, spec, NULL, &result), OTP_OK);
    return result.verdict;
}

UNIT("what a real object did is linearizable, part by part and as a whole") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int run = 0; run < (unit_long() ? 20000 : 2000); run++) {
        const t_object *object = &t_objects[(size_t)run % t_object_count];
        t_history drawn;
        t_draw(object, &prng, 1 + run % 30, 1 + run % 5, &drawn);
        st_history *history = t_record(&drawn);
        REQUIRE(history != NULL);
        CHECK_EQ(verdict_of(history, object->spec, NULL), ST_HOLDS);
        CHECK_EQ(verdict_of(history, object->spec, &(st_history_opts){.whole = true}), ST_HOLDS);
        st_history_free(history);
    }
}

static void compare(const t_object *object, const t_history *drawn, int *violations) {
    st_history *history = t_record(drawn);
    REQUIRE(history != NULL);
    st_history_verdict in_time = t_holds(object, drawn, true) ? ST_HOLDS : ST_VIOLATION;
    st_history_verdict by_client = t_holds(object, drawn, false) ? ST_HOLDS : ST_VIOLATION;
    *violations += in_time == ST_VIOLATION;
    bool ok = CHECK_EQ(verdict_of(history, object->spec, NULL), in_time);
    ok &= CHECK_EQ(verdict_of(history, object->spec, &(st_history_opts){.whole = true}), in_time);
    ok &= CHECK_EQ(sequential_of(history, object->spec), by_client);
    for (int i = 0; !ok && i < drawn->count; i++) {
        const t_op *op = &drawn->ops[i];
        printf("# %s %d: %s %d %d %d -> %d (%d..%d)\n", object->spec->name, op->client, op->name,
               op->key, op->a, op->b, op->reply, op->invoked, op->returned);
    }
    st_history_free(history);
}

UNIT("with a reply changed, the verdict is that of trying all orders") {
    otpi_prng prng;
    int violations[16] = {0};
    otpi_prng_seed(&prng, unit_seed() + 1);
    for (int run = 0; run < (unit_long() ? 40000 : 4000); run++) {
        size_t which = (size_t)run % t_object_count;
        t_history drawn;
        t_draw(&t_objects[which], &prng, 2 + run % 6, 1 + run % 4, &drawn);
        t_mutate(&prng, &drawn);
        compare(&t_objects[which], &drawn, &violations[which]);
    }
    for (size_t i = 0; i < t_object_count; i++) {
        CHECK(violations[i] > 20);
    }
}

/* ---- By hand ---- */

static void call(st_history *h, int client, const char *request) {
    otp_term term;
    CHECK_EQ(otp_parse(request, &term, NULL), OTP_OK);
    CHECK_EQ(st_history_invoke(h, client, term), OTP_OK);
}

static void reply(st_history *h, int client, const char *text) {
    otp_term term;
    CHECK_EQ(otp_parse(text, &term, NULL), OTP_OK);
    CHECK_EQ(st_history_return(h, client, term), OTP_OK);
}

static void both(st_history *h, int client, const char *request, const char *text) {
    call(h, client, request);
    reply(h, client, text);
}

UNIT("the empty history is linearizable") {
    st_history *h = st_history_new();
    for (size_t i = 0; st_spec_at(i); i++) {
        CHECK_EQ(verdict_of(h, st_spec_at(i), NULL), ST_HOLDS);
        CHECK_EQ(sequential_of(h, st_spec_at(i)), ST_HOLDS);
    }
    st_history_free(h);
}

UNIT("a read that began after a write has returned must see it; sequentially it need not") {
    st_history *h = st_history_new();
    both(h, 1, "{write, 1}", "ok");
    both(h, 2, "read", "nil");
    CHECK_EQ(verdict_of(h, &st_spec_register, NULL), ST_VIOLATION);
    CHECK_EQ(sequential_of(h, &st_spec_register), ST_HOLDS);
    both(h, 1, "read", "nil");
    CHECK_EQ(sequential_of(h, &st_spec_register), ST_VIOLATION);
    st_history_free(h);
}

UNIT("a write that timed out may be seen late, or never, but not undone") {
    st_history *h = st_history_new();
    call(h, 1, "{write, 1}");
    CHECK_EQ(st_history_timeout(h, 1), OTP_OK);
    both(h, 2, "read", "nil");
    CHECK_EQ(verdict_of(h, &st_spec_register, NULL), ST_HOLDS);
    both(h, 2, "read", "1");
    CHECK_EQ(verdict_of(h, &st_spec_register, NULL), ST_HOLDS);
    both(h, 2, "read", "nil");
    CHECK_EQ(verdict_of(h, &st_spec_register, NULL), ST_VIOLATION);
    st_history_free(h);
}

UNIT("an operation that failed had no effect") {
    st_history *h = st_history_new();
    call(h, 1, "{write, 1}");
    CHECK_EQ(st_history_fail(h, 1), OTP_OK);
    both(h, 2, "read", "1");
    CHECK_EQ(verdict_of(h, &st_spec_register, NULL), ST_VIOLATION);
    st_history_free(h);
}

UNIT("texts are appended in any order that the reads allow") {
    st_history *h = st_history_new();
    call(h, 1, "{append, k, <<\"a\">>}");
    call(h, 2, "{append, k, <<\"b\">>}");
    call(h, 3, "{append, k, <<\"ab\">>}");
    reply(h, 1, "ok");
    reply(h, 2, "ok");
    reply(h, 3, "ok");
    both(h, 1, "{get, k}", "<<\"abba\">>");
    CHECK_EQ(verdict_of(h, &st_spec_kv, NULL), ST_HOLDS);
    both(h, 1, "{put, k, <<>>}", "ok");
    both(h, 1, "{get, k}", "nil");
    both(h, 1, "{append, k, <<\"x\">>}", "ok");
    both(h, 1, "{cas, k, <<\"x\">>, 5}", "true");
    both(h, 1, "{get, k}", "5");
    CHECK_EQ(verdict_of(h, &st_spec_kv, NULL), ST_HOLDS);
    CHECK_EQ(verdict_of(h, &st_spec_kv, &(st_history_opts){.whole = true}), ST_HOLDS);
    both(h, 1, "{get, k}", "<<\"x\">>");
    CHECK_EQ(verdict_of(h, &st_spec_kv, NULL), ST_VIOLATION);
    st_history_free(h);
}

UNIT("lists read from sets and logs are whole states") {
    st_history *h = st_history_new();
    both(h, 1, "{add, 1}", "ok");
    both(h, 1, "{add, 2}", "ok");
    both(h, 1, "read", "[2, 1, 2]");
    CHECK_EQ(verdict_of(h, &st_spec_set, NULL), ST_HOLDS);
    both(h, 1, "read", "[1]");
    CHECK_EQ(verdict_of(h, &st_spec_set, NULL), ST_VIOLATION);
    st_history_free(h);
    h = st_history_new();
    both(h, 1, "{append, a}", "ok");
    both(h, 1, "{append, b}", "1");
    both(h, 1, "read", "[a, b]");
    CHECK_EQ(verdict_of(h, &st_spec_log, NULL), ST_HOLDS);
    both(h, 1, "read", "[b, a]");
    CHECK_EQ(verdict_of(h, &st_spec_log, NULL), ST_VIOLATION);
    st_history_free(h);
}

UNIT("an initial value replaces nil") {
    st_history *h = st_history_new();
    both(h, 1, "read", "7");
    CHECK_EQ(verdict_of(h, &st_spec_register, NULL), ST_VIOLATION);
    CHECK_EQ(verdict_of(h, &st_spec_register, &(st_history_opts){.initial = otp_int(7)}), ST_HOLDS);
    st_history_free(h);
}

UNIT("several hundred operations are open at once") {
    st_history *h = st_history_new();
    char text[64];
    for (int i = 0; i < 300; i++) {
        snprintf(text, sizeof text, "{write, %d}", i % 150);
        call(h, i, text);
    }
    for (int i = 0; i < 150; i++) {
        snprintf(text, sizeof text, "%d", i);
        both(h, 1000, "read", text);
        both(h, 1000, "read", text);
    }
    CHECK_EQ(verdict_of(h, &st_spec_register, NULL), ST_HOLDS);
    for (int i = 0; i < 3; i++) { /* each was written twice */
        both(h, 1000, "read", "149");
        both(h, 1000, "read", "148");
    }
    CHECK_EQ(verdict_of(h, &st_spec_register, NULL), ST_VIOLATION);
    st_history_free(h);
}

UNIT("without enough steps, time or memory the verdict is unknown") {
    st_history *h = st_history_new();
    char text[64];
    for (int i = 0; i < 24; i++) {
        snprintf(text, sizeof text, "{enqueue, %d}", i);
        call(h, i, text);
    }
    for (int i = 0; i < 24; i++) {
        reply(h, i, "ok");
    }
    for (int i = 0; i < 12; i++) {
        both(h, 100, "size", "3");
    }
    CHECK_EQ(verdict_of(h, &st_spec_queue, &(st_history_opts){.steps_max = 500}), ST_UNKNOWN);
    CHECK_EQ(verdict_of(h, &st_spec_queue, &(st_history_opts){.timeout_ms = 20}), ST_UNKNOWN);
    CHECK_EQ(verdict_of(h, &st_spec_queue, &(st_history_opts){.memory_bytes_max = 1 << 16}),
             ST_UNKNOWN);
    st_history_free(h);
}

UNIT("an operation that the specification does not know is named") {
    st_history_result result;
    st_history *h = st_history_new();
    both(h, 1, "{write, 1}", "ok");
    both(h, 1, "{push, 1}", "ok");
    CHECK_EQ(st_linearizable(h, &st_spec_register, NULL, &result), OTP_EBADARG);
    CHECK_EQ(result.bad, 1);
    CHECK_STR(result.text, "a register has no push; it has read, write, cas");
    CHECK_EQ(st_linearizable(h, &st_spec_stack, NULL, &result), OTP_EBADARG);
    CHECK_EQ(result.bad, 0);
    st_history_free(h);
    static const struct {
        const st_spec *spec;
        const char *request, *reply, *text;
    } cases[] = {
        {&st_spec_register, "{write, 1, 2}", "ok", "write of a register takes 1 argument, not 2"},
        {&st_spec_register, "{cas, 1, 2}", "7", "cas replies ok, true, fail or false, not 7"},
        {&st_spec_kv, "{append, k, 5}", "ok", "append takes a binary, not 5"},
        {&st_spec_set, "read", "5", "read replies a list, not 5"},
        {&st_spec_log, "read", "[1 | 2]", "read replies a list, not [1|2]"},
        {&st_spec_counter, "read", "many", "a counter reads as a number of 64 bits"},
        {&st_spec_counter, "{add, one}", "ok", "a counter is added a number of 64 bits"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        h = st_history_new();
        both(h, 1, cases[i].request, cases[i].reply);
        CHECK_EQ(st_linearizable(h, cases[i].spec, NULL, &result), OTP_EBADARG);
        CHECK_STR(result.text, cases[i].text);
        st_history_free(h);
    }
}

/* ---- Specifications of one's own ---- */

static otp_term ticket_init(void) {
    return otp_int(0);
}

static bool ticket_step(otp_term state, const st_operation *op, otp_term *next) {
    int64_t n = 0, got;
    otp_get_int(state, &n);
    *next = otp_int(n + 1);
    return otp_is_none(op->reply) || (otp_get_int(op->reply, &got) && got == n);
}

static otp_term ticket_office(otp_term request) {
    return otp_element(request, 1);
}

UNIT("a specification of one's own, whole and by parts") {
    const st_spec ticket = {.name = "ticket", .init = ticket_init, .step = ticket_step};
    st_spec offices = ticket;
    offices.partition = ticket_office;
    st_history *h = st_history_new();
    call(h, 1, "{take, a}");
    call(h, 2, "{take, a}");
    reply(h, 1, "1");
    reply(h, 2, "0");
    CHECK_EQ(verdict_of(h, &ticket, NULL), ST_HOLDS);
    CHECK_EQ(sequential_of(h, &ticket), ST_HOLDS);
    both(h, 1, "{take, b}", "0");
    CHECK_EQ(verdict_of(h, &ticket, NULL), ST_VIOLATION);
    CHECK_EQ(verdict_of(h, &offices, NULL), ST_HOLDS);
    both(h, 1, "{take, b}", "0");
    CHECK_EQ(verdict_of(h, &offices, NULL), ST_VIOLATION);
    st_history_free(h);
}

static otp_term owner_init(void) {
    return otp_atom("free");
}

static bool owner_step(otp_term state, const st_operation *op, otp_term *next) {
    bool acquire = otp_is(otp_element(op->request, 0), "acquire");
    bool can = acquire ? otp_is(state, "free") : otp_equal(state, otp_int(op->client));
    *next = !can ? state : acquire ? otp_int(op->client) : otp_atom("free");
    return otp_is_none(op->reply) || otp_equal(op->reply, otp_bool(can));
}

UNIT("a lock of one's own has the verdicts of the one that is given") {
    const st_spec own = {.name = "own lock",
                         .init = owner_init,
                         .step = owner_step,
                         .partition = ticket_office,
                         .by_client = true};
    const t_object *lock = &t_objects[t_object_count - 1];
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed() + 2);
    for (int run = 0; run < 1000; run++) {
        t_history drawn;
        t_draw(lock, &prng, 2 + run % 30, 1 + run % 5, &drawn);
        t_mutate(&prng, &drawn);
        st_history *history = t_record(&drawn);
        CHECK_EQ(verdict_of(history, &own, NULL), verdict_of(history, &st_spec_lock, NULL));
        st_history_free(history);
    }
}

/* ---- Memory ---- */

static bool is_nth(void *context, size_t size, const char *site) {
    int *left = context;
    (void)size, (void)site;
    return --*left == 0;
}

static bool try_without(const t_object *object, const t_history *drawn, int nth) {
    int left = nth;
    st_history_result result;
    st_counterexample *c = NULL;
    otpi_alloc_fault_set(is_nth, &left);
    st_history *history = t_record(drawn);
    otp_err err = history ? st_linearizable(history, object->spec, NULL, &result) : OTP_ENOMEM;
    if (err == OTP_OK) {
        err = st_sequentially_consistent(history, object->spec, NULL, &result);
    }
    if (err == OTP_OK) {
        err = st_counterexample_find(history, object->spec, NULL, &c);
    }
    bool printed = err == OTP_OK && st_counterexample_print(c, NULL, 0) > 0;
    otpi_alloc_fault_set(NULL, NULL);
    st_counterexample_free(c);
    st_history_free(history);
    CHECK(left > 0 ? err == OTP_OK || err == OTP_ENOENT : err == OTP_ENOMEM || !printed);
    return left > 0;
}

UNIT("every allocation may fail: an error, and nothing is left behind") {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed() + 3);
    for (size_t which = 0; which < t_object_count; which++) {
        t_history drawn;
        do {
            t_draw(&t_objects[which], &prng, 6, 3, &drawn);
            t_mutate(&prng, &drawn);
        } while (t_holds(&t_objects[which], &drawn, true));
        st_history_free(t_record(&drawn)); /* atoms are made once and stay */
        int64_t before = otpi_memory_stats_read().live_blocks;
        int nth = 1;
        while (!try_without(&t_objects[which], &drawn, nth) && nth < 5000) {
            nth++;
        }
        CHECK(nth > 10 && nth < 5000);
        CHECK_EQ(otpi_memory_stats_read().live_blocks, before);
    }
}
