/* SPDX-License-Identifier: MIT */
/*
 * The disk of a node and its faults as a tester reaches them, and a power loss as the node meets
 * it.
 */
#include <otp/otp.h>

#include "base/hash.h"
#include "base/prng.h"
#include "port/memory.h"
#include "process/system.h"
#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

#define SHOP "shop@host"
#define DESK "desk@host"

enum { RECORDS = 6, SECTOR = 512 };

/* ---- A node that appends records to a file, one sector each, and tells the desk of each ---- */

typedef struct shop {
    unsigned lives;          /* times it was booted */
    int64_t found, told;     /* records on the disk at boot; records told to the desk */
    unsigned ran, came_back; /* appends that came to their end; that the process came back from */
    unsigned nodedown;       /* seen by the desk */
    bool lost;               /* a record that was told is not there */
    bool blocking;           /* appends in otp_blocking */
    otpi_file *file;
} shop;

static void close_file(void *argument) {
    (void)!otpi_file_close(((shop *)argument)->file);
}

static void *append(void *argument) {
    shop *s = argument;
    char sector[SECTOR] = {1};
    uint64_t size = 0;
    bool fine = otpi_file_size(s->file, &size) == OTPI_IO_OK &&
                otpi_file_write_at(s->file, sector, sizeof sector, size) == OTPI_IO_OK &&
                otpi_file_sync(s->file, false) == OTPI_IO_OK;
    s->ran++;
    return fine ? s : NULL;
}

static bool shop_open(shop *s) {
    const otpi_file_ops *files = otpi_system_files(otp_system_here());
    unsigned flags = OTPI_FILE_READ | OTPI_FILE_WRITE | OTPI_FILE_CREATE;
    uint64_t size = 0;
    if (otpi_file_open(files, "records", flags, 0644, &s->file) != OTPI_IO_OK) {
        return false;
    }
    otp_defer(close_file, s);
    if (otpi_file_sync_directory(files, ".") != OTPI_IO_OK ||
        otpi_file_size(s->file, &size) != OTPI_IO_OK) {
        return false;
    }
    s->found = (int64_t)(size / SECTOR);
    s->lost |= s->found < s->told;
    return true;
}

static void tell(shop *s, int64_t n) {
    s->told = n;
    otp_send_term(otp_tuple(OTP_ATOM(desk), otp_atom(DESK)), otp_int(n));
}

static void shop_boot(otp_term arg) {
    shop *s = otp_context();
    (void)arg;
    s->lives++;
    if (!shop_open(s)) {
        return;
    }
    tell(s, s->found);
    for (int64_t n = s->found + 1; n <= RECORDS; n++) {
        bool fine = s->blocking ? otp_blocking(append, s, NULL) : append(s);
        s->came_back++;
        if (!fine) {
            return;
        }
        tell(s, n);
    }
}

/* Until the last record has come, or nothing more can. */
static void desk_main(otp_term arg) {
    shop *s = otp_context();
    int64_t n = 0;
    (void)arg;
    CHECK_EQ(otp_register(OTP_ATOM(desk), otp_self()), OTP_OK);
    otp_monitor_node(otp_atom(SHOP), true);
    while (n < RECORDS) {
        otp_term message;
        otp_err err = otp_receive(1000, &message);
        if (err != OTP_OK) {
            return;
        }
        if (!otp_get_int(message, &n)) {
            s->nodedown += otp_match(message, "{nodedown, _}");
            otp_monitor_node(otp_atom(SHOP), true);
        }
    }
}

/* ---- Worlds ---- */

static uint32_t oldest(void *context, otp_choice kind, const otp_event *enabled, uint32_t n) {
    (void)context, (void)kind, (void)enabled, (void)n;
    return 0;
}

static int64_t random_draw(void *context, otp_lane lane, otp_choice kind, int64_t lo, int64_t hi,
                           int64_t target, const char *label) {
    (void)kind, (void)label;
    uint64_t span = (uint64_t)(hi - lo) + 1;
    return lane == OTP_LANE_FAULT ? lo + (int64_t)otpi_prng_below(context, span) : target;
}

static otpi_prng prng;
static const otp_chooser chooser = {.context = &prng, .choose = oldest, .draw = random_draw};

typedef struct nodes {
    otp_world *world;
    otp_system *shop, *desk;
} nodes;

static bool nodes_start(nodes *n, shop *s) {
    otp_world_opts world = {.mode = OTP_SIMULATED, .chooser = &chooser};
    otp_system_opts opts = {.name = SHOP, .boot = shop_boot, .boot_context = s};
    bool fine = otp_world_start(&world, &n->world) == OTP_OK &&
                otp_system_start(n->world, &opts, &n->shop) == OTP_OK &&
                otp_system_start(n->world, &(otp_system_opts){.name = DESK}, &n->desk) == OTP_OK;
    return CHECK(fine);
}

static otp_disk_stats stats_of(otp_world *world) {
    otp_disk_stats stats = {0};
    CHECK_EQ(otp_disk_stats_read(world, SHOP, &stats), OTP_OK);
    return stats;
}

/* ---- A power loss at the k-th operation ---- */

/* False when the run was over before. stopped counts functions whose process did not go on. */
static bool power_loss_at(uint64_t k, bool blocking, uint64_t *stopped) {
    shop s = {.blocking = blocking};
    nodes n;
    if (!nodes_start(&n, &s)) {
        return false;
    }
    CHECK_EQ(otp_disk_fail_at(n.world, SHOP, k, OTP_DISK_POWER, false), OTP_OK);
    otp_err err = otp_run_with(n.desk, desk_main, otp_nil(), &s, OTP_INFINITY, NULL);
    CHECK_EQ(err, OTP_OK);
    uint64_t struck = stats_of(n.world).struck[OTP_DISK_POWER];
    CHECK_EQ(s.lives, 1 + struck);
    CHECK_EQ(s.told, RECORDS);
    CHECK(!s.lost);
    CHECK(s.ran == s.came_back || (blocking && s.ran == s.came_back + struck));
    *stopped += s.ran - s.came_back;
    CHECK_EQ(otp_system_process_count(n.shop), 0);
    CHECK(s.nodedown <= struck);
    otp_world_stop(n.world);
    return struck > 0;
}

static void power_sweep(bool blocking) {
    uint64_t k = 1, stopped = 0;
    while (power_loss_at(k, blocking, &stopped) && k < 1000) {
        k++;
    }
    CHECK(k > 3 * RECORDS);
    CHECK_EQ(stopped, blocking ? 3 * RECORDS : 0); /* each operation of an append */
}

UNIT("the power goes at each file operation in otp_blocking: the node begins a new life") {
    power_sweep(true);
}

UNIT("the power goes at each file operation outside of otp_blocking: the node begins a new life") {
    power_sweep(false);
}

/* ---- Drawn faults ---- */

UNIT("faults are drawn as gaps; what was told is never lost, and all heals in the end") {
    otp_disk_stats sum = {0};
    for (uint64_t seed = 1; seed <= 100; seed++) {
        shop s = {.blocking = seed % 2};
        nodes n;
        otpi_prng_seed(&prng, otpi_hash_mix(unit_seed(), seed));
        REQUIRE(nodes_start(&n, &s));
        otp_disk_gaps gaps = {.fault_gap_max = seed % 3 ? 20 : 0, .power_gap_max = 15};
        CHECK_EQ(otp_disk_faults(n.world, SHOP, &gaps), OTP_OK);
        CHECK_EQ(otp_run_with(n.desk, desk_main, otp_nil(), &s, OTP_INFINITY, NULL), OTP_OK);
        otp_disk_stats stats = stats_of(n.world);
        CHECK(!s.lost);
        CHECK_EQ(s.lives, 1 + stats.struck[OTP_DISK_POWER]);
        for (int fault = 0; fault < OTP_DISK_FAULTS; fault++) {
            sum.struck[fault] += stats.struck[fault];
        }
        CHECK_EQ(otp_disk_faults(n.world, SHOP, NULL), OTP_OK);
        otp_system_crash(n.shop);
        otp_system_opts opts = {.name = SHOP, .boot = shop_boot, .boot_context = &s};
        CHECK_EQ(otp_system_start(n.world, &opts, &n.shop), OTP_OK);
        CHECK_EQ(otp_run_with(n.desk, desk_main, otp_nil(), &s, OTP_INFINITY, NULL), OTP_OK);
        CHECK(s.told == RECORDS && !s.lost);
        otp_world_stop(n.world);
    }
    for (int fault = 0; fault < OTP_DISK_FAULTS; fault++) {
        CHECK(sum.struck[fault] > 0);
    }
}

UNIT("a world without a chooser draws no faults") {
    shop s = {.blocking = true};
    otp_world *world;
    otp_system *system;
    otp_system_opts opts = {.name = SHOP, .boot = shop_boot, .boot_context = &s};
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    CHECK_EQ(otp_system_start(world, &opts, &system), OTP_OK);
    otp_disk_gaps gaps = {.fault_gap_max = 1, .power_gap_max = 1};
    CHECK_EQ(otp_disk_faults(world, SHOP, &gaps), OTP_OK);
    CHECK_EQ(otp_world_run(world, OTP_INFINITY, NULL), OTP_OK);
    CHECK_EQ(s.lives, 1);
    CHECK_EQ(s.told, RECORDS);
    otp_world_stop(world);
}

/* ---- Without memory for the next life ---- */

static bool fail_from(void *context, size_t size, const char *site) {
    int *left = context;
    (void)size, (void)site;
    return --*left <= 0;
}

UNIT("without memory for its next life a node stays down, and can be stopped") {
    int64_t before = otpi_memory_stats_read().live_blocks;
    bool up = false;
    int site = 1;
    for (; !up && site < 200; site++) {
        shop s = {.blocking = true};
        nodes n;
        int left = site;
        otp_fault_hooks hooks = {.context = &left, .allocation = fail_from};
        REQUIRE(nodes_start(&n, &s));
        CHECK_EQ(otp_world_run(n.world, OTP_INFINITY, NULL), OTP_OK);
        otp_world_faults(n.world, &hooks);
        otpi_system_restart(n.shop);
        otp_world_faults(n.world, NULL);
        up = s.lives == 1 && otp_system_process_count(n.shop) == 1;
        otp_pid pid;
        CHECK_EQ(otp_system_spawn(n.shop, desk_main, otp_nil(), NULL, &pid),
                 up ? OTP_OK : OTP_ESTOPPED);
        otp_system_stop(n.shop);
        otp_world_stop(n.world);
    }
    printf("# %d sites\n", site - 1);
    CHECK(up && site > 3);
    CHECK_EQ(otpi_memory_stats_read().live_blocks, before);
}

/* ---- Misuse ---- */

UNIT("asking for faults of what is no disk is told") {
    otp_world *world;
    otp_system *system;
    otp_disk_stats stats;
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_SIMULATED}, &world) == OTP_OK);
    CHECK_EQ(otp_system_start(world, &(otp_system_opts){.name = SHOP}, &system), OTP_OK);
    CHECK_EQ(otp_disk_faults(NULL, SHOP, NULL), OTP_EBADARG);
    CHECK_EQ(otp_disk_faults(world, NULL, NULL), OTP_EBADARG);
    CHECK_EQ(otp_disk_faults(world, "nobody@host", NULL), OTP_ENOENT);
    CHECK_EQ(otp_disk_fail_at(world, SHOP, 0, OTP_DISK_EIO, false), OTP_EBADARG);
    CHECK_EQ(otp_disk_fail_at(world, SHOP, 1, OTP_DISK_FAULTS, false), OTP_EBADARG);
    CHECK_EQ(otp_disk_stats_read(world, SHOP, NULL), OTP_EBADARG);
    CHECK_EQ(otp_disk_stats_read(world, SHOP, &stats), OTP_OK);
    otp_world_stop(world);
    REQUIRE(otp_world_start(&(otp_world_opts){.mode = OTP_PARALLEL}, &world) == OTP_OK);
    CHECK_EQ(otp_disk_faults(world, SHOP, NULL), OTP_EMODE);
    otp_world_stop(world);
}
