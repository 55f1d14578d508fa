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

extern const planted planted_abd_ts_tie, planted_bluetooth_driver, planted_bounded_buffer,
    planted_bounded_buffer_5, planted_chain_ack_early, planted_chain_read_middle, planted_chord,
    planted_circular_buffer, planted_crdt_delta_lost, planted_crdt_gcounter_sum,
    planted_crdt_lww_tie, planted_deadlock01, planted_din_phil, planted_etcd_6857,
    planted_exactly_once, planted_german, planted_grpc_660, planted_kubernetes_5316, planted_lazy01,
    planted_lease_pause, planted_lost_update, planted_moby_4395, planted_monitor_after_send,
    planted_paxos_learn_mixed, planted_paxos_own_value, planted_pool_checkout,
    planted_pool_overflow, planted_proc_reg, planted_queue, planted_raft_double_vote,
    planted_raft_no_uptodate_check, planted_raft_single_server_change,
    planted_raft_stale_append_reply, planted_raft_truncate_on_stale_append, planted_reorder_20,
    planted_reorder_5, planted_stack, planted_stop_starved, planted_sync01, planted_sync02,
    planted_the_queue, planted_timer_cancel, planted_token_ring, planted_two_phase_dup_votes,
    planted_two_phase_unilateral, planted_twostage, planted_twostage_100, planted_vr_view_change,
    planted_whereis_then_send, planted_wronglock_3;

const planted *const planted_all[] = {
    &planted_abd_ts_tie,
    &planted_bluetooth_driver,
    &planted_bounded_buffer,
    &planted_bounded_buffer_5,
    &planted_chain_ack_early,
    &planted_chain_read_middle,
    &planted_chord,
    &planted_circular_buffer,
    &planted_crdt_delta_lost,
    &planted_crdt_gcounter_sum,
    &planted_crdt_lww_tie,
    &planted_deadlock01,
    &planted_din_phil,
    &planted_etcd_6857,
    &planted_exactly_once,
    &planted_german,
    &planted_grpc_660,
    &planted_kubernetes_5316,
    &planted_lazy01,
    &planted_lease_pause,
    &planted_lost_update,
    &planted_moby_4395,
    &planted_monitor_after_send,
    &planted_paxos_learn_mixed,
    &planted_paxos_own_value,
    &planted_pool_checkout,
    &planted_pool_overflow,
    &planted_proc_reg,
    &planted_queue,
    &planted_raft_double_vote,
    &planted_raft_no_uptodate_check,
    &planted_raft_single_server_change,
    &planted_raft_stale_append_reply,
    &planted_raft_truncate_on_stale_append,
    &planted_reorder_20,
    &planted_reorder_5,
    &planted_stack,
    &planted_stop_starved,
    &planted_sync01,
    &planted_sync02,
    &planted_the_queue,
    &planted_timer_cancel,
    &planted_token_ring,
    &planted_two_phase_dup_votes,
    &planted_two_phase_unilateral,
    &planted_twostage,
    &planted_twostage_100,
    &planted_vr_view_change,
    &planted_whereis_then_send,
    &planted_wronglock_3,
    NULL,
};
