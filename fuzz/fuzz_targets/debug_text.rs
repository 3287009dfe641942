//! Any text: no panic, valid JSON or a refusal, and time in proportion to the length.
//!
//! `cargo +nightly fuzz run debug_text -- -dict=fuzz/debug_text.dict -max_len=65536`. The translator is
//! private, so its source is compiled in rather than opened up.

#![no_main]

use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;

#[path = "../../src/functions/debug_text/mod.rs"]
mod debug_text;

/// Work in proportion to the length of any text here takes milliseconds, work in proportion to its square
/// many seconds.
const LONGEST: usize = 1 << 16;
const PATIENCE: Duration = Duration::from_secs(2);

fuzz_target!(|text: &str| {
    check(text);
    check(&format!("Name {{ field: {text}, after: 1 }}"));
    // What is slow when long is found when short. Seldom, as it costs thousands of short texts.
    if !text.is_empty() && text.len() <= 16 && text.bytes().map(u32::from).sum::<u32>() % 1024 == 0
    {
        let long = text.repeat(LONGEST / text.len());
        check(&long);
        check(&format!("Name {{ field: {long}, after: [{long}] }}"));
    }
});

fn check(text: &str) {
    let start = Instant::now();
    let json = debug_text::to_json(text);
    let string = debug_text::string_literal(text);
    assert!(start.elapsed() < PATIENCE, "too slow");
    if let Some(json) = &json {
        assert!(json.len() <= 12 * text.len(), "too long");
        serde_json::from_str::<serde_json::Value>(json).expect("valid JSON");
    }
    if let Some(string) = string {
        assert_eq!(json, Some(serde_json::Value::from(string).to_string()));
    }
}
