/* SPDX-License-Identifier: MIT */
/*
 * Series and their cells: found without a lock, made under the set's mutex. See metrics.h.
 */
#include "telemetry/metrics.h"

#include "base/hash.h"
#include "port/memory.h"
#include "term/build.h"

#include <math.h>
#include <string.h>

/* ---- Shards ---- */

static otpi_shard *shard_new(const otp_metrics *set) {
    size_t size = sizeof(otpi_shard) + set->count * sizeof(((otpi_shard *)NULL)->of[0]);
    otpi_shard *shard = otpi_alloc_aligned(64, size);
    if (shard != NULL) {
        memset(shard, 0, size);
        otpi_map64_init(&shard->cells, &otpi_heap_allocator);
        otpi_arena_init(&shard->arena, &otpi_heap_allocator, 0);
    }
    return shard;
}

/* The calling scheduler's, made when it is not there; NULL when out of memory. */
static otpi_shard *shard_here(otp_metrics *set) {
    unsigned index = otpi_worker_here()->index;
    OTPI_ASSERT("metrics-001", index < OTPI_WORKERS_MAX);
    otpi_shard *shard = set->shards[index];
    if (OTPI_UNLIKELY(shard == NULL)) {
        shard = shard_new(set);
        /* release: pairs with the acquire in reading.c */
        __atomic_store_n(&set->shards[index], shard, __ATOMIC_RELEASE);
    }
    return shard;
}

void otpi_shards_free(otp_metrics *set) {
    for (size_t i = 0; i < OTPI_WORKERS_MAX; i++) {
        otpi_shard *shard = set->shards[i];
        if (shard != NULL) {
            otpi_map64_fini(&shard->cells);
            otpi_arena_fini(&shard->arena);
            otpi_free(shard);
        }
    }
}

void otpi_drop_count(otpi_metric *metric, otpi_dropped reason) {
    otpi_shard *shard = shard_here(metric->set);
    if (shard == NULL) {
        __atomic_fetch_add(&metric->drops[reason], 1, __ATOMIC_RELAXED);
        return;
    }
    uint64_t *drops = &shard->of[metric->index].drops[reason];
    __atomic_store_n(drops, *drops + 1, __ATOMIC_RELAXED); /* nobody else writes it */
}

/* ---- The registry: under the mutex ---- */

static uint64_t hash_of(const otpi_metric *metric, const otp_term *tags) {
    uint64_t hash = metric->index;
    for (uint32_t i = 0; i < metric->tag_count; i++) {
        hash = otpi_hash_mix(hash, otp_hash(tags[i]));
    }
    return hash;
}

static bool is_series(const otpi_series *series, const otpi_metric *metric, const otp_term *tags) {
    if (series->metric != metric) {
        return false;
    }
    for (uint32_t i = 0; i < metric->tag_count; i++) {
        if (!otp_equal(otp_element(series->tags->term, i), tags[i])) {
            return false;
        }
    }
    return true;
}

static char *labels_new(const otpi_metric *metric, const otp_term *tags) {
    otpi_text text;
    otpi_text_init(&text, &otpi_heap_allocator);
    for (uint32_t i = 0; i < metric->tag_count; i++) {
        otpi_text_cstr(&text, i ? "," : "");
        otpi_label(&text, metric->labels[i], tags[i]);
    }
    char *labels =
        text.failed ? NULL : otpi_arena_copy(&metric->set->arena, text.data, text.length);
    otpi_text_fini(&text);
    return labels;
}

/* In a scope of its own: the tuple is only there to be packed. */
static otpi_pack *tags_pack(const otpi_metric *metric, const otp_term *tags) {
    otp_scope scope = otpi_scope_mark();
    otp_term tuple = otpi_make_tuple(metric->tag_count, tags);
    otpi_pack *pack = otp_is_none(tuple) ? NULL : otpi_pack_new(tuple);
    otpi_scope_rollback(scope);
    return pack;
}

static otpi_series *series_add(otpi_metric *metric, const otp_term *tags, uint64_t hash) {
    otp_metrics *set = metric->set;
    uint64_t *twin = otpi_map64_find(&set->registry, hash);
    otpi_series *series = otpi_arena_alloc(&set->arena, sizeof *series);
    otpi_pack *pack = series != NULL ? tags_pack(metric, tags) : NULL;
    char *labels = pack != NULL ? labels_new(metric, tags) : NULL;
    if (labels == NULL) {
        otpi_pack_release(pack);
        return NULL;
    }
    *series = (otpi_series){.metric = metric,
                            .hash = hash,
                            .twin = twin ? (otpi_series *)(uintptr_t)*twin : NULL,
                            .older = metric->series,
                            .tags = pack,
                            .labels = labels};
    if (otpi_map64_put(&set->registry, hash, (uintptr_t)series) == OTPI_MAP64_ENOMEM) {
        otpi_pack_release(pack);
        return NULL;
    }
    metric->series = series;
    metric->series_count++;
    if (metric->series_count == metric->series_max) {
        /* relaxed: a shard that does not see it yet asks once more, under the mutex */
        __atomic_store_n(&metric->full, true, __ATOMIC_RELAXED);
    }
    return series;
}

static otpi_series *series_of(otpi_metric *metric, const otp_term *tags, uint64_t hash,
                              otpi_dropped *dropped) {
    uint64_t *found = otpi_map64_find(&metric->set->registry, hash);
    otpi_series *series = found ? (otpi_series *)(uintptr_t)*found : NULL;
    while (series != NULL && !is_series(series, metric, tags)) {
        series = series->twin;
    }
    if (series == NULL && metric->series_count < metric->series_max) {
        *dropped = OTPI_DROPPED_MEMORY;
        return series_add(metric, tags, hash);
    }
    *dropped = OTPI_DROPPED_LIMIT;
    return series;
}

void otpi_series_free(otp_metrics *set) {
    for (size_t i = 0; i < set->count; i++) {
        for (otpi_series *series = set->metrics[i].series; series; series = series->older) {
            otpi_pack_release(series->tags);
        }
    }
    otpi_map64_fini(&set->registry);
    otpi_arena_fini(&set->arena);
}

/* ---- Cells ---- */

static otpi_tally *cell_find(const otpi_shard *shard, const otpi_metric *metric,
                             const otp_term *tags, uint64_t hash) {
    const uint64_t *found = otpi_map64_find(&shard->cells, hash);
    otpi_tally *cell = found ? (otpi_tally *)(uintptr_t)*found : NULL;
    while (cell != NULL && !is_series(cell->series, metric, tags)) {
        cell = cell->twin;
    }
    return cell;
}

/* A cell of the series in the shard; NULL when out of memory. Under the mutex. */
static otpi_tally *cell_add(otpi_shard *shard, otpi_series *series) {
    const otpi_metric *metric = series->metric;
    uint64_t *twin = otpi_map64_find(&shard->cells, series->hash);
    size_t size = sizeof(otpi_tally) + metric->cell_words * sizeof(uint64_t);
    otpi_tally *cell = otpi_arena_alloc(&shard->arena, size);
    if (cell == NULL) {
        return NULL;
    }
    memset(cell, 0, size);
    cell->series = series;
    cell->twin = twin ? (otpi_tally *)(uintptr_t)*twin : NULL;
    cell->next = series->cells;
    if (metric->spec.type == OTP_SUMMARY) {
        cell->words[2] = otpi_word_of_double(INFINITY);
        cell->words[3] = otpi_word_of_double(-INFINITY);
    }
    if (otpi_map64_put(&shard->cells, series->hash, (uintptr_t)cell) == OTPI_MAP64_ENOMEM) {
        return NULL;
    }
    /* release: pairs with the acquire in reading.c */
    __atomic_store_n(&series->cells, cell, __ATOMIC_RELEASE);
    return cell;
}

/* Cells for all series of a metric that gets no more of them. True when none is missing. */
static bool cells_complete(otpi_shard *shard, const otpi_metric *metric) {
    for (otpi_series *series = metric->series; series != NULL; series = series->older) {
        otp_term tags[OTPI_TAGS_MAX];
        for (uint32_t i = 0; i < metric->tag_count; i++) {
            tags[i] = otp_element(series->tags->term, i);
        }
        if (cell_find(shard, metric, tags, series->hash) == NULL &&
            cell_add(shard, series) == NULL) {
            return false;
        }
    }
    return true;
}

/* The shard does not have it. */
static OTPI_NOINLINE otpi_tally *cell_make(otpi_shard *shard, otpi_metric *metric,
                                           const otp_term *tags, uint64_t hash,
                                           otpi_dropped *dropped) {
    otp_metrics *set = metric->set;
    if (shard->of[metric->index].complete) {
        *dropped = OTPI_DROPPED_LIMIT;
        return NULL;
    }
    otpi_mutex_lock(&set->mutex);
    otpi_series *series = series_of(metric, tags, hash, dropped);
    otpi_tally *cell = NULL;
    if (series != NULL) {
        cell = cell_add(shard, series);
        *dropped = OTPI_DROPPED_MEMORY;
    } else if (__atomic_load_n(&metric->full, __ATOMIC_RELAXED)) {
        shard->of[metric->index].complete = cells_complete(shard, metric);
    }
    otpi_mutex_unlock(&set->mutex);
    return cell;
}

otpi_tally *otpi_tally_of(otpi_metric *metric, const otp_term *tags, otpi_dropped *dropped) {
    otpi_shard *shard = shard_here(metric->set);
    if (shard == NULL) {
        *dropped = OTPI_DROPPED_MEMORY;
        return NULL;
    }
    uint64_t hash = hash_of(metric, tags);
    otpi_tally *cell = cell_find(shard, metric, tags, hash);
    return OTPI_LIKELY(cell != NULL) ? cell : cell_make(shard, metric, tags, hash, dropped);
}
