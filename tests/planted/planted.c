/* SPDX-License-Identifier: MIT */
#include "tests/planted/planted.h"

bool planted_correct;
otp_pid planted_main;

void planted_scenario(void *twin) {
    const planted_twin *t = twin;
    planted_correct = t->correct;
    planted_main = otp_self();
    t->program->body();
}

extern const planted planted_bluetooth_driver,
    planted_bounded_buffer,
    planted_bounded_buffer_5,
    planted_circular_buffer,
    planted_deadlock01,
    planted_din_phil,
    planted_lazy01,
    planted_lost_update,
    planted_monitor_after_send,
    planted_pool_checkout,
    planted_pool_overflow,
    planted_proc_reg,
    planted_queue,
    planted_stack,
    planted_stop_starved,
    planted_sync01,
    planted_sync02,
    planted_the_queue,
    planted_timer_cancel,
    planted_token_ring,
    planted_twostage,
    planted_twostage_100,
    planted_whereis_then_send,
    planted_wronglock_3;

const planted *const planted_all[] = {
    &planted_bluetooth_driver,
    &planted_bounded_buffer,
    &planted_bounded_buffer_5,
    &planted_circular_buffer,
    &planted_deadlock01,
    &planted_din_phil,
    &planted_lazy01,
    &planted_lost_update,
    &planted_monitor_after_send,
    &planted_pool_checkout,
    &planted_pool_overflow,
    &planted_proc_reg,
    &planted_queue,
    &planted_stack,
    &planted_stop_starved,
    &planted_sync01,
    &planted_sync02,
    &planted_the_queue,
    &planted_timer_cancel,
    &planted_token_ring,
    &planted_twostage,
    &planted_twostage_100,
    &planted_whereis_then_send,
    &planted_wronglock_3,
    NULL,
};
