/* SPDX-License-Identifier: MIT */
#include "term/frames.h"
#include "port/memory.h"
#include "test_term.h"
#include "unit.h"

UNIT("frames come back last in first out, also after growth") {
    otpi_frames frames;
    int64_t before = otpi_memory_stats_read().live_blocks;
    otpi_frames_init(&frames);
    for (size_t i = 0; i < 1000; i++) {
        REQUIRE(otpi_frames_push(&frames, (otpi_frame){.left = i, .note = i * 2}));
    }
    for (size_t i = 1000; i-- > 0;) {
        CHECK_EQ(otpi_frames_top(&frames)->left, i);
        CHECK_EQ(otpi_frames_top(&frames)->note, i * 2);
        frames.count--;
    }
    otpi_frames_fini(&frames);
    CHECK_EQ(otpi_memory_stats_read().live_blocks, before);
}

static bool push_many(bool failing) {
    (void)failing;
    otpi_frames frames;
    otpi_frames_init(&frames);
    bool pushed = true;
    for (size_t i = 0; i < 300 && pushed; i++) {
        pushed = otpi_frames_push(&frames, (otpi_frame){.left = i});
        CHECK(pushed || frames.count == i);
    }
    otpi_frames_fini(&frames);
    return pushed;
}

UNIT("a push without memory leaves what was there") {
    CHECK_EQ(test_fail_each(push_many, 20), 4);
}
