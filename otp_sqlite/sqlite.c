/* SPDX-License-Identifier: MIT */
/*
 * The VFS of the world: files, time and randomness of the node whose process calls, of the
 * operating system elsewhere.
 */
#include <otp/choose.h>
#include <otp/process.h>
#include <otp/sqlite.h>

#include "base/hash.h"
#include "otp_sqlite/vfs.h"
#include "port/clock.h"
#include "port/random.h"
#include "process/system.h"

/* When simulated time begins: 2000-01-01. */
#define SIMULATED_EPOCH_MS UINT64_C(946684800000)

static bool simulated(void *context) {
    (void)context;
    otp_world *world = otp_world_here();
    return world && otp_world_mode(world) == OTP_SIMULATED;
}

static const otpi_file_ops *files(void *context) {
    (void)context;
    otp_system *system = otp_system_here();
    return system ? otpi_system_files(system) : &otpi_file_ops_posix;
}

static uint64_t wall_ms(void *context) {
    return simulated(context) ? SIMULATED_EPOCH_MS + otp_now_ms() : otpi_clock_wall_ns() / 1000000;
}

/* In a simulated world unique as a reference is, not drawn: a journal's number must differ from the
 * one before in the simplest run too. */
static uint64_t random_word(void *context) {
    if (!simulated(context)) {
        return otpi_entropy64();
    }
    otp_ref ref = otp_make_ref();
    return otpi_hash_bytes(ref.word, sizeof ref.word, OTPI_HASH_K0);
}

static otp_err point(void *context, const char *name) {
    (void)context;
    return otp_in_process() ? otp_fault_point(name) : OTP_OK;
}

static const otpi_sqlite_source world_source = {.files = files,
                                                .wall_ms = wall_ms,
                                                .random = random_word,
                                                .replays = simulated,
                                                .point = point};

otp_err otp_sqlite_register(const otp_sqlite_opts *opts) {
    const char *name = opts && opts->name ? opts->name : "otp";
    return otpi_sqlite_vfs_add(name, &world_source, opts && opts->make_default);
}

otp_err otp_sqlite_unregister(const char *name) {
    return otpi_sqlite_vfs_remove(name ? name : "otp");
}
