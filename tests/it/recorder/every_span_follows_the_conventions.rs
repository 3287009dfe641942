//! Names, kinds, required and declared attributes and their types, operation by operation. Recorded exchanges are
//! held against the same table where they are shown.

use serde_json::json;
use tracing_genai::message::{Message, Usage};
use tracing_genai::observation;
use tracing_genai::testing::ReceivedSpan;

use crate::support::assistants::Caller;
use crate::support::conventions::{assert_kept, violations};
use crate::support::reply_server::{Reply, ReplyServer};
use crate::support::simulator::Wire;
use crate::support::tutor::{QUESTION, lesson_has_ended, math_tutor_client, tool_tutor};
use crate::support::{SOON, memory, plain, within_async};
use crate::{assistant_tools, math_tutor, openai_sim};

#[tokio::test]
async fn of_the_tutor() {
    let server = openai_sim::start().await.unwrap();
    let client = math_tutor_client(server.base_url());
    let (memory, telemetry) = memory(None);
    let lesson = math_tutor::run_math_tutor(&client, QUESTION);
    within_async(&telemetry, lesson).await.unwrap();
    telemetry.shutdown_async(SOON).await;
    assert_kept(&memory.spans());
}

#[tokio::test]
async fn of_the_tutor_with_a_tool() {
    for is_streamed in [false, true] {
        let (_server, client) = tool_tutor().await;
        let (memory, telemetry) = memory(None);
        let run = async {
            if is_streamed {
                assistant_tools::streamed::run_math_tutor(&client, QUESTION).await
            } else {
                assistant_tools::polled::run_math_tutor(&client, QUESTION).await
            }
        };
        within_async(&telemetry, run).await.unwrap();
        lesson_has_ended(&telemetry, &memory).await;
        let spans = memory.spans();
        assert_kept(&spans);
        let of_run = |span: &&ReceivedSpan| {
            span.name.starts_with("chat ") && span.attributes.contains_key("tracing_genai.derived")
        };
        let generations: Vec<_> = spans.iter().filter(of_run).collect();
        assert!(!generations.is_empty());
        let is_timed = |span: &&ReceivedSpan| {
            let keys = [
                "gen_ai.request.stream",
                "gen_ai.response.time_to_first_chunk",
            ];
            keys.iter().all(|key| span.attributes.contains_key(*key))
        };
        assert_eq!(generations.iter().any(is_timed), is_streamed);
    }
}

#[tokio::test]
async fn of_an_answer_that_is_fetched() {
    let answer = json!({"id": "resp_1", "object": "response", "status": "completed",
        "model": "o3-deep", "output": [], "previous_response_id": "resp_0",
        "usage": {"input_tokens": 40, "output_tokens": 7, "total_tokens": 47}});
    let server = ReplyServer::start([Reply::json(200, answer)]).await;
    let caller = Caller::new(server.url());
    caller.get("/responses/resp_1?starting_after=42").await;
    let spans = caller.shutdown().await;
    assert_kept(&spans.all);
    let text = |key| spans.named("fetch_response").text(key);
    assert_eq!(text("gen_ai.response.model"), Some("o3-deep"));
    assert_eq!(text("gen_ai.request.stream_cursor"), Some("42"));
}

#[tokio::test]
async fn of_an_assistant() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let body = json!({"model": "gpt-4o", "name": "Tutor", "description": "Solves equations.",
        "instructions": "Be brief.", "temperature": 0.5});
    caller.create("/assistants", body).await;
    let spans = caller.shutdown().await;
    assert_kept(&spans.all);
    let created = spans.named("create_agent Tutor");
    let description = created.text("gen_ai.agent.description");
    assert_eq!(description, Some("Solves equations."));
}

#[test]
fn of_observations_by_hand() {
    let memory = plain(|| {
        let agent = observation::agent("Planner").start();
        observation::tool("get_time")
            .with_tool_arguments(json!({"zone": "Europe/Oslo"}))
            .with_parent(agent.span())
            .start()
            .set_tool_result("noon");
        drop(observation::retriever("docs").start());
        drop(
            observation::generation("chat gpt-4o")
                .with_model("gpt-4o")
                .with_prompt("greeting", 3)
                .with_parameter("temperature", 1)
                .with_output_messages([Message::assistant("Noon.").with_finish_reason("stop")])
                .with_usage(Usage::new(5, 2))
                .start(),
        );
        drop(
            observation::embedding("embeddings my-own")
                .with_model("my-own")
                .with_usage(Usage::new(5, 0))
                .start(),
        );
    });
    assert_kept(&memory.spans());
    let generation = memory.span("chat gpt-4o");
    assert_eq!(generation.text("gen_ai.provider.name"), Some("openai"));
    assert_eq!(generation.text("gen_ai.prompt.version"), Some("3"));
    assert!(
        generation
            .attributes
            .contains_key("gen_ai.response.finish_reasons")
    );
    let embedding = memory.span("embeddings my-own");
    assert_eq!(embedding.text("gen_ai.provider.name"), Some("_OTHER"));
}

#[test]
fn a_span_that_breaks_them_is_found() {
    let memory = plain(|| {
        let _span = tracing::info_span!(
            "search",
            gen_ai.operation.name = "execute_tool",
            gen_ai.request.model = "gpt-4o"
        )
        .entered();
    });
    let found = violations(&memory.span("search")).join("; ");
    for violation in [
        "it should be called execute_tool",
        "gen_ai.tool.name is missing",
        "gen_ai.request.model is not declared",
    ] {
        assert!(found.contains(violation), "{found}");
    }
}
