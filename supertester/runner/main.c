/* SPDX-License-Identifier: MIT */
/*
 * main() of test programs that bring none of their own: the linker takes this member of the archive
 * only then.
 */
#include <supertester/test.h>

int main(int argc, char **argv) {
    return st_main(argc, argv);
}
