/* SPDX-License-Identifier: MIT */
/*
 * The search: see search.h. The list is walked from the first operation not taken to the first
 * return; what is met there are the operations that may be next.
 */
#include "supertester/explore/search.h"
#include "supertester/explore/slots.h"

#include "port/clock.h"
#include "port/memory.h"

#include <string.h>

enum { LIGHT_BRANCHES = 64 };

/* What a configuration offers. */
typedef struct ways {
    uint32_t stop;  /* the first return in the list, or the end of it: then all have returned */
    uint32_t count; /* operations that may be next */
    uint32_t first, first_state;
} ways;

/* ---- The list ---- */

static inline void unlink_one(sti_link *links, uint32_t at) {
    links[links[at].prev].next = links[at].next;
    links[links[at].next].prev = links[at].prev;
}

static inline void relink_one(sti_link *links, uint32_t at) {
    links[links[at].prev].next = at;
    links[links[at].next].prev = at;
}

static inline void take(sti_search *s, uint32_t call) {
    uint32_t back = s->links[call].peer;
    if (back != STI_NO_LINK) {
        unlink_one(s->links, back);
    }
    unlink_one(s->links, call);
    s->order[s->taken++] = call;
    s->is_taken[sti_search_operation(s, call)] = 1;
    if (s->branching) {
        sti_slots_free_before(s, call);
        sti_slots_flip(s, sti_search_operation(s, call));
    }
}

/* Puts back what was taken since, newest first. */
static void put_back(sti_search *s, uint32_t taken) {
    while (s->taken > taken) {
        uint32_t call = s->order[--s->taken];
        s->is_taken[sti_search_operation(s, call)] = 0;
        relink_one(s->links, call);
        if (s->links[call].peer != STI_NO_LINK) {
            relink_one(s->links, s->links[call].peer);
        }
    }
}

/* Must an equal one be taken before? */
static inline bool waits_for_twin(const sti_search *s, uint32_t operation) {
    return s->branching && s->twins[operation] != STI_NO_LINK && !s->is_taken[s->twins[operation]];
}

/* Is it worth taking? One that may not have been at all, and would change nothing, is not. */
static inline bool is_way(const sti_search *s, uint32_t call, uint32_t state, uint32_t next) {
    return next != STI_ILLEGAL && (next != state || s->links[call].peer != STI_NO_LINK);
}

/* Was the optional operation before it taken in vain? */
static inline bool is_in_vain(const sti_search *s, uint32_t operation, uint32_t next) {
    return s->before != STI_ILLEGAL && sti_step(s->machine, s->before, operation) == next;
}

/* A way out of the state: is there one by this call? */
static inline bool find_way(const sti_search *s, uint32_t at, uint32_t state, uint32_t next) {
    return is_way(s, at, state, next) && !is_in_vain(s, sti_search_operation(s, at), next);
}

static inline void go(sti_search *s, uint32_t call, uint32_t *state, uint32_t next) {
    s->before = s->links[call].peer == STI_NO_LINK ? *state : STI_ILLEGAL;
    take(s, call);
    *state = next;
}

static ways look_again(sti_search *s, uint32_t head, uint32_t state);

/* Takes all that fits and never changes anything; says what else there is. */
static inline ways look(sti_search *s, uint32_t head, uint32_t state) {
    ways w = {.count = 0};
    uint32_t at = s->links[head].next, taken = s->taken;
    for (; !(s->links[at].event & 1); at = s->links[at].next) {
        uint32_t operation = s->links[at].event >> 1;
        if (waits_for_twin(s, operation)) {
            continue;
        }
        uint32_t next = sti_step(s->machine, state, operation);
        if (next == state && s->machine->calls[operation].steady) {
            take(s, at); /* its own link still leads on */
        } else if (find_way(s, at, state, next) && w.count++ == 0) {
            w.first = at;
            w.first_state = next;
        }
    }
    w.stop = at;
    if (s->before != STI_ILLEGAL && s->taken > taken) {
        s->before = STI_ILLEGAL; /* something was read: it was not in vain */
        return look_again(s, head, state);
    }
    return w;
}

/* Out of line: this is rare, and look is put into its callers. */
static ways look_again(sti_search *s, uint32_t head, uint32_t state) {
    return look(s, head, state);
}

/* ---- Branches ---- */

static otp_err check_budget(sti_search *s) {
    sti_budget *budget = s->budget;
    budget->steps++;
    if (++s->steps > s->steps_max) {
        return OTP_EBUSY;
    }
    if (budget->steps_max != 0 && budget->steps > budget->steps_max) {
        return OTP_ETIMEOUT;
    }
    if ((budget->steps & 1023) == 0 &&
        (otpi_clock_monotonic_ns() > budget->deadline_ns ||
         sti_memo_bytes(&s->memo) + s->machine->bytes > budget->memory_bytes_max)) {
        return OTP_ETIMEOUT;
    }
    return OTP_OK;
}

static bool push_branch(sti_search *s, const ways *w, uint32_t state, uint32_t first,
                        uint32_t head) {
    if (s->branch_count == s->branch_capacity) {
        size_t capacity = s->branch_capacity ? s->branch_capacity * 2 : 32;
        sti_branch *branches = otpi_realloc(s->branches, capacity * sizeof *branches);
        s->branches = branches ? branches : s->branches;
        uint64_t *masks = otpi_realloc(s->masks, capacity * s->mask_capacity * sizeof *masks + 1);
        s->masks = masks ? masks : s->masks;
        if (!branches || !masks) {
            return false;
        }
        s->branch_capacity = capacity;
    }
    if (s->branching) {
        memcpy(s->masks + s->branch_count * s->mask_capacity, s->key + 1,
               s->mask_words * sizeof *s->key);
    }
    s->branches[s->branch_count++] = (sti_branch){.state = state,
                                                  .taken = s->taken,
                                                  .stop = w->stop,
                                                  .first = first,
                                                  .cursor = head,
                                                  .before = s->before,
                                                  .masked = s->branching ? s->masked : STI_NO_LINK,
                                                  .mask_hash = s->mask_hash};
    return true;
}

/* *is_new: this configuration was not entered before. The first few branches of a part are not
 * remembered: most parts have no more. */
static otp_err remember(sti_search *s, uint32_t part, uint32_t stop, uint32_t state, bool *is_new) {
    *is_new = true;
    if (!s->branching) {
        if (s->light++ < LIGHT_BRANCHES) {
            return OTP_OK;
        }
        otp_err err = sti_slots_make(s, part, stop);
        if (err != OTP_OK) {
            return err;
        }
    }
    sti_slots_free_before(s, stop);
    s->key[0] = (uint64_t)(stop + 1) << 32 | state;
    sti_memo_result result =
        sti_memo_add(&s->memo, s->key, sti_slots_hash(s->mask_hash, s->key[0]));
    *is_new = result == STI_MEMO_NEW;
    return result == STI_MEMO_ENOMEM ? OTP_ENOMEM : OTP_OK;
}

/* Enters a configuration with several ways to go on. STI_MEMO_NEW: *state and the list are those
 * after the first way. */
static otp_err enter(sti_search *s, uint32_t part, const ways *w, uint32_t *state, bool *is_new) {
    otp_err err = check_budget(s);
    if (err == OTP_OK) {
        err = remember(s, part, w->stop, *state, is_new);
    }
    if (err != OTP_OK || !*is_new) {
        return err;
    }
    /* The one that has returned first most likely was first. */
    uint32_t first = s->links[w->stop].peer;
    uint32_t operation = sti_search_operation(s, first);
    uint32_t next =
        waits_for_twin(s, operation) ? STI_ILLEGAL : sti_step(s->machine, *state, operation);
    if (next == STI_ILLEGAL || !find_way(s, first, *state, next)) {
        first = w->first;
        next = w->first_state;
    }
    if (!push_branch(s, w, *state, first, s->part_starts[part])) {
        return OTP_ENOMEM;
    }
    go(s, first, state, next);
    return OTP_OK;
}

static void restore_mask(sti_search *s, uint32_t part, const sti_branch *b) {
    if (!s->branching) {
        return;
    }
    if (b->masked == STI_NO_LINK) {
        sti_slots_fill_mask(s, part, b->stop);
        return;
    }
    s->masked = b->masked;
    s->mask_hash = b->mask_hash;
    memcpy(s->key + 1, s->masks + (size_t)(b - s->branches) * s->mask_capacity,
           s->mask_words * sizeof *s->key);
}

/* Goes back to the last branch that has another way, and takes that. */
static bool retreat(sti_search *s, uint32_t part, uint32_t *state) {
    while (s->branch_count > 0) {
        sti_branch *b = &s->branches[s->branch_count - 1];
        put_back(s, b->taken);
        restore_mask(s, part, b);
        s->before = b->before;
        uint32_t at = s->links[b->cursor].next;
        for (; at != b->stop; at = s->links[at].next) {
            uint32_t operation = sti_search_operation(s, at);
            if (at == b->first || waits_for_twin(s, operation)) {
                continue;
            }
            uint32_t next = sti_step(s->machine, b->state, operation);
            if (find_way(s, at, b->state, next)) {
                b->cursor = at;
                *state = b->state;
                go(s, at, state, next);
                return true;
            }
        }
        s->branch_count--;
    }
    return false;
}

/* ---- A part ---- */

/* Asked where there is a choice only: where there is none, the end comes soon by itself. */
static bool is_hopeless(const sti_search *s, uint32_t head, uint32_t state) {
    return s->machine->type->is_hopeless && !s->stuck &&
           s->machine->type->is_hopeless(s->machine, state, s->links, s->links[head].next);
}

static void begin_part(sti_search *s) {
    put_back(s, 0);
    s->branch_count = 0;
    s->branching = false;
    s->light = 0;
    s->before = STI_ILLEGAL;
    s->steps = 0;
}

otp_err sti_search_part(sti_search *s, uint32_t part, bool *found) {
    uint32_t head = s->part_starts[part], end = s->part_starts[part + 1] - 1;
    uint32_t state = s->machine->initial;
    begin_part(s);
    for (;;) {
        ways w = look(s, head, state);
        if (w.stop == end) {
            *found = true;
            return OTP_OK;
        }
        if (w.count == 1) {
            go(s, w.first, &state, w.first_state);
            continue;
        }
        bool is_new = false;
        if (w.count > 1 && !is_hopeless(s, head, state)) {
            otp_err err = enter(s, part, &w, &state, &is_new);
            if (err != OTP_OK) {
                return err;
            }
        } else if (s->machine->failed) {
            return OTP_ENOMEM;
        } else if (s->stuck && w.count == 0) {
            s->stuck(s->context, s, w.stop, state);
        }
        if (!is_new && !retreat(s, part, &state)) {
            *found = false;
            return s->machine->failed ? OTP_ENOMEM : OTP_OK;
        }
    }
}

/* ---- Making the list ---- */

/* Where each part begins: calls and returns are counted first. */
static void place_parts(sti_search *s) {
    const st_history *history = s->machine->history;
    uint32_t *sizes = s->part_starts + 1;
    for (size_t i = 0; i < history->count; i++) {
        const sti_call *call = &s->machine->calls[i];
        if (!call->skip) {
            sizes[call->part] += call->optional ? 1 : 2;
        }
    }
    for (uint32_t part = 0; part < s->part_count; part++) {
        sizes[part] += s->part_starts[part] + 2;
    }
}

static void add_ends(sti_search *s, uint32_t part) {
    uint32_t head = s->part_starts[part], end = s->part_starts[part + 1] - 1;
    s->links[head] = (sti_link){.next = head + 1, .prev = head, .event = STI_NO_LINK};
    s->links[end] = (sti_link){.next = end, .prev = end - 1, .event = STI_NO_LINK};
}

/* Meanwhile order holds the link of each operation's call, and places the next one of each part. */
static void fill_parts(sti_search *s, uint32_t *places) {
    const st_history *history = s->machine->history;
    for (uint32_t part = 0; part < s->part_count; part++) {
        add_ends(s, part);
        places[part] = s->part_starts[part] + 1;
    }
    for (size_t i = 0; i < history->event_count; i++) {
        uint32_t event = history->events[i];
        const sti_call *call = &s->machine->calls[event >> 1];
        if (call->skip) {
            continue;
        }
        uint32_t at = places[call->part]++;
        s->links[at] = (sti_link){at + 1, at - 1, event, STI_NO_LINK};
        if (event & 1) {
            s->links[at].peer = s->order[event >> 1];
            s->links[s->order[event >> 1]].peer = at;
        } else {
            s->order[event >> 1] = at;
        }
    }
}

otp_err sti_search_init(sti_search *s, sti_machine *machine, sti_budget *budget) {
    size_t count = machine->history->count, parts = machine->part_count;
    *s = (sti_search){.machine = machine,
                      .budget = budget,
                      .part_count = (uint32_t)parts,
                      .steps_max = UINT64_MAX};
    sti_memo_init(&s->memo, 2, sti_slots_key_hash);
    size_t links = machine->history->event_count + 2 * parts;
    s->links = otpi_alloc((links + 1) * sizeof *s->links +
                          (2 * parts + 1 + count) * sizeof *s->part_starts + count + parts);
    if (!s->links) {
        return OTP_ENOMEM;
    }
    s->part_starts = (uint32_t *)(s->links + links + 1);
    s->order = s->part_starts + 2 * parts + 1;
    s->is_taken = (uint8_t *)(s->order + count);
    s->is_settled = s->is_taken + count;
    memset(s->part_starts, 0, (parts + 1) * sizeof *s->part_starts);
    memset(s->is_taken, 0, count + parts);
    place_parts(s);
    fill_parts(s, s->part_starts + parts + 1);
    return OTP_OK;
}

void sti_search_fini(sti_search *s) {
    sti_memo_fini(&s->memo);
    otpi_free(s->links);
    otpi_free(s->branches);
    otpi_free(s->masks);
    otpi_free(s->slots);
    otpi_free(s->twins);
    otpi_free(s->key);
    *s = (sti_search){.memo = s->memo};
}
