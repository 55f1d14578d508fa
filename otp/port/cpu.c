/* SPDX-License-Identifier: MIT */
/*
 * How many processors this process may use. A container's limit is a quota of CPU time per period
 * in a control group (cgroup): of version 2 in cpu.max of our group or one above it, of version 1
 * in the cpu controller's files.
 */
#include "port/thread.h"
#include "port/host.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 512 };

static uint32_t affinity_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        return (uint32_t)CPU_COUNT(&set);
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (uint32_t)online : 1;
}

/* Two numbers from one or two files' texts as whole processors, rounded up; UINT32_MAX = no limit.
 */
static uint32_t whole_processors(long quota, long period) {
    return quota > 0 && period > 0 ? (uint32_t)((quota + period - 1) / period) : UINT32_MAX;
}

static FILE *open_in(const char *directory, const char *name) {
    char path[PATH_BYTES + 64];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return OTPI_HOST_OWN(fopen(path, "re"));
}

static uint32_t limit_v2(const char *directory) {
    char quota[32] = "max";
    long period = 0;
    FILE *file = open_in(directory, "cpu.max");
    if (!file) {
        return UINT32_MAX;
    }
    int read = fscanf(file, "%31s %ld", quota, &period);
    fclose(file);
    return read == 2 && strcmp(quota, "max") != 0 ? whole_processors(atol(quota), period)
                                                  : UINT32_MAX;
}

static long number_in(const char *directory, const char *name) {
    long number = 0;
    FILE *file = open_in(directory, name);
    if (file) {
        if (fscanf(file, "%ld", &number) != 1) {
            number = 0;
        }
        fclose(file);
    }
    return number;
}

static uint32_t limit_v1(const char *directory) {
    return whole_processors(number_in(directory, "cpu.cfs_quota_us"),
                            number_in(directory, "cpu.cfs_period_us"));
}

/* The least limit of the group and all above it. */
static uint32_t limit_upwards(const char *root, const char *group,
                              uint32_t (*limit)(const char *directory)) {
    char directory[PATH_BYTES];
    uint32_t least = UINT32_MAX;
    if (snprintf(directory, sizeof directory, "%s%s", root, group) >= PATH_BYTES) {
        return least;
    }
    for (;;) {
        uint32_t here = limit(directory);
        least = here < least ? here : least;
        char *slash = strrchr(directory, '/');
        if (strlen(directory) <= strlen(root) || !slash) {
            return least;
        }
        *slash = '\0';
    }
}

/* Lines are "0::/group" (version 2) or "4:cpu,cpuacct:/group". */
static uint32_t limit_of_line(char *line) {
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group) {
        return UINT32_MAX;
    }
    *controllers++ = '\0';
    *group++ = '\0';
    if (*controllers == '\0') {
        return limit_upwards("/sys/fs/cgroup", group, limit_v2);
    }
    bool cpu = strcmp(controllers, "cpu") == 0 || strncmp(controllers, "cpu,", 4) == 0 ||
               strstr(controllers, ",cpu,") != NULL || strcmp(controllers, "cpuacct,cpu") == 0;
    return cpu ? limit_upwards("/sys/fs/cgroup/cpu", group, limit_v1) : UINT32_MAX;
}

static uint32_t group_limit(void) {
    char line[PATH_BYTES];
    uint32_t least = UINT32_MAX;
    FILE *file = OTPI_HOST_OWN(fopen("/proc/self/cgroup", "re"));
    while (file && fgets(line, sizeof line, file)) {
        uint32_t here = limit_of_line(line);
        least = here < least ? here : least;
    }
    if (file) {
        fclose(file);
    }
    return least;
}

uint32_t otpi_cpu_count(void) {
    uint32_t affinity = affinity_count();
    uint32_t limit = group_limit();
    uint32_t count = affinity < limit ? affinity : limit;
    return count > 0 ? count : 1;
}
