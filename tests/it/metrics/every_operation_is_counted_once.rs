//! Runs are counted by their generations, tools once whether derived or made by hand, background responses
//! when they are complete. Fetching a stored response counts nothing.

use std::time::Duration;

use tracing_genai::message::Usage;
use tracing_genai::testing::{InMemory, ReceivedSpan};
use tracing_genai::{Telemetry, observation};

use crate::assistant_tools::polled;
use crate::support::metrics::{Metrics, measured, measured_with};
use crate::support::reply_server::{Reply, ReplyServer};
use crate::support::tutor::{QUESTION, lesson_has_ended, tool_tutor};
use crate::support::versions::Version;
use crate::support::{SOON, WORK, take_time};

fn tokens(metrics: &Metrics, kind: &str) -> i64 {
    let name = format!("gen_ai.client.inference.usage.{kind}_tokens");
    metrics
        .get(&name)
        .map_or(0, |metric| metric.sum().round() as i64)
}

#[tokio::test]
async fn a_run_with_a_tool() {
    let (_server, client) = tool_tutor().await;
    let tutor = async |telemetry: Telemetry, memory: InMemory| {
        polled::run_math_tutor(&client, QUESTION).await.unwrap();
        lesson_has_ended(&telemetry, &memory).await;
    };
    let (memory, metrics) = measured_with(|builder| builder, tutor).await;
    let spans = memory.spans();
    let of = |operation: &str| {
        let of = |span: &&ReceivedSpan| span.text("gen_ai.operation.name") == Some(operation);
        spans.iter().filter(of).collect::<Vec<_>>()
    };
    let (agents, generations, tools) = (of("invoke_agent"), of("chat"), of("execute_tool"));
    assert_eq!((agents.len(), tools.len()), (1, 1));
    let of_run = |span: &&&ReceivedSpan| span.parent_span_id == agents[0].span_id;
    let calls_of_run = generations.iter().filter(of_run).count();
    assert!(calls_of_run >= 2);

    let agent = metrics["gen_ai.invoke_agent.duration"].point();
    assert_eq!(agent.count, 1);
    let duration = Duration::from_nanos(agents[0].end - agents[0].start).as_secs_f64();
    assert!((agent.sum - duration).abs() < 0.001);
    assert_eq!(
        agent.text("gen_ai.agent.name"),
        agents[0].text("gen_ai.agent.name")
    );
    assert!(agent.text("gen_ai.request.model").is_some());
    let calls = metrics["gen_ai.invoke_agent.inference_calls"].point();
    assert_eq!((calls.count, calls.sum), (1, calls_of_run as f64));
    assert_eq!(metrics["gen_ai.invoke_agent.tool_calls"].point().sum, 1.0);

    let tool = metrics["gen_ai.execute_tool.duration"].point();
    assert_eq!(tool.count, 1);
    assert_eq!(
        tool.text("gen_ai.tool.name"),
        tools[0].text("gen_ai.tool.name")
    );
    let inference = &metrics["gen_ai.client.inference.duration"];
    assert_eq!(inference.count(), generations.len() as u64);
    for kind in ["input", "output"] {
        let key = format!("gen_ai.usage.{kind}_tokens");
        let of_spans = generations.iter().filter_map(|span| span.int(&key));
        let of_spans: i64 = of_spans.sum();
        assert!(of_spans > 0);
        assert_eq!(tokens(&metrics, kind), of_spans, "{kind}");
    }
    // The creation of the assistant, which used no tokens.
    let made = &metrics["gen_ai.client.operation.duration"];
    assert_eq!(made.count(), of("create_agent").len() as u64);
}

fn stored(status: &str, usage: Option<(u64, u64)>) -> serde_json::Value {
    let usage = usage.map(|(input, output)| {
        serde_json::json!({"input_tokens": input, "output_tokens": output, "total_tokens": input + output})
    });
    serde_json::json!({
        "id": "resp_1", "object": "response", "status": status, "background": true,
        "model": "o3-deep", "output": [], "usage": usage,
    })
}

#[tokio::test]
async fn an_answer_that_is_made_in_the_background() {
    let replies = [
        Reply::json(200, stored("queued", None)),
        Reply::json(200, stored("in_progress", None)),
        Reply::json(200, stored("completed", Some((40, 7)))),
        Reply::json(200, stored("completed", Some((40, 7)))),
    ];
    let server = ReplyServer::start(replies).await;
    let (memory, metrics) = measured(async {
        let url = server.url();
        let client = Version::V043.client(url.clone());
        let request =
            serde_json::json!({"model": "o3-deep", "input": "Think.", "background": true});
        client.respond(&request).await.unwrap();
        let config = async_openai::config::OpenAIConfig::new()
            .with_api_base(url)
            .with_api_key("simulated");
        let client = async_openai::Client::with_config(config)
            .with_http_service(tracing_genai::openai::http_service());
        for _ in 0..3 {
            take_time().await;
            let fetched: Result<serde_json::Value, _> =
                client.responses().retrieve_byot("resp_1").await;
            fetched.unwrap();
        }
    })
    .await;
    assert_eq!(
        (tokens(&metrics, "input"), tokens(&metrics, "output")),
        (40, 7)
    );
    let duration = metrics["gen_ai.client.inference.duration"].point();
    assert_eq!(duration.count, 1);
    let span = memory.span("chat o3-deep");
    let of_span = Duration::from_nanos(span.end - span.start).as_secs_f64();
    assert!(of_span >= 2.0 * WORK.as_secs_f64());
    let more = duration.sum - of_span;
    assert!((0.0..SOON.as_secs_f64()).contains(&more), "{more}");
    let fetched = metrics["gen_ai.client.operation.duration"].point();
    assert_eq!(fetched.count, 3);
    assert_eq!(
        fetched.text("gen_ai.operation.name"),
        Some("fetch_response")
    );
}

fn asks_for_a_tool() -> serde_json::Value {
    let call = serde_json::json!({"id": "call_1", "type": "function",
        "function": {"name": "get_weather", "arguments": "{\"city\":\"Oslo\"}"}});
    serde_json::json!({"id": "chatcmpl-1", "model": "gpt-4o", "choices": [{"index": 0,
        "finish_reason": "tool_calls",
        "message": {"role": "assistant", "content": null, "tool_calls": [call]}}]})
}

/// Who makes the span of the tool.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Maker {
    Nobody,
    Observation,
    /// A span that has no more than the id of the call.
    UnnamedSpan,
}

async fn with_a_tool(maker: Maker) -> Metrics {
    let answers = [asks_for_a_tool(), serde_json::json!({"choices": []})];
    let server = ReplyServer::start(answers.map(|body| Reply::json(200, body))).await;
    let (memory, metrics) = measured(async {
        // The calls below the agent keep it open, and they end on another thread.
        let agent = observation::agent("weather").start();
        let work = async {
            let client = Version::V043.client(server.url());
            let mut request = serde_json::json!({"model": "gpt-4o",
                "messages": [{"role": "user", "content": "How is it in Oslo?"}]});
            let answer = client.chat(&request).await.unwrap();
            match maker {
                Maker::Nobody => {}
                Maker::Observation => {
                    let tool = observation::tool("get_weather").with_tool_call_id("call_1");
                    drop(tool.start());
                }
                Maker::UnnamedSpan => drop(
                    tracing::info_span!(
                        "forecast",
                        gen_ai.operation.name = "execute_tool",
                        gen_ai.tool.call.id = "call_1"
                    )
                    .entered(),
                ),
            }
            let messages = request["messages"].as_array_mut().unwrap();
            messages.push(answer["choices"][0]["message"].clone());
            messages.push(
                serde_json::json!({"role": "tool", "tool_call_id": "call_1", "content": "rainy"}),
            );
            let _answer = client.chat(&request).await;
        };
        tracing::Instrument::instrument(work, agent.span().clone()).await;
    })
    .await;
    assert_eq!(
        memory.spans().len(),
        4,
        "an agent, two calls, one tool: {:?}",
        memory.spans()
    );
    metrics
}

#[tokio::test]
async fn a_tool_derived_or_by_hand_and_the_agent_above() {
    for maker in [Maker::Nobody, Maker::Observation, Maker::UnnamedSpan] {
        let metrics = with_a_tool(maker).await;
        let tool = metrics["gen_ai.execute_tool.duration"].point();
        assert_eq!(tool.count, 1, "{maker:?}");
        assert_eq!(tool.text("gen_ai.tool.name"), Some("get_weather"));
        let agent = metrics["gen_ai.invoke_agent.duration"].point();
        assert_eq!(agent.count, 1);
        assert_eq!(agent.text("gen_ai.agent.name"), Some("weather"));
        assert_eq!(metrics["gen_ai.client.inference.duration"].count(), 2);
        // The model calls of an agent made by hand are not counted.
        assert!(!metrics.contains_key("gen_ai.invoke_agent.inference_calls"));
    }
}

#[tokio::test]
async fn what_is_set_by_hand_as_text() {
    let (memory, metrics) = measured(async {
        let _call = tracing::info_span!(
            "call",
            gen_ai.operation.name = "chat",
            gen_ai.request.model = "gpt-4o",
            gen_ai.usage.input_tokens = "14",
            gen_ai.usage.output_tokens = 3.0,
            gen_ai.response.time_to_first_chunk = "0.25",
            server.address = "localhost",
            server.port = "8080"
        )
        .entered();
    })
    .await;
    assert_eq!(
        (tokens(&metrics, "input"), tokens(&metrics, "output")),
        (14, 3)
    );
    let of_spans = memory.spans()[0].int("gen_ai.usage.input_tokens");
    assert_eq!(of_spans, Some(14));
    let chunk = metrics["gen_ai.client.inference.time_to_first_chunk"].point();
    assert_eq!((chunk.count, chunk.sum), (1, 0.25));
    assert_eq!(chunk.text("server.port"), Some("8080"));
}

#[tokio::test]
async fn a_tool_only_if_it_has_a_name() {
    let (memory, metrics) = measured(async {
        drop(tracing::info_span!("search", gen_ai.operation.name = "execute_tool").entered());
        drop(observation::tool("get_time").start());
    })
    .await;
    assert_eq!(memory.spans().len(), 2);
    let tool = metrics["gen_ai.execute_tool.duration"].point();
    assert_eq!(tool.count, 1);
    assert_eq!(tool.text("gen_ai.tool.name"), Some("get_time"));
}

#[tokio::test]
async fn observations_by_hand() {
    let (_, metrics) = measured(async {
        let start = std::time::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
        let generation = observation::generation("chat gpt-4o")
            .with_model("gpt-4o")
            .with_provider("openai")
            .with_usage(Usage::new(14, 3).with_cache_read(8))
            .with_error("overloaded", "try again");
        generation.record(start, start + Duration::from_millis(2_500));
        drop(observation::embedding("embed").start());
        drop(observation::chain("no operation").start());
    })
    .await;
    let duration = metrics["gen_ai.client.inference.duration"].point();
    assert_eq!((duration.count, duration.sum), (1, 2.5));
    assert_eq!(duration.text("error.type"), Some("overloaded"));
    assert_eq!(
        (tokens(&metrics, "input"), tokens(&metrics, "output")),
        (14, 3)
    );
    assert_eq!(tokens(&metrics, "cache_read.input"), 8);
    assert_eq!(metrics["gen_ai.client.operation.duration"].count(), 1);
}
