//! Any bytes in Ollama's dialect, as a request and as an answer.
//!
//! `cargo +nightly fuzz run dialect_ollama CORPUS tests/fixtures/ollama -- -dict=fuzz/wire.dict`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

include!("support/rooms.rs");

const PATHS: [&str; 4] = [
    "/api/chat",
    "/api/generate",
    "/api/embed",
    "/api/embeddings",
];

static CALLS: LazyLock<Vec<wire::Endpoint>> = LazyLock::new(|| support::calls(PATHS));

fuzz_target!(|input: &[u8]| dialect::check(&CALLS, input));
