/* SPDX-License-Identifier: MIT */
#include "port/shm.h"

#include "base/assert.h"

#include <sys/mman.h>

void *otpi_shm_map(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void otpi_shm_unmap(void *memory, size_t size) {
    OTPI_ASSERT("port-061", munmap(memory, size) == 0);
}
