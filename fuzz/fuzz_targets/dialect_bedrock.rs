//! Any bytes in Amazon Bedrock's dialect, as a request and as an answer.
//!
//! `cargo +nightly fuzz run dialect_bedrock CORPUS tests/fixtures/bedrock -- -dict=fuzz/wire.dict`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

include!("support/rooms.rs");

const PATHS: [&str; 4] = [
    "/model/m/converse",
    "/model/m/converse-stream",
    "/model/anthropic.m/invoke",
    "/model/anthropic.m/invoke-with-response-stream",
];

static CALLS: LazyLock<Vec<wire::Endpoint>> = LazyLock::new(|| support::calls(PATHS));

fuzz_target!(|input: &[u8]| dialect::check(&CALLS, input));
