/* SPDX-License-Identifier: MIT */
/* Functions that tests mock, in a file of their own, and what calls them. */
#ifndef TESTS_RUNNER_MOCKED_H
#define TESTS_RUNNER_MOCKED_H

/* a + the length of b */
int mocked_sum(int a, const char *b);
int mocked_caller(int a, const char *b);
int mocked_none(void);
void mocked_void(int *count);
int mocked_eight(int a, int b, int c, int d, int e, int f, int g, int h);

int mocked_call_none(void);
void mocked_call_void(int *count);
int mocked_call_eight(int first);

#endif
