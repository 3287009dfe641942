//! Azure AI Foundry Agents (classic), DashScope, and peculiarities of OpenAI.

use serde_json::{Value, json};

use crate::support::assistants::{
    Caller, OUTPUT, ScriptedCaller, Spans, assert_ended, counts, run_object, step_object, texts,
    usage_of,
};
use crate::support::simulator::{Wire, id, run_path};

/// A whole lesson, with its steps and messages.
async fn lesson(caller: &Caller, query: &str, body: Value) -> (Value, Spans) {
    let at = |path: &str| format!("{path}{query}");
    let assistant = id(&caller.create(&at("/assistants"), body).await);
    let body = json!({"assistant_id": assistant,
        "thread": {"messages": [{"role": "user", "content": "3x + 11 = 14"}]}});
    let run = caller.create(&at("/threads/runs"), body).await;
    let path = run_path(&run);
    let run = loop {
        let (_, run) = caller.get(&at(&path)).await;
        if run["status"] == "completed" {
            break run;
        }
        assert!(
            ["queued", "in_progress"].contains(&run["status"].as_str().unwrap()),
            "{run}"
        );
    };
    caller.get(&at(&format!("{path}/steps"))).await;
    let thread = run["thread_id"].as_str().unwrap();
    caller
        .get(&at(&format!("/threads/{thread}/messages")))
        .await;
    let spans = caller.shutdown().await;
    assert_ended(spans.agent(), [None, None, None]);
    assert!(texts(spans.agent(), OUTPUT)[0].1.contains("x = 1"));
    assert_eq!(spans.usage(), usage_of(&run));
    (run, spans)
}

#[tokio::test]
async fn azure_ai_foundry() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.root_url("/api/projects/lessons"));
    let body =
        json!({"model": "gpt-4o", "tools": [{"type": "bing_grounding", "bing_grounding": {}}]});
    let (_, spans) = lesson(&caller, "?api-version=v1", body).await;
    let agent = spans.agent();
    assert_eq!(agent.kind, "CLIENT");
    assert!(agent.text("tracing_genai.request_id").is_some() || !agent.attributes.is_empty());
    assert_eq!(
        spans.named("execute_tool bing_grounding").parent_span_id,
        agent.span_id
    );
}

#[tokio::test]
async fn dash_scope_which_counts_milliseconds() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.root_url("/api/v1"));
    let (run, spans) = lesson(&caller, "", json!({"model": "qwen-max"})).await;
    let milliseconds = run["created_at"].as_u64().unwrap();
    assert!(milliseconds > 1_000_000_000_000);
    let agent = spans.agent();
    let created = agent.text("tracing_genai.run.created_at").unwrap();
    assert!(created.starts_with("20") && created.len() < 32, "{created}");
    for span in spans.below(agent) {
        assert!(
            span.start >= agent.start && span.end <= agent.end,
            "{span:?}"
        );
        assert!(span.end - span.start < 60_000_000_000);
    }
}

#[tokio::test]
async fn with_an_image_before_the_text() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let (_, spans) = lesson(&caller, "", json!({"model": "run-image"})).await;
    let output = spans.agent().text(OUTPUT).unwrap();
    let output: Value = serde_json::from_str(output).unwrap();
    let parts = output[0]["parts"].as_array().unwrap();
    let kinds: Vec<_> = parts
        .iter()
        .map(|part| part["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["file", "text"]);
}

#[tokio::test]
async fn with_an_unknown_step() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let (_, spans) = lesson(&caller, "", json!({"model": "run-unknown-step"})).await;
    assert!(spans.generations().len() >= 2);
    spans.assert_only_generations_count();
}

#[tokio::test]
async fn with_an_unknown_tool() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    let calls = json!([
        {"id": "call_1", "type": "weather_station", "weather_station": {"where": "Oslo", "output": "4 °C"}},
        {"id": "call_2", "type": "odd"},
        {"id": "call_3"},
    ]);
    let details = json!({"type": "tool_calls", "tool_calls": calls});
    let step = step_object("step_1", "run_1", 1, details, counts(10, 5));
    script.steps("run_1", vec![step]).await;
    script.poll("run_1", "completed", counts(10, 5)).await;
    let spans = script.caller.shutdown().await;
    let tool = spans.named("execute_tool weather_station");
    assert_eq!(tool.text("gen_ai.tool.call.result"), Some("4 °C"));
    assert_eq!(
        tool.text("gen_ai.tool.call.arguments"),
        Some(r#"{"where":"Oslo"}"#)
    );
    spans.named("execute_tool odd");
    assert_eq!((spans.tools().len(), spans.usage()), (2, (10, 5)));
}

#[tokio::test]
async fn that_send_few_fields_of_a_run() {
    let script = ScriptedCaller::start().await;
    let body = json!({"assistant_id": "asst_1"});
    let bare = |status: &str| json!({"id": "run_1", "object": "thread.run", "status": status});
    script.post("/threads/t/runs", body, bare("queued")).await;
    script.get("/threads/t/runs/run_1", bare("completed")).await;
    let spans = script.caller.shutdown().await;
    let agent = spans.agent();
    assert_eq!(agent.text("gen_ai.conversation.id"), Some("t"));
    assert_eq!(agent.text("gen_ai.agent.id"), Some("asst_1"));
    assert_ended(agent, [None, None, None]);
    assert_eq!(spans.generations()[0].name, "chat");
}

/// The response may be JSON although a stream was requested.
#[tokio::test]
async fn that_stream_nothing() {
    let script = ScriptedCaller::start().await;
    let body = json!({"assistant_id": "asst_1", "stream": true});
    let answer = run_object("run_1", "completed", counts(10, 5));
    script.post("/threads/t/runs", body, answer).await;
    let spans = script.caller.shutdown().await;
    assert_eq!((spans.agents().len(), spans.usage()), (1, (10, 5)));
}

#[tokio::test]
async fn without_the_beta_header() {
    let script = ScriptedCaller::start().await;
    script.next(crate::support::reply_server::Reply::json(
        200,
        run_object("run_1", "completed", counts(10, 5)),
    ));
    let url = format!("{}/threads/t/runs", script.caller.base);
    let factory = async_openai_041::middleware::HttpRequestFactory::new(move || {
        let request = reqwest::Client::new().post(&url).body("{}").build();
        async move { Ok(request?) }
    });
    let mut service = script.caller.service.clone();
    let answer = tower_service::Service::call(&mut service, factory).await;
    answer.unwrap().bytes().await.unwrap();
    let spans = script.caller.shutdown().await;
    assert_eq!((spans.agents().len(), spans.usage()), (1, (10, 5)));
}
