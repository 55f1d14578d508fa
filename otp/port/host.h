/* SPDX-License-Identifier: MIT */
/*
 * What this machine and this OS process are: for reports and leak checks. Texts are "unknown" and
 * numbers 0 when the system does not tell.
 */
#ifndef OTP_PORT_HOST_H
#define OTP_PORT_HOST_H

#include <otp/api.h>

/* The runtime's own calls for clocks, random numbers and files go through OTPI_HOST_OWN, so that
 * the testing library, which refuses such calls to code in simulated worlds, can tell them apart.
 */
extern _Thread_local unsigned otpi_host_own;
#define OTPI_HOST_OWN(call)                                                                        \
    __extension__({                                                                                \
        otpi_host_own++;                                                                           \
        __typeof__(call) own_result_ = (call);                                                     \
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
/* Open file descriptors of this process, without the one this call needs. */
uint32_t otpi_host_open_files(void);
uint32_t otpi_host_threads(void);
/* NULL when not set. */
const char *otpi_host_environment(const char *name);
/* Is a debugger attached? Then time-outs should not strike. */
bool otpi_host_debugged(void);

#endif
