//! Any bytes in Text Generation Inference's dialect, as a request and as an answer.
//!
//! `cargo +nightly fuzz run dialect_tgi CORPUS tests/fixtures -- -dict=fuzz/wire.dict`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

include!("support/rooms.rs");

const PATHS: [&str; 2] = ["/generate", "/generate_stream"];

static CALLS: LazyLock<Vec<wire::Endpoint>> = LazyLock::new(|| support::calls(PATHS));

fuzz_target!(|input: &[u8]| dialect::check(&CALLS, input));
