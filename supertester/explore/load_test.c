/* SPDX-License-Identifier: MIT */
#include "supertester/explore/edn.h"

#include <supertester/history.h>

#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

static otp_err read(st_history *h, const char *text, st_history_error *error) {
    return st_history_read(h, text, strlen(text), error);
}

static void check_operation(const st_history *h, size_t i, int64_t client, const char *request,
                            const char *reply, st_outcome outcome) {
    st_operation op;
    REQUIRE(st_history_at(h, i, &op));
    otp_scope scope = otp_scope_begin();
    CHECK_EQ(op.client, client);
    CHECK_STR(otp_show(op.request), request);
    CHECK_STR(otp_is_none(op.reply) ? "" : otp_show(op.reply), reply);
    CHECK_EQ(op.outcome, outcome);
    otp_scope_end(scope);
}

UNIT("Jepsen's text becomes operations") {
    st_history_error error;
    st_history *h = st_history_new();
    CHECK_EQ(read(h,
                  "INFO  jepsen.util - 0\t:invoke\t:read\tnil\n"
                  "INFO  jepsen.util - 1  :invoke  :cas  [1 2]\n"
                  "WARN  jepsen.core - the node is gone\n"
                  "\n"
                  "INFO  jepsen.util - 0  :ok  :read  5\n"
                  "INFO  jepsen.util - 2  :invoke  :write  3\n"
                  "INFO  jepsen.util - 1  :fail  :cas  [1 2]\n"
                  "INFO  jepsen.util - 2  :info  :write  :timed-out\n"
                  "INFO  jepsen.util - :nemesis  :info  :start  nil\n"
                  "INFO  jepsen.util - 3  :invoke  :read  nil\n"
                  "INFO  jepsen.util - 3  :fail  :read  :timed-out\n"
                  "INFO  jepsen.util - 4  :invoke  :write  9",
                  &error),
             OTP_OK);
    CHECK_EQ(st_history_count(h), 5);
    check_operation(h, 0, 0, "read", "5", ST_RETURNED);
    check_operation(h, 1, 1, "{cas,1,2}", "fail", ST_RETURNED);
    check_operation(h, 2, 2, "{write,3}", "", ST_PENDING);
    check_operation(h, 3, 3, "read", "", ST_FAILED);
    check_operation(h, 4, 4, "{write,9}", "", ST_PENDING);
    st_history_free(h);
}

UNIT("maps of EDN become operations") {
    st_history_error error;
    st_history *h = st_history_new();
    CHECK_EQ(read(h,
                  "{:process 7, :type :invoke, :f :append, :key \"k\", :value \"a\\n\\\"b\"}\n"
                  "{:type :ok :process 7 :f :append :key \"k\" :value \"\" :time 12 :index 3}\n"
                  "{:process 7, :type :invoke, :f :get, :key [1 {:a #{2}}], :value nil}\n"
                  "{:process 7, :type :ok, :f :get, :key 1, :value (-3 true 2.5 #inst \"2020\")}\n"
                  "{:process :nemesis, :type :info, :f :kill, :value nil}\n",
                  &error),
             OTP_OK);
    check_operation(h, 0, 7, "{append,<<\"k\">>,<<\"a\\n\\\"b\">>}", "ok", ST_RETURNED);
    check_operation(h, 1, 7, "{get,[1,#{a => [2]}]}", "[-3,true,2.5,<<\"2020\">>]", ST_RETURNED);
    CHECK_EQ(st_history_count(h), 2);
    st_history_free(h);
}

UNIT("what is no log is refused, with its line and what is wrong") {
    static const struct {
        const char *text;
        size_t line;
        otp_err err;
        const char *why;
    } cases[] = {
        {"hello", 1, OTP_ESYNTAX, "this is no event of a Jepsen log"},
        {"\n{:process 1 :type :invoke :f :read", 2, OTP_ESYNTAX,
         "expected the } that ends the map, found the end of the line"},
        {"{:process 1 :type :invoke :f}", 1, OTP_ESYNTAX,
         "expected a value for each key of the map, found }"},
        {"{:process 1 :type :invoke}", 1, OTP_ESYNTAX, "an event has :process, :type and :f"},
        {"{:process x :type :invoke :f :read}", 1, OTP_ESYNTAX,
         "a process is a number or :nemesis"},
        {"{:process 1 :type :begin :f :read}", 1, OTP_ESYNTAX,
         "the type of an event is :invoke, :ok, :fail or :info"},
        {"{:process 1 :type :ok :f :read}", 1, OTP_ESYNTAX,
         "process 1 has called no such operation"},
        {"{:process 1 :type :invoke :f :read}\n{:process 1 :type :ok :f :write}", 2, OTP_ESYNTAX,
         "process 1 has called no such operation"},
        {"{:process 1 :type :invoke :f :read}\n{:process 1 :type :invoke :f :read}", 2, OTP_ESYNTAX,
         "process 1 calls, but its operation before has not ended"},
        {"{:process 1 :type :invoke :f :read} x", 1, OTP_ESYNTAX,
         "expected the end of the line, found x"},
        {"{:process 99999999999999999999 :type :ok :f :read}", 1, OTP_ESIZE, "too large"},
        {"{:process 1 :type :ok :f :read :value \"\\x\"}", 1, OTP_ESYNTAX,
         "expected one of \\n \\t \\r \\b \\f \\\" \\\\ \\/, found x\"}"},
        {"{:process 1 :type :ok :f :read :value \"abc", 1, OTP_ESYNTAX,
         "expected the \" that ends the string, found the end of the line"},
        {"INFO jepsen.util - 3 :ok", 1, OTP_ESYNTAX,
         "an event has a process, a type, a function and a value"},
        {"INFO jepsen.util - 3 :ok :read 1 2", 1, OTP_ESYNTAX,
         "expected the end of the line, found 2"},
        {"INFO jepsen.util - 3 :ok :read [1", 1, OTP_ESYNTAX,
         "expected the ] that ends the vector, found the end of the line"},
        {"INFO jepsen.util - 3 :ok :read 1x2", 1, OTP_ESYNTAX, "expected a number, found 1x2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        st_history_error error;
        st_history *h = st_history_new();
        CHECK_EQ(read(h, cases[i].text, &error), cases[i].err);
        CHECK_EQ(error.line, cases[i].line);
        CHECK_STR(error.text, cases[i].why);
        st_history_free(h);
    }
}

UNIT("deep nesting is refused, not followed") {
    static char text[8000];
    st_history_error error;
    st_history *h = st_history_new();
    int size = snprintf(text, sizeof text, "INFO jepsen.util - 1 :invoke :write ");
    memset(text + size, '[', 6000);
    CHECK_EQ(read(h, text, &error), OTP_EDEPTH);
    for (int i = 0; i < 6000; i += 3) {
        memcpy(text + size + i, "#a ", 3);
    }
    CHECK_EQ(read(h, text, &error), OTP_EDEPTH);
    st_history_free(h);
}

UNIT("a file that is not there, or is a folder") {
    st_history_error error;
    st_history *h = st_history_new();
    CHECK_EQ(st_history_load(h, "/nowhere/at/all", &error), OTP_ENOENT);
    CHECK_EQ(error.line, 0);
    CHECK_STR(error.text, "there is no such file");
    CHECK_EQ(st_history_load(h, "/tmp", &error), OTP_EIO);
    CHECK_EQ(st_history_load(h, "/nowhere/at/all", NULL), OTP_ENOENT);
    st_history_free(h);
}

UNIT("recording refuses what can't be") {
    st_history *h = st_history_new();
    st_operation op = {
        .request = otp_atom("read"), .invoked = 5, .returned = 4, .outcome = ST_RETURNED};
    CHECK_EQ(st_history_return(h, 1, otp_int(1)), OTP_ENOENT);
    CHECK_EQ(st_history_fail(h, 1), OTP_ENOENT);
    CHECK_EQ(st_history_timeout(h, 1), OTP_ENOENT);
    CHECK_EQ(st_history_invoke(h, 1, otp_atom("read")), OTP_OK);
    CHECK_EQ(st_history_invoke(h, 1, otp_atom("read")), OTP_EALREADY);
    CHECK_EQ(st_history_invoke(h, 2, OTP_NONE), OTP_EBADARG);
    CHECK_EQ(st_history_add(h, &op), OTP_EBADARG);
    CHECK_EQ(st_history_count(h), 1);
    CHECK(!st_history_at(h, 1, &op));
    st_history_free(h);
    st_history_free(NULL);
}

UNIT("operations with equal times overlap; others are in the order of their times") {
    st_history_result result;
    st_history *h = st_history_new();
    st_operation op = {.client = 1,
                       .request = otp_atom("read"),
                       .reply = otp_int(1),
                       .invoked = 7,
                       .returned = 9,
                       .outcome = ST_RETURNED};
    CHECK_EQ(st_history_add(h, &op), OTP_OK);
    op = (st_operation){.client = 2,
                        .request = otp_tuple(otp_atom("write"), otp_int(1)),
                        .reply = otp_atom("ok"),
                        .invoked = 9,
                        .returned = 9,
                        .outcome = ST_RETURNED};
    CHECK_EQ(st_history_add(h, &op), OTP_OK);
    CHECK_EQ(st_linearizable(h, &st_spec_register, NULL, &result), OTP_OK);
    CHECK_EQ(result.verdict, ST_HOLDS);
    op = (st_operation){.client = 3,
                        .request = otp_atom("read"),
                        .reply = otp_int(1),
                        .invoked = 1,
                        .returned = 8,
                        .outcome = ST_RETURNED};
    CHECK_EQ(st_history_add(h, &op), OTP_OK);
    CHECK_EQ(st_linearizable(h, &st_spec_register, NULL, &result), OTP_OK);
    CHECK_EQ(result.verdict, ST_VIOLATION);
    CHECK_EQ(result.operations, 3);
    CHECK_EQ(result.parts, 1);
    st_history_free(h);
}
