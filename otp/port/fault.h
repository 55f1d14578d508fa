/* SPDX-License-Identifier: MIT */
/*
 * Fatal signals (SEGV, BUS, FPE, ILL, ABRT): a reporter is called on a stack of its own, then the
 * signal goes its former way: core dump, or a sanitizer's report. A fault inside the reporter ends
 * the process at once; a second thread that faults meanwhile waits for that end.
 */
#ifndef OTP_PORT_FAULT_H
#define OTP_PORT_FAULT_H

#include <otp/api.h>

/* Async-signal-safe only. address: what was touched (SEGV, BUS) or executed (FPE, ILL); ucontext:
 * the interrupted registers. */
typedef void otpi_fault_fn(int signo, void *address, void *ucontext);

/* For the OS process; again to replace the reporter. Also prepares the calling thread. */
void otpi_fault_install(otpi_fault_fn *reporter);
void otpi_fault_uninstall(void);

/* The signal stack of the calling thread; otpi_thread_start does this for its threads. Without it
 * an overflow of the thread's stack can't be reported. */
void otpi_fault_thread_enter(void);
void otpi_fault_thread_leave(void);

/* "SIGSEGV"; never NULL. */
const char *otpi_fault_signal_name(int signo);

/* The return addresses of the calling thread, innermost first: how many. Async-signal-safe after
 * otpi_fault_install. */
size_t otpi_backtrace_take(void **frames, size_t max);
/* One line per frame. Async-signal-safe after otpi_fault_install. */
void otpi_backtrace_write(int fd);

#endif
