//! Calls of Cohere's second version, whole and streamed: a generation whose counts are the billed ones.

use std::time::Duration;

use tracing_genai::Mapping;

use crate::support::exchange::exchanged;
use crate::support::json_of;
use crate::support::reply_server::{Ending, Reply};

const REQUEST: &[u8] = include_bytes!("../../fixtures/cohere/request.json");
const RESPONSE: &str = include_str!("../../fixtures/cohere/response.json");
const EVENTS: &str = include_str!("../../fixtures/cohere/stream_tools.sse");

#[tokio::test]
async fn whole_and_streamed() {
    let parts = EVENTS.split_inclusive("\n\n").map(str::to_owned);
    let streamed = Reply::events(parts.collect(), Duration::ZERO, Ending::Whole);
    let body: serde_json::Value = serde_json::from_slice(REQUEST).unwrap();
    for (stream, reply) in [(false, Reply::json(200, RESPONSE)), (true, streamed)] {
        let mut body = body.clone();
        body["stream"] = stream.into();
        let body = body.to_string();
        let span = exchanged(None, "/v2/chat", body.as_bytes(), reply.clone()).await;
        assert_eq!(span.name, "chat command-a-03-2025");
        assert_eq!(span.error, None);
        assert_eq!(span.text("gen_ai.provider.name"), Some("cohere"));
        assert_eq!(span.int("gen_ai.request.top_k"), Some(5));
        assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(37));
        assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(28));
        let output = json_of(&span, "gen_ai.output.messages");
        assert_eq!(output[0]["parts"][1]["id"], "get_weather_1");
        let mapping = Some(Mapping::Langfuse);
        let span = exchanged(mapping, "/v2/chat", body.as_bytes(), reply).await;
        let usage = json_of(&span, "langfuse.observation.usage_details");
        assert_eq!(
            (&usage["input"], &usage["output"]),
            (&37.into(), &28.into())
        );
        let parameters = json_of(&span, "langfuse.observation.model.parameters");
        assert_eq!(parameters["p"], 0.7);
    }
}

#[tokio::test]
async fn embeddings_and_reranking() {
    let vectors = include_str!("../../fixtures/cohere/embed_response.json");
    let request = br#"{"model":"embed-v4.0","texts":["a","b"],"input_type":"search_document"}"#;
    let span = exchanged(None, "/v2/embed", request, Reply::json(200, vectors)).await;
    assert_eq!(span.name, "embeddings embed-v4.0");
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(6));
    assert!(!format!("{span:?}").contains("0.016296387"));
    let request = br#"{"model":"rerank-v4.0","query":"tide","documents":["a","b"]}"#;
    let ranked = r#"{"id":"r-1","results":[{"index":1,"relevance_score":0.9}]}"#;
    let mapping = Some(Mapping::Langfuse);
    let span = exchanged(mapping, "/v2/rerank", request, Reply::json(200, ranked)).await;
    assert_eq!(span.text("langfuse.observation.type"), Some("retriever"));
    let input = span.text("langfuse.observation.input").unwrap();
    assert!(input.contains("tide"), "{input}");
}
