/* SPDX-License-Identifier: MIT */
#include "supertester/explore/test_objects.h"

#include "tests/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum fate { GONE, MAYBE, CERTAIN } fate;

/* The history in which the operations have these fates. */
static t_history with_fates(const t_history *drawn, const fate *fates) {
    t_history out = {.count = 0};
    for (int i = 0; i < drawn->count; i++) {
        if (fates[i] != GONE) {
            t_op *op = &out.ops[out.count++];
            *op = drawn->ops[i];
            op->returned = fates[i] == CERTAIN ? op->returned : 0;
        }
    }
    return out;
}

static bool holds(const t_object *object, const t_history *drawn, const fate *fates) {
    t_history history = with_fates(drawn, fates);
    return t_holds(object, &history, true);
}

/* What is shown has the culprit's return as its first problem, and is not linearizable. */
static void check_shown(const t_object *object, const t_history *drawn, fate *fates,
                        size_t culprit) {
    CHECK(!holds(object, drawn, fates));
    for (int i = 0; i < drawn->count; i++) {
        if (fates[i] == MAYBE) {
            fates[culprit] = MAYBE;
            fates[i] = GONE;
            CHECK(!holds(object, drawn, fates));
            fates[i] = MAYBE;
            fates[culprit] = CERTAIN;
        }
    }
    fates[culprit] = MAYBE;
    CHECK(holds(object, drawn, fates));
    fates[culprit] = CERTAIN;
}

/* Taken for unknown, all that is not shown as certain does not help; one more does. */
static void check_certain(const t_object *object, const t_history *drawn, fate *fates,
                          size_t culprit) {
    for (int i = 0; i < drawn->count; i++) {
        bool cut = drawn->ops[i].invoked > drawn->ops[culprit].returned;
        fates[i] = fates[i] == GONE && !cut ? MAYBE : fates[i];
    }
    CHECK(!holds(object, drawn, fates));
    for (int i = 0; i < drawn->count; i++) {
        if (fates[i] == CERTAIN && (size_t)i != culprit) {
            fates[i] = MAYBE;
            CHECK(holds(object, drawn, fates));
            fates[i] = CERTAIN;
        }
    }
}

static void check_counterexample(const t_object *object, const t_history *drawn,
                                 const st_counterexample *c) {
    fate fates[T_OPS_MAX] = {GONE};
    size_t operation, culprit = st_counterexample_culprit(c);
    bool certain;
    for (size_t i = 0; st_counterexample_at(c, i, &operation, &certain); i++) {
        fates[operation] = certain ? CERTAIN : MAYBE;
    }
    CHECK_EQ(fates[culprit], CERTAIN);
    check_shown(object, drawn, fates, culprit);
    check_certain(object, drawn, fates, culprit);
}

UNIT("a counterexample is one, and minimal: by trying all orders") {
    otpi_prng prng;
    int found = 0;
    otpi_prng_seed(&prng, unit_seed());
    for (int run = 0; run < (unit_long() ? 20000 : 2000); run++) {
        const t_object *object = &t_objects[(size_t)run % t_object_count];
        t_history drawn;
        st_counterexample *c;
        t_draw(object, &prng, 3 + run % 5, 2 + run % 3, &drawn);
        t_mutate(&prng, &drawn);
        st_history *history = t_record(&drawn);
        otp_err err = st_counterexample_find(history, object->spec, NULL, &c);
        CHECK_EQ(err, t_holds(object, &drawn, true) ? OTP_ENOENT : OTP_OK);
        if (err == OTP_OK) {
            check_counterexample(object, &drawn, c);
            st_counterexample_free(c);
            found++;
        }
        st_history_free(history);
    }
    CHECK(found > 200);
}

static st_history *stale_read(void) {
    static const struct {
        int client;
        const char *request, *reply;
    } events[] = {
        {7, "{write, 8}", NULL}, {7, NULL, "ok"},   {1, "{write, 1}", NULL}, {2, "read", NULL},
        {1, NULL, "ok"},         {2, NULL, "1"},    {1, "{write, 2}", NULL}, {1, NULL, "ok"},
        {3, "{write, 9}", NULL}, {2, "read", NULL}, {2, NULL, "1"},          {3, NULL, "ok"},
        {2, "read", NULL},       {2, NULL, "9"},
    };
    st_history *h = st_history_new();
    otp_term term;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        const char *text = events[i].request ? events[i].request : events[i].reply;
        CHECK_EQ(otp_parse(text, &term, NULL), OTP_OK);
        otp_err err = events[i].request ? st_history_invoke(h, events[i].client, term)
                                        : st_history_return(h, events[i].client, term);
        CHECK_EQ(err, OTP_OK);
    }
    return h;
}

UNIT("a stale read: two writes and the read are shown, as text") {
    char text[2000];
    st_counterexample *c;
    st_history *h = stale_read();
    REQUIRE(st_counterexample_find(h, &st_spec_register, NULL, &c) == OTP_OK);
    size_t size = st_counterexample_print(c, text, sizeof text);
    CHECK_EQ(size, strlen(text));
    CHECK_STR(text, "no order of these operations of a register explains {read -> 1}\n"
                    "\n"
                    "client 1    [write 1 -> ok-][write 2 -> ok-]\n"
                    "client 2                                    {read -> 1-}\n"
                    "\n"
                    "how far one gets:\n"
                    "   1. client 1: write 1 -> ok, then the state is 1\n"
                    "   2. client 1: write 2 -> ok, then the state is 2\n"
                    "   !  read -> 1 does not fit the state 2\n"
                    "\n"
                    "4 other operations changed nothing about it\n");
    char cut[12];
    CHECK_EQ(st_counterexample_print(c, cut, sizeof cut), size);
    CHECK_STR(cut, "no order of");
    st_counterexample_free(c);
    st_history_free(h);
}

UNIT("a counterexample is saved as a page, and a page that can't be written is an error") {
    static char page[65536];
    char folder[] = "/tmp/history_test_XXXXXX", path[64];
    st_counterexample *c;
    st_history *h = stale_read();
    REQUIRE(st_counterexample_find(h, &st_spec_register, NULL, &c) == OTP_OK);
    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/page.html", folder);
    CHECK_EQ(st_counterexample_save_html(c, path), OTP_OK);
    FILE *file = fopen(path, "r");
    REQUIRE(file != NULL);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    fclose(file);
    CHECK(strstr(page, "<rect class=\"bad\"") != NULL);
    CHECK(strstr(page, "read -&gt; 1") != NULL && strstr(page, "</html>") != NULL);
    CHECK(strstr(page, "http") == NULL && strstr(page, "<script") == NULL);
    CHECK_EQ(st_counterexample_save_html(c, folder), OTP_EIO);
    remove(path);
    remove(folder);
    st_counterexample_free(c);
    st_history_free(h);
}

UNIT("no counterexample: to what is linearizable, and when time does not suffice") {
    st_counterexample *c = NULL;
    st_history *h = st_history_new();
    CHECK_EQ(st_counterexample_find(h, &st_spec_queue, NULL, &c), OTP_ENOENT);
    for (int i = 0; i < 24; i++) {
        CHECK_EQ(st_history_invoke(h, i, otp_tuple(OTP_ATOM(enqueue), otp_int(i))), OTP_OK);
    }
    for (int i = 0; i < 24; i++) {
        CHECK_EQ(st_history_return(h, i, OTP_ATOM(ok)), OTP_OK);
    }
    CHECK_EQ(st_history_invoke(h, 99, OTP_ATOM(size)), OTP_OK);
    CHECK_EQ(st_history_return(h, 99, otp_int(3)), OTP_OK);
    CHECK_EQ(st_counterexample_find(h, &st_spec_queue, &(st_history_opts){.steps_max = 100}, &c),
             OTP_ETIMEOUT);
    CHECK(c == NULL);
    st_counterexample_free(NULL);
    st_history_free(h);
}
