/* SPDX-License-Identifier: MIT */
/*
 * What this machine and this OS process are: for reports and leak checks. Texts are "unknown" and
 * numbers 0 when the system does not tell.
 */
#ifndef OTP_PORT_HOST_H
#define OTP_PORT_HOST_H

#include <otp/api.h>

/* The runtime's own calls for clocks, random numbers, memory, files and pipes go through
 * OTPI_HOST_OWN, so that the testing library, which refuses such calls to code in simulated worlds
 * and makes them fail on demand, can tell them apart. Not marked are the reads, writes and syncs of
 * the real disk (port/file_posix.c): in a parallel world these may be made to fail.
 */
extern _Thread_local unsigned otpi_host_own;
#define OTPI_HOST_OWN(call)                                                                        \
    __extension__({                                                                                \
        otpi_host_own++;                                                                           \
        __asm__ volatile("" ::: "memory"); /* compilers know that malloc reads no variable */      \
        __typeof__(call) own_result_ = (call);                                                     \
        __asm__ volatile("" ::: "memory");                                                         \
        otpi_host_own--;                                                                           \
        own_result_;                                                                               \
    })

void otpi_host_name(char *out, size_t size);
/* "Linux 6.1.0-13-amd64 x86_64". */
void otpi_host_os(char *out, size_t size);
void otpi_host_cpu_model(char *out, size_t size);
/* Online processors of the machine; what this process may use is otpi_cpu_count. */
uint32_t otpi_host_cores(void);
uint64_t otpi_host_memory_bytes(void);

int64_t otpi_host_pid(void);
uint64_t otpi_host_resident_bytes(void);
/* Open file descriptors of this process, without the one this call needs. set: which, a bit for
 * each of the first 64 * words; NULL = not asked. */
uint32_t otpi_host_open_files(uint64_t *set, size_t words);
uint32_t otpi_host_threads(void);
/* Child processes that were not waited for, running or ended. */
uint32_t otpi_host_children(void);
/* What an open file descriptor is: "/tmp/log", "pipe:[1234]"; false when it is not open. */
bool otpi_host_file_name(int fd, char *out, size_t size);
/* Is there something of that name, be it a dangling link? */
bool otpi_host_path_exists(const char *path);
/* NULL when not set. */
const char *otpi_host_environment(const char *name);
/* Is a debugger attached? Then time-outs should not strike. */
bool otpi_host_debugged(void);

#endif
