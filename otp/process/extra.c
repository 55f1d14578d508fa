/* SPDX-License-Identifier: MIT */
#include "process/extra.h"

#include "process/system.h"

static otpi_extra *extra_new(void) {
    otpi_extra *extra = otpi_block_alloc(sizeof *extra);
    if (extra) {
        *extra = (otpi_extra){0};
        otpi_list_init(&extra->kept);
        otpi_list_init(&extra->owned);
        extra->left_end = &extra->left;
        extra->arrived_end = &extra->arrived;
    }
    return extra;
}

otpi_extra *otpi_extra_get(otpi_process *self) {
    otpi_extra *brief = self->extra;
    if (brief && !brief->shared) {
        return brief;
    }
    otpi_extra *extra = extra_new();
    if (!extra) {
        return NULL;
    }
    if (brief) {
        extra->context = brief->context;
        extra->label = brief->label;
        extra->brief = brief;
    }
    /* release: pairs with the acquire in hog.c */
    __atomic_store_n(&self->extra, extra, __ATOMIC_RELEASE);
    return extra;
}

otpi_extra *otpi_extra_need(otpi_process *self, const char *site) {
    otpi_extra *extra = otpi_extra_get(self);
    if (!extra) {
        otpi_enomem(site);
    }
    return extra;
}

static void kept_release(otpi_kept *kept) {
    otpi_offheap_release(kept->offheap);
    otpi_block_free(kept, kept->size);
}

static void kept_free(otpi_extra *extra) {
    for (otpi_list *at; (at = otpi_list_take_first(&extra->kept));) {
        kept_release(OTPI_CONTAINER_OF(at, otpi_kept, link));
    }
}

/* ---- Briefs ---- */

enum { BRIEF_BATCH = 4096 }; /* references that are counted at once */

static void brief_release(otpi_extra *brief, uint32_t refs) {
    if (brief && __atomic_sub_fetch(&brief->refs, refs, __ATOMIC_ACQ_REL) == 0) {
        otpi_block_free(brief, sizeof *brief);
    }
}

/* The parent's own reference, and those it has not given away. */
static void given_release(otpi_extra *extra) {
    brief_release(extra->given, 1 + extra->given_left);
    extra->given = NULL;
    extra->given_left = 0;
}

/* The brief that the parent gave last, or another in its place. */
static otpi_extra *brief_for(otpi_extra *parent, void *context, const char *label) {
    otpi_extra *brief = parent->given;
    if (brief && brief->context == context && brief->label == label) {
        return brief;
    }
    brief = extra_new();
    if (brief) {
        brief->context = context;
        brief->label = label;
        brief->shared = true;
        brief->refs = 1;
        given_release(parent);
        parent->given = brief;
    }
    return brief;
}

otp_err otpi_extra_share(otpi_process *parent, otpi_process *child, void *context,
                         const char *label) {
    otpi_extra *extra = otpi_extra_get(parent);
    otpi_extra *brief = extra ? brief_for(extra, context, label) : NULL;
    if (!brief) {
        return OTP_ENOMEM;
    }
    if (extra->given_left == 0) {
        __atomic_fetch_add(&brief->refs, BRIEF_BATCH, __ATOMIC_RELAXED);
        extra->given_left = BRIEF_BATCH;
    }
    extra->given_left--;
    child->extra = brief;
    return OTP_OK;
}

/* ---- The end ---- */

/* Others may be looking at it (hog.c); nothing is in it, so the list can hold the retired link. */
static void trimmed_release(otpi_retired *retired) {
    _Static_assert(sizeof(otpi_retired) <= sizeof(otpi_list), "it lies over kept");
    otpi_extra *extra = OTPI_CONTAINER_OF((otpi_list *)(void *)retired, otpi_extra, kept);
    otpi_block_free(extra, sizeof *extra);
}

/* Is there more in it than in its brief? */
static bool is_used(const otpi_extra *e) {
    const otpi_extra *brief = e->brief;
    return e->name.word || e->context != (brief ? brief->context : NULL) ||
           e->label != (brief ? brief->label : NULL) || e->defers || e->aliases ||
           !otpi_list_empty(&e->kept) || !otpi_list_empty(&e->owned) || e->unlinked || e->left ||
           e->arrived || e->watch || e->handled || e->mark_at || e->mailbox_max ||
           e->node_monitors.word || e->log_metadata.word || e->given || e->stays;
}

void otpi_extra_trim(otpi_process *self) {
    otpi_extra *e = otpi_extra_own(self);
    if (e && !is_used(e) && !(self->flags & OTPI_INTERCEPTED)) {
        __atomic_store_n(&self->extra, e->brief, __ATOMIC_RELEASE); /* as in otpi_extra_get */
        otpi_retire((otpi_retired *)(void *)&e->kept, trimmed_release);
    }
}

void otpi_extra_empty(otpi_process *self) {
    if (self->extra) {
        kept_free(self->extra);
    }
}

void otpi_extra_free(otpi_process *self) {
    otpi_extra *extra = self->extra;
    self->extra = NULL;
    if (extra && extra->shared) {
        brief_release(extra, 1);
    } else if (extra) {
        kept_free(extra);
        given_release(extra);
        brief_release(extra->brief, 1);
        otpi_block_free(extra, sizeof *extra);
    }
}

/* ---- What the user sees of it ---- */

void *otp_context(void) {
    const otpi_process *self = otpi_self();
    return self->extra ? self->extra->context : NULL;
}

void otp_label(const char *label) {
    otpi_process *self = otpi_self();
    __atomic_store_n(&otpi_extra_need(self, OTPI_SITE)->label, label, __ATOMIC_RELAXED);
}

bool otp_trap_exit(bool on) {
    otpi_process *self = otpi_self();
    bool before = self->flags & OTPI_TRAP_EXIT;
    self->flags = (uint16_t)(on ? self->flags | OTPI_TRAP_EXIT : self->flags & ~OTPI_TRAP_EXIT);
    return before;
}

otp_err otpi_defer_add(void (*cleanup)(void *argument), void *argument) {
    otpi_extra *extra = otpi_extra_get(otpi_self());
    otpi_defer *defer = extra ? otpi_block_alloc(sizeof *defer) : NULL;
    if (!defer) {
        return OTP_ENOMEM;
    }
    *defer = (otpi_defer){extra->defers, cleanup, argument};
    extra->defers = defer;
    return OTP_OK;
}

void otp_defer(void (*cleanup)(void *argument), void *argument) {
    if (otpi_defer_add(cleanup, argument) != OTP_OK) {
        otpi_enomem(OTPI_SITE);
    }
}

bool otp_undefer(void *argument, bool run) {
    otpi_process *self = otpi_self();
    for (otpi_defer **at = self->extra ? &self->extra->defers : NULL; at && *at;
         at = &(*at)->next) {
        otpi_defer *defer = *at;
        if (defer->argument == argument) {
            *at = defer->next;
            void (*cleanup)(void *) = defer->cleanup;
            otpi_block_free(defer, sizeof *defer);
            if (run) {
                otpi_locks_held++; /* no suspension and no switch: a kill may not cut it short */
                cleanup(argument);
                otpi_locks_held--;
            }
            return true;
        }
    }
    return false;
}

otp_term otp_keep(otp_term term) {
    size_t words = otpi_term_words(term);
    if (words == 0) {
        return term;
    }
    otpi_extra *extra = otpi_extra_need(otpi_self(), OTPI_SITE);
    size_t size = sizeof(otpi_kept) + words * sizeof(uint64_t);
    otpi_kept *kept = otpi_block_alloc(size);
    if (!kept) {
        otpi_enomem(OTPI_SITE);
    }
    kept->size = size;
    kept->offheap = NULL;
    uint64_t *at = kept->data;
    otp_term copy = otpi_term_copy(term, &at, &kept->offheap);
    otpi_list_push_back(&extra->kept, &kept->link);
    return copy;
}

/* A kept term is found by where it lies; the newest are looked at first. */
void otp_drop(otp_term term) {
    if ((term.word & 3) == OTPI_PRIMARY_IMMEDIATE) {
        return;
    }
    otpi_process *self = otpi_self();
    const char *address = (const char *)(uintptr_t)(term.word & ~UINT64_C(3));
    otpi_list *list = self->extra ? &self->extra->kept : NULL;
    for (otpi_list *at = list ? list->prev : NULL; at != list; at = at->prev) {
        otpi_kept *kept = OTPI_CONTAINER_OF(at, otpi_kept, link);
        if (address >= (const char *)kept->data && address < (const char *)kept + kept->size) {
            otpi_list_remove(at);
            kept_release(kept);
            return;
        }
    }
    otpi_badarg("otp_drop", "the term was not kept by this process");
}

void otpi_drop_root(otp_term kept) {
    if ((kept.word & 3) != OTPI_PRIMARY_IMMEDIATE) {
        char *root = (char *)(uintptr_t)(kept.word & ~UINT64_C(3));
        otpi_kept *holder = (otpi_kept *)(void *)(root - offsetof(otpi_kept, data));
        otpi_list_remove(&holder->link);
        kept_release(holder);
    }
}

otp_err otpi_own(otpi_process *self, otpi_owned *owned) {
    otpi_extra *extra = otpi_extra_get(self);
    if (!extra) {
        return OTP_ENOMEM;
    }
    otpi_list_push_back(&extra->owned, &owned->link);
    return OTP_OK;
}

void otpi_disown(otpi_owned *owned) {
    otpi_list_remove(&owned->link);
}

otp_err otpi_process_intercept(otpi_process *process, const otp_interceptor *interceptor) {
    otpi_extra *extra = otpi_extra_get(process);
    if (!extra) {
        return OTP_ENOMEM;
    }
    if (!interceptor) {
        otp_err err = process->flags & OTPI_INTERCEPTED ? OTP_OK : OTP_ENOENT;
        process->flags &= (uint16_t)~OTPI_INTERCEPTED;
        return err;
    }
    if (process->flags & OTPI_INTERCEPTED) {
        return OTP_EEXIST;
    }
    extra->interceptor = *interceptor;
    process->flags |= OTPI_INTERCEPTED;
    return OTP_OK;
}
