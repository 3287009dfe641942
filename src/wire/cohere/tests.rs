//! From the bytes of a body to all of its facts.

use serde_json::{Value, json};

use crate::model::message::Usage;
use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::recognise::recognise;
use crate::wire::tests::splits::{self, Body};
use crate::wire::tests::{dump, pieces};
use crate::wire::{Limits, RequestFacts, ResponseFacts, ResponseHead};

const JSON: Option<&str> = Some("application/json");
const EVENTS: Option<&str> = Some("text/event-stream");
const CHAT: &str = "/v2/chat";
const EMBED: &str = "/v2/embed";
const RERANK: &str = "/v2/rerank";

fn fixture(name: &str) -> Vec<u8> {
    pieces::fixture(&format!("cohere/{name}"))
}

fn read(path: &str, content_type: Option<&str>, body: &[u8]) -> ResponseFacts {
    let head = ResponseHead {
        status: 200,
        content_type,
        stream_requested: content_type == EVENTS,
    };
    ResponseFacts::read(&Endpoint::of("POST", path), head, body, Limits::default())
}

fn answer(path: &str, content_type: Option<&str>, body: &[u8]) -> Value {
    dump::response(&read(path, content_type, body))
}

fn request(path: &str, body: &[u8]) -> Value {
    let endpoint = Endpoint::of("POST", path);
    let facts = RequestFacts::read(&endpoint, JSON, body, Limits::default());
    dump::request(&facts)
}

#[test]
fn any_split_gives_the_same_facts() {
    let body = |path, content_type, name: &str| Body {
        endpoint: Endpoint::of("POST", path),
        content_type,
        is_stream: content_type == EVENTS,
        bytes: fixture(name),
    };
    splits::any_split_gives_the_same_facts(&[
        body(CHAT, JSON, "response.json"),
        body(CHAT, JSON, "request.json"),
        body(CHAT, EVENTS, "stream_tools.sse"),
        body(CHAT, EVENTS, "stream_text.sse"),
        body(EMBED, JSON, "embed_response.json"),
    ]);
}

#[test]
fn the_host_or_the_body_is_evidence() {
    for (host, path, body, expected) in [
        ("api.cohere.com", CHAT, "", Some("cohere")),
        (
            "gateway.example",
            CHAT,
            r#"{"model":"m","messages":[]}"#,
            Some("cohere"),
        ),
        (
            "gateway.example",
            EMBED,
            r#"{"model":"m","texts":[]}"#,
            Some("cohere"),
        ),
        (
            "gateway.example",
            RERANK,
            r#"{"model":"m","query":"q","documents":[]}"#,
            Some("cohere"),
        ),
        ("gateway.example", CHAT, r#"{"messages":[]}"#, None),
        ("gateway.example", EMBED, r#"{"model":"m","url":"u"}"#, None),
        ("gateway.example", CHAT, "", None),
    ] {
        let head = RequestHead::new("POST", host, path, None, &|_| None);
        let endpoint = recognise(&head.with_body(body.as_bytes()));
        assert_eq!(endpoint.provider(), expected, "{host}{path} {body}");
    }
}

#[test]
fn messages_tools_and_parameters() {
    let facts = request(CHAT, &fixture("request.json"));
    assert_eq!(
        facts["messages"],
        json!([
            {"role": "user", "parts": [{"type": "text", "content": "How warm is Oslo?"}]},
            {"role": "assistant", "parts": [
                {"type": "reasoning", "content": "I will look it up."},
                {"type": "tool_call", "id": "get_weather_1", "name": "get_weather",
                    "arguments": {"city": "Oslo"}},
            ]},
            {"role": "tool", "parts": [
                {"type": "tool_call_response", "id": "get_weather_1", "response": [
                    {"type": "document", "document": {"data": "{\"temperature\": 4}"}}]},
            ]},
        ])
    );
    assert_eq!(facts["tools"][0]["name"], "get_weather");
    assert_eq!(
        facts["parameters"],
        json!({"max_tokens": 90, "p": 0.7, "k": 5, "safety_mode": "STRICT",
            "citation_options": {"mode": "FAST"}})
    );
    let facts = request(
        EMBED,
        br#"{"model":"m","texts":["a","b"],"embedding_types":["float"],"input_type":"search_query"}"#,
    );
    assert_eq!(facts["input"], json!(["a", "b"]));
    assert_eq!(facts["encoding_formats"], json!(["float"]));
    assert_eq!(facts["parameters"], json!({"input_type": "search_query"}));
    let image = r#"{"model":"m","images":["data:image/png;base64,iVBORw0KGgo="]}"#;
    assert_eq!(request(EMBED, image.as_bytes())["input"][0]["type"], "blob");
    let facts = request(
        RERANK,
        br#"{"model":"m","query":"q","documents":["a"],"top_n":1}"#,
    );
    assert_eq!(facts["input"], json!({"query": "q", "documents": ["a"]}));
}

#[test]
fn a_whole_answer() {
    let facts = read(CHAT, JSON, &fixture("response.json"));
    assert_eq!(facts.usage, Some(Usage::new(37, 28)));
    let shown = dump::response(&facts);
    assert_eq!(
        shown["messages"],
        json!([{"role": "assistant", "finish_reason": "tool_call", "parts": [
            {"type": "reasoning", "content": "I will look it up."},
            {"type": "tool_call", "id": "get_weather_1", "name": "get_weather",
                "arguments": {"city": "Oslo"}},
        ]}])
    );
    assert_eq!(shown["finish_reasons"], json!(["TOOL_CALL"]));
    assert_eq!(shown["id"], "c-1");
    assert_eq!(shown["usage_details"]["tokens"]["input_tokens"], 913);
}

#[test]
fn events_are_one_answer() {
    let shown = answer(CHAT, EVENTS, &fixture("stream_tools.sse"));
    assert_eq!(
        shown["messages"],
        json!([{"role": "assistant", "finish_reason": "tool_call", "parts": [
            {"type": "reasoning", "content": "I will look."},
            {"type": "tool_call", "id": "get_weather_1", "name": "get_weather",
                "arguments": {"city": "Oslo"}},
            {"type": "tool_call", "id": "get_weather_2", "name": "get_weather",
                "arguments": {"city": "Rome"}},
        ]}])
    );
    assert_eq!(shown["usage"], json!({"input": 37, "output": 28}));
    let shown = answer(CHAT, EVENTS, &fixture("stream_text.sse"));
    assert_eq!(
        shown["messages"],
        json!([{"role": "assistant", "finish_reason": "stop", "parts": [
            {"type": "reasoning", "content": "Greet back."},
            {"type": "text", "content": "Hello!"},
        ]}])
    );
    assert_eq!(shown["id"], "c-2");
    assert!(shown.get("error").is_none() && shown.get("warning").is_none());
    assert!(read(CHAT, EVENTS, &fixture("stream_text.sse")).complete);
}

#[test]
fn errors_come_before_in_and_at_the_end_of_a_stream() {
    let text = String::from_utf8(fixture("stream_text.sse")).unwrap();
    let place = text.find("event: message-end").unwrap();
    let facts = read(CHAT, EVENTS, &text.as_bytes()[..place]);
    assert!(!facts.complete);
    assert_eq!(facts.finish_reasons, ["error"]);
    let end =
        r#"data: {"type":"message-end","delta":{"finish_reason":"ERROR","error":"model crashed"}}"#;
    let failed = format!("{}{end}\n\n", &text[..place]);
    let facts = answer(CHAT, EVENTS, failed.as_bytes());
    assert_eq!(facts["error"]["message"], "model crashed");
    let end = r#"data: {"type":"message-end","delta":{"finish_reason":"ERROR"}}"#;
    let failed = format!("{}{end}\n\n", &text[..place]);
    let facts = answer(CHAT, EVENTS, failed.as_bytes());
    assert_eq!(facts["warning"], "the answer ended with the reason `ERROR`");
    let facts = answer(CHAT, EVENTS, b"data: {\"message\":\"too many tokens\"}\n\n");
    assert_eq!(facts["error"]["message"], "too many tokens");
    let facts = answer(CHAT, JSON, br#"{"id":"e-1","message":"invalid api token"}"#);
    assert_eq!(facts["error"]["message"], "invalid api token");
    assert!(answer(CHAT, JSON, b"{}")["error"].is_object());
}

#[test]
fn billed_counts_come_first() {
    for (usage, expected) in [
        (
            json!({"billed_units": {"input_tokens": 3.0, "output_tokens": 2.0}, "tokens": {"input_tokens": 70, "output_tokens": 9}}),
            json!({"input": 3, "output": 2}),
        ),
        (
            json!({"billed_units": {"input_tokens": 3, "output_tokens": 2}, "tokens": {"input_tokens": 70}, "cached_tokens": 64}),
            json!({"input": 3, "output": 2}),
        ),
        (
            json!({"tokens": {"input_tokens": 70, "output_tokens": 9}, "cached_tokens": 64}),
            json!({"input": 70, "output": 9, "cache_read": 64}),
        ),
        (
            json!({"billed_units": {"search_units": 1}, "tokens": {"input_tokens": 70}}),
            json!({"input": 70}),
        ),
    ] {
        let body = json!({"message": {"content": [{"type": "text", "text": "a"}]}, "usage": usage});
        let facts = answer(CHAT, JSON, body.to_string().as_bytes());
        assert_eq!(facts["usage"], expected, "{usage}");
    }
}

#[test]
fn vectors_are_counted_and_documents_are_ordered() {
    let facts = answer(EMBED, JSON, &fixture("embed_response.json"));
    assert_eq!(facts["output"], json!({"count": 2, "dimensions": 3}));
    assert_eq!(facts["usage"], json!({"input": 6}));
    let body = br#"{"id":"r","results":[{"index":1,"relevance_score":0.9}],"meta":{"billed_units":{"search_units":1}}}"#;
    let facts = answer(RERANK, JSON, body);
    assert_eq!(
        facts["output"],
        json!([{"index": 1, "relevance_score": 0.9}])
    );
    assert_eq!(facts["usage_details"], json!({"search_units": 1}));
}
