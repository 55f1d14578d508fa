/* SPDX-License-Identifier: MIT */
/*
 * Process groups and topics over the nodes of a cluster: members that come and go, cuts, nodes that
 * end and begin again. Groups are eventually consistent: a test waits until what it expects is so.
 */
#include "dist/test_nodes.h"

#include "port/memory.h"

enum { PATIENCE = 400 }; /* looks, 100 ms of virtual time apart */

static otp_term scope(void) {
    return otp_atom("pg_nodes");
}

static void cut(const char *a, const char *b) {
    CHECK_EQ(otp_network_cut(world, a, b), OTP_OK);
}

static void heal(const char *a, const char *b) {
    CHECK_EQ(otp_network_heal(world, a, b), OTP_OK);
}

/* ---- Agents: one on each node, which do as they are told ---- */

/* Members of the group as its node sees them: of all nodes, and of its own. */
static otp_term agent_sees(otp_term group) {
    return otp_tuple(otp_int((int64_t)otp_length(otp_pg_get_members(scope(), group))),
                     otp_int((int64_t)otp_length(otp_pg_get_local_members(scope(), group))));
}

static otp_err agent_restarts(void) {
    otp_pid pid;
    otp_term down = OTP_NONE;
    otp_ref ref = otp_monitor(scope());
    otp_kill(otp_whereis(scope()));
    (void)!otp_receive_ref(ref, OTP_INFINITY, &down); /* only main's times do not race */
    CHECK(otp_is(otp_element(down, 4), "killed"));
    return otp_pg_start(scope(), &pid);
}

static otp_term agent_obeys(otp_term what, otp_term group) {
    otp_term self = otp_from_pid(otp_self());
    otp_err err = OTP_OK;
    otp_pid pid;
    if (otp_is(what, "start")) {
        err = otp_pg_start(scope(), &pid);
    } else if (otp_is(what, "restart")) {
        err = agent_restarts();
    } else if (otp_is(what, "hub")) {
        err = otp_pubsub_start_link(scope(), &pid);
    } else if (otp_is(what, "join")) {
        err = otp_pg_join(scope(), group, self);
    } else if (otp_is(what, "leave")) {
        err = otp_pg_leave(scope(), group, self);
    } else if (otp_is(what, "publish")) {
        err = otp_pubsub_publish(scope(), group, otp_term_of("{news, 1}"));
    } else if (otp_is(what, "connect")) {
        otp_monitor_node(group, true);
        otp_monitor_node(group, false);
    } else if (otp_is(what, "sees")) {
        return agent_sees(group);
    }
    return otp_atom(otp_err_name(err));
}

static void agent(otp_term watcher) {
    otp_scope all = otp_scope_begin();
    otp_pid to;
    CHECK(otp_get_pid(watcher, &to));
    for (;;) {
        otp_scope turn = otp_scope_begin();
        otp_term message, what, group;
        int64_t number;
        if (otp_receive(OTP_INFINITY, &message) || otp_is(message, "stop")) {
            break;
        }
        if (otp_match(message, "{order, ~i, ~a, ~t}", &number, &what, &group)) {
            otp_send(to, otp_tuple(OTP_ATOM(done), otp_int(number), agent_obeys(what, group)));
        } else {
            otp_send(to, otp_tuple(OTP_ATOM(got), otp_from_pid(otp_self()), message));
        }
        otp_scope_end(turn);
    }
    (void)all;
}

static int64_t orders;

/* What the agent answers; OTP_NONE when it does not, within a time it would always do. */
static otp_term tell(otp_pid pid, const char *what, otp_term group) {
    otp_term answer = OTP_NONE;
    int64_t number = ++orders;
    otp_send(pid, otp_tuple(OTP_ATOM(order), otp_int(number), otp_atom(what), group));
    (void)!otp_receive_match(1000, "{done, ~w, ~t}", otp_int(number), &answer);
    return answer;
}

static void obeys(otp_pid pid, const char *what, otp_term group) {
    CHECK_STR(otp_atom_text(tell(pid, what, group)), "OTP_OK");
}

static otp_pid agent_start(otp_system *node, const char *start) {
    otp_pid pid = spawn_on(node, agent, otp_from_pid(otp_self()));
    obeys(pid, start, otp_nil());
    return pid;
}

/* Does the agent's node come to see so many members, so many of them its own? */
static bool comes_to_see(otp_pid pid, const char *group, int64_t all, int64_t local) {
    for (int i = 0; i < PATIENCE; i++) {
        otp_term seen = tell(pid, "sees", otp_atom(group));
        if (otp_equal(seen, otp_tuple(otp_int(all), otp_int(local)))) {
            return true;
        }
        (void)!otp_receive_match(100, "{never_sent, _}");
    }
    printf("# expected {%d, %d}, still %s\n", (int)all, (int)local,
           otp_show(tell(pid, "sees", otp_atom(group))));
    return false;
}

/* ---- Members ---- */

ON_NODES("a member is seen on every node that is connected, and leaves on every one") {
    otp_pid a = agent_start(one, "start"), b = agent_start(two, "start");
    otp_pid c = agent_start(three, "start");
    obeys(b, "join", OTP_ATOM(g)); /* before they know of each other */
    obeys(a, "connect", otp_atom("two@host"));
    obeys(b, "connect", otp_atom("three@host"));
    CHECK(comes_to_see(a, "g", 1, 0));
    CHECK(comes_to_see(c, "g", 1, 0));
    obeys(a, "join", OTP_ATOM(g));
    obeys(b, "join", OTP_ATOM(g));
    CHECK(comes_to_see(b, "g", 3, 2));
    CHECK(comes_to_see(a, "g", 3, 1));
    obeys(b, "leave", OTP_ATOM(g));
    CHECK(comes_to_see(a, "g", 2, 1));
    otp_kill(b);
    CHECK(comes_to_see(a, "g", 1, 1));
}

ON_NODES("the members of a node that is cut off leave, and join again when it is back") {
    otp_pid a = agent_start(one, "start"), b = agent_start(two, "start");
    otp_ref watch;
    otp_term now;
    obeys(b, "join", OTP_ATOM(g));
    CHECK_EQ(otp_pg_monitor(scope(), OTP_ATOM(g), &watch, &now), OTP_OK);
    CHECK(otp_is_nil(now) || otp_length(now) == 1);
    obeys(a, "connect", otp_atom("two@host"));
    CHECK(comes_to_see(a, "g", 1, 0));
    cut("one@host", "two@host");
    CHECK(comes_to_see(a, "g", 0, 0));
    CHECK_EQ(otp_pg_join(scope(), OTP_ATOM(g), otp_from_pid(otp_self())), OTP_OK);
    heal("one@host", "two@host");
    obeys(a, "connect", otp_atom("two@host"));
    CHECK(comes_to_see(a, "g", 2, 1));
    CHECK(comes_to_see(b, "g", 2, 1));
    otp_term pid = otp_from_pid(b);
    if (otp_is_nil(now)) {
        CHECK_EQ(otp_receive_match(0, "{~w, join, g, [~w]}", otp_from_ref(watch), pid), OTP_OK);
    }
    CHECK_EQ(otp_receive_match(0, "{~w, leave, g, [~w]}", otp_from_ref(watch), pid), OTP_OK);
    CHECK_EQ(
        otp_receive_match(0, "{~w, join, g, [~w]}", otp_from_ref(watch), otp_from_pid(otp_self())),
        OTP_OK);
    CHECK_EQ(otp_receive_match(0, "{~w, join, g, [~w]}", otp_from_ref(watch), pid), OTP_OK);
    CHECK(silence());
}

ON_NODES("a scope that ends takes its members with it, and a new one finds the others") {
    otp_pid a = agent_start(one, "start"), b = agent_start(two, "start");
    obeys(a, "connect", otp_atom("two@host"));
    obeys(a, "join", OTP_ATOM(g));
    obeys(b, "join", OTP_ATOM(g));
    CHECK(comes_to_see(a, "g", 2, 1) && comes_to_see(b, "g", 2, 1));
    otp_pid old = otp_whereis(scope());
    otp_ref ref = otp_monitor(old);
    otp_kill(old);
    CHECK(comes_down(ref, "killed"));
    CHECK(comes_to_see(b, "g", 1, 1));
    CHECK(otp_is_nil(otp_pg_get_members(scope(), OTP_ATOM(g))));
    obeys(a, "start", otp_nil());
    CHECK(comes_to_see(a, "g", 1, 0));
    obeys(a, "join", OTP_ATOM(g));
    CHECK(comes_to_see(b, "g", 2, 1));
}

/* ---- Nodes that end ---- */

static void joins_on_two(otp_term arg) {
    (void)arg;
    otp_scope all = otp_scope_begin();
    otp_pid a = agent_start(one, "start"), b = agent_start(two, "start");
    obeys(a, "connect", otp_atom("two@host"));
    obeys(b, "join", OTP_ATOM(g));
    obeys(a, "join", OTP_ATOM(g));
    CHECK(comes_to_see(a, "g", 2, 1) && comes_to_see(b, "g", 2, 1));
    otp_scope_end(all);
}

static bool node_one_comes_to(size_t n) {
    for (int i = 0; i < PATIENCE; i++) {
        if (otp_length(otp_pg_get_members(scope(), OTP_ATOM(g))) == n) {
            return true;
        }
        (void)!otp_receive_match(100, "{never_sent, _}");
    }
    return false;
}

static void sees_one(otp_term arg) {
    (void)arg;
    CHECK(node_one_comes_to(1));
}

static void sees_it_again(otp_term arg) {
    (void)arg;
    otp_scope all = otp_scope_begin();
    otp_pid b = agent_start(two, "start");
    obeys(b, "connect", otp_atom("one@host"));
    obeys(b, "join", OTP_ATOM(g));
    CHECK(node_one_comes_to(2));
    otp_scope_end(all);
}

static void node_ends(void (*end)(otp_system *system)) {
    static const otp_world_opts opts = {.mode = OTP_SIMULATED};
    REQUIRE(otp_world_start(&opts, &world) == OTP_OK);
    if (nodes_start()) {
        otp_outcome outcome;
        CHECK(otp_run(one, joins_on_two, otp_nil(), NODES_TIME_MS, &outcome) == OTP_OK);
        end(two);
        CHECK(otp_run(one, sees_one, otp_nil(), NODES_TIME_MS, &outcome) == OTP_OK);
        CHECK(node_start("two@host", &two));
        CHECK(otp_run(one, sees_it_again, otp_nil(), NODES_TIME_MS, &outcome) == OTP_OK);
    }
    otp_world_stop(world);
}

UNIT("the members of a node that stops or crashes leave; its next life joins anew") {
    node_ends(otp_system_stop);
    node_ends(otp_system_crash);
}

/* ---- Topics ---- */

ON_NODES(
    "a topic's subscribers on all nodes get what is published; local_publish reaches one node") {
    otp_pid a = agent_start(one, "hub"), b = agent_start(two, "hub");
    otp_pid c = agent_start(two, "nothing");
    obeys(a, "connect", otp_atom("two@host"));
    obeys(a, "join", OTP_ATOM(g));
    obeys(b, "join", OTP_ATOM(g));
    obeys(c, "join", OTP_ATOM(g));
    CHECK(comes_to_see(a, "g", 3, 1) && comes_to_see(b, "g", 3, 2));
    obeys(a, "publish", OTP_ATOM(g));
    for (int i = 0; i < 3; i++) {
        otp_term pid = otp_from_pid(i == 0 ? a : i == 1 ? b : c);
        CHECK_EQ(otp_receive_match(1000, "{got, ~w, {news, 1}}", pid), OTP_OK);
    }
    CHECK_EQ(otp_pubsub_local_publish(scope(), OTP_ATOM(g), OTP_ATOM(here)), OTP_OK);
    CHECK_EQ(otp_receive_match(1000, "{got, ~w, here}", otp_from_pid(a)), OTP_OK);
    CHECK(silence());
}

/* ---- Watching nodes ---- */

ON_NODES("who watches the nodes is told of each that comes and goes") {
    otp_pid echo_two = spawn_on(two, echo, otp_nil());
    otp_monitor_nodes(true);
    otp_monitor_nodes(true);
    CHECK(echo_answers(echo_two));
    CHECK_EQ(otp_receive_match(1000, "{nodeup, 'two@host'}"), OTP_OK);
    cut("one@host", "two@host");
    CHECK_EQ(otp_receive_match(1000, "{nodedown, 'two@host'}"), OTP_OK);
    heal("one@host", "two@host");
    otp_monitor_nodes(false);
    CHECK(echo_answers(echo_two));
    CHECK(silence());
}

/* ---- Random operations against a model ---- */

enum { AGENTS = 6, GROUPS = 3, OPERATIONS = 50 };

static const char *const node_names[] = {"one@host", "two@host", "three@host"};
static const char *const group_names[] = {"g", "h", "i"};

typedef struct model {
    otp_pid agents[AGENTS]; /* two on each node */
    int64_t joined[AGENTS][GROUPS];
    otpi_prng prng;
} model;

/* Orders sent before both ends know of the cut are lost: waits until each agent answers. */
static void model_cut(model *m, const char *a, const char *b) {
    cut(a, b);
    heal(a, b);
    for (size_t i = 0; i < AGENTS; i++) {
        int tries = 0;
        while (otp_is_none(tell(m->agents[i], "nothing", otp_nil())) && tries < PATIENCE) {
            tries++;
        }
    }
}

/* A new scope knows nothing of the members that its node had. */
static void model_restart(model *m, size_t n) {
    obeys(m->agents[2 * n], "restart", otp_nil());
    for (size_t g = 0; g < GROUPS; g++) {
        m->joined[2 * n][g] = m->joined[2 * n + 1][g] = 0;
    }
}

static void model_step(model *m) {
    size_t a = otpi_prng_below(&m->prng, AGENTS), g = otpi_prng_below(&m->prng, GROUPS);
    size_t n = otpi_prng_below(&m->prng, 3), other = (n + 1) % 3;
    uint64_t what = otpi_prng_below(&m->prng, 11);
    if (what < 5) {
        obeys(m->agents[a], "join", otp_atom(group_names[g]));
        m->joined[a][g]++;
    } else if (what < 8 && m->joined[a][g] > 0) {
        obeys(m->agents[a], "leave", otp_atom(group_names[g]));
        m->joined[a][g]--;
    } else if (what == 8) {
        model_cut(m, node_names[n], node_names[other]);
    } else if (what == 9) {
        obeys(m->agents[2 * n], "connect", otp_atom(node_names[other]));
    } else if (what == 10) {
        model_restart(m, n);
    }
}

static void model_check(model *m) {
    for (size_t n = 0; n < 3; n++) {
        obeys(m->agents[2 * n], "connect", otp_atom(node_names[(n + 1) % 3]));
    }
    for (size_t g = 0; g < GROUPS; g++) {
        int64_t all = 0;
        for (size_t a = 0; a < AGENTS; a++) {
            all += m->joined[a][g];
        }
        for (size_t n = 0; n < 3; n++) {
            int64_t local = m->joined[2 * n][g] + m->joined[2 * n + 1][g];
            CHECK(comes_to_see(m->agents[2 * n], group_names[g], all, local));
        }
    }
}

ON_NODES("after random joins, leaves, cuts and restarts all nodes come to see the same members") {
    static uint64_t round;
    model m = {0};
    otp_system *nodes[] = {one, two, three};
    otpi_prng_seed(&m.prng, unit_seed() + round++);
    for (size_t a = 0; a < AGENTS; a++) {
        m.agents[a] = agent_start(nodes[a / 2], a % 2 ? "nothing" : "start");
    }
    for (int i = 0; i < OPERATIONS; i++) {
        otp_scope turn = otp_scope_begin();
        model_step(&m);
        otp_scope_end(turn);
    }
    model_check(&m);
}

/* ---- Out of memory ---- */

typedef struct failing {
    int64_t left;   /* allocations until the one that fails */
    bool from_then; /* and all after it */
} failing;

static bool fails(void *context, size_t size, const char *site) {
    failing *f = context;
    (void)size, (void)site;
    f->left--;
    return f->left == 0 || (f->from_then && f->left < 0);
}

static void everything(otp_term arg) {
    otp_pid a = OTP_PID_NONE, b = OTP_PID_NONE, hub;
    otp_term self = otp_from_pid(otp_self());
    (void)arg;
    if (otp_pubsub_start_link(scope(), &hub) || otp_system_spawn(one, agent, self, NULL, &a) ||
        otp_system_spawn(two, agent, self, NULL, &b)) {
        return;
    }
    tell(b, "start", otp_nil());
    tell(b, "join", OTP_ATOM(g));
    tell(a, "connect", otp_atom("two@host"));
    tell(a, "join", OTP_ATOM(g));
    tell(b, "join", OTP_ATOM(g));
    tell(a, "publish", OTP_ATOM(g));
    (void)!otp_network_cut(world, "one@host", "two@host");
    tell(a, "leave", OTP_ATOM(g));
    (void)!otp_network_heal(world, "one@host", "two@host");
    tell(b, "connect", otp_atom("one@host"));
    tell(b, "leave", OTP_ATOM(g));
}

/* False when the run did not come to the allocation that was to fail. */
static bool run_failing(failing f) {
    otp_world_opts opts = {.mode = OTP_SIMULATED};
    otp_outcome outcome;
    CHECK(otp_world_reset(world, &opts) == OTP_OK);
    CHECK(node_start("one@host", &one) && node_start("two@host", &two));
    otpi_alloc_fault_set(fails, &f);
    otp_err err = otp_run(one, everything, otp_nil(), 600000, &outcome);
    otpi_alloc_fault_set(NULL, NULL);
    CHECK(err == OTP_OK || err == OTP_ENOMEM);
    CHECK(otp_world_reset(world, &opts) == OTP_OK);
    return f.left <= 0;
}

static void sweep(bool from_then) {
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    run_failing((failing){0});
    live before = live_now();
    int64_t n = 1;
    while (run_failing((failing){.left = n, .from_then = from_then})) {
        live after = live_now();
        if (!CHECK(after.blocks == before.blocks && after.allocs == before.allocs)) {
            printf("# after the failure of allocation %d\n", (int)n);
            break;
        }
        n++;
    }
    printf("# %d allocations failed, one a run\n", (int)n - 1);
    CHECK(n > 50);
    otp_world_stop(world);
}

UNIT("each allocation of groups over nodes fails once, or all from one on: no leak, no hang") {
    sweep(false);
    sweep(true);
}
