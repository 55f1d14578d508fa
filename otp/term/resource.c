/* SPDX-License-Identifier: MIT */
/*
 * Resources: C pointers as terms. Each has a reference for an identity; the table of live ones
 * finds it again when that reference comes back from the wire or from a printed text.
 */
#include "base/hash.h"
#include "port/memory.h"
#include "port/thread.h"
#include "term/box.h"
#include "term/build.h"
#include "term/shared.h"

enum { CHAINS = 1024 };

/* Protects the chains. A resource leaves its chain before its destructor runs, so one that is found
 * with at least one reference left is alive. */
static otpi_mutex living = OTPI_MUTEX_INIT;
static otpi_resource_object *chains[CHAINS];

static otpi_resource_object **chain_of(otp_ref ref) {
    return &chains[otpi_hash_mix(ref.word[1], ref.word[2]) % CHAINS];
}

static void enter(otpi_resource_object *resource) {
    otpi_resource_object **chain = chain_of(resource->ref);
    otpi_mutex_lock(&living);
    resource->next = *chain;
    *chain = resource;
    otpi_mutex_unlock(&living);
}

static void leave(const otpi_resource_object *resource) {
    otpi_resource_object **at = chain_of(resource->ref);
    otpi_mutex_lock(&living);
    while (*at != resource) {
        at = &(*at)->next;
    }
    *at = resource->next;
    otpi_mutex_unlock(&living);
}

/* One more reference, unless the last is gone already. */
static bool acquire_living(otpi_shared *shared) {
    uint32_t refs = __atomic_load_n(&shared->refs, __ATOMIC_RELAXED);
    while (refs != 0) {
        if (__atomic_compare_exchange_n(&shared->refs, &refs, refs + 1, true, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
            return true;
        }
    }
    return false;
}

otpi_resource_object *otpi_resource_find(otp_ref ref) {
    otpi_mutex_lock(&living);
    otpi_resource_object *at = *chain_of(ref);
    while (at != NULL && !(otpi_ref_same(at->ref, ref) && acquire_living(&at->shared))) {
        at = at->next;
    }
    otpi_mutex_unlock(&living);
    return at;
}

void otpi_resource_destroy(otpi_resource_object *resource) {
    leave(resource);
    if (resource->type->destroy != NULL) {
        resource->type->destroy(resource->object);
    }
    otpi_free(resource);
}

otp_term otpi_make_resource(otpi_resource_object *resource) {
    uint64_t *box = otpi_scope_try(OTPI_SHARED_WORDS);
    if (box == NULL) {
        return OTP_NONE;
    }
    box[0] = otpi_header(OTPI_BOXED_RESOURCE, OTPI_SHARED_WORDS - 1);
    box[OTPI_SHARED_NEXT] = (uint64_t)(uintptr_t)otpi_scope_now->offheap;
    box[OTPI_SHARED_OBJECT] = (uint64_t)(uintptr_t)resource;
    box[OTPI_SHARED_OFFSET] = 0;
    box[OTPI_SHARED_BITS] = 0;
    otpi_scope_now->offheap = box;
    return otpi_box_term(box);
}

otp_term otpi_make_known_ref(otp_ref ref) {
    otpi_resource_object *resource = otpi_resource_find(ref);
    if (resource == NULL) {
        return otpi_make_ref(ref);
    }
    otp_term term = otpi_make_resource(resource);
    if (otp_is_none(term)) {
        otpi_shared_release(&resource->shared);
    }
    return term;
}

otp_term otp_resource(const otp_resource_type *type, void *object) {
    otpi_resource_object *resource = otpi_alloc(sizeof *resource);
    if (resource == NULL) {
        return otpi_made_nothing("otp_resource");
    }
    *resource = (otpi_resource_object){
        {.refs = 1, .resource = true}, type, object, otpi_terms.fresh_ref(), NULL};
    otp_term term = otpi_make_resource(resource);
    if (otp_is_none(term)) {
        otpi_free(resource); /* the object stays the caller's */
        return otpi_made_nothing("otp_resource");
    }
    enter(resource);
    return term;
}

static otpi_resource_object *resource_of(otp_term term) {
    const uint64_t *box = otpi_box_of(term, OTPI_BOXED_RESOURCE);
    return box ? (otpi_resource_object *)(uintptr_t)box[OTPI_SHARED_OBJECT] : NULL;
}

void *otp_resource_get(otp_term term, const otp_resource_type *type) {
    const otpi_resource_object *resource = resource_of(term);
    return resource && resource->type == type ? resource->object : NULL;
}

otp_term otp_resource_describe(otp_term term) {
    const otpi_resource_object *resource = resource_of(term);
    if (resource == NULL) {
        return OTP_NONE;
    }
    if (resource->type->describe != NULL) {
        return resource->type->describe(resource->object);
    }
    return otp_string(resource->type->name);
}
