/* SPDX-License-Identifier: MIT */
/*
 * Memory shared with the children forked later: what they write survives their crash.
 */
#ifndef OTP_PORT_SHM_H
#define OTP_PORT_SHM_H

#include <otp/api.h>

/* Cleared; NULL when refused. */
OTP_MUST_CHECK void *otpi_shm_map(size_t size);
void otpi_shm_unmap(void *memory, size_t size);

#endif
