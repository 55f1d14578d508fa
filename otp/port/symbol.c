/* SPDX-License-Identifier: MIT */
/*
 * Looking up a symbol in an ELF file, which is mapped for the time of the look. Nothing in the file
 * is trusted: every offset is checked against its size.
 */
#include "port/symbol.h"

#include "port/host.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct image {
    const unsigned char *bytes;
    size_t size;
} image;

/* ---- The file ---- */

static bool image_map(const char *path, image *out) {
    struct stat info;
    int fd = OTPI_HOST_OWN(open(path, O_RDONLY | O_CLOEXEC));
    if (fd < 0) {
        return false;
    }
    void *bytes = MAP_FAILED;
    if (fstat(fd, &info) == 0 && info.st_size > 0) {
        bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        *out = (image){bytes, (size_t)info.st_size};
    }
    (void)OTPI_HOST_OWN(close(fd));
    return bytes != MAP_FAILED;
}

/* The bytes of the file there; NULL when it is shorter. */
static const void *image_at(const image *file, uint64_t offset, uint64_t size) {
    bool inside = offset <= file->size && size <= file->size - offset;
    return inside ? file->bytes + offset : NULL;
}

static bool section_at(const image *file, const ElfW(Ehdr) * head, unsigned index,
                       ElfW(Shdr) * out) {
    const void *at =
        image_at(file, head->e_shoff + (uint64_t)index * sizeof(ElfW(Shdr)), sizeof(ElfW(Shdr)));
    if (at && index < head->e_shnum) {
        memcpy(out, at, sizeof *out);
    }
    return at && index < head->e_shnum;
}

/* ---- Symbols ---- */

typedef struct found {
    char name[96];
    uint64_t offset;
} found;

static bool name_at(const image *file, const ElfW(Shdr) * strings, uint64_t name, found *out) {
    const char *at = name < strings->sh_size
                         ? image_at(file, strings->sh_offset + name, strings->sh_size - name)
                         : NULL;
    if (!at || !memchr(at, '\0', strings->sh_size - name)) {
        return false;
    }
    /* What the compiler made of a function, f.constprop.0 or f.cold, goes by the function's name.
     */
    size_t length = strcspn(at, ".");
    snprintf(out->name, sizeof out->name, "%.*s", (int)length, at);
    return out->name[0] != '\0';
}

/* The function of the table that holds the address. */
static bool table_find(const image *file, const ElfW(Shdr) * table, const ElfW(Shdr) * strings,
                       uint64_t address, found *out) {
    for (uint64_t i = 0; i < table->sh_size / sizeof(ElfW(Sym)); i++) {
        ElfW(Sym) symbol;
        const void *at =
            image_at(file, table->sh_offset + i * sizeof(ElfW(Sym)), sizeof(ElfW(Sym)));
        if (!at) {
            return false;
        }
        memcpy(&symbol, at, sizeof symbol);
        bool function = (symbol.st_info & 0xf) == STT_FUNC && symbol.st_shndx != SHN_UNDEF;
        if (function && address - symbol.st_value < symbol.st_size &&
            name_at(file, strings, symbol.st_name, out)) {
            out->offset = address - symbol.st_value;
            return true;
        }
    }
    return false;
}

static bool image_find(const image *file, uint64_t address, found *out) {
    ElfW(Ehdr) head;
    const void *at = image_at(file, 0, sizeof head);
    if (!at || memcmp(at, ELFMAG, SELFMAG) != 0) {
        return false;
    }
    memcpy(&head, at, sizeof head);
    for (unsigned i = 0; i < head.e_shnum; i++) {
        ElfW(Shdr) table, strings;
        bool symbols = section_at(file, &head, i, &table) &&
                       (table.sh_type == SHT_SYMTAB || table.sh_type == SHT_DYNSYM) &&
                       section_at(file, &head, table.sh_link, &strings);
        if (symbols && table_find(file, &table, &strings, address, out)) {
            return true;
        }
    }
    return false;
}

/* ---- Addresses ---- */

void otpi_symbol_show(const void *address, char *out, size_t size) {
    Dl_info info;
    void *extra = NULL;
    image file = {0};
    found function = {0};
    if (!dladdr1(address, &info, &extra, RTLD_DL_LINKMAP)) {
        snprintf(out, size, "0x%" PRIxPTR, (uintptr_t)address);
        return;
    }
    const struct link_map *map = extra;
    uint64_t offset = (uintptr_t)address - map->l_addr;
    bool known = false;
    /* The program itself has no name in the list. */
    if (image_map(map->l_name[0] ? map->l_name : "/proc/self/exe", &file)) {
        known = image_find(&file, offset, &function);
        munmap((void *)(uintptr_t)file.bytes, file.size);
    }
    const char *slash = strrchr(info.dli_fname, '/');
    if (known) {
        snprintf(out, size, "%s+0x%" PRIx64, function.name, function.offset);
    } else {
        snprintf(out, size, "%s(+0x%" PRIx64 ")", slash ? slash + 1 : info.dli_fname, offset);
    }
}
