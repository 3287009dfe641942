//! One test binary: a module a behaviour, its name is the sentence.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "nothing of a test binary is reachable")]

mod support;

mod a_finished_generation_keeps_its_own_times;
mod a_function_is_a_span_with_named_arguments_and_its_result;
mod a_live_generation_lasts_until_it_is_dropped;
mod a_wrong_setting_is_an_error_that_says_what_to_change;
mod langfuse_gets_its_own_headers_and_nothing_of_another_vendor;
mod the_report_says_what_became_of_every_span;
