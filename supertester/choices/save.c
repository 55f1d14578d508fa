/* SPDX-License-Identifier: MIT */
/*
 * Writing a list of choices as a file that people can read:
 *
 *     supertester choices 1
 *     test counter.adds
 *     world simulated
 *     seed 42
 *     run 17
 *     timers race
 *     delivery causal
 *     network tcp
 *     choices 2
 *     data user 0..100 57 "st_int(0, 100) at tests/counter.c:12"
 *     schedule run 0..2 1 "receive"
 *     end
 *
 * A choice is lane, kind, bounds, value and what it was about. Data that is drawn by the test says
 * in place of its kind what the number stands for; "data begin", "data next" and "data end" are
 * marks: where a value made of several begins, where its next element does, and where it ends.
 * Lines that begin with # are comments; what is counted are the others behind "choices".
 */
#include "supertester/choices/list.h"
#include "supertester/choices/names.h"

#include "base/text.h"
#include "port/file.h"
#include "port/memory.h"

#include <inttypes.h>
#include <stdio.h>

static void write_label(otpi_text *text, const char *label) {
    otpi_text_char(text, '"');
    for (const char *c = label; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte == '"' || byte == '\\') {
            otpi_text_char(text, '\\');
            otpi_text_char(text, *c);
        } else if (byte < 0x20 || byte == 0x7f) {
            otpi_text_format(text, "\\x%02x", byte);
        } else {
            otpi_text_char(text, *c);
        }
    }
    otpi_text_char(text, '"');
}

static void write_about(otpi_text *text, const st_choices_about *about) {
    otpi_text_format(text, "supertester choices %d\n", STI_CHOICES_VERSION);
    otpi_text_format(text, "test %s\n", about->test);
    otpi_text_format(text, "world %s\n", sti_mode_names[about->mode]);
    otpi_text_format(text, "seed %" PRIu64 "\n", about->seed);
    otpi_text_format(text, "run %" PRIu64 "\n", about->run);
    otpi_text_format(text, "timers %s\n", sti_timers_names[about->timers]);
    otpi_text_format(text, "delivery %s\n", sti_delivery_names[about->delivery]);
    otpi_text_format(text, "network %s\n", sti_network_names[about->network]);
}

static void write_choice(otpi_text *text, const st_choices *list, const sti_choice *choice) {
    bool mark = choice->kind >= STI_KIND_MARKS;
    bool typed = choice->lane == OTP_LANE_DATA && choice->kind == OTP_CHOICE_USER;
    const char *kind = mark    ? sti_type_names[STI_TYPES + choice->kind - STI_KIND_MARKS]
                       : typed ? sti_type_names[choice->type]
                               : sti_kind_names[choice->kind];
    otpi_text_format(text, "%s %s", sti_lane_names[choice->lane], kind);
    if (!mark) {
        otpi_text_format(text, " %" PRId64 "..%" PRId64 " %" PRId64, choice->lo, choice->hi,
                         choice->value);
    }
    otpi_text_char(text, ' ');
    write_label(text, sti_label_text(&list->labels, choice->label));
    otpi_text_char(text, '\n');
}

static void write_choices(otpi_text *text, const st_choices *list) {
    size_t cursor = 0, lines = 0;
    sti_choice choice;
    while (sti_choices_read(list, &cursor, &choice)) {
        lines++;
    }
    otpi_text_format(text, "choices %zu\n", lines);
    for (cursor = 0; sti_choices_read(list, &cursor, &choice);) {
        write_choice(text, list, &choice);
    }
    otpi_text_cstr(text, "end\n");
}

/* Makes the folders that lead to the path; what can't be made is found out by the open after it. */
static void make_folders(const char *path) {
    char folder[4096];
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t size = (size_t)(slash - path);
        if (size >= sizeof folder) {
            return;
        }
        memcpy(folder, path, size);
        folder[size] = '\0';
        otpi_io_err ignored = otpi_file_mkdir(&otpi_file_ops_posix, folder, 0755);
        (void)ignored;
    }
}

static otpi_io_err write_file(const char *path, const otpi_text *text) {
    make_folders(path);
    return otpi_file_write_whole(&otpi_file_ops_posix, path, text->data, text->length);
}

static otp_err refuse(st_choices_error *error, otp_err err, const char *path, const char *why) {
    if (error) {
        *error = (st_choices_error){0};
        snprintf(error->text, sizeof error->text, "can't write %.120s: %s", path, why);
    }
    return err;
}

otp_err st_choices_save(const st_choices *list, const char *path, const st_choices_about *about,
                        st_choices_error *error) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    write_about(&text, about);
    write_choices(&text, list);
    if (text.failed) {
        otpi_text_fini(&text);
        return refuse(error, OTP_ENOMEM, path, "out of memory");
    }
    otpi_io_err err = write_file(path, &text);
    otpi_text_fini(&text);
    if (err == OTPI_IO_OK) {
        return OTP_OK;
    }
    return refuse(error, err == OTPI_IO_ENOSPC ? OTP_ENOSPC : OTP_EIO, path, otpi_io_err_name(err));
}
