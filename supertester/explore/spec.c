/* SPDX-License-Identifier: MIT */
/*
 * The specifications that are given, by name.
 */
#include "supertester/explore/machine.h"

#include <string.h>

const st_spec st_spec_register = {.name = "register", .machine = &sti_machine_cell};
const st_spec st_spec_kv = {.name = "kv", .machine = &sti_machine_kv};
const st_spec st_spec_queue = {.name = "queue", .machine = &sti_machine_queue};
const st_spec st_spec_stack = {.name = "stack", .machine = &sti_machine_stack};
const st_spec st_spec_set = {.name = "set", .machine = &sti_machine_set};
const st_spec st_spec_counter = {.name = "counter", .machine = &sti_machine_counter};
const st_spec st_spec_lock = {.name = "lock", .machine = &sti_machine_lock};
const st_spec st_spec_log = {.name = "log", .machine = &sti_machine_log};

static const st_spec *const specs[] = {&st_spec_register, &st_spec_kv,  &st_spec_queue,
                                       &st_spec_stack,    &st_spec_set, &st_spec_counter,
                                       &st_spec_lock,     &st_spec_log};

const st_spec *st_spec_at(size_t i) {
    return i < sizeof specs / sizeof specs[0] ? specs[i] : NULL;
}

const st_spec *st_spec_find(const char *name) {
    for (size_t i = 0; st_spec_at(i); i++) {
        if (strcmp(specs[i]->name, name) == 0) {
            return specs[i];
        }
    }
    return NULL;
}
