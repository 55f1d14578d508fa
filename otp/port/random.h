/* SPDX-License-Identifier: MIT */
/*
 * True randomness, for seeds only: everything else is drawn from a seeded otpi_prng and replays.
 */
#ifndef OTP_PORT_RANDOM_H
#define OTP_PORT_RANDOM_H

#include <stdint.h>

uint64_t otpi_entropy64(void);

#endif
