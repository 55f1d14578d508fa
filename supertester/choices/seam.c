/* SPDX-License-Identifier: MIT */
/*
 * The seams of a thread that runs a case; see seam.h and draw.h.
 */
#include "supertester/choices/seam.h"
#include "supertester/choices/draw.h"

_Thread_local st_choices *sti_draws_now;
_Thread_local const sti_case_seam *sti_case_seam_now;
