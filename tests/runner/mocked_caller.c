/* SPDX-License-Identifier: MIT */
#include "mocked.h"

int mocked_caller(int a, const char *b) {
    return mocked_sum(a, b);
}

int mocked_call_none(void) {
    return mocked_none();
}

void mocked_call_void(int *count) {
    mocked_void(count);
}

int mocked_call_eight(int first) {
    return mocked_eight(first, 2, 3, 4, 5, 6, 7, 8);
}
