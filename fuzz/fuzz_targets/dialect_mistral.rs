//! Any bytes in Mistral's dialect, as a request and as an answer.
//!
//! `cargo +nightly fuzz run dialect_mistral CORPUS tests/fixtures -- -dict=fuzz/wire.dict`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

include!("support/rooms.rs");

const PATHS: [&str; 3] = ["/v1/ocr", "/v1/chat/completions", "/v1/fim/completions"];

static CALLS: LazyLock<Vec<wire::Endpoint>> = LazyLock::new(|| support::calls(PATHS));

fuzz_target!(|input: &[u8]| dialect::check(&CALLS, input));
