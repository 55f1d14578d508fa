/* SPDX-License-Identifier: MIT */
/*
 * Registered names: open addressing from atom to pid. Readers take no lock.
 *
 * A name's place is never reused for another name within one array; an unregistered name keeps its
 * place with no pid. A full array is replaced by a larger or cleaner one; the old one is retired.
 */
#include "process/extra.h"
#include "process/system.h"
#include "term/atom.h"

enum {
    NAMES_INITIAL = 16,
    ACCESS_NAMES = 2, /* below any hash and pid worth mentioning */
};

typedef struct name_place {
    uint64_t name; /* atomic: word of the atom; 0 = free */
    uint64_t pid;  /* atomic; 0 = not registered */
} name_place;

typedef struct otpi_name_array {
    otpi_retired retired;
    uint32_t capacity; /* a power of two */
    uint32_t used;     /* places with a name, registered or not */
    name_place places[];
} name_array;

static size_t array_size(uint32_t capacity) {
    return sizeof(name_array) + capacity * sizeof(name_place);
}

static name_array *array_new(uint32_t capacity) {
    name_array *array = otpi_calloc(1, array_size(capacity));
    if (array) {
        array->capacity = capacity;
    }
    return array;
}

static void array_release(otpi_retired *retired) {
    otpi_free(OTPI_CONTAINER_OF(retired, name_array, retired));
}

void otpi_names_init(otp_system *system) {
    otpi_spin_init(&system->names.lock);
}

void otpi_names_fini(otp_system *system) {
    otpi_free(system->names.array);
}

static uint32_t name_hash(otp_term name) {
    uint64_t index = name.word >> 6;
    return (uint32_t)((index * 0x9e3779b97f4a7c15ULL) >> 32);
}

/* The place of a name, or the free one where it would go. */
static name_place *place_find(name_array *array, otp_term name) {
    for (uint32_t i = name_hash(name);; i++) {
        name_place *place = &array->places[i & (array->capacity - 1)];
        uint64_t word = __atomic_load_n(&place->name, __ATOMIC_ACQUIRE);
        if (word == name.word || word == 0) {
            return place;
        }
    }
}

/* All names are one object: otp_registered reads all of it. */
static inline void access_name(otp_access_how how, otp_term name) {
    if (__builtin_expect(otpi_observed, 0)) {
        otpi_access_slow(how, ACCESS_NAMES, otp_is_none(name) ? 0 : otp_hash(name));
    }
}

otp_pid otpi_name_lookup(otp_system *system, otp_term name) {
    access_name(OTP_READ, name);
    name_array *array = __atomic_load_n(&system->names.array, __ATOMIC_ACQUIRE);
    if (OTPI_UNLIKELY(!array)) {
        return OTP_PID_NONE;
    }
    name_place *place = place_find(array, name);
    if (__atomic_load_n(&place->name, __ATOMIC_RELAXED) != name.word) {
        return OTP_PID_NONE;
    }
    return (otp_pid){__atomic_load_n(&place->pid, __ATOMIC_ACQUIRE)};
}

/* A copy of the registered names with room for twice as many; old is NULL at first. */
static name_array *array_grown(const name_array *old) {
    uint32_t places = old ? old->capacity : 0;
    uint32_t registered = 0;
    for (uint32_t i = 0; i < places; i++) {
        registered += old->places[i].pid != 0;
    }
    uint32_t capacity = NAMES_INITIAL;
    while (capacity < 4 * (registered + 1)) {
        capacity *= 2;
    }
    name_array *array = array_new(capacity);
    for (uint32_t i = 0; array && i < places; i++) {
        if (old->places[i].pid) {
            *place_find(array, (otp_term){old->places[i].name}) = old->places[i];
            array->used++;
        }
    }
    return array;
}

/* Locked. OTP_EEXIST when the name is taken. */
static otp_err name_put(otpi_names *names, otp_term name, otp_pid pid, name_array **replaced) {
    name_array *array = names->array;
    name_place *place = array ? place_find(array, name) : NULL;
    if (place && place->name == name.word && place->pid) {
        return OTP_EEXIST;
    }
    if (!place || (!place->name && array->used >= array->capacity / 2)) {
        name_array *grown = array_grown(array);
        if (!grown) {
            return OTP_ENOMEM;
        }
        *replaced = array;
        __atomic_store_n(&names->array, grown, __ATOMIC_RELEASE);
        array = grown;
        place = place_find(array, name);
    }
    array->used += !place->name;
    __atomic_store_n(&place->pid, pid.word, __ATOMIC_RELEASE);
    /* release: pairs with the acquire in place_find; the pid is there before the name is */
    __atomic_store_n(&place->name, name.word, __ATOMIC_RELEASE);
    return OTP_OK;
}

otp_err otpi_name_enter(otp_system *system, otp_term name, otp_pid pid) {
    name_array *replaced = NULL;
    access_name(OTP_WRITE, name);
    otpi_spin_lock(&system->names.lock);
    otp_err err = name_put(&system->names, name, pid, &replaced);
    otpi_spin_unlock(&system->names.lock);
    if (replaced) {
        otpi_retire(&replaced->retired, array_release);
    }
    return err;
}

void otpi_name_leave(otp_system *system, otp_term name, otp_pid pid) {
    access_name(OTP_WRITE, name);
    otpi_spin_lock(&system->names.lock);
    name_place *place = place_find(system->names.array, name);
    if (place->name == name.word && place->pid == pid.word) {
        __atomic_store_n(&place->pid, 0, __ATOMIC_RELEASE);
    }
    otpi_spin_unlock(&system->names.lock);
}

void otpi_names_each(otp_system *system, void (*visit)(void *context, otp_term name, otp_pid pid),
                     void *context) {
    name_array *array = __atomic_load_n(&system->names.array, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; array && i < array->capacity; i++) {
        uint64_t pid = __atomic_load_n(&array->places[i].pid, __ATOMIC_ACQUIRE);
        if (pid) {
            visit(context, (otp_term){array->places[i].name}, (otp_pid){pid});
        }
    }
}

/* ---- What the user sees ---- */

static void name_check(otp_term name, const char *site) {
    if (!otp_is_atom(name) || name.word == OTPI_AM_undefined) {
        otpi_badarg(site, "a name is an atom other than undefined");
    }
}

typedef struct registration {
    otp_term name;
    otp_err err;
} registration;

/* In the process that gets the name: it may have one already. */
static void registration_visit(void *context, otpi_process *target) {
    registration *r = context;
    otpi_extra *extra = otpi_extra_get(target);
    if (!extra) {
        r->err = OTP_ENOMEM;
    } else if (!otp_is_none(extra->name)) {
        r->err = OTP_EEXIST;
    } else {
        r->err = otpi_name_enter(target->system, r->name, target->pid);
        extra->name = r->err == OTP_OK ? r->name : OTP_NONE;
    }
}

otp_err otp_register(otp_term name, otp_pid pid) {
    otpi_process *self = otpi_self();
    name_check(name, "otp_register");
    otpi_visible("register", otp_hash(name));
    registration r = {name, OTP_OK};
    if (pid.word == self->pid.word) {
        registration_visit(&r, self);
        return r.err;
    }
    otp_err err = otpi_process_visit(pid, registration_visit, &r, OTP_INFINITY);
    return err != OTP_OK ? err : r.err;
}

static void unregistration_visit(void *context, otpi_process *target) {
    registration *r = context;
    if (target->extra && target->extra->name.word == r->name.word) {
        otpi_name_leave(target->system, r->name, target->pid);
        target->extra->name = OTP_NONE;
        r->err = OTP_OK;
    }
}

otp_err otp_unregister(otp_term name) {
    otpi_process *self = otpi_self();
    name_check(name, "otp_unregister");
    otpi_visible("unregister", otp_hash(name));
    otp_pid pid = otpi_name_lookup(self->system, name);
    registration r = {name, OTP_ENOENT};
    if (pid.word == self->pid.word) {
        unregistration_visit(&r, self);
        return r.err;
    }
    otp_err err =
        pid.word ? otpi_process_visit(pid, unregistration_visit, &r, OTP_INFINITY) : OTP_ENOENT;
    return err == OTP_ENOPROC ? OTP_ENOENT : err != OTP_OK ? err : r.err;
}

otp_pid otp_whereis(otp_term name) {
    otpi_process *self = otpi_self();
    if (OTPI_UNLIKELY(otpi_visible_on)) {
        otpi_visible("whereis", otp_hash(name));
    }
    return otp_is_atom(name) ? otpi_name_lookup(self->system, name) : OTP_PID_NONE;
}

static void registered_visit(void *context, otp_term name, otp_pid pid) {
    (void)pid;
    otp_term *map = context;
    *map = otp_map_put(*map, name, otp_nil());
}

otp_term otp_registered(void) {
    otp_term map = otp_map_of(0, NULL);
    access_name(OTP_READ, OTP_NONE);
    otpi_names_each(otpi_self()->system, registered_visit, &map);
    otp_term list = otp_nil();
    otp_term name;
    otp_term value;
    for (size_t i = otp_map_size(map); i > 0 && otp_map_at(map, i - 1, &name, &value); i--) {
        list = otp_cons(name, list);
    }
    return list;
}
