//! From the bytes of a body to all of its facts.

use serde_json::{Value, json};

use crate::model::message::Usage;
use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::recognise::recognise;
use crate::wire::tests::dump;
use crate::wire::tests::splits::{self, Body};
use crate::wire::{Limits, RequestFacts, ResponseFacts, ResponseHead};

const JSON: Option<&str> = Some("application/json");
const EVENTS: Option<&str> = Some("text/event-stream");
const STREAM: &str = "/generate_stream";

const TOKENS: &str = concat!(
    "data:{\"index\":1,\"token\":{\"id\":1,\"text\":\" learning\",\"logprob\":-0.1,\"special\":false},\"generated_text\":null,\"details\":null}\n\n",
    "data:{\"index\":2,\"token\":{\"id\":2,\"text\":\" is fun\",\"logprob\":-0.1,\"special\":false},\"generated_text\":null,\"details\":null}\n\n",
    "data:{\"index\":3,\"token\":{\"id\":3,\"text\":\"</s>\",\"logprob\":-0.1,\"special\":true},\"generated_text\":\" learning is fun\",\"details\":{\"finish_reason\":\"eos_token\",\"generated_tokens\":3,\"input_length\":2,\"seed\":null}}\n\n",
);
const WHOLE: &str = r#"{"generated_text":" learning is fun","details":{"finish_reason":"eos_token","generated_tokens":3,"seed":7,"prefill":[],"tokens":[]}}"#;

fn read(path: &str, content_type: Option<&str>, body: &str) -> ResponseFacts {
    let head = ResponseHead {
        status: 200,
        content_type,
        stream_requested: false,
    };
    let endpoint = Endpoint::of("POST", path);
    ResponseFacts::read(&endpoint, head, body.as_bytes(), Limits::default())
}

fn provider(path: &str, body: &str) -> Option<&'static str> {
    let head = RequestHead::new("POST", "localhost", path, None, &|_| None);
    recognise(&head.with_body(body.as_bytes())).provider()
}

#[test]
fn any_split_gives_the_same_facts() {
    let body = |path, content_type, text: &str| Body {
        endpoint: Endpoint::of("POST", path),
        content_type,
        is_stream: path == STREAM,
        bytes: text.as_bytes().to_vec(),
    };
    splits::any_split_gives_the_same_facts(&[
        body(STREAM, EVENTS, TOKENS),
        body("/generate", JSON, WHOLE),
    ]);
}

#[test]
fn the_body_has_to_have_the_form_of_the_api() {
    let inputs = r#"{"inputs":"Deep","parameters":{"max_new_tokens":3}}"#;
    assert_eq!(provider("/generate", inputs), Some("huggingface"));
    assert_eq!(
        provider(STREAM, r#"{"inputs":"Deep"}"#),
        Some("huggingface")
    );
    assert_eq!(provider("/generate", r#"{"inputs":["q1"]}"#), None);
    assert_eq!(provider("/generate", r#"{"report":"q1"}"#), None);
    assert_eq!(provider(STREAM, ""), None);
}

#[test]
fn the_text_and_the_parameters_are_asked() {
    let body =
        br###"{"inputs":"Deep","parameters":{"max_new_tokens":3,"stop":["##"],"details":true}}"###;
    let endpoint = Endpoint::of("POST", STREAM);
    let facts = RequestFacts::read(&endpoint, JSON, body, Limits::default());
    let shown = dump::request(&facts);
    assert_eq!(shown["messages"][0]["parts"][0]["content"], "Deep");
    assert_eq!(
        shown["parameters"],
        json!({"max_new_tokens": 3, "stop": ["##"], "details": true})
    );
    assert_eq!(shown["stream"], true);
}

#[test]
fn tokens_are_one_text() {
    let streamed = read(STREAM, EVENTS, TOKENS);
    assert_eq!(streamed.usage, Some(Usage::new(2, 3)));
    assert_eq!(streamed.finish_reasons, ["eos_token"]);
    assert!(streamed.complete);
    let whole = read("/generate", JSON, WHOLE);
    assert_eq!(whole.messages, streamed.messages);
    assert_eq!(whole.usage.unwrap().output_tokens, Some(3));
    let shown = dump::response(&whole);
    assert_eq!(
        shown["messages"],
        json!([{"role": "assistant", "finish_reason": "stop", "parts": [
            {"type": "text", "content": " learning is fun"}]}])
    );
}

#[test]
fn a_stream_breaks_off_or_fails() {
    let place = TOKENS.rfind("data:").unwrap();
    let cut = read(STREAM, EVENTS, &TOKENS[..place]);
    assert!(!cut.complete);
    assert_eq!(cut.finish_reasons, ["error"]);
    let error = json!({"error": "Request failed during generation", "error_type": "generation"});
    let failed = format!("{}data:{error}\n\n", &TOKENS[..place]);
    let facts: Value = dump::response(&read(STREAM, EVENTS, &failed));
    assert_eq!(
        facts["error"]["message"],
        "Request failed during generation"
    );
    assert_eq!(facts["error"]["kind"], "generation");
    assert!(read("/generate", JSON, "{}").error.is_some());
}
