//! The response among the other messages of a stream.

use serde_json::json;

use super::{EVENTS, JSON, answer, call, fixture};
use crate::wire::ResponseHead;
use crate::wire::tests::pieces;
use crate::wire::tests::splits::{self, Body};

const STREAM: ResponseHead<'_> = ResponseHead {
    status: 200,
    content_type: EVENTS,
    stream_requested: false,
};

#[test]
fn the_response_is_the_answer_whatever_comes_before() {
    let tool = call(&fixture("tool_request.json"));
    let facts = answer(&tool, 200, EVENTS, &fixture("tool_stream.sse"));
    assert_eq!(facts["error"], json!(null));
    assert_eq!(facts["output"][0], "4 degrees");
    assert_eq!(facts["output"][1]["mime_type"], "image/png");
    assert_eq!(facts["output"][2]["uri"], "weather://oslo");
    assert!(!facts.to_string().contains("iVBORw0KGgo"), "{facts}");
    assert!(!facts.to_string().contains("Is 4 degrees cold?"), "{facts}");
}

#[test]
fn the_stream_is_over_with_the_response() {
    let tool = call(&fixture("tool_request.json"));
    let body = fixture("tool_stream.sse");
    let mut reader =
        crate::wire::ResponseReader::new(&tool, STREAM, crate::wire::Limits::default());
    for piece in body.chunks(16) {
        assert!(!reader.is_terminal());
        reader.push(piece, std::time::Duration::ZERO);
    }
    assert!(reader.is_terminal());
    assert_eq!(reader.first_content_at(), None);
}

#[test]
fn a_stream_without_the_response_has_not_failed() {
    let tool = call(&fixture("tool_request.json"));
    let body = fixture("tool_stream.sse");
    let start = body.windows(5).rposition(|text| text == b"id: 5").unwrap();
    for kept in [&body[..start], &b"id: 1\ndata:\n\n"[..]] {
        let facts = answer(&tool, 200, EVENTS, kept);
        assert_eq!(facts["error"], json!(null), "{facts}");
        assert!(facts["warning"].is_string(), "{facts}");
        assert_eq!(facts["incomplete"], true);
    }
    let page = b"<html><title>Bad gateway</title></html>";
    assert_eq!(
        answer(&tool, 200, EVENTS, page)["error"]["kind"],
        "no_answer"
    );
}

#[test]
fn a_response_can_be_a_failure() {
    let tool = call(&fixture("tool_request.json"));
    let error = fixture("rpc_error.json");
    let event = format!(
        "event: message\ndata: {}\n\n",
        String::from_utf8(error).unwrap()
    );
    let facts = answer(&tool, 200, EVENTS, event.as_bytes());
    assert_eq!(facts["error"]["code"], "-32602");
}

#[test]
fn any_split_gives_the_same_facts() {
    let tool = fixture("tool_request.json");
    let body = |content_type, request: &str, file: &str| Body {
        endpoint: call(&fixture(request)),
        content_type,
        is_stream: false,
        bytes: fixture(file),
    };
    splits::any_split_gives_the_same_facts(&[
        body(EVENTS, "tool_request.json", "tool_stream.sse"),
        body(JSON, "tool_request.json", "tool_response.json"),
        body(JSON, "tool_request.json", "tool_error.json"),
        body(JSON, "tool_request.json", "tool_request.json"),
        body(JSON, "initialize_request.json", "initialize_response.json"),
        body(JSON, "resource_request.json", "resource_request.json"),
        body(JSON, "resource_request.json", "resource_response.json"),
    ]);
    pieces::assert_same_byte_by_byte(&call(&tool), STREAM, &fixture("tool_stream.sse"));
}
