/* SPDX-License-Identifier: MIT */
#include "port/host.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
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

uint32_t otpi_host_open_files(uint64_t *set, size_t words) {
    uint32_t count = 0;
    DIR *directory = OTPI_HOST_OWN(opendir("/proc/self/fd"));
    const struct dirent *entry;
    for (size_t i = 0; i < words; i++) {
        set[i] = 0;
    }
    while (directory && (entry = readdir(directory)) != NULL) {
        unsigned long fd = strtoul(entry->d_name, NULL, 10);
        if (entry->d_name[0] == '.' || fd == (unsigned long)dirfd(directory)) {
            continue;
        }
        count++;
        if (fd / 64 < words) {
            set[fd / 64] |= UINT64_C(1) << fd % 64;
        }
    }
    if (directory) {
        closedir(directory);
    }
    return count;
}

/* The directory of threads has a link for each of them besides its own two. The kernel tells that
 * without writing a text; whoever imitates it may not. */
uint32_t otpi_host_threads(void) {
    struct stat threads;
    if (OTPI_HOST_OWN(stat("/proc/self/task", &threads)) == 0 && threads.st_nlink > 2) {
        return (uint32_t)threads.st_nlink - 2;
    }
    return (uint32_t)number_of("/proc/self/status", "Threads");
}

/* The children that one thread has started. */
static uint32_t children_of(const char *thread) {
    char path[64];
    uint32_t count = 0;
    int child;
    snprintf(path, sizeof path, "/proc/self/task/%.16s/children", thread);
    FILE *file = OTPI_HOST_OWN(fopen(path, "re"));
    while (file && fscanf(file, "%d", &child) == 1) {
        count++;
    }
    if (file) {
        fclose(file);
    }
    return count;
}

uint32_t otpi_host_children(void) {
    siginfo_t info;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD) {
        return 0;
    }
    uint32_t count = 0;
    DIR *directory = OTPI_HOST_OWN(opendir("/proc/self/task"));
    const struct dirent *entry;
    while (directory && (entry = readdir(directory)) != NULL) {
        count += entry->d_name[0] != '.' ? children_of(entry->d_name) : 0;
    }
    if (directory) {
        closedir(directory);
    }
    return count > 0 ? count : 1; /* a kernel that lists none has said that there are some */
}

bool otpi_host_file_name(int fd, char *out, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(path, out, size - 1);
    out[length > 0 ? length : 0] = '\0';
    return length > 0;
}

bool otpi_host_path_exists(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0;
}

const char *otpi_host_environment(const char *name) {
    return getenv(name);
}

bool otpi_host_debugged(void) {
    return number_of("/proc/self/status", "TracerPid") != 0;
}
