//! Over as many streams as it takes, even if it waits for tools, breaks off, or is never seen again.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::openai_sim::Builder;
use crate::support::assistants::{
    Caller, INPUT, OUTPUT, ScriptedCaller, Spans, assert_ended, counts, event, message_object,
    message_step, role_texts, run_object, texts, usage_of,
};
use crate::support::reply_server::{Ending, Reply};
use crate::support::simulator::{Wire, events, function, run_path};
use crate::support::{WORK, take_time};

const QUESTION: &str = "3x + 11 = 14";
const ANSWER: &str = "Subtract 11 from both sides to get 3x = 3, so x = 1.";
const FIRST_TOKEN: &str = "tracing_genai.observation.completion_start_time";

async fn assistant(caller: &Caller, model: &str, tools: Value) -> String {
    let body = json!({"model": model, "name": "Tutor", "tools": tools});
    caller.assistant(body).await
}

fn asked(assistant: &str) -> Value {
    json!({"assistant_id": assistant, "stream": true,
        "thread": {"messages": [{"role": "user", "content": QUESTION}]}})
}

/// The last run object in a stream.
fn last_run(text: &str) -> Value {
    let events = events(text);
    let mut runs = events.iter().rev().filter(|event| {
        let name = event.name.as_deref().unwrap_or_default();
        name.starts_with("thread.run.") && !name.starts_with("thread.run.step")
    });
    runs.next().unwrap().json()
}

fn assert_answered(spans: &Spans) {
    let agent = spans.agent();
    assert_eq!(agent.name, "invoke_agent Tutor");
    assert_eq!(texts(agent, INPUT), role_texts(&[("user", QUESTION)]));
    assert_eq!(texts(agent, OUTPUT), role_texts(&[("assistant", ANSWER)]));
    assert_ended(agent, [None, None, None]);
    spans.assert_only_generations_count();
}

fn assert_counts(spans: &Spans, run: &Value) {
    assert_eq!(spans.usage(), usage_of(run));
}

#[tokio::test]
async fn that_was_made_with_its_thread() {
    let wire = Wire::with_run_duration(Duration::from_millis(60)).await;
    let caller = Caller::new(wire.url(""));
    let assistant = assistant(&caller, "gpt-4o", json!([])).await;
    let text = caller.stream("/threads/runs", asked(&assistant)).await;
    // The stream was complete, so nothing is still awaited.
    let spans = caller.flush().await;
    assert_answered(&spans);
    assert_counts(&spans, &last_run(&text));
    let [generation] = spans.generations()[..] else {
        panic!("{:?}", spans.names());
    };
    let agent = spans.agent();
    assert!(generation.text(FIRST_TOKEN).is_some());
    assert!(generation.start >= agent.start && generation.end <= agent.end);
    assert!(generation.text("tracing_genai.run.step_id").is_some());
    assert_eq!(
        texts(generation, OUTPUT),
        role_texts(&[("assistant", ANSWER)])
    );
    assert!(spans.agent().text(FIRST_TOKEN).is_none());
}

#[tokio::test]
#[expect(deprecated, reason = "async-openai marks all of Assistants so")]
async fn read_by_the_typed_client() {
    use async_openai_041::types::assistants::{
        CreateMessageRequest, CreateRunRequest, CreateThreadRequest, MessageRole,
    };

    let wire = Wire::with_run_duration(Duration::from_millis(60)).await;
    let caller = Caller::new(wire.url(""));
    let assistant = assistant(&caller, "gpt-4o", json!([])).await;
    let client = wire.typed().with_http_service(caller.service.clone());
    let message = CreateMessageRequest {
        role: MessageRole::User,
        content: QUESTION.into(),
        ..CreateMessageRequest::default()
    };
    let thread = CreateThreadRequest {
        messages: Some(vec![message]),
        ..CreateThreadRequest::default()
    };
    let thread = client.threads().create(thread).await.unwrap();
    let request = CreateRunRequest {
        assistant_id: assistant,
        stream: Some(true),
        ..CreateRunRequest::default()
    };
    let threads = client.threads();
    let stream = threads.runs(&thread.id).create_stream(request).await;
    let seen = stream.unwrap().collect::<Vec<_>>().await;
    assert!(seen.iter().all(Result::is_ok));
    let spans = caller.shutdown().await;
    assert_answered(&spans);
    assert_eq!(spans.generations().len(), 1);
}

#[tokio::test]
async fn that_goes_on_with_what_its_tools_returned() {
    let wire = Wire::with_run_duration(Duration::from_millis(60)).await;
    let caller = Caller::new(wire.url(""));
    let tools = json!([function("python", "code")]);
    let assistant = assistant(&caller, "gpt-4o", tools).await;
    let text = caller.stream("/threads/runs", asked(&assistant)).await;
    let run = last_run(&text);
    assert_eq!(run["status"], "requires_action");
    let calls = &run["required_action"]["submit_tool_outputs"]["tool_calls"];
    take_time().await;
    let outputs = json!({"stream": true, "tool_outputs": [
        {"tool_call_id": calls[0]["id"], "output": "1.0"}]});
    let path = format!("{}/submit_tool_outputs", run_path(&run));
    let text = caller.stream(&path, outputs).await;
    let spans = caller.flush().await;
    assert_answered(&spans);
    assert_counts(&spans, &last_run(&text));
    assert_eq!(spans.generations().len(), 2);
    let below = spans.below(spans.agent());
    let names: Vec<_> = below.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["chat gpt-4o", "execute_tool python", "chat gpt-4o"]);
    let [asks, tool, answers] = below[..] else {
        panic!("{names:?}");
    };
    assert!(asks.end <= tool.start && tool.end <= answers.start);
    assert!(tool.end - tool.start >= WORK.as_nanos() as u64);
    let input: Vec<_> = texts(answers, INPUT)
        .into_iter()
        .map(|(role, _)| role)
        .collect();
    assert_eq!(input, ["user", "assistant", "tool"]);
}

#[tokio::test]
async fn that_was_broken_off_and_finished_by_polling() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let assistant = assistant(&caller, "run-cut", json!([])).await;
    let text = caller.stream("/threads/runs", asked(&assistant)).await;
    let run = events(&text)[1].json();
    assert_eq!(run["object"], "thread.run");
    // A stream that breaks off does not end the run.
    assert_eq!(caller.flush().await.agents().len(), 0);
    let run = caller.until_it_stops(&run).await;
    assert_eq!(run["status"], "completed");
    let thread = run["thread_id"].as_str().unwrap();
    caller.get(&format!("/threads/{thread}/messages")).await;
    let spans = caller.shutdown().await;
    assert_answered(&spans);
    assert_counts(&spans, &run);
    assert_eq!(spans.generations().len(), 1);
}

/// The first events of a run's stream.
fn beginning() -> Vec<String> {
    let mut step = message_step("step_1", "run_1", 1, "msg_1", Value::Null);
    step["status"] = json!("in_progress");
    let mut message = message_object("msg_1", Some("run_1"), 1, "");
    message["status"] = json!("in_progress");
    message["content"] = json!([]);
    let delta = json!({"id": "msg_1", "object": "thread.message.delta", "delta": {"content": [
        {"index": 0, "type": "text", "text": {"value": "Subtract 11"}}]}});
    vec![
        event(
            "thread.run.created",
            &run_object("run_1", "queued", Value::Null),
        ),
        event(
            "thread.run.in_progress",
            &run_object("run_1", "in_progress", Value::Null),
        ),
        event("thread.run.step.created", &step),
        event("thread.message.created", &message),
        event("thread.message.delta", &delta),
    ]
}

async fn begin(script: &ScriptedCaller, parts: Vec<String>, ending: Ending) {
    script.next(Reply::events(parts, Duration::ZERO, ending));
    let body = json!({"assistant_id": "asst_1", "stream": true});
    script.caller.stream("/threads/t/runs", body).await;
}

#[tokio::test]
async fn that_was_broken_off_and_never_seen_again() {
    let script = ScriptedCaller::start().await;
    begin(&script, beginning(), Ending::Breaks).await;
    assert_eq!(script.caller.flush().await.names(), [""; 0]);
    let spans = script.caller.shutdown().await;
    let agent = spans.agent();
    let message = "still in_progress when last seen";
    assert_ended(agent, [Some("WARNING"), Some(message), None]);
    assert_eq!(
        texts(agent, OUTPUT),
        role_texts(&[("assistant", "Subtract 11")])
    );
    assert!(
        agent
            .text(OUTPUT)
            .unwrap()
            .contains(r#""finish_reason":"error""#)
    );
    assert_eq!(spans.usage(), (0, 0));
}

#[tokio::test]
async fn that_its_reader_abandoned() {
    let script = ScriptedCaller::start().await;
    script.next(Reply::events(beginning(), Duration::ZERO, Ending::Hangs));
    let body = json!({"assistant_id": "asst_1", "stream": true});
    let mut response = script
        .caller
        .send(reqwest::Method::POST, "/threads/t/runs", Some(&body))
        .await;
    let mut seen = String::new();
    while !seen.contains("Subtract 11") {
        let chunk = response.chunk().await.unwrap().unwrap();
        seen.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    drop(response);
    script.poll("run_1", "completed", counts(30, 5)).await;
    script
        .messages(vec![message_object("msg_1", Some("run_1"), 1, ANSWER)])
        .await;
    let spans = script.caller.shutdown().await;
    assert_ended(spans.agent(), [None, None, None]);
    assert_eq!(
        texts(spans.agent(), OUTPUT),
        role_texts(&[("assistant", ANSWER)])
    );
    assert_eq!(spans.usage(), (30, 5));
}

#[tokio::test]
async fn that_breaks_off_with_an_error() {
    let script = ScriptedCaller::start().await;
    let mut parts = beginning();
    let error =
        json!({"message": "The server had an error.", "type": "server_error", "code": null});
    parts.push(event("error", &error));
    begin(&script, parts, Ending::Whole).await;
    let spans = script.caller.shutdown().await;
    let expected = [None, Some("The server had an error."), Some("server_error")];
    assert_ended(spans.agent(), expected);
}

/// Polled and streamed at the same time.
#[tokio::test]
async fn although_it_is_polled_meanwhile() {
    let wire = Wire::with(Builder::default().with_run_duration(Duration::from_millis(80))).await;
    let caller = Caller::new(wire.url(""));
    let assistant = assistant(&caller, "gpt-4o", json!([])).await;
    let mut response = caller
        .send(
            reqwest::Method::POST,
            "/threads/runs",
            Some(&asked(&assistant)),
        )
        .await;
    let mut text = String::new();
    while !text.contains("thread.run.created") {
        let chunk = response.chunk().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let run = last_run(text.rsplit_once("\n\n").unwrap().0);
    let run = caller.until_it_stops(&run).await;
    while let Some(chunk) = response.chunk().await.unwrap() {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    caller.get(&format!("{}/steps", run_path(&run))).await;
    let spans = caller.shutdown().await;
    assert_answered(&spans);
    assert_counts(&spans, &run);
}
