/* SPDX-License-Identifier: MIT */
/*
 * The objects behind reference-counted boxes: the bytes of large binaries, and resources. Each box
 * holds one reference; the last release frees. An object is never changed after it is made.
 */
#ifndef OTP_TERM_SHARED_H
#define OTP_TERM_SHARED_H

#include "term/box.h"

/* What both kinds begin with. */
typedef struct otpi_shared {
    uint32_t refs; /* atomic: the last release pairs with the releases of all others */
    bool resource;
} otpi_shared;

typedef struct otpi_shared_bytes {
    otpi_shared shared;
    size_t size;
    uint8_t data[];
} otpi_shared_bytes;

typedef struct otpi_resource_object {
    otpi_shared shared;
    const otp_resource_type *type;
    void *object;
    otp_ref ref;
    struct otpi_resource_object *next; /* in the table of live resources */
} otpi_resource_object;

/* With one reference, its bytes not yet set; NULL when out of memory. */
otpi_shared_bytes *otpi_shared_bytes_new(size_t size);
static inline void otpi_shared_acquire(otpi_shared *shared) {
    __atomic_fetch_add(&shared->refs, 1, __ATOMIC_RELAXED);
}
void otpi_shared_release(otpi_shared *shared);

/* The end of a resource: out of the table, destructor, memory (resource.c). */
void otpi_resource_destroy(otpi_resource_object *resource);
/* The identity of a resource term. */
static inline otp_ref otpi_resource_ref(otp_term resource) {
    const uint64_t *box = otpi_box(resource);
    return ((const otpi_resource_object *)(uintptr_t)box[OTPI_SHARED_OBJECT])->ref;
}
/* The live resource of that reference if there is one, else the plain reference. */
otp_term otpi_make_known_ref(otp_ref ref);
/* A term that takes over one reference; OTP_NONE when out of memory (then it does not). */
otp_term otpi_make_resource(otpi_resource_object *resource);
/* The live resource of that reference with one more reference, or NULL. */
otpi_resource_object *otpi_resource_find(otp_ref ref);

#endif
