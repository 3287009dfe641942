//! Which requests are messages of the protocol.

use super::{call, endpoint, fixture};

/// Method and operation of the message, if the call is one.
fn message(method: &str, headers: &[(&str, &'static str)], body: &[u8]) -> Option<(String, bool)> {
    let endpoint = endpoint(method, headers, body);
    let message = endpoint.mcp()?;
    assert_eq!(endpoint.provider(), None);
    assert!(endpoint.reads_bodies());
    Some((message.method.clone(), endpoint.operation().is_some()))
}

#[test]
fn a_header_or_a_method_says_what_it_is() {
    let session = [("mcp-session-id", "s-1")];
    let version = [("mcp-protocol-version", "2025-06-18")];
    let ping = br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let tool = fixture("tool_request.json");
    for (headers, body, expected) in [
        (&[][..], &tool[..], Some(("tools/call", true))),
        (
            &[],
            &fixture("initialize_request.json"),
            Some(("initialize", false)),
        ),
        (
            &[],
            br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            Some(("notifications/initialized", false)),
        ),
        (&session, ping, Some(("ping", false))),
        (&version, ping, Some(("ping", false))),
        // Others speak JSON-RPC too.
        (&[], ping, None),
        (
            &[],
            br#"{"jsonrpc":"2.0","id":1,"method":"message/send","params":{}}"#,
            None,
        ),
        (
            &[],
            br#"{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[]}"#,
            None,
        ),
        (
            &[],
            br#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"rootUri":"file:///"}}"#,
            None,
        ),
        (&[], br#"{"id":1,"method":"tools/call","params":{}}"#, None),
        (
            &session,
            br#"{"jsonrpc":"2.0","id":1,"method":"two words"}"#,
            None,
        ),
        (
            &session,
            br#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
            None,
        ),
        (&session, b"", None),
    ] {
        let found = message("POST", headers, body);
        let found = found
            .as_ref()
            .map(|(method, is_tool)| (method.as_str(), *is_tool));
        assert_eq!(found, expected, "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn the_session_and_the_version_stand_in_the_headers() {
    let headers = [
        ("mcp-session-id", " s-1 "),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    let endpoint = endpoint("POST", &headers, &fixture("tool_request.json"));
    let message = endpoint.mcp().unwrap();
    assert_eq!(message.session_id.as_deref(), Some("s-1"));
    assert_eq!(message.protocol_version.as_deref(), Some("2025-11-25"));
    assert!(endpoint.is_operation());
}

#[test]
fn what_the_server_sends_on_its_own_is_no_operation() {
    let session = ("mcp-session-id", "s-1");
    let events = ("accept", "text/event-stream");
    let answer = br#"{"jsonrpc":"2.0","id":"s1","result":{"role":"assistant"}}"#;
    for (method, headers, body) in [
        ("GET", &[session, events][..], &b""[..]),
        ("DELETE", &[session], b""),
        ("POST", &[session], answer),
    ] {
        let endpoint = endpoint(method, headers, body);
        assert!(
            !endpoint.is_operation() && !endpoint.reads_bodies(),
            "{method}"
        );
    }
    // A look for the server's settings, and an answer to nobody.
    let version = ("mcp-protocol-version", "2025-06-18");
    for (method, headers, body) in [
        ("GET", &[version][..], &b""[..]),
        ("DELETE", &[version], b""),
        ("POST", &[], answer),
    ] {
        let endpoint = endpoint(method, headers, body);
        assert!(
            endpoint.is_operation() && !endpoint.reads_bodies(),
            "{method}"
        );
    }
}

#[test]
fn the_context_goes_into_messages_only() {
    let context = [("traceparent".to_owned(), "00-1-2-01".to_owned())];
    let body = fixture("tool_request.json");
    let changed = call(&body).body_with_context(&body, &context).unwrap();
    assert!(
        String::from_utf8(changed)
            .unwrap()
            .contains(r#""progressToken":7,"traceparent""#)
    );
    let chat = br#"{"model":"m","messages":[],"params":{}}"#;
    let endpoint = crate::wire::Endpoint::of("POST", "/v1/chat/completions");
    assert_eq!(endpoint.body_with_context(chat, &context), None);
}
