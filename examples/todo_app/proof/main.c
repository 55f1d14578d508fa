/* SPDX-License-Identifier: MIT */
/*
 * todo_app_proof: three phases, one verdict.
 */
#include "proof.h"

#include <otp/sqlite.h>

#include "port/clock.h"
#include "port/file.h"
#include "port/host.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Makes a folder and those above it. */
static bool folder_make(const char *path) {
    char part[400];
    if (strlen(path) >= sizeof part) {
        return false;
    }
    for (const char *at = path; at; at = strchr(at + 1, '/')) {
        if (at > path) {
            (void)snprintf(part, sizeof part, "%.*s", (int)(at - path), path);
            (void)!otpi_file_mkdir(&otpi_file_ops_posix, part, 0755);
        }
    }
    otpi_io_err err = otpi_file_mkdir(&otpi_file_ops_posix, path, 0755);
    return err == OTPI_IO_OK || err == OTPI_IO_EEXIST;
}

static void databases_remove(const char *directory) {
    static const char *const names[] = {"parallel.db", "parallel.db-journal", "kill9.db",
                                        "kill9.db-journal"};
    char path[500];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        (void)!otpi_file_remove(&otpi_file_ops_posix, path);
    }
}

/* The checks that a phase ends with. */
static void phase_skip(proof *p) {
    proof_skip(p, PROOF_DURABILITY, 1);
    proof_skip(p, PROOF_UNIQUENESS, 1);
    proof_skip(p, PROOF_INTEGRITY, 1);
    proof_skip(p, PROOF_LIVENESS, 1);
}

static void phases_run(proof *p) {
    const struct {
        bool wanted;
        void (*run)(proof *p);
    } phases[] = {{p->options.kills > 0 || p->options.todos > 0, proof_run_parallel},
                  {p->options.kill9 > 0, proof_run_kill9},
                  {p->options.seeds > 0, proof_run_simulated}};
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        if (phases[i].wanted && !p->broken) {
            phases[i].run(p);
        } else {
            phase_skip(p);
        }
    }
}

static int prove(proof *p) {
    const char *directory = p->options.directory;
    if (!folder_make(directory) || (p->options.report && !folder_make(p->options.report))) {
        (void)fprintf(stderr, "todo_app_proof: can't make the folder %s\n", directory);
        return 70;
    }
    if (otp_sqlite_register(&(otp_sqlite_opts){.make_default = true}) != OTP_OK) {
        (void)fprintf(stderr, "todo_app_proof: SQLite does not start\n");
        return 70;
    }
    databases_remove(directory);
    phases_run(p);
    p->seconds = (double)(otpi_clock_monotonic_ns() - p->began_ns) * 1e-9;
    int code = proof_exit_code(p);
    if (code == 0 || code == 4) {
        databases_remove(directory);
        (void)!otpi_file_remove(&otpi_file_ops_posix, directory);
    } else {
        (void)printf("the databases are left in %s\n", directory);
    }
    proof_summary(p);
    bool told = !p->options.report || proof_report(p);
    return told ? code : 70;
}

int main(int argc, char **argv) {
    static proof p;
    char directory[200];
    int code = 0;
    if (!proof_options_parse(&p.options, argc, argv, &code)) {
        return code;
    }
    if (!p.options.directory) {
        (void)snprintf(directory, sizeof directory, "/tmp/todo_app_proof.%" PRId64,
                       otpi_host_pid());
        p.options.directory = directory;
    }
    p.phases[PROOF_PARALLEL].name = "parallel";
    p.phases[PROOF_PARALLEL].title = "kills of its processes, real disk";
    p.phases[PROOF_KILL9].name = "kill -9";
    p.phases[PROOF_KILL9].title = "kills of the whole OS process, real disk";
    p.phases[PROOF_SIMULATED].name = "simulated";
    p.phases[PROOF_SIMULATED].title = "kills, network and disk faults by seed";
    p.began_ns = otpi_clock_monotonic_ns();
    p.began_wall_ns = otpi_clock_wall_ns();
    (void)printf("seed %" PRIu64 "\n", p.options.seed);
    (void)fflush(stdout);
    return prove(&p);
}
