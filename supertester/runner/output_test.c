/* SPDX-License-Identifier: MIT */
#include "supertester/runner/output.h"
#include "base/prng.h"
#include "port/memory.h"
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

static void see_end(void *context, uint32_t job) {
    (void)context;
    size_t used = strlen(seen);
    snprintf(seen + used, sizeof seen - used, "end%u ", job);
}

static const sti_output_events events = {NULL, see_bytes, see_begin, see_end};

enum { SECRET = 12345 };

static void add_mark(otpi_text *stream, char what, uint32_t job) {
    sti_output_mark(stream, what, job, SECRET);
}

static void feed(sti_output *output, const otpi_text *stream, size_t piece_max) {
    otpi_prng prng;
    otpi_prng_seed(&prng, unit_seed() + piece_max);
    for (size_t at = 0; at < stream->length;) {
        size_t size = 1 + otpi_prng_below(&prng, piece_max);
        size = at + size < stream->length ? size : stream->length - at;
        sti_output_feed(output, stream->data + at, size, &events);
        at += size;
    }
}

UNIT("lines belong to the job whose marks are around them, however the stream is cut") {
    char memory[256];
    otpi_text stream;
    otpi_text_init_fixed(&stream, memory, sizeof memory);
    otpi_text_char(&stream, 'x');
    add_mark(&stream, 'b', 12);
    otpi_text_cstr(&stream, "ab");
    add_mark(&stream, 'e', 12);
    otpi_text_cstr(&stream, "lost");
    add_mark(&stream, 'b', 4294967294u);
    otpi_text_char(&stream, 'c');
    for (size_t piece_max = 1; piece_max < 100; piece_max++) {
        sti_output output;
        sti_output_init(&output, SECRET);
        seen[0] = '\0';
        feed(&output, &stream, piece_max);
        CHECK_STR(seen, "begin12 12:a 12:b end12 begin4294967294 4294967294:c ");
        CHECK_EQ(output.job, 4294967294u);
    }
}

static const char *const no_marks[] = {"\x1e\n",
                                       "\x1e.\n",
                                       "\x1e"
                                       "b\n",
                                       "\x1e"
                                       "b1\n",
                                       "\x1e"
                                       "b1.\n",
                                       "\x1e"
                                       "e1.0000000000000000\n",
                                       "\x1e"
                                       "e1.0000000000003039 \n",
                                       "\x1e"
                                       "e01.0000000000003039\n",
                                       "\x1e"
                                       "b99999999999.0000000000003039\n",
                                       "\x1e"
                                       "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\n",
                                       "\x1e\x1e"
                                       "e2\n"};

UNIT("a mark that is none changes nothing, and is the test's output") {
    for (size_t i = 0; i < sizeof no_marks / sizeof no_marks[0]; i++) {
        char memory[256];
        otpi_text stream, wanted;
        sti_output output;
        otpi_text_init_fixed(&stream, memory, sizeof memory);
        sti_output_init(&output, SECRET);
        seen[0] = '\0';
        sti_output_feed(&output, no_marks[i], strlen(no_marks[i]), &events);
        CHECK_STR(seen, "");
        CHECK_EQ(output.job, STI_NO_JOB);
        add_mark(&stream, 'b', 1);
        otpi_text_cstr(&stream, no_marks[i]);
        feed(&output, &stream, 7);
        otpi_text_init(&wanted, &otpi_heap_allocator);
        otpi_text_cstr(&wanted, "begin1 ");
        for (const char *c = no_marks[i]; *c; c++) {
            otpi_text_format(&wanted, "1:%c ", *c);
        }
        CHECK_STR(seen, wanted.data);
        CHECK_EQ(output.job, 1);
        otpi_text_fini(&wanted);
    }
}

UNIT("a test can't end itself, end another or begin one by what it prints") {
    char memory[512];
    otpi_text stream;
    sti_output output;
    otpi_text_init_fixed(&stream, memory, sizeof memory);
    sti_output_init(&output, SECRET);
    seen[0] = '\0';
    add_mark(&stream, 'b', 3);
    sti_output_mark(&stream, 'e', 3, SECRET + 1);
    feed(&output, &stream, 64);
    CHECK_EQ(output.job, 3);
    otpi_text_clear(&stream);
    add_mark(&stream, 'e', 4);
    add_mark(&stream, 'b', 5);
    feed(&output, &stream, 64);
    CHECK_EQ(output.job, 3);
    seen[0] = '\0';
    otpi_text_clear(&stream);
    add_mark(&stream, 'e', 3);
    otpi_text_char(&stream, 'z');
    feed(&output, &stream, 64);
    CHECK_STR(seen, "end3 ");
}
