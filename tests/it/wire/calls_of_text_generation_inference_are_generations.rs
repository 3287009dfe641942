//! Calls of Text Generation Inference's own API: a completion with its counts.

use std::time::Duration;

use tracing_genai::Mapping;

use crate::support::exchange::exchanged;
use crate::support::json_of;
use crate::support::reply_server::{Ending, Reply};

const REQUEST: &[u8] = br#"{"inputs":"Deep","parameters":{"max_new_tokens":3}}"#;
const EVENTS: &str = concat!(
    "data:{\"index\":1,\"token\":{\"id\":1,\"text\":\" learning\",\"special\":false},\"generated_text\":null}\n\n",
    "data:{\"index\":2,\"token\":{\"id\":2,\"text\":\"!\",\"special\":false},\"generated_text\":\" learning!\",",
    "\"details\":{\"finish_reason\":\"length\",\"generated_tokens\":2,\"input_length\":1}}\n\n",
);

#[tokio::test]
async fn tokens_are_one_completion() {
    let parts = EVENTS.split_inclusive("\n\n").map(str::to_owned);
    let reply = Reply::events(parts.collect(), Duration::ZERO, Ending::Whole);
    let span = exchanged(None, "/generate_stream", REQUEST, reply.clone()).await;
    assert_eq!(span.name, "text_completion");
    assert_eq!(span.error, None);
    assert_eq!(span.int("gen_ai.request.max_tokens"), Some(3));
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(1));
    assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(2));
    let output = json_of(&span, "gen_ai.output.messages");
    assert_eq!(output[0]["parts"][0]["content"], " learning!");
    let mapping = Some(Mapping::Langfuse);
    let span = exchanged(mapping, "/generate_stream", REQUEST, reply).await;
    assert_eq!(span.text("langfuse.observation.type"), Some("generation"));
}

#[tokio::test]
async fn another_generator_is_not_read() {
    let answer = Reply::json(200, r#"{"report":"secret"}"#);
    let span = exchanged(None, "/generate", br#"{"inputs":["q1"]}"#, answer).await;
    assert_eq!(span.name, "POST /generate");
    assert!(!format!("{span:?}").contains("secret"));
}
