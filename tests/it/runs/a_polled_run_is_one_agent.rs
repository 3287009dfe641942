//! Polls are not spans. A change of the status is an event on the span of the run, up to a limit.

use serde_json::{Value, json};

use crate::openai_sim;
use crate::support::assistants::{Caller, ScriptedCaller, counts, usage_of};

/// The changes of the status, from the events of the span.
fn changes(span: &tracing_genai::testing::ReceivedSpan) -> Vec<(String, String)> {
    let events = span
        .events
        .iter()
        .filter(|event| event.name == "tracing_genai.run.status");
    let text = |value: &tracing_genai::testing::Value| value.as_text().unwrap().to_owned();
    let change = |event: &tracing_genai::testing::ReceivedEvent| {
        (
            text(&event.attributes["tracing_genai.run.status.from"]),
            text(&event.attributes["tracing_genai.run.status.to"]),
        )
    };
    events.map(change).collect()
}

#[tokio::test]
async fn thirty_times() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    for poll in 0..29 {
        let status = if poll < 3 { "queued" } else { "in_progress" };
        script.poll("run_1", status, Value::Null).await;
    }
    script.poll("run_1", "completed", counts(10, 5)).await;
    let spans = script.caller.shutdown().await;
    assert_eq!(spans.names(), ["chat gpt-4o", "invoke_agent"]);
    let agent = spans.agent();
    assert_eq!(agent.int("tracing_genai.run.polls"), Some(30));
    let expected = [("queued", "in_progress"), ("in_progress", "completed")];
    let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
    assert_eq!(changes(agent), expected);
    assert_eq!(spans.usage(), (10, 5));
    spans.assert_only_generations_count();
}

#[tokio::test]
async fn with_a_status_that_changes_all_the_time() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    for poll in 0..30 {
        let status = ["in_progress", "requires_action", "queued"][poll % 3];
        script.poll("run_1", status, Value::Null).await;
    }
    script.poll("run_1", "completed", counts(10, 5)).await;
    let spans = script.caller.shutdown().await;
    let agent = spans.agent();
    assert_eq!(agent.events.len(), 8);
    // The last status is known even if its event was dropped.
    assert_eq!(agent.text("tracing_genai.run.status"), Some("completed"));
}

#[tokio::test]
async fn until_the_simulated_server_has_done_it() {
    let server = openai_sim::Builder::default()
        .with_run_duration(std::time::Duration::from_millis(200))
        .start()
        .await
        .unwrap();
    let caller = Caller::new(server.base_url());
    let body = json!({"model": "gpt-4o", "name": "Tutor"});
    let assistant = caller.assistant(body).await;
    let body = json!({"assistant_id": assistant, "metadata": {"lesson": "1"},
        "thread": {"messages": [{"role": "user", "content": "3x + 11 = 14"}]}});
    let run = caller.create("/threads/runs", body).await;
    let run = caller.until_it_stops(&run).await;
    let spans = caller.shutdown().await;
    let mut names = spans.names();
    names.sort_unstable();
    let expected = ["chat gpt-4o", "create_agent Tutor", "invoke_agent Tutor"];
    assert_eq!(names, expected);
    let agent = spans.agent();
    let text = |key: &str| agent.text(key);
    assert_eq!(agent.kind, "CLIENT");
    assert_eq!(text("gen_ai.agent.name"), Some("Tutor"));
    assert_eq!(text("gen_ai.agent.id"), Some(assistant.as_str()));
    assert_eq!(text("gen_ai.conversation.id"), run["thread_id"].as_str());
    assert_eq!(text("tracing_genai.run.id"), run["id"].as_str());
    assert_eq!(text("gen_ai.provider.name"), Some("openai"));
    assert_eq!(text("openai.api.type"), None);
    assert_eq!(text("gen_ai.request.model"), Some("gpt-4o"));
    assert_eq!(text("tracing_genai.request_metadata.lesson"), Some("1"));
    for key in ["created_at", "started_at", "ended_at"] {
        let time = text(&format!("tracing_genai.run.{key}")).unwrap();
        assert!(time.starts_with("20") && time.ends_with('Z'), "{time}");
    }
    assert_eq!((agent.error.as_deref(), agent.ok), (None, false));
    assert_eq!(spans.usage(), usage_of(&run));
    spans.assert_only_generations_count();
}
