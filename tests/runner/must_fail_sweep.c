/* SPDX-License-Identifier: MIT */
/*
 * More of the program of tests that must fail: sweeps that find what nobody handles.
 */
#include <supertester/supertester.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- Allocations ---- */

/* What is kept here is really allocated: compilers leave out blocks nobody looks at. */
static char *volatile blocks[3];

typedef struct pair {
    char *left, *right;
} pair;

static void pair_free(pair *p) {
    free(p->left);
    free(p->right);
    free(p);
}

/* Forgets what it has when the last allocation fails. */
__attribute__((noinline)) static pair *pair_new_leaking(void) {
    pair *p = malloc(sizeof *p);
    if (!p) {
        return NULL;
    }
    *p = (pair){.left = malloc(100)};
    if (!p->left) {
        free(p);
        return NULL;
    }
    p->right = calloc(2, 50);
    return p->right ? p : NULL;
}

ST_TEST(sweeps, a_leak_on_the_way_out, .fail_alloc = ST_SWEEP) {
    pair *p = pair_new_leaking();
    if (p) {
        pair_free(p);
    }
}

/* Writes to the block; without one it crashes, at an address that no sanitizer looks for first. */
static void write_to(char *block) {
    static char *volatile nowhere = (char *)16;
    *(block ? block : nowhere) = 'x';
}

ST_TEST(sweeps, crashes_and_goes_on, .fail_alloc = ST_SWEEP) {
    blocks[0] = malloc(10);
    blocks[1] = malloc(20);
    write_to(blocks[1]);
    blocks[2] = realloc(NULL, 30);
    write_to(blocks[2]);
    for (int i = 0; i < 3; i++) {
        free(blocks[i]);
    }
}

static volatile bool forever = true;

ST_TEST(sweeps, hangs, .fail_alloc = ST_SWEEP, .timeout_ms = 200) {
    char *block = blocks[0] = malloc(10);
    while (!block && forever) {}
    free(block);
}

static void tell(otp_term arg) {
    otp_pid test;
    (void)!otp_get_pid(arg, &test);
    otp_send(test, OTP_ATOM(done));
}

/* Whoever is to send has no memory, and this waits for ever. */
ST_TEST(sweeps, waits_for_what_never_comes, .fail_alloc = ST_SWEEP) {
    otp_term message;
    otp_pid pid;
    otp_term arg = otp_from_pid(otp_self());
    if (otp_spawn_opt(tell, arg, NULL, &pid) == OTP_OK) {
        (void)!otp_receive(OTP_INFINITY, &message);
    }
}

/* As many programs do. */
ST_TEST(sweep_exits, says_why, .fail_alloc = ST_SWEEP) {
    printf("in every run\n");
    char *block = blocks[0] = malloc(10);
    if (!block) {
        fprintf(stderr, "out of memory\n");
        exit(3);
    }
    free(block);
}

ST_TEST(sweeps, has_nothing_to_sweep, .fail_alloc = ST_SWEEP) {
}

ST_TEST(sweeps, ends_after_ten_failures, .fail_alloc = ST_SWEEP) {
    for (int i = 0; i < 30; i++) {
        char *block = blocks[0] = malloc(10);
        ST_EXPECT(block != NULL);
        free(block);
    }
}

ST_TEST(sweeps, one_call_is_made_to_fail) {
    for (int i = 0; i < 4; i++) {
        char *block = blocks[0] = malloc(10);
        ST_EXPECT(block != NULL || i != 2);
        free(block);
    }
}

/* ---- I/O ---- */

/* Believes every write. */
__attribute__((noinline)) static bool save(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    ssize_t put = write(fd, "four", 4);
    bool synced = fsync(fd) == 0;
    close(fd);
    return put >= -1 && synced;
}

static bool load(const char *path, char out[4]) {
    FILE *file = fopen(path, "re");
    size_t got = file ? fread(out, 1, 4, file) : 0;
    return file && fclose(file) == 0 && got == 4;
}

ST_TEST(sweeps, a_write_that_nobody_looks_at, .fail_io = ST_SWEEP, .allow_host = true) {
    char got[4];
    if (save("saved_by_a_test")) {
        st_faults_pause();
        ST_EXPECT(load("saved_by_a_test", got));
        st_faults_resume();
    }
    unlink("saved_by_a_test");
}

ST_TEST(sweeps, may_have_to_fail, .fail_alloc = ST_SWEEP, .must_fail = "block != NULL") {
    char *block = blocks[0] = malloc(10);
    ST_EXPECT(block != NULL);
    free(block);
}

ST_TEST(sweeps, may_have_to_crash, .fail_alloc = ST_SWEEP, .must_fail = "crash: ") {
    blocks[0] = malloc(10);
    write_to(blocks[0]);
    free(blocks[0]);
}
