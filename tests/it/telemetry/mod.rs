//! How a telemetry is put together: sampling, filters, existing set-ups.

mod a_deadline_without_end_delivers_everything;
mod a_log_filter_takes_no_model_call;
mod an_existing_set_up_takes_the_processor_and_the_handle;
mod debug_output_has_no_secret_and_no_content;
mod sampling_keeps_whole_traces;
mod span_ids_grow_in_the_order_of_the_spans;
mod the_filter_hides_noise_but_never_our_own_spans;
