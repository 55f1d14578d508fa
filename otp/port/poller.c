/* SPDX-License-Identifier: MIT */
/*
 * Epoll, with numbers for watches: an event that was fetched before its watch was removed finds
 * nothing under its number and is dropped.
 */
#include "port/poller.h"

#include "base/heap.h"
#include "base/map64.h"
#include "port/host.h"
#include "port/memory.h"
#include "port/thread.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

_Static_assert(OTPI_POLL_READ == (int)EPOLLIN && OTPI_POLL_WRITE == (int)EPOLLOUT &&
                   OTPI_POLL_ERROR == (int)EPOLLERR && OTPI_POLL_HANGUP == (int)EPOLLHUP,
               "the events of epoll(7)");

enum { EVENTS_MAX = 64 };

struct otpi_poller {
    int epoll, bell;    /* bell: an eventfd that ends a wait */
    otpi_mutex mutex;   /* of what follows; rank 0 */
    otpi_map64 watches; /* by id */
    otpi_heap deadlines;
    uint64_t next_id;
    bool running, stopping;
    uint64_t owner; /* atomic: the thread that is calling back, which holds the mutex; 0 = none */
    otpi_thread thread;
};

/* ---- Lock: callbacks come back in ---- */

static bool poller_lock(otpi_poller *poller) {
    /* only the own thread can find its own number here */
    if (__atomic_load_n(&poller->owner, __ATOMIC_RELAXED) == otpi_thread_id()) {
        return false;
    }
    otpi_mutex_lock(&poller->mutex);
    return true;
}

static void poller_unlock(otpi_poller *poller, bool locked) {
    if (locked) {
        otpi_mutex_unlock(&poller->mutex);
    }
}

static void bell_ring(otpi_poller *poller) {
    uint64_t one = 1;
    (void)!OTPI_HOST_OWN(write(poller->bell, &one, sizeof one));
}

/* ---- The thread ---- */

static otpi_poller_watch *watch_of(otpi_poller *poller, uint64_t id) {
    uint64_t word;
    return otpi_map64_get(&poller->watches, id, &word) ? (otpi_poller_watch *)(uintptr_t)word
                                                       : NULL;
}

static void event_handle(otpi_poller *poller, const struct epoll_event *event) {
    otpi_poller_watch *watch = watch_of(poller, event->data.u64);
    if (watch) {
        watch->ready(watch, event->events);
    } else if (event->data.u64 == 0) {
        uint64_t rings;
        (void)!OTPI_HOST_OWN(read(poller->bell, &rings, sizeof rings));
    }
}

static void deadlines_handle(otpi_poller *poller) {
    uint64_t now = otpi_clock_monotonic_ns();
    const otpi_heap_entry *first;
    while ((first = otpi_heap_min(&poller->deadlines)) && first->key <= now) {
        otpi_poller_watch *watch = otpi_heap_pop(&poller->deadlines);
        watch->ready(watch, 0);
    }
}

/* Milliseconds until the next deadline, rounded up; -1 = none. */
static int wait_ms(const otpi_poller *poller) {
    const otpi_heap_entry *first = otpi_heap_min(&poller->deadlines);
    if (!first) {
        return -1;
    }
    uint64_t now = otpi_clock_monotonic_ns();
    uint64_t ms = first->key > now ? (first->key - now + 999999) / 1000000 : 0;
    return ms < 60000 ? (int)ms : 60000;
}

static void poller_main(void *arg) {
    otpi_poller *poller = arg;
    struct epoll_event events[EVENTS_MAX];
    otpi_mutex_lock(&poller->mutex);
    while (!poller->stopping) {
        int wait = wait_ms(poller);
        otpi_mutex_unlock(&poller->mutex);
        int count = epoll_wait(poller->epoll, events, EVENTS_MAX, wait);
        OTPI_ASSERT("port-100", count >= 0 || errno == EINTR);
        otpi_mutex_lock(&poller->mutex);
        __atomic_store_n(&poller->owner, otpi_thread_id(), __ATOMIC_RELAXED);
        for (int i = 0; i < count; i++) {
            event_handle(poller, &events[i]);
        }
        deadlines_handle(poller);
        __atomic_store_n(&poller->owner, 0, __ATOMIC_RELAXED);
    }
    otpi_mutex_unlock(&poller->mutex);
}

/* ---- Life ---- */

otpi_poller *otpi_poller_new(void) {
    otpi_poller *poller = otpi_calloc(1, sizeof *poller);
    if (!poller) {
        return NULL;
    }
    otpi_mutex_init(&poller->mutex);
    otpi_map64_init(&poller->watches, &otpi_heap_allocator);
    otpi_heap_init(&poller->deadlines, &otpi_heap_allocator);
    poller->epoll = epoll_create1(EPOLL_CLOEXEC);
    poller->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0};
    if (poller->epoll < 0 || poller->bell < 0 ||
        epoll_ctl(poller->epoll, EPOLL_CTL_ADD, poller->bell, &event) != 0) {
        otpi_poller_free(poller);
        return NULL;
    }
    return poller;
}

void otpi_poller_free(otpi_poller *poller) {
    if (!poller) {
        return;
    }
    otpi_mutex_lock(&poller->mutex);
    OTPI_ASSERT("port-101", otpi_map64_count(&poller->watches) == 0);
    poller->stopping = true;
    bool running = poller->running;
    otpi_mutex_unlock(&poller->mutex);
    if (running) {
        bell_ring(poller);
        otpi_thread_join(&poller->thread);
    }
    otpi_pipe_close(&poller->epoll);
    otpi_pipe_close(&poller->bell);
    otpi_map64_fini(&poller->watches);
    otpi_heap_fini(&poller->deadlines);
    otpi_mutex_fini(&poller->mutex);
    otpi_free(poller);
}

/* ---- Watches ---- */

/* Locked. What it has done when it fails is undone by watch_forget. */
static otpi_io_err watch_enter(otpi_poller *poller, otpi_poller_watch *watch, unsigned want,
                               uint64_t deadline_ns) {
    struct epoll_event event = {.events = want | EPOLLONESHOT, .data.u64 = watch->id};
    if (otpi_map64_put(&poller->watches, watch->id, (uint64_t)(uintptr_t)watch) ==
            OTPI_MAP64_ENOMEM ||
        (deadline_ns != OTPI_NEVER &&
         !otpi_heap_push(&poller->deadlines, deadline_ns, watch, &watch->position))) {
        errno = ENOMEM;
        return OTPI_IO_ENOMEM;
    }
    if (!poller->running) {
        poller->running = otpi_thread_start(&poller->thread, "otp-poller", poller_main, poller);
        if (!poller->running) {
            return OTPI_IO_ENOMEM;
        }
    }
    return want == 0 || epoll_ctl(poller->epoll, EPOLL_CTL_ADD, watch->fd, &event) == 0
               ? OTPI_IO_OK
               : otpi_io_err_from(errno);
}

static void watch_forget(otpi_poller *poller, otpi_poller_watch *watch) {
    otpi_map64_remove(&poller->watches, watch->id, NULL);
    if (watch->position != OTPI_HEAP_NOWHERE) {
        otpi_heap_remove_at(&poller->deadlines, watch->position);
    }
    watch->id = 0;
}

otpi_io_err otpi_poller_add(otpi_poller *poller, otpi_poller_watch *watch, unsigned want,
                            uint64_t deadline_ns) {
    bool locked = poller_lock(poller);
    watch->id = ++poller->next_id;
    watch->position = OTPI_HEAP_NOWHERE;
    otpi_io_err err = watch_enter(poller, watch, want, deadline_ns);
    int cause = errno;
    if (err != OTPI_IO_OK) {
        watch_forget(poller, watch);
    } else if (deadline_ns != OTPI_NEVER) {
        bell_ring(poller);
    }
    poller_unlock(poller, locked);
    errno = cause;
    return err;
}

/* A descriptor that wants nothing is not in the set: a hang-up would be told unasked. */
void otpi_poller_arm(otpi_poller *poller, otpi_poller_watch *watch, unsigned want) {
    bool locked = poller_lock(poller);
    struct epoll_event event = {.events = want | EPOLLONESHOT, .data.u64 = watch->id};
    int result = watch->id ? epoll_ctl(poller->epoll, EPOLL_CTL_MOD, watch->fd, &event) : 0;
    if (result != 0 && errno == ENOENT) {
        result = epoll_ctl(poller->epoll, EPOLL_CTL_ADD, watch->fd, &event);
    }
    if (result != 0) {
        watch->ready(watch, OTPI_POLL_ERROR); /* no memory for it: the caller is to look itself */
    }
    poller_unlock(poller, locked);
}

void otpi_poller_remove(otpi_poller *poller, otpi_poller_watch *watch) {
    bool locked = poller_lock(poller);
    if (watch->id) {
        (void)epoll_ctl(poller->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
        watch_forget(poller, watch);
    }
    poller_unlock(poller, locked);
}
