//! Calls of Ollama's own API, whole and as lines: a generation with content, counts and reasons. A path alone is no
//! evidence.

use std::time::Duration;

use tracing_genai::Mapping;

use crate::support::exchange::exchanged;
use crate::support::json_of;
use crate::support::reply_server::{Ending, Reply};

const REQUEST: &[u8] = include_bytes!("../../fixtures/ollama/chat_request.json");
const LINES: &str = include_str!("../../fixtures/ollama/chat_lines.jsonl");
const BROKEN: &str = include_str!("../../fixtures/ollama/error_in_the_middle.jsonl");

fn lines(body: &str) -> Reply {
    let parts = body.split_inclusive('\n').map(str::to_owned);
    let media_type = "application/x-ndjson";
    Reply::of(media_type, parts.collect(), Duration::ZERO, Ending::Whole)
}

#[tokio::test]
async fn lines_are_one_generation() {
    let span = exchanged(None, "/api/chat", REQUEST, lines(LINES)).await;
    assert_eq!(span.name, "chat qwen3:8b");
    assert_eq!(span.error, None);
    assert_eq!(span.text("gen_ai.provider.name"), Some("ollama"));
    assert_eq!(span.int("gen_ai.request.max_tokens"), Some(400));
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(26));
    assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(298));
    let output = json_of(&span, "gen_ai.output.messages");
    assert_eq!(output[0]["parts"][1]["content"], "Hello!");
    assert!(!format!("{span:?}").contains("iVBORw0KGgo"));
    let span = exchanged(Some(Mapping::Langfuse), "/api/chat", REQUEST, lines(LINES)).await;
    assert_eq!(span.text("langfuse.observation.type"), Some("generation"));
    let usage = json_of(&span, "langfuse.observation.usage_details");
    assert_eq!(
        (&usage["input"], &usage["output"]),
        (&26.into(), &298.into())
    );
    let output = span.text("langfuse.observation.output").unwrap();
    assert!(output.contains("1.10"), "{output}");
}

#[tokio::test]
async fn a_whole_answer_an_error_in_the_middle_and_embeddings() {
    let whole = include_str!("../../fixtures/ollama/generate.json");
    let request = br#"{"model":"mistral","prompt":"2+2?","stream":false}"#;
    let span = exchanged(None, "/api/generate", request, Reply::json(200, whole)).await;
    assert_eq!(span.name, "text_completion mistral");
    assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(2));
    assert!(!span.attributes.contains_key("gen_ai.request.stream"));
    let span = exchanged(None, "/api/chat", REQUEST, lines(BROKEN)).await;
    let error = span.error.unwrap();
    assert!(error.contains("while running the model"), "{error}");
    let vectors = include_str!("../../fixtures/ollama/embed.json");
    let request = br#"{"model":"all-minilm","input":["sea","tide"]}"#;
    let span = exchanged(None, "/api/embed", request, Reply::json(200, vectors)).await;
    assert_eq!(span.name, "embeddings all-minilm");
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(3));
}

#[tokio::test]
async fn other_programs_serve_such_paths_too() {
    let body = br#"{"messages":[{"text":"my diary"}],"room":"r1"}"#;
    let answer = Reply::json(200, r#"{"message":{"content":"secret"}}"#);
    let span = exchanged(None, "/api/chat", body, answer).await;
    assert_eq!(span.name, "POST /api/chat");
    let text = format!("{span:?}");
    assert!(
        !text.contains("gen_ai.") && !text.contains("diary"),
        "{text}"
    );
    assert!(!text.contains("secret"), "{text}");
}
