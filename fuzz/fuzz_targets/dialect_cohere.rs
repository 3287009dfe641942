//! Any bytes in Cohere's dialect, as a request and as an answer.
//!
//! `cargo +nightly fuzz run dialect_cohere CORPUS tests/fixtures/cohere -- -dict=fuzz/wire.dict`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

include!("support/rooms.rs");

const PATHS: [&str; 3] = ["/v2/chat", "/v2/embed", "/v2/rerank"];

static CALLS: LazyLock<Vec<wire::Endpoint>> = LazyLock::new(|| support::calls(PATHS));

fuzz_target!(|input: &[u8]| dialect::check(&CALLS, input));
