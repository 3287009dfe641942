//! One test binary: a module a behaviour, its name is the sentence.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "nothing of a test binary is reachable")]

#[path = "../../examples/math_tutor.rs"]
#[expect(dead_code, reason = "its `main` is for `cargo run`")]
mod math_tutor;
mod support;
mod wire_client;

use math_tutor::openai_sim;

mod a_failed_function_is_an_error_with_its_message;
mod a_finished_generation_keeps_its_own_times;
mod a_function_is_a_span_with_named_arguments_and_its_result;
mod a_live_generation_lasts_until_it_is_dropped;
mod a_simulated_run_advances_with_time;
mod a_trace_continues_where_it_is_told;
mod a_trace_has_a_link_without_waiting_for_it;
mod a_wrong_setting_is_an_error_that_says_what_to_change;
mod an_existing_set_up_gets_the_processor_and_the_handle;
mod baggage_carries_the_scope_to_other_services_if_asked;
mod every_span_inside_a_scope_carries_what_it_says;
mod langfuse_gets_its_own_headers_and_nothing_of_another_vendor;
mod names_of_attributes_stand_in_one_file;
mod nesting_survives_tasks_and_threads;
mod no_span_carries_the_user_of_another_request;
mod span_and_scope_travel_into_tasks_and_threads;
mod the_filter_hides_noise_but_never_our_own_spans;
mod the_math_tutor_shows_what_the_python_sdk_shows_and_more;
mod the_report_says_what_became_of_every_span;
mod the_running_function_can_be_described;
mod the_simulator_answers_chats_whole_and_streamed;
mod the_simulator_answers_responses_whole_streamed_and_later;
mod the_simulator_calls_tools_and_reads_their_results;
mod the_simulator_counts_tokens_from_the_text;
mod the_simulator_embeds_texts;
mod the_simulator_fails_as_the_model_is_named;
mod the_simulator_keeps_a_thread_with_an_active_run_closed;
mod the_simulator_keeps_conversations;
mod the_simulator_pages_its_lists;
mod the_simulator_refuses_as_openai_does;
mod the_simulator_serves_azure_paths;
mod the_simulator_speaks_assistants_to_the_typed_client;
mod the_simulator_stops_when_it_is_dropped;
mod the_simulator_stores_what_it_is_given;
mod the_simulator_writes_the_recorded_shapes;
mod the_tutor_solves_linear_equations;
mod what_is_set_for_a_trace_reaches_spans_that_are_open;
mod what_the_environment_names_is_what_is_used;
