//! Calls from the first byte to the last, and what connects several of them.

mod a_background_response_is_counted_once;
mod a_huge_answer_keeps_its_counts_and_its_bytes;
mod a_shutdown_waits_for_an_abandoned_stream;
mod a_stream_is_one_span_until_its_last_byte;
mod a_tool_call_is_a_span_until_its_result;
mod a_tool_call_without_an_id_is_known_by_its_name;
mod every_span_follows_the_conventions;
mod fetching_a_stored_chat_counts_nothing;
