/* SPDX-License-Identifier: MIT */
#include <otp/gen_server.h>
#include <otp/process.h>
#include <supertester/explore.h>
#include <supertester/expect.h>
#include <supertester/model.h>
#include "tests/unit.h"

#include <string.h>

static st_check_result result;

static st_verdict explore(st_scenario *scenario, void *context, uint64_t runs) {
    st_explore_opts opts = {.check = {.context = context,
                                      .runs = runs,
                                      .quiet = true,
                                      .seed = unit_seed() | 1,
                                      .result = &result}};
    return st_explore(scenario, &opts);
}

/* ---- A stack of two that forgets, in one of its forms, that it is full ---- */

enum { ROOM = 2 };

typedef struct stack {
    int64_t values[ROOM + 1];
    int64_t count, room;
} stack;

static otp_result stack_init(void *state, otp_term room) {
    stack *s = state;
    OTP_ASSERT(otp_get_int(room, &s->room));
    return otp_ok();
}

static otp_result stack_call(void *state, otp_term request, otp_from from) {
    stack *s = state;
    int64_t value;
    (void)from;
    if (otp_match(request, "{push, ~i}", &value)) {
        if (s->count == s->room) {
            return otp_reply(OTP_ATOM(full));
        }
        s->values[s->count++] = value;
        return otp_reply(OTP_ATOM(ok));
    }
    return otp_reply(s->count > 0 ? otp_int(s->values[--s->count]) : OTP_ATOM(empty));
}

static const otp_gen_server stack_server = {
    .name = "stack", .state_size = sizeof(stack), .init = stack_init, .handle_call = stack_call};

static otp_term call(void *server, otp_term request) {
    otp_term reply;
    OTP_ASSERT(otp_call(*(otp_pid *)server, request, OTP_INFINITY, &reply) == OTP_OK);
    return reply;
}

static otp_term draw_value(const void *model) {
    (void)model;
    return otp_int(st_int(0, 99));
}

static otp_term push(void *server, otp_term value) {
    return call(server, otp_tuple(OTP_ATOM(push), value));
}

static bool pushed(const void *model, otp_term value, otp_term reply) {
    const stack *s = model;
    (void)value;
    return otp_equal(reply, s->count == ROOM ? OTP_ATOM(full) : OTP_ATOM(ok));
}

static void after_push(void *model, otp_term value, otp_term reply) {
    stack *s = model;
    (void)reply;
    if (s->count < ROOM) {
        (void)otp_get_int(value, &s->values[s->count++]);
    }
}

static otp_term pop(void *server, otp_term nothing) {
    (void)nothing;
    return call(server, OTP_ATOM(pop));
}

static bool popped(const void *model, otp_term nothing, otp_term reply) {
    const stack *s = model;
    (void)nothing;
    return otp_equal(reply, s->count > 0 ? otp_int(s->values[s->count - 1]) : OTP_ATOM(empty));
}

static void after_pop(void *model, otp_term nothing, otp_term reply) {
    stack *s = model;
    (void)nothing;
    (void)reply;
    if (s->count > 0) {
        s->values[--s->count] = 0;
    }
}

static const st_command stack_commands[] = {
    {.name = "pop", .run = pop, .holds = popped, .next = after_pop},
    {.name = "push",
     .weight = 2,
     .draw = draw_value,
     .run = push,
     .holds = pushed,
     .next = after_push},
    {0},
};
static const st_model stack_model = {.size = sizeof(stack), .commands = stack_commands};

static void stack_scenario(void *room) {
    otp_pid pid;
    ST_ASSERT_OK(otp_start_link(&stack_server, otp_int(*(int64_t *)room), NULL, &pid));
    st_run_model(&stack_model, &pid, NULL);
}

UNIT("a server that does as its model says holds") {
    int64_t room = ROOM;
    CHECK_EQ(explore(stack_scenario, &room, 200), ST_HELD);
}

UNIT("one that does not is found, and the commands that show it are the fewest") {
    int64_t room = ROOM + 1;
    CHECK_EQ(explore(stack_scenario, &room, 200), ST_FALSIFIED);
    CHECK(strstr(result.failures[0].text, "the model does not allow push(0) -> ok") != NULL);
    CHECK_EQ(result.failures[0].choices, 9); /* to go on, a command and a value, three times */
    CHECK_EQ(result.failures[0].deviations, 0);
}

/* ---- Several clients ---- */

static void clients_scenario(void *room) {
    otp_pid pid;
    ST_ASSERT_OK(otp_start_link(&stack_server, otp_int(*(int64_t *)room), NULL, &pid));
    st_run_model(&stack_model, &pid, &(st_model_opts){.clients = 3, .commands_max = 4});
}

UNIT("a server answers one call after the other: that is linearizable") {
    int64_t room = ROOM;
    CHECK_EQ(explore(clients_scenario, &room, 300), ST_HELD);
    room++;
    CHECK_EQ(explore(clients_scenario, &room, 300), ST_FALSIFIED);
}

/* A counter that clients read and then write: two calls are no one step. */
typedef struct count {
    int64_t value;
} count;

static otp_result count_call(void *state, otp_term request, otp_from from) {
    count *c = state;
    (void)from;
    int64_t before = c->value;
    if (otp_match(request, "{set, ~i}", &c->value)) {
        before = c->value;
    }
    return otp_reply(otp_int(before));
}

static const otp_gen_server count_server = {
    .name = "count", .state_size = sizeof(count), .handle_call = count_call};

static otp_term increment(void *server, otp_term nothing) {
    int64_t value;
    (void)nothing;
    OTP_ASSERT(otp_get_int(call(server, OTP_ATOM(get)), &value));
    return call(server, otp_tuple(OTP_ATOM(set), otp_int(value + 1)));
}

static bool incremented(const void *model, otp_term nothing, otp_term reply) {
    (void)nothing;
    return otp_equal(reply, otp_int(((const count *)model)->value + 1));
}

static void after_increment(void *model, otp_term nothing, otp_term reply) {
    (void)nothing;
    (void)reply;
    ((count *)model)->value++;
}

static const st_command count_commands[] = {
    {.name = "increment", .run = increment, .holds = incremented, .next = after_increment}, {0}};
static const st_model count_model = {.size = sizeof(count), .commands = count_commands};

static void count_scenario(void *clients) {
    otp_pid pid;
    ST_ASSERT_OK(otp_start_link(&count_server, otp_nil(), NULL, &pid));
    st_run_model(&count_model, &pid, &(st_model_opts){.clients = *(uint32_t *)clients});
}

UNIT("two calls that make one step race; what is left are two clients with one command each") {
    uint32_t clients = 3;
    CHECK_EQ(explore(count_scenario, &clients, 300), ST_FALSIFIED);
    const char *text = result.failures[0].text;
    CHECK(strstr(text, "not linearizable") != NULL);
    const char *first = strstr(text, "increment()");
    const char *second = first ? strstr(first + 1, "increment()") : NULL;
    CHECK(second != NULL);
    CHECK(second && strstr(second + 1, "increment()") == NULL);
    clients = 1;
    CHECK_EQ(explore(count_scenario, &clients, 100), ST_HELD);
}

/* ---- Pools ---- */

static otp_term open_one(void *next, otp_term nothing) {
    (void)nothing;
    otp_term id = otp_int(++*(int64_t *)next);
    st_pool_add("open", id);
    return id;
}

static bool any_open(const void *model) {
    (void)model;
    return st_pool_size("open") > 0;
}

static otp_term pick_open(const void *model) {
    (void)model;
    return st_pool_pick("open");
}

static otp_term close_one(void *next, otp_term id) {
    (void)next;
    ST_EXPECT_GT(st_pool_size("open"), 0);
    st_pool_remove("open", id);
    return OTP_ATOM(ok);
}

static bool never_the_third(const void *model, otp_term id, otp_term reply) {
    (void)model;
    (void)reply;
    return !otp_equal(id, otp_int(3));
}

static const st_command pool_commands[] = {
    {.name = "open", .run = open_one},
    {.name = "close",
     .allowed = any_open,
     .draw = pick_open,
     .run = close_one,
     .holds = never_the_third},
    {0},
};
static const st_model pool_model = {.size = 0, .commands = pool_commands};

static void pool_scenario(void *unused) {
    (void)unused;
    int64_t next = 0;
    st_run_model(&pool_model, &next, NULL);
}

UNIT("commands use what earlier ones left in pools; shrinking keeps that so") {
    CHECK_EQ(explore(pool_scenario, NULL, 300), ST_FALSIFIED);
    CHECK(strstr(result.failures[0].text, "close(3) -> ok") != NULL);
    CHECK(result.failures[0].choices <= 12); /* three are opened */
}

/* ---- Misuse ---- */

static void too_many(void *unused) {
    (void)unused;
    otp_pid pid = otp_self();
    st_run_model(&count_model, &pid, &(st_model_opts){.clients = 9});
}

UNIT("too many clients are refused") {
    CHECK_EQ(explore(too_many, NULL, 1), ST_FALSIFIED);
    CHECK(strstr(result.failures[0].text, "at most 8 clients") != NULL);
}
