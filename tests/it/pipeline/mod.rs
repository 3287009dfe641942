//! What happens to a span before it is sent: capture, mask, redaction, limits.

mod a_mask_receives_the_key_and_its_meaning;
mod a_panicking_mask_loses_only_the_text_it_was_given;
mod a_slow_mask_delays_no_caller;
mod a_span_keeps_as_many_attributes_as_its_limit;
mod content_goes_only_where_it_is_allowed;
mod every_exported_text_has_passed_the_mask;
mod keys_appear_only_in_the_headers_that_authenticate;
mod keys_in_errors_are_redacted;
mod text_is_truncated_at_its_limit;
mod without_content_everything_else_is_exported;
