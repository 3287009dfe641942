//! Calls of Gemini, whole, as events and as one array: a generation with content, counts and reasons. The key in
//! the address stays where it is.

use std::time::Duration;

use serde_json::json;
use tracing_genai::Mapping;
use tracing_genai::testing::ReceivedSpan;

use crate::support::exchange::exchanged;
use crate::support::json_of;
use crate::support::reply_server::{Ending, Reply};

const REQUEST: &[u8] = include_bytes!("../../fixtures/gemini/request.json");
const RESPONSE: &str = include_str!("../../fixtures/gemini/response.json");
const EVENTS: &str = include_str!("../../fixtures/gemini/stream.sse");
const ARRAY: &str = include_str!("../../fixtures/gemini/stream.json");
const ERROR: &str = include_str!("../../fixtures/gemini/error.json");
const BLOCKED: &str = include_str!("../../fixtures/gemini/prompt_blocked.json");
const KEY: &str = "AIzaSyD-1234567890abcdefghijklmnopqrstu";

fn path(verb: &str) -> String {
    format!("/v1beta/models/gemini-2.5-flash:{verb}?key={KEY}")
}

fn assert_has_no_key(span: &ReceivedSpan) {
    assert!(!format!("{span:?}").contains("AIzaSyD-1234"), "{span:?}");
}

#[tokio::test]
async fn a_whole_answer() {
    let reply = || Reply::json(200, RESPONSE);
    let span = exchanged(None, &path("generateContent"), REQUEST, reply()).await;
    assert_has_no_key(&span);
    assert_eq!(span.name, "generate_content gemini-2.5-flash");
    assert_eq!((span.kind.as_str(), &span.error), ("CLIENT", &None));
    for (key, expected) in [
        ("gen_ai.operation.name", "generate_content"),
        ("gen_ai.provider.name", "gcp.gemini"),
        ("gen_ai.request.model", "gemini-2.5-flash"),
        ("gen_ai.response.model", "gemini-2.5-flash"),
        ("gen_ai.response.id", "kP3xaKz1"),
        ("gen_ai.output.type", "json"),
    ] {
        assert_eq!(span.text(key), Some(expected), "{key}");
    }
    for (key, expected) in [
        ("gen_ai.request.max_tokens", 256),
        ("gen_ai.request.top_k", 40),
        ("gen_ai.request.seed", 7),
        ("gen_ai.usage.input_tokens", 1278),
        ("gen_ai.usage.output_tokens", 224),
        ("gen_ai.usage.cache_read.input_tokens", 1000),
        ("gen_ai.usage.reasoning.output_tokens", 220),
    ] {
        assert_eq!(span.int(key), Some(expected), "{key}");
    }
    let output = json_of(&span, "gen_ai.output.messages");
    assert_eq!(output[0]["finish_reason"], "tool_call");
    assert_eq!(output[0]["parts"][2]["name"], "get_weather");
    let input = json_of(&span, "gen_ai.input.messages");
    assert_eq!(input[2]["role"], "tool");

    let mapping = Some(Mapping::Langfuse);
    let span = exchanged(mapping, &path("generateContent"), REQUEST, reply()).await;
    assert_has_no_key(&span);
    assert_eq!(span.text("langfuse.observation.type"), Some("generation"));
    let usage = json_of(&span, "langfuse.observation.usage_details");
    assert_eq!(
        (
            &usage["input_cached_tokens"],
            &usage["output_reasoning_tokens"]
        ),
        (&json!(1000), &json!(220))
    );
    let parameters = json_of(&span, "langfuse.observation.model.parameters");
    assert_eq!(parameters["maxOutputTokens"], 256);
}

#[tokio::test]
async fn a_stream_of_events_or_one_array() {
    let stream = |media_type, body: &str, end: &str| {
        let parts = body.split_inclusive(end).map(str::to_owned);
        Reply::of(media_type, parts.collect(), Duration::ZERO, Ending::Whole)
    };
    for reply in [
        stream("text/event-stream", EVENTS, "\r\n\r\n"),
        stream("application/json; charset=UTF-8", ARRAY, "\n"),
    ] {
        for mapping in [None, Some(Mapping::Langfuse)] {
            let path = path("streamGenerateContent");
            let span = exchanged(mapping, &path, REQUEST, reply.clone()).await;
            assert_has_no_key(&span);
            assert_eq!(span.error, None);
            if mapping.is_none() {
                let output = json_of(&span, "gen_ai.output.messages");
                assert_eq!(output[0]["parts"][1]["content"], "Dark sea \"}]\" é");
                assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(15));
                assert!(span.attributes.contains_key("gen_ai.request.stream"));
            } else {
                let start = "langfuse.observation.completion_start_time";
                assert!(span.text(start).is_some());
                let output = span.text("langfuse.observation.output").unwrap();
                assert!(output.contains("Dark sea"), "{output}");
                assert!(output.contains("get_tide"), "{output}");
            }
        }
    }
}

#[tokio::test]
async fn a_key_that_is_wrong_and_a_prompt_that_is_blocked() {
    let refused = Reply::json(400, ERROR);
    let span = exchanged(None, &path("streamGenerateContent"), REQUEST, refused).await;
    assert_has_no_key(&span);
    assert_eq!(span.text("error.type"), Some("INVALID_ARGUMENT"));
    assert!(span.error.unwrap().contains("API key not valid"));
    let mapping = Some(Mapping::Langfuse);
    let blocked = Reply::json(200, BLOCKED);
    let span = exchanged(mapping, &path("generateContent"), REQUEST, blocked).await;
    assert_eq!(span.text("langfuse.observation.level"), Some("WARNING"));
    let message = span.text("langfuse.observation.status_message").unwrap();
    assert!(message.contains("PROHIBITED_CONTENT"), "{message}");
    let usage = json_of(&span, "langfuse.observation.usage_details");
    assert_eq!(usage["input"], 14);
}

#[tokio::test]
async fn embeddings_and_a_count_of_tokens() {
    let batch = include_bytes!("../../fixtures/gemini/batch_embed_request.json");
    let vectors = include_str!("../../fixtures/gemini/batch_embed_response.json");
    let path = "/v1beta/models/gemini-embedding-001:batchEmbedContents";
    let span = exchanged(None, path, batch, Reply::json(200, vectors)).await;
    assert_eq!(span.name, "embeddings gemini-embedding-001");
    assert_eq!(span.int("gen_ai.embeddings.dimension.count"), Some(3));
    assert!(!format!("{span:?}").contains("0.0271828"));
    let counted = Reply::json(200, r#"{"totalTokens":31}"#);
    let path = "/v1beta/models/gemini-2.5-flash:countTokens";
    let span = exchanged(None, path, REQUEST, counted).await;
    assert_eq!(span.name, "POST /v1beta/models/{model}:countTokens");
    assert!(!span.attributes.contains_key("gen_ai.operation.name"));
    assert_eq!(span.int("gen_ai.usage.input_tokens"), None);
}
