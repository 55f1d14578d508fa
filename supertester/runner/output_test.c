/* SPDX-License-Identifier: MIT */
#include "supertester/runner/output.h"
#include "base/prng.h"
#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

static char seen[4096];

static void see_bytes(void *context, uint32_t job, const char *bytes, size_t size) {
    (void)context;
    for (size_t i = 0; i < size; i++) {
        size_t used = strlen(seen);
        snprintf(seen + used, sizeof seen - used, "%u:%c ", job, bytes[i]);
    }
}

static void see_begin(void *context, uint32_t job) {
    (void)context;
    size_t used = strlen(seen);
    snprintf(seen + used, sizeof seen - used, "begin%u ", job);
}

static bool not_yet;

static bool see_end(void *context, uint32_t job) {
    (void)context;
    size_t used = strlen(seen);
    snprintf(seen + used, sizeof seen - used, "%s%u ", not_yet ? "claims" : "end", job);
    return !not_yet;
}

static const sti_output_events events = {NULL, see_bytes, see_begin, see_end};

UNIT("lines belong to the job whose marks are around them, however the stream is cut") {
    static const char stream[] = "x\x1e"
                                 "b12\nab\x1e"
                                 "e12\nlost\x1e"
                                 "b7\nc";
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed());
    for (int round = 0; round < 200; round++) {
        sti_output output;
        sti_output_init(&output);
        seen[0] = '\0';
        for (size_t at = 0; at < sizeof stream - 1;) {
            size_t size = 1 + otpi_prng_below(&prng, 5);
            size = at + size < sizeof stream ? size : sizeof stream - 1 - at;
            sti_output_feed(&output, stream + at, size, &events);
            at += size;
        }
        CHECK_STR(seen, "begin12 12:a 12:b end12 begin7 7:c ");
        CHECK_EQ(output.job, 7);
    }
}

UNIT("a mark that is none changes nothing") {
    sti_output output;
    sti_output_init(&output);
    seen[0] = '\0';
    static const char *const bad[] = {"\x1e\n",
                                      "\x1e"
                                      "b\n",
                                      "\x1e"
                                      "b99999999999\n",
                                      "\x1e"
                                      "bxx\n",
                                      "\x1e"
                                      "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        sti_output_feed(&output, bad[i], strlen(bad[i]), &events);
    }
    CHECK_STR(seen, "");
    CHECK_EQ(output.job, STI_NO_JOB);
}

UNIT("a test can't end itself, end another or begin one by what it prints") {
    static const char stream[] = "\x1e"
                                 "b3\n\x1e"
                                 "e4\n\x1e"
                                 "b5\nx\x1e"
                                 "e3\ny";
    sti_output output;
    sti_output_init(&output);
    seen[0] = '\0';
    not_yet = true;
    sti_output_feed(&output, stream, sizeof stream - 1, &events);
    not_yet = false;
    sti_output_feed(&output,
                    "\x1e"
                    "e3\nz",
                    5, &events);
    CHECK_STR(seen, "begin3 3:x claims3 3:y end3 ");
}
