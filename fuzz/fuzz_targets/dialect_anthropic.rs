//! Any bytes in Anthropic's dialect, as a request and as an answer.
//!
//! `cargo +nightly fuzz run dialect_anthropic CORPUS tests/fixtures/anthropic -- -dict=fuzz/wire.dict`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

include!("support/rooms.rs");

const PATHS: [&str; 3] = [
    "/v1/messages",
    "/v1/messages/count_tokens",
    "/v1/projects/p/locations/l/publishers/anthropic/models/m:streamRawPredict",
];

static CALLS: LazyLock<Vec<wire::Endpoint>> = LazyLock::new(|| support::calls(PATHS));

fuzz_target!(|input: &[u8]| dialect::check(&CALLS, input));
