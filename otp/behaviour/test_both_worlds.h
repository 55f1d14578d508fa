/* SPDX-License-Identifier: MIT */
/* The worlds in which behaviours are tested: those of all process tests. */
#ifndef OTP_BEHAVIOUR_TEST_BOTH_WORLDS_H
#define OTP_BEHAVIOUR_TEST_BOTH_WORLDS_H

#include "tests/worlds.h"

#endif
