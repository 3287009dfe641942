//! Each type has a constructor, and the operation that the conventions define for it.

use tracing_genai::conventions as names;
use tracing_genai::message::{Message, Part, Usage};
use tracing_genai::observation::{self, ObservationBuilder};
use tracing_genai::testing::Value;

use crate::support::{mapped, plain};

type Row = (
    fn(String) -> ObservationBuilder,
    &'static str,
    Option<&'static str>,
    &'static str,
);

const KINDS: [Row; 9] = [
    (
        observation::generation,
        "generation",
        Some("chat"),
        "CLIENT",
    ),
    (
        observation::embedding,
        "embedding",
        Some("embeddings"),
        "CLIENT",
    ),
    (
        observation::agent,
        "agent",
        Some("invoke_agent"),
        "INTERNAL",
    ),
    (observation::tool, "tool", Some("execute_tool"), "INTERNAL"),
    (observation::chain, "chain", None, "INTERNAL"),
    (
        observation::retriever,
        "retriever",
        Some("retrieval"),
        "CLIENT",
    ),
    (observation::evaluator, "evaluator", None, "INTERNAL"),
    (observation::guardrail, "guardrail", None, "INTERNAL"),
    (observation::span, "span", None, "INTERNAL"),
];

#[test]
fn live() {
    let memory = plain(|| {
        for (start, ..) in KINDS {
            drop(start("it".into()).start());
        }
    });
    let spans = memory.spans();
    assert_eq!(spans.len(), KINDS.len());
    for (span, (_, kind, operation, otel_kind)) in spans.iter().zip(KINDS) {
        assert_eq!(span.text("tracing_genai.observation.type"), Some(kind));
        assert_eq!(span.text(names::OPERATION_NAME), operation, "{kind}");
        assert_eq!(span.kind, otel_kind, "{kind}");
        let name = match kind {
            "agent" | "tool" | "retriever" => format!("{} it", operation.unwrap_or_default()),
            _ => "it".to_owned(),
        };
        assert_eq!(span.name, name);
    }
}

#[test]
fn finished_earlier_for_langfuse() {
    let now = std::time::SystemTime::now();
    let memory = mapped(|| {
        for (start, ..) in KINDS {
            assert!(start("it".into()).record(now, now).is_some());
        }
    });
    let types: Vec<_> = memory
        .spans()
        .iter()
        .map(|span| span.text("langfuse.observation.type").map(str::to_owned))
        .collect();
    let expected: Vec<_> = KINDS.map(|(_, kind, ..)| Some(kind.to_owned())).into();
    assert_eq!(types, expected);
}

#[test]
fn a_tool_has_its_call() {
    let memory = mapped(|| {
        let tool = observation::tool("get_weather")
            .with_tool_call_id("call_1")
            .with_tool_arguments(serde_json::json!({ "city": "Oslo" }))
            .start();
        tool.set_tool_result("rainy");
    });
    let span = memory.span("execute_tool get_weather");
    assert_eq!(span.text("gen_ai.tool.name"), Some("get_weather"));
    assert_eq!(span.text("gen_ai.tool.call.id"), Some("call_1"));
    let text = |key| span.text(key);
    assert_eq!(
        text("langfuse.observation.input"),
        Some(r#"{"city":"Oslo"}"#)
    );
    assert_eq!(text("langfuse.observation.output"), Some("rainy"));
}

#[test]
fn an_agent_has_its_name_and_id() {
    let memory = plain(|| drop(observation::agent("tutor").with_agent_id("asst_1").start()));
    let span = memory.span("invoke_agent tutor");
    assert_eq!(span.text("gen_ai.agent.name"), Some("tutor"));
    assert_eq!(span.text("gen_ai.agent.id"), Some("asst_1"));
}

#[test]
fn a_generation_has_prompt_cost_server_and_usage_in_detail() {
    let say = || {
        observation::generation("chat")
            .with_model("gpt-4o")
            .with_server("api.openai.com", 443)
            .with_prompt("greeting", 3)
            .with_usage(Usage::new(100, 50).with_audio(20, 30).with_reasoning(5))
            .with_cost("input", 0.001)
            .with_cost("output", 0.002)
            .start()
    };
    let span = mapped(|| drop(say())).span("chat");
    assert_eq!(
        span.text("langfuse.observation.prompt.name"),
        Some("greeting")
    );
    assert_eq!(span.int("langfuse.observation.prompt.version"), Some(3));
    assert_eq!(
        span.text("langfuse.observation.cost_details"),
        Some(r#"{"input":0.001,"output":0.002,"total":0.003}"#)
    );
    let span = plain(|| drop(say())).span("chat");
    assert_eq!(span.text("server.address"), Some("api.openai.com"));
    assert_eq!(span.int("server.port"), Some(443));
    assert_eq!(span.int("gen_ai.usage.audio.input_tokens"), Some(20));
    assert_eq!(
        span.attributes.get("tracing_genai.observation.cost.input"),
        Some(&Value::Double(0.001))
    );
}

#[test]
fn messages_carry_every_part_of_the_convention() {
    let parts = serde_json::json!([
        { "type": "server_tool_call", "id": "ws_1", "name": "web_search",
          "server_tool_call": { "type": "web_search", "query": "fjords" } },
        { "type": "server_tool_call_response", "id": "ws_1",
          "server_tool_call_response": { "type": "web_search", "results": 3 } },
        { "type": "compaction", "id": "cmp_1" },
        { "type": "uri", "modality": "image", "uri": "https://example.org/a.png" },
        { "type": "hologram", "depth": 3 },
    ]);
    let read: Vec<Part> = serde_json::from_value(parts.clone()).unwrap();
    assert_eq!(
        read[4],
        Part::other("hologram", serde_json::json!({ "depth": 3 }))
    );
    let memory = plain(|| {
        let message = Message::new("assistant", read);
        drop(
            observation::generation("chat")
                .with_output_messages([message])
                .start(),
        );
    });
    let span = memory.span("chat");
    let written = span.text("gen_ai.output.messages").unwrap();
    let written: serde_json::Value = serde_json::from_str(written).unwrap();
    assert_eq!(written[0]["parts"], parts);
}
