/* SPDX-License-Identifier: MIT */
/*
 * A property, checked from an ordinary main(): what is packed comes back. Runs are packed as a
 * letter and a digit, and there is the mistake: the minimal case tells it.
 *
 *     run_lengths [SEED]             looks for a case that fails
 *     run_lengths --replay TOKEN     runs that case
 */
#include <supertester/check.h>

#include <stdlib.h>
#include <string.h>

/* "aaab" is packed as "a3b1". */
static void pack(const char *text, char *packed) {
    while (*text) {
        size_t run = strspn(text, (char[]){*text, '\0'});
        *packed++ = *text;
        *packed++ = (char)('0' + run % 10);
        text += run;
    }
}

static void unpack(const char *packed, char *text) {
    for (; *packed; packed += 2) {
        for (int n = packed[1] - '0'; n > 0; n--) {
            *text++ = packed[0];
        }
    }
    *text = '\0';
}

static bool what_is_packed_comes_back(void *unused) {
    char text[101] = "", packed[201] = "", back[1001];
    (void)unused;
    ST_LIST(e, 0, 100) {
        text[e.index] = (char)st_int('a', 'c');
    }
    pack(text, packed);
    unpack(packed, back);
    return strcmp(text, back) == 0;
}

int main(int argc, char **argv) {
    st_check_opts opts = {.name = "what is packed comes back", .runs = 10000};
    if (argc == 3 && strcmp(argv[1], "--replay") == 0) {
        opts.replay = argv[2];
    } else if (argc == 2) {
        opts.seed = strtoull(argv[1], NULL, 10);
    }
    return st_check(what_is_packed_comes_back, &opts) > ST_PROVED;
}
