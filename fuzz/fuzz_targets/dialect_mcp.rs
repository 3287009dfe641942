//! Any bytes as a message of the Model Context Protocol and as its answer; a context that is added to a message
//! changes nothing else of it.
//!
//! `cargo +nightly fuzz run dialect_mcp CORPUS tests/fixtures/mcp -- -dict=fuzz/wire.dict`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;

include!("support/rooms.rs");

const MESSAGES: [&str; 4] = [
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"prompts/get"}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"resources/read"}"#,
    r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
];

static CALLS: LazyLock<Vec<wire::Endpoint>> = LazyLock::new(|| {
    let call = |message: &str| {
        let head = wire::RequestHead::new("POST", "", "/mcp", None, &|_| None);
        wire::recognise(&head.with_body(message.as_bytes()))
    };
    MESSAGES.map(call).into()
});

fuzz_target!(|input: &[u8]| {
    dialect::check(&CALLS, input);
    let head = wire::RequestHead::new("POST", "", "/mcp", None, &|_| Some("1"));
    wire::recognise(&head.with_body(input));
    let context = [("traceparent".to_owned(), "00-1-2-01".to_owned())];
    let Some(changed) = CALLS[0].body_with_context(input, &context) else {
        return;
    };
    let read = |body: &[u8]| serde_json::from_slice::<Value>(body);
    // Numbers too large for a tree are none of ours.
    let (Ok(before), Ok(after)) = (read(input), read(&changed)) else {
        assert!(read(input).is_err(), "no JSON any more");
        return;
    };
    let mut expected = before;
    expected["params"]["_meta"]["traceparent"] = "00-1-2-01".into();
    assert_eq!(after, expected);
});
