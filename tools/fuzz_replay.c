/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target once over each file of its corpus, as a test of every ordinary build: what
 * fuzzing once found stays found. Prints TAP; a crash is the failure.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The file in a block of exactly its size, so that ASan sees a read behind the end. */
static uint8_t *file_read(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        return NULL;
    }
    uint8_t buffer[65536];
    *size = fread(buffer, 1, sizeof buffer, file);
    fclose(file);
    uint8_t *copy = malloc(*size ? *size : 1);
    if (copy) {
        memcpy(copy, buffer, *size);
    }
    return copy;
}

static int replay(const char *folder, const char *name, int number) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    size_t size = 0;
    uint8_t *data = file_read(path, &size);
    if (!data) {
        printf("not ok %d - %s cannot be read\n", number, path);
        return 1;
    }
    printf("# %s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    printf("ok %d - %s\n", number, name);
    return 0;
}

static int is_file(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
        return 2;
    }
    struct dirent **entries;
    int n = scandir(argv[1], &entries, is_file, alphasort);
    if (n < 0) {
        fprintf(stderr, "%s: no corpus at %s\n", argv[0], argv[1]);
        return 2;
    }
    printf("TAP version 13\n1..%d\n", n);
    int failed = 0;
    for (int i = 0; i < n; i++) {
        failed += replay(argv[1], entries[i]->d_name, i + 1);
        free(entries[i]);
    }
    free(entries);
    return failed ? 1 : 0;
}
