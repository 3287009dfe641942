//! One test binary: a module a behaviour, its name is the sentence.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../../examples/support/openai_sim/mod.rs"]
mod openai_sim;
mod wire_client;

mod a_simulated_run_advances_with_time;
mod the_simulator_counts_tokens_from_the_text;
mod the_simulator_keeps_a_thread_with_an_active_run_closed;
mod the_simulator_pages_its_lists;
mod the_simulator_refuses_as_openai_does;
mod the_simulator_speaks_assistants_to_the_typed_client;
mod the_simulator_stops_when_it_is_dropped;
mod the_simulator_stores_what_it_is_given;
mod the_simulator_writes_the_recorded_shapes;
mod the_tutor_solves_linear_equations;
