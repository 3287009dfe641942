//! What belongs to a process: its environment, its global subscriber, its end.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "nothing of a test binary is reachable")]

#[path = "../it/support/collector.rs"]
mod collector;
#[path = "../it/support/conventions.rs"]
mod conventions;
#[path = "../it/support/folder.rs"]
mod folder;
#[path = "../it/support/leaky_request.rs"]
#[allow(dead_code, reason = "this binary knows its texts by their beginnings")]
mod leaky_request;
#[path = "../it/support/net.rs"]
#[allow(dead_code, reason = "this binary needs an address only")]
mod net;
mod program;
#[path = "../it/support/reply_server.rs"]
#[allow(dead_code, reason = "this binary needs whole replies only")]
mod reply_server;
#[path = "../it/support/tls.rs"]
mod tls;
#[path = "../../examples/two_processes.rs"]
#[expect(dead_code, reason = "its `main` is for `cargo run`")]
mod two_processes;
#[path = "../it/support/wait.rs"]
#[allow(dead_code, reason = "this binary has no runtime to wait in")]
mod wait;

mod a_guard_that_is_dropped_at_once_is_named;
mod a_json_log_beside_traces_stays_whole;
mod a_killed_process_leaves_its_spool_to_the_next;
mod a_mask_that_feeds_itself_is_named;
mod a_process_is_set_up_by_its_environment;
mod a_program_keeps_its_log;
mod a_trace_goes_on_in_another_process;
mod a_traced_client_without_a_telemetry_says_so;
mod every_example_follows_the_conventions;
mod handlers_on_worker_threads_are_traces_of_their_own;
mod keys_and_masked_texts_are_not_printed;
mod losses_are_reported_on_standard_error;
mod the_demo_exports_in_the_environment_of_the_compose_file;
mod the_doctor_explains_certificates_and_proxies;
mod the_doctor_is_a_command;
mod the_end_of_a_process_delivers_what_is_left;
mod the_terminal_shows_nothing_secret_of_a_request;
mod traces_are_printed_if_nothing_is_configured;

/// Runs the program that the environment names; the tests run this binary again for that.
#[test]
fn program() {
    program::program();
}
