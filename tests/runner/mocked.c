/* SPDX-License-Identifier: MIT */
#include "mocked.h"

#include <string.h>

int mocked_sum(int a, const char *b) {
    return a + (int)strlen(b);
}

int mocked_none(void) {
    return 7;
}

void mocked_void(int *count) {
    ++*count;
}

int mocked_eight(int a, int b, int c, int d, int e, int f, int g, int h) {
    return a + b + c + d + e + f + g + h;
}
