/* SPDX-License-Identifier: MIT */
/*
 * Mocks, as runs begin and end.
 */
#ifndef SUPERTESTER_RUNNER_MOCK_H
#define SUPERTESTER_RUNNER_MOCK_H

/* What the run before has said is forgotten. */
void sti_mocks_begin(void);
/* The body has ended: fails the test for each call that was expected and has not come. */
void sti_mocks_end(void);

#endif
