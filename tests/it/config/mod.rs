//! Settings that cannot be used.

mod a_wrong_setting_is_an_error_that_says_what_to_change;
mod an_error_shows_no_token_and_no_path;
