/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: a token of a case, as it was pasted, and its values behind a head that fits them.
 * What can be read is written again and read to the same choices.
 */
#include "supertester/property/token.h"

#include "base/hash.h"
#include "port/memory.h"

#include "fuzz.h"

static st_choices *list, *again;
static sti_tape tape;

static void check(const char *token) {
    char memory[4096];
    otpi_text text;
    if (sti_token_read(token, "fuzz", list)) {
        return;
    }
    FUZZ_CHECK(sti_token_is(token));
    FUZZ_CHECK(sti_tape_read(&tape, list));
    otpi_text_init_fixed(&text, memory, sizeof memory);
    sti_token_write(&tape, "fuzz", &text);
    if (!text.failed) {
        FUZZ_CHECK(sti_token_read(text.data, "fuzz", again) == NULL);
        FUZZ_CHECK(again->count == list->count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char token[FUZZ_SIZE_MAX + 32];
    if (!list) {
        list = st_choices_new();
        again = st_choices_new();
        FUZZ_CHECK(list && again);
    }
    const char *text = fuzz_text(data, size);
    check(text);
    unsigned name = (unsigned)(otpi_hash_bytes("fuzz", 4, 0) & 0xffff);
    unsigned sum = (unsigned)(otpi_hash_bytes(text, strlen(text), 0) & 0xffff);
    snprintf(token, sizeof token, "1-%04x-%04x-%s", name, sum, text);
    check(token);
    return 0;
}
