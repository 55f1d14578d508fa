/* SPDX-License-Identifier: MIT */
/*
 * Marks of the testing library's public interface.
 */
#ifndef SUPERTESTER_API_H
#define SUPERTESTER_API_H

#include <otp/api.h>

#define ST_API OTP_API

#endif
