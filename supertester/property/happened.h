/* SPDX-License-Identifier: MIT */
/*
 * What happened in the world of a case, told message by message, for a failure's report.
 */
#ifndef SUPERTESTER_PROPERTY_HAPPENED_H
#define SUPERTESTER_PROPERTY_HAPPENED_H

#include "supertester/property/case.h"

/* From here on, what is sent in the system is told to the case that runs, if it wants to know. */
void sti_happened_watch(otp_system *system);

#endif
