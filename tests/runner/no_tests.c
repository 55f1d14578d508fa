/* SPDX-License-Identifier: MIT */
/* A test program in which no test was written: golden.sh shows what it says. */
#include <supertester/test.h>

int main(int argc, char **argv) {
    return st_main(argc, argv);
}
