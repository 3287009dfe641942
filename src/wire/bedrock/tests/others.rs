//! The bodies of other makers' models, whole and streamed.

use serde_json::{Value, json};

use super::{JSON, dump, head, read};
use crate::wire::endpoint::RequestHead;
use crate::wire::framing::event_stream::tests::event;
use crate::wire::tests::pieces;
use crate::wire::tests::splits::{self, Body};
use crate::wire::{Endpoint, Limits, RequestFacts, recognise};

const TITAN: &str = "amazon.titan-text-express-v1";
const LLAMA: &str = "us.meta.llama3-1-70b-instruct-v1%3A0";
const MISTRAL: &str = "mistral.mistral-7b-instruct-v0%3A2";
const COHERE: &str = "cohere.command-r-v1%3A0";
const GPT: &str = "openai.gpt-oss-120b-1%3A0";

const ANSWERS: [(&str, &str); 5] = [
    (
        TITAN,
        r#"{"inputTextTokenCount":5,"results":[{"tokenCount":3,"outputText":"At noon.","completionReason":"FINISH"}]}"#,
    ),
    (
        LLAMA,
        r#"{"generation":"At noon.","prompt_token_count":5,"generation_token_count":3,"stop_reason":"stop"}"#,
    ),
    (
        MISTRAL,
        r#"{"outputs":[{"text":"At noon.","stop_reason":"stop"}]}"#,
    ),
    (
        COHERE,
        r#"{"response_id":"r","text":"At noon.","generation_id":"g","chat_history":[],"finish_reason":"COMPLETE"}"#,
    ),
    (
        GPT,
        r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"At noon."},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":3}}"#,
    ),
];

fn asks(model: &str) -> &'static str {
    match model {
        TITAN => {
            r#"{"inputText":"When?","textGenerationConfig":{"maxTokenCount":9,"temperature":0.5}}"#
        }
        COHERE => r#"{"message":"When?","chat_history":[],"max_tokens":9}"#,
        GPT => r#"{"messages":[{"role":"user","content":"When?"}],"max_tokens":9}"#,
        LLAMA => r#"{"prompt":"When?","max_gen_len":9}"#,
        _ => r#"{"prompt":"When?","max_tokens":9}"#,
    }
}

fn call(model: &str, action: &str, body: &str) -> Endpoint {
    let path = format!("/model/{model}/{action}");
    let head = RequestHead::new("POST", "", &path, None, &|_| None);
    let endpoint = recognise(&head.with_body(body.as_bytes()));
    assert_eq!(endpoint.provider(), Some("aws.bedrock"), "{model}");
    endpoint
}

/// Messages that wrap these events as base64.
fn stream(events: &[Value]) -> Vec<u8> {
    use base64::Engine as _;
    let wrapped = events.iter().flat_map(|payload| {
        let bytes = base64::prelude::BASE64_STANDARD.encode(payload.to_string());
        event("chunk", json!({ "bytes": bytes }).to_string().as_bytes())
    });
    wrapped.collect()
}

fn streamed(model: &str) -> Vec<u8> {
    let metrics = json!({"inputTokenCount": 5, "outputTokenCount": 3, "invocationLatency": 9});
    let text = |text: &str, last: bool| match model {
        TITAN => json!({"outputText": text, "index": 0, "inputTextTokenCount": 5,
            "totalOutputTextTokenCount": last.then_some(3),
            "completionReason": last.then_some("FINISH")}),
        LLAMA => json!({"generation": text, "prompt_token_count": (!last).then_some(5),
            "generation_token_count": if last { 3 } else { 1 },
            "stop_reason": last.then_some("stop")}),
        MISTRAL => json!({"outputs": [{"text": text, "stop_reason": last.then_some("stop")}]}),
        COHERE => json!({"event_type": "text-generation", "text": text, "is_finished": false}),
        _ => json!({"choices": [{"index": 0, "delta": {"content": text},
            "finish_reason": last.then_some("stop")}]}),
    };
    let mut events = vec![text("At ", false), text("noon.", true)];
    if model == COHERE {
        events.push(
            json!({"event_type": "stream-end", "finish_reason": "COMPLETE",
            "response": {"text": "At noon."}, "is_finished": true}),
        );
    }
    if let Some(Value::Object(last)) = events.last_mut() {
        last.insert("amazon-bedrock-invocationMetrics".into(), metrics);
    }
    stream(&events)
}

#[test]
fn each_answers_a_prompt_with_a_text() {
    for (model, answer) in ANSWERS {
        let endpoint = call(model, "invoke", asks(model));
        let facts = RequestFacts::read(&endpoint, JSON, asks(model).as_bytes(), Limits::default());
        let asked = dump::request(&facts);
        let prompt = &asked["messages"][0]["parts"][0]["content"];
        assert_eq!(prompt, "When?", "{model}");
        let operation = if model == GPT {
            "chat"
        } else {
            "text_completion"
        };
        assert_eq!(endpoint.operation(), Some(operation));
        let whole = read(&endpoint, answer.as_bytes());
        let text = &whole["messages"][0]["parts"][0]["content"];
        assert_eq!(text, "At noon.", "{model}");
        assert_eq!(whole.get("error"), None, "{whole}");
        let streaming = call(model, "invoke-with-response-stream", asks(model));
        let streamed = read(&streaming, &streamed(model));
        assert_eq!(streamed["messages"], whole["messages"], "{model}");
        let counts = json!({"input": 5, "output": 3});
        assert_eq!(streamed["usage"], counts, "{model}");
        assert_eq!(streamed.get("incomplete"), None, "{model}");
        // The others have theirs in the head of the answer.
        if !matches!(model, MISTRAL | COHERE) {
            assert_eq!(whole["usage"], counts, "{model}");
        }
    }
}

#[test]
fn vectors_are_counted() {
    for (model, body, answer, expected) in [
        (
            "amazon.titan-embed-text-v2%3A0",
            r#"{"inputText":"sea","dimensions":256}"#,
            r#"{"embedding":[0.1,0.2,0.3],"inputTextTokenCount":4}"#,
            json!({"output": {"count": 1, "dimensions": 3}, "dimensions": 3, "usage": {"input": 4}}),
        ),
        (
            "cohere.embed-english-v3",
            r#"{"texts":["sea","tide"],"input_type":"search_query"}"#,
            r#"{"embeddings":[[0.1,0.2],[0.3,0.4]],"id":"e","response_type":"embeddings_floats"}"#,
            json!({"output": {"count": 2, "dimensions": 2}, "dimensions": 2}),
        ),
    ] {
        let endpoint = call(model, "invoke", body);
        assert_eq!(endpoint.operation(), Some("embeddings"));
        let facts = RequestFacts::read(&endpoint, JSON, body.as_bytes(), Limits::default());
        assert!(facts.input.is_some(), "{model}");
        assert_eq!(read(&endpoint, answer.as_bytes()), expected, "{model}");
    }
}

#[test]
fn a_stream_breaks_off_or_fails() {
    let endpoint = call(LLAMA, "invoke-with-response-stream", asks(LLAMA));
    let cut = stream(&[json!({"generation": "At ", "prompt_token_count": 5})]);
    assert_eq!(read(&endpoint, &cut)["incomplete"], true);
    let mut failed = cut;
    failed.extend(event(
        "throttlingException",
        br#"{"message":"Too many requests."}"#,
    ));
    let facts = read(&endpoint, &failed);
    assert_eq!(facts["error"]["message"], "Too many requests.", "{facts}");
}

#[test]
fn any_split_gives_the_same_facts() {
    let mut bodies = Vec::new();
    for (model, answer) in ANSWERS {
        for (action, bytes) in [
            ("invoke", answer.as_bytes().to_vec()),
            ("invoke-with-response-stream", streamed(model)),
        ] {
            let endpoint = call(model, action, asks(model));
            let head = head(&endpoint, 200);
            pieces::assert_same_byte_by_byte(&endpoint, head, &bytes);
            bodies.push(Body {
                content_type: head.content_type,
                is_stream: endpoint.is_stream,
                endpoint,
                bytes,
            });
        }
    }
    splits::any_split_gives_the_same_facts(&bodies);
}
