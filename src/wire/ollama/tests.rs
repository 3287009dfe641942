//! From the bytes of a body to all of its facts.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::message::Usage;
use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::recognise::recognise;
use crate::wire::tests::splits::{self, Body};
use crate::wire::tests::{dump, pieces};
use crate::wire::{BodyEnd, Limits, RequestFacts, ResponseFacts, ResponseHead, ResponseReader};

const JSON: Option<&str> = Some("application/json; charset=utf-8");
const LINES: Option<&str> = Some("application/x-ndjson");
const CHAT: &str = "/api/chat";
const GENERATE: &str = "/api/generate";
const EMBED: &str = "/api/embed";

fn fixture(name: &str) -> Vec<u8> {
    pieces::fixture(&format!("ollama/{name}"))
}

fn reader(path: &str, content_type: Option<&str>) -> ResponseReader {
    let head = ResponseHead {
        status: 200,
        content_type,
        stream_requested: content_type == LINES,
    };
    ResponseReader::new(&Endpoint::of("POST", path), head, Limits::default())
}

fn read(path: &str, content_type: Option<&str>, body: &[u8]) -> ResponseFacts {
    let mut reader = reader(path, content_type);
    reader.push(body, Duration::ZERO);
    reader.finish(BodyEnd::Reached)
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
        is_stream: content_type == LINES,
        bytes: fixture(name),
    };
    splits::any_split_gives_the_same_facts(&[
        body(CHAT, LINES, "chat_lines.jsonl"),
        body(CHAT, JSON, "chat_request.json"),
        body(CHAT, LINES, "error_in_the_middle.jsonl"),
        body(GENERATE, LINES, "generate_lines.jsonl"),
        body(GENERATE, JSON, "generate.json"),
        body(EMBED, JSON, "embed.json"),
    ]);
}

#[test]
fn the_body_has_to_look_like_a_request() {
    for (host, path, body, expected) in [
        (
            "localhost",
            CHAT,
            r#"{"model":"m","messages":[]}"#,
            Some("ollama"),
        ),
        (
            "localhost",
            "/ollama/api/chat",
            r#"{"messages":[],"model":"m"}"#,
            Some("ollama"),
        ),
        (
            "localhost",
            GENERATE,
            r#"{"model":"m","prompt":"p"}"#,
            Some("ollama"),
        ),
        (
            "localhost",
            EMBED,
            r#"{"model":"m","input":"p"}"#,
            Some("ollama"),
        ),
        (
            "localhost",
            "/api/embeddings",
            r#"{"model":"m","prompt":"p"}"#,
            Some("ollama"),
        ),
        // OpenAI's form.
        (
            "localhost",
            "/api/embeddings",
            r#"{"model":"m","input":"p"}"#,
            Some("openai"),
        ),
        ("ollama.com", CHAT, "", Some("ollama")),
        ("localhost", CHAT, r#"{"messages":[{"text":"hi"}]}"#, None),
        ("localhost", CHAT, r#"{"message":"hi","model":"m"}"#, None),
        ("localhost", CHAT, "", None),
        (
            "localhost",
            GENERATE,
            r#"{"report":"2026","model":"Civic"}"#,
            None,
        ),
        ("localhost", "/v2/chat", r#"{"model":"m"}"#, None),
    ] {
        let head = RequestHead::new("POST", host, path, None, &|_| None);
        let endpoint = recognise(&head.with_body(body.as_bytes()));
        assert_eq!(endpoint.provider(), expected, "{host}{path} {body}");
    }
}

#[test]
fn of_a_long_body_the_beginning_has_to_name_a_model() {
    let long = "x".repeat(100_000);
    for (body, expected) in [
        (
            format!(r#"{{"model":"m","messages":["{long}"]}}"#),
            Some("ollama"),
        ),
        (format!(r#"{{"messages":["{long}"],"model":"m"}}"#), None),
    ] {
        let head = RequestHead::new("POST", "localhost", CHAT, None, &|_| None);
        assert_eq!(
            recognise(&head.with_body(body.as_bytes())).provider(),
            expected
        );
    }
}

#[test]
fn messages_images_tools_and_options() {
    let facts = request(CHAT, &fixture("chat_request.json"));
    assert_eq!(facts["model"], "qwen3:8b");
    assert_eq!(facts["stream"], true);
    assert_eq!(
        facts["messages"],
        json!([
            {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
            {"role": "user", "parts": [
                {"type": "text", "content": "What is it?"},
                {"type": "blob", "modality": "image", "mime_type": "image/png",
                    "content": "<image/png, 8 bytes, sha256 4c4b6a3be131>"},
            ]},
            {"role": "assistant", "parts": [
                {"type": "reasoning", "content": "Look."},
                {"type": "tool_call", "id": "call_1", "name": "get_weather",
                    "arguments": {"unit": "celsius", "city": "Oslo"}},
            ]},
            {"role": "tool", "name": "get_weather", "parts": [
                {"type": "tool_call_response", "id": "call_1", "response": "4 degrees"},
            ]},
        ])
    );
    assert_eq!(facts["tool_results"], json!([["call_1", "4 degrees"]]));
    assert_eq!(facts["tools"][0]["name"], "get_weather");
    assert_eq!(
        facts["parameters"],
        json!({"temperature": 0.1, "num_predict": 400, "stop": ["##"], "think": true, "keep_alive": "5m", "format": "json"})
    );
    assert_eq!(facts["output_type"], "json");
}

#[test]
fn a_prompt_with_its_system_and_its_suffix() {
    let facts = request(
        GENERATE,
        br#"{"model":"m","prompt":"def f(","suffix":"return n","system":"s","context":[1,2],"stream":false}"#,
    );
    assert_eq!(facts.get("stream"), None);
    assert_eq!(
        facts["messages"][0]["parts"],
        json!([{"type": "text", "content": "def f("}, {"type": "suffix", "content": "return n"}])
    );
    assert_eq!(facts["system_instructions"][0]["content"], "s");
    assert_eq!(facts["parameters"], json!({"stream": false}));
    let facts = request(EMBED, br#"{"model":"m","input":["a","b"]}"#);
    assert_eq!(facts["input"], json!(["a", "b"]));
    assert_eq!(facts.get("stream"), None);
}

#[test]
fn lines_are_one_answer() {
    let facts = read(CHAT, LINES, &fixture("chat_lines.jsonl"));
    assert_eq!(facts.usage, Some(Usage::new(26, 298)));
    assert!(facts.complete);
    let shown = dump::response(&facts);
    assert_eq!(
        shown["messages"],
        json!([{"role": "assistant", "finish_reason": "tool_call", "parts": [
            {"type": "reasoning", "content": "Say hello."},
            {"type": "text", "content": "Hello!"},
            {"type": "tool_call", "id": "call_x1", "name": "get_weather",
                "arguments": {"unit": "celsius", "city": "Oslo", "precision": 1.1}},
            {"type": "tool_call", "name": "get_weather", "arguments": {"city": "Rome"}},
            {"type": "tool_call", "name": "get_time"},
        ]}])
    );
    let arguments = facts.tool_calls[0].arguments.as_deref();
    assert_eq!(
        arguments,
        Some(r#"{"unit":"celsius","city":"Oslo","precision":1.10}"#)
    );
    assert_eq!(shown["finish_reasons"], json!(["stop"]));
    assert_eq!(shown["model"], "qwen3:8b");
    assert_eq!(shown["usage_details"]["total_duration"], 4_883_583_458_u64);
    // Whatever the server calls it.
    for content_type in [JSON, None, Some("text/plain")] {
        let head = ResponseHead {
            status: 200,
            content_type,
            stream_requested: true,
        };
        let endpoint = Endpoint::of("POST", CHAT);
        let body = fixture("chat_lines.jsonl");
        let facts = ResponseFacts::read(&endpoint, head, &body, Limits::default());
        assert_eq!(dump::response(&facts), shown, "{content_type:?}");
    }
}

#[test]
fn the_first_token_is_the_first_line_with_content() {
    let mut reader = reader(CHAT, LINES);
    let body = fixture("chat_lines.jsonl");
    reader.push(
        b"{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":false}\n",
        Duration::from_secs(1),
    );
    reader.push(&body, Duration::from_secs(2));
    assert_eq!(reader.first_content_at(), Some(Duration::from_secs(2)));
    assert!(reader.is_terminal());
}

#[test]
fn a_whole_answer() {
    let facts = read(GENERATE, JSON, &fixture("generate.json"));
    assert_eq!(facts.usage, Some(Usage::new(11, 2)));
    let shown = dump::response(&facts);
    assert_eq!(
        shown["messages"],
        json!([{"role": "assistant", "finish_reason": "length", "parts": [
            {"type": "reasoning", "content": "Add."},
            {"type": "text", "content": "4."},
        ]}])
    );
    assert_eq!(shown["finish_reasons"], json!(["length"]));
    let streamed = answer(GENERATE, LINES, &fixture("generate_lines.jsonl"));
    assert_eq!(streamed["messages"], shown["messages"]);
    assert_eq!(streamed["usage"], shown["usage"]);
}

#[test]
fn a_line_in_the_middle_may_be_an_error() {
    let facts = answer(CHAT, LINES, &fixture("error_in_the_middle.jsonl"));
    assert_eq!(
        facts["error"]["message"],
        "an error was encountered while running the model"
    );
    assert_eq!(facts["messages"][0]["parts"][0]["content"], "Half");
    assert_eq!(facts["finish_reasons"], json!(["error"]));
    let facts = answer(
        CHAT,
        LINES,
        b"{\"error\":\"model requires more system memory\"}\n",
    );
    assert_eq!(
        facts["error"]["message"],
        "model requires more system memory"
    );
}

#[test]
fn what_breaks_off_is_not_whole() {
    let body = fixture("chat_lines.jsonl");
    let text = String::from_utf8(body).unwrap();
    let place = text.trim_end().rfind('\n').unwrap();
    for kept in [place, place + 1, place + 30] {
        let facts = read(CHAT, LINES, &text.as_bytes()[..kept]);
        assert!(!facts.complete, "{kept}");
        assert_eq!(facts.usage, None);
        assert_eq!(facts.finish_reasons, ["error"]);
    }
    let line = br#"{"model":"m","message":{"role":"assistant","content":""},"done":false}"#;
    let facts = answer(CHAT, LINES, line);
    let sentence = "the server ended the stream before it was finished";
    assert_eq!(facts["error"]["message"], sentence);
    for body in ["", "{}", "<html>"] {
        assert!(
            answer(CHAT, JSON, body.as_bytes())["error"].is_object(),
            "{body}"
        );
        assert!(
            answer(CHAT, LINES, body.as_bytes())["error"].is_object(),
            "{body}"
        );
    }
}

#[test]
fn the_end_of_a_long_answer_tells_its_counts() {
    let words = "word ".repeat(20_000);
    let end = r#""done":true,"done_reason":"length","prompt_eval_count":19,"eval_count":23"#;
    let whole =
        format!(r#"{{"model":"m","message":{{"role":"assistant","content":"{words}"}},{end}}}"#);
    let lines = format!(
        "{{\"model\":\"m\",\"message\":{{\"role\":\"assistant\",\"content\":\"{words}\"}},\"done\":false}}\n{{\"model\":\"m\",\"message\":{{\"role\":\"assistant\",\"content\":\"\"}},{end}}}\n"
    );
    for (content_type, body) in [(JSON, whole), (LINES, lines)] {
        let mut reader = reader(CHAT, content_type);
        reader.push(&body.as_bytes()[..4_000], Duration::ZERO);
        reader.skip_to(body.as_bytes()[body.len() - 4_000..].to_vec());
        let facts = reader.finish(BodyEnd::Reached);
        assert_eq!(facts.usage, Some(Usage::new(19, 23)), "{content_type:?}");
        assert_eq!(facts.finish_reasons, ["length"]);
        assert!(facts.complete);
    }
}

#[test]
fn vectors_are_counted() {
    let facts = answer(EMBED, JSON, &fixture("embed.json"));
    assert_eq!(facts["output"], json!({"count": 2, "dimensions": 2}));
    assert_eq!(facts["usage"], json!({"input": 3}));
    let facts = answer("/api/embeddings", JSON, br#"{"embedding":[0.1,0.2,0.3]}"#);
    assert_eq!(facts["output"], json!({"count": 1, "dimensions": 3}));
}
