//! It is a span of its own, with the settings of the assistant and without tokens.

use serde_json::json;
use tracing_genai::Mapping;
use tracing_genai::testing::Value;

use crate::support::assistants::{Caller, assert_ended};
use crate::support::json_of;
use crate::support::simulator::{Wire, function};

#[tokio::test]
async fn for_any_backend() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let body = json!({"model": "gpt-4o", "name": "Math Tutor", "instructions": "Be brief.",
        "tools": [function("python", "code")], "temperature": 0.5, "metadata": {"grade": "7"}});
    let assistant = caller.assistant(body).await;
    let spans = caller.flush().await;
    let span = spans.named("create_agent Math Tutor");
    assert_eq!((spans.all.len(), span.kind.as_str()), (1, "CLIENT"));
    let text = |key: &str| span.text(key);
    assert_eq!(text("gen_ai.operation.name"), Some("create_agent"));
    assert_eq!(text("gen_ai.agent.id"), Some(assistant.as_str()));
    assert_eq!(text("gen_ai.agent.name"), Some("Math Tutor"));
    assert_eq!(text("gen_ai.request.model"), Some("gpt-4o"));
    assert!(
        text("gen_ai.system_instructions")
            .unwrap()
            .contains("Be brief.")
    );
    assert_eq!(text("gen_ai.tool.definitions"), None);
    let temperature = span.attributes.get("tracing_genai.request.temperature");
    assert_eq!(temperature, Some(&Value::Double(0.5)));
    assert_eq!(text("tracing_genai.request_metadata.grade"), Some("7"));
    assert_eq!(spans.usage(), (0, 0));
    assert_eq!(span.int("gen_ai.usage.input_tokens"), None);
}

#[tokio::test]
async fn for_langfuse() {
    let wire = Wire::instant().await;
    let caller = Caller::mapped(wire.url(""), Some(Mapping::Langfuse));
    let body = json!({"model": "gpt-4o", "name": "Math Tutor", "instructions": "Be brief."});
    let assistant = caller.assistant(body).await;
    let spans = caller.flush().await;
    let span = spans.named("create_agent Math Tutor");
    assert_eq!(span.text("langfuse.observation.type"), Some("agent"));
    let usage = json_of(span, "langfuse.observation.usage_details");
    assert_eq!(usage, json!({"input": 0, "output": 0, "total": 0}));
    let output = json_of(span, "langfuse.observation.output");
    assert_eq!(output, json!({"id": assistant}));
    let input = span.text("langfuse.observation.input").unwrap();
    assert!(input.contains("Be brief."), "{input}");
}

#[tokio::test]
async fn although_it_was_refused() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let (status, answer) = caller.post("/assistants", json!({"name": "Nobody"})).await;
    assert_eq!(status, 400);
    let spans = caller.flush().await;
    let span = spans.named("create_agent Nobody");
    let message = answer["error"]["message"].as_str();
    let kind = answer["error"]["code"]
        .as_str()
        .or(answer["error"]["type"].as_str());
    assert_ended(span, [None, message, kind]);
    assert_eq!(spans.usage(), (0, 0));
}
