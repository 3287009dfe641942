//! The simulated server that the examples and tests talk to. A file is a behaviour, named after the sentence
//! that it tests.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "nothing of a test binary is reachable")]

#[path = "../../examples/support/openai_sim/mod.rs"]
mod openai_sim;
mod requests;
#[path = "../it/support/simulator.rs"]
mod simulator;
#[path = "../it/support/wait.rs"]
#[allow(dead_code, reason = "this binary only waits in a runtime")]
mod wait;

mod a_thread_with_an_active_run_is_locked;
mod azure_paths_are_served;
mod chats_are_answered_whole_and_streamed;
mod completions_images_audio_and_moderations_have_the_recorded_shapes;
mod conversations_keep_their_items;
mod invalid_requests_receive_the_errors_of_openai;
mod lists_are_paged;
mod models_call_tools_and_read_their_results;
mod models_of_vendors_answer_with_their_deviations;
mod objects_can_be_created_read_changed_and_deleted;
mod objects_have_the_recorded_shapes;
mod other_assistants_servers_are_simulated;
mod responses_are_answered_whole_streamed_and_in_the_background;
mod runs_advance_with_time;
mod runs_call_functions_and_wait_for_their_outputs;
mod runs_can_be_cancelled;
mod runs_stream_their_events_in_order;
mod runs_use_the_tools_of_their_server;
mod similar_texts_have_similar_embeddings;
mod stored_chats_can_be_fetched_listed_changed_and_deleted;
mod the_model_name_decides_how_a_run_ends;
mod the_model_name_decides_what_fails;
mod the_server_stops_when_it_is_dropped;
mod the_tutor_solves_linear_equations;
mod the_typed_client_reads_every_assistants_object;
mod tokens_are_counted_from_the_text;
