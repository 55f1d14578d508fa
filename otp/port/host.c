/* SPDX-License-Identifier: MIT */
#include "port/host.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

_Thread_local unsigned otpi_host_own;

/* The text behind "key" and ':' in the first line of the file that begins with key; false when
 * there is none. */
static bool line_of(const char *path, const char *key, char *out, size_t size) {
    char line[512];
    bool found = false;
    FILE *file = OTPI_HOST_OWN(fopen(path, "re"));
    while (file && !found && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        found = colon && strncmp(line, key, strlen(key)) == 0;
        if (found) {
            line[strcspn(line, "\n")] = '\0';
            snprintf(out, size, "%s", colon + 1 + strspn(colon + 1, " \t"));
        }
    }
    if (file) {
        fclose(file);
    }
    return found;
}

static uint64_t number_of(const char *path, const char *key) {
    char text[64];
    return line_of(path, key, text, sizeof text) ? strtoull(text, NULL, 10) : 0;
}

void otpi_host_name(char *out, size_t size) {
    struct utsname names;
    snprintf(out, size, "%s", uname(&names) == 0 ? names.nodename : "unknown");
}

void otpi_host_os(char *out, size_t size) {
    struct utsname names;
    if (uname(&names) == 0) {
        snprintf(out, size, "%s %s %s", names.sysname, names.release, names.machine);
    } else {
        snprintf(out, size, "unknown");
    }
}

void otpi_host_cpu_model(char *out, size_t size) {
    if (!line_of("/proc/cpuinfo", "model name", out, size)) {
        snprintf(out, size, "unknown");
    }
}

uint32_t otpi_host_cores(void) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (uint32_t)online : 0;
}

uint64_t otpi_host_memory_bytes(void) {
    return number_of("/proc/meminfo", "MemTotal") * 1024;
}

int64_t otpi_host_pid(void) {
    return getpid();
}

uint64_t otpi_host_resident_bytes(void) {
    unsigned long long pages = 0;
    FILE *file = OTPI_HOST_OWN(fopen("/proc/self/statm", "re"));
    if (file) {
        if (fscanf(file, "%*u %llu", &pages) != 1) {
            pages = 0;
        }
        fclose(file);
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint32_t otpi_host_open_files(void) {
    uint32_t count = 0;
    DIR *directory = OTPI_HOST_OWN(opendir("/proc/self/fd"));
    const struct dirent *entry;
    while (directory && (entry = readdir(directory)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    if (directory) {
        closedir(directory);
        count--; /* the directory itself */
    }
    return count;
}

uint32_t otpi_host_threads(void) {
    return (uint32_t)number_of("/proc/self/status", "Threads");
}

const char *otpi_host_environment(const char *name) {
    return getenv(name);
}

bool otpi_host_debugged(void) {
    return number_of("/proc/self/status", "TracerPid") != 0;
}
