/* SPDX-License-Identifier: MIT */
/*
 * Sweeps: a test is run again and again, and each time another allocation, or another call that
 * reads or writes, fails.
 *
 *     ST_TEST(cart, stands_lack_of_memory, .fail_alloc = ST_SWEEP) {
 *         cart *c = cart_new();
 *         if (!c) {
 *             ST_EXPECT(st_fault_struck());               // for no other reason
 *             return;
 *         }
 *         bool added = cart_add(c, "pear");
 *         ST_EXPECT(added || st_fault_struck());
 *         ST_EXPECT_EQ(cart_count(c), added ? 1 : 0);     // the whole pear or none
 *         cart_free(c);
 *     }
 *
 * The test is run as always; then once more to count the sites, that is, the calls its body and all
 * that it starts make; then once for each site, with that call failing. All runs have the same seed
 * and so, up to the call that fails, the same choices. The report says how many sites were swept,
 * and, of each at which the test failed, which call it was: its number, and the place. A crash or a
 * hang costs that run; the sweep goes on in a new process. After 10 failures it ends.
 *
 * In place of the option, the flags --fail-alloc and --fail-io do the same for every test that is
 * run. With a number they fail the call of that number only, with N+ the N-th and all after it.
 *
 * What is swept
 *   .fail_alloc, --fail-alloc   what the runtime allocates for the test's processes (messages,
 *                               terms, processes, timers, tables); malloc, calloc, realloc,
 *                               reallocarray, aligned_alloc, posix_memalign, memalign
 *   .fail_io, --fail-io         operations of simulated disks; calls of the C library for files
 *                               and sockets:
 *       open creat fopen mkstemp mkdtemp opendir mkdir rename unlink remove link rmdir
 *       read write pread pwrite readv writev fsync fdatasync ftruncate close
 *       fread fwrite fflush fclose socket connect accept send recv
 *
 * The C library's functions are swept when the code under test calls them, in the program or in a
 * shared library; standard input, output and error are left alone. What the C library does inside
 * (fprintf writes when its buffer is full) is not seen. What is made once and kept, such as a
 * buffer of the C library or a cached pattern, is there before the sweep begins. A test that is to
 * end its OS process (.signal, .exit_code) is not swept: with the option that is an error, with the
 * flags the report says so.
 *
 * What fails a test
 * Its own checks, as always, and crashes, hangs, deadlocks and leaks. An error that a function
 * returns is no failure: the test says by its checks what must hold then. Nor is it one that a
 * process exits because the runtime had no memory for it ({enomem, Site}, or {system_limit, What}
 * for a stack), the test's own process included; or that a helper (helpers.h) can't do its work
 * then, such as to start a server: the run ends there. A test that waits for what a failure
 * prevents needs a timeout.
 *
 * .setup and .teardown are not swept, and neither is what stands between st_faults_pause and
 * st_faults_resume. In a parallel world threads count together, so that the n-th call is not the
 * same one in every run; a sweep still fails some call each time, or says how many it missed.
 */
#ifndef SUPERTESTER_SWEEP_H
#define SUPERTESTER_SWEEP_H

#include <supertester/test.h>

/* Has the call that this run makes fail been made? Always false outside of sweeps. */
ST_API bool st_fault_struck(void);

/* In between, calls of all processes and threads of the test are neither counted nor struck. Pauses
 * may be nested. */
ST_API void st_faults_pause(void);
ST_API void st_faults_resume(void);

#endif
