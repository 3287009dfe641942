//! Events have the recorded order and the objects of the other endpoints. Calls that the client must answer
//! end the stream, and the stream after the answer continues the run.
#![expect(
    deprecated,
    reason = "the last release with Assistants marks all of it"
)]

use std::time::Duration;

use async_openai_041::types::assistants::{
    AssistantStreamEvent, CreateMessageRequest, CreateRunRequest, CreateThreadAndRunRequest,
    CreateThreadRequest, MessageDeltaContent, SubmitToolOutputsRunRequest, ToolsOutputs,
};
use serde_json::{Value, json};

use crate::requests::{collect, shape};
use crate::simulator::{Event, Wire, events, function, run_path};

const QUESTION: &str = "I need to solve the equation `3x + 11 = 14`. Can you help me?";
const ANSWER: &str = "Subtract 11 from both sides to get 3x = 3, so x = 1.";

/// The names of `events`, without repetitions.
fn names(events: &[Event]) -> Vec<&str> {
    let mut names: Vec<_> = events
        .iter()
        .map(|event| event.name.as_deref().unwrap())
        .collect();
    names.dedup();
    names
}

fn data(events: &[Event], name: &str) -> Value {
    let mut found = events
        .iter()
        .filter(|event| event.name.as_deref() == Some(name));
    found
        .next_back()
        .unwrap_or_else(|| panic!("no {name}"))
        .json()
}

async fn streamed(wire: &Wire, assistant: &str, fields: Value) -> Vec<Event> {
    let mut body = fields;
    body["assistant_id"] = json!(assistant);
    body["stream"] = json!(true);
    body["thread"] = json!({"messages": [{"role": "user", "content": QUESTION}]});
    wire.stream("/threads/runs", &body).await
}

#[tokio::test]
async fn a_run_with_code_has_the_recorded_order() {
    let wire = Wire::with_run_duration(Duration::from_millis(120)).await;
    let tools = json!([{"type": "code_interpreter"}]);
    let assistant = wire.assistant_with("gpt-4o", tools).await;
    let events = streamed(&wire, &assistant, json!({})).await;
    assert_eq!(
        names(&events),
        [
            "thread.created",
            "thread.run.created",
            "thread.run.queued",
            "thread.run.in_progress",
            "thread.run.step.created",
            "thread.run.step.in_progress",
            "thread.run.step.delta",
            "thread.run.step.completed",
            "thread.run.step.created",
            "thread.run.step.in_progress",
            "thread.message.created",
            "thread.message.in_progress",
            "thread.message.delta",
            "thread.message.completed",
            "thread.run.step.completed",
            "thread.run.completed",
            "done",
        ]
    );
    assert_eq!(events.last().unwrap().data, "[DONE]");

    // The deltas add up to the objects of the other endpoints.
    let mut output = String::new();
    let mut code = String::new();
    for event in &events {
        match event.name.as_deref() {
            Some("thread.message.delta") => {
                let delta = event.json();
                let text = delta["delta"]["content"][0]["text"]["value"].as_str();
                output.push_str(text.unwrap());
            }
            Some("thread.run.step.delta") => {
                let call = &event.json()["delta"]["step_details"]["tool_calls"][0];
                let input = call["code_interpreter"]["input"].as_str();
                code.push_str(input.unwrap_or_default());
            }
            _ => {}
        }
    }
    assert_eq!(
        (output.as_str(), code.as_str()),
        (ANSWER, "x = (14-11)/3\nprint(x)")
    );
    let run = data(&events, "thread.run.completed");
    assert_eq!(wire.fetch(&run_path(&run)).await, run);
    let steps: Vec<Value> = events
        .iter()
        .filter(|event| event.name.as_deref() == Some("thread.run.step.completed"))
        .map(Event::json)
        .collect();
    assert_eq!(wire.steps(&run).await, steps);
    let mut message = data(&events, "thread.message.completed");
    assert_eq!(message["status"], "completed");
    let fields = message.as_object_mut().unwrap();
    for name in [
        "status",
        "completed_at",
        "incomplete_at",
        "incomplete_details",
    ] {
        fields.remove(name).unwrap();
    }
    let thread = run["thread_id"].as_str().unwrap();
    let messages = wire.fetch(&format!("/threads/{thread}/messages")).await;
    assert_eq!(messages["data"][0], message);
}

#[tokio::test]
async fn the_objects_have_the_recorded_shapes() {
    let wire = Wire::instant().await;
    let assistant = wire.assistant().await;
    let events_of = |text: &str| events(text);
    let recorded = events_of(include_str!("../fixtures/assistant_stream.sse"));
    let ours = streamed(&wire, &assistant, json!({})).await;
    for event in &recorded {
        let name = event.name.as_deref().unwrap();
        if name == "done" {
            assert_eq!(ours.last(), Some(event));
            continue;
        }
        // The first delta has annotations, like the recorded one.
        let ours = ours
            .iter()
            .find(|event| event.name.as_deref() == Some(name));
        assert_eq!(shape(&ours.unwrap().json()), shape(&event.json()), "{name}");
    }

    let tools = json!([{"type": "code_interpreter"}]);
    let coding = wire.assistant_with("gpt-4o", tools).await;
    let ours = streamed(&wire, &coding, json!({})).await;
    let ours: Vec<Value> = ours
        .iter()
        .filter(|event| event.name.as_deref() == Some("thread.run.step.delta"))
        .map(|event| shape(&event.json()))
        .collect();
    let recorded = include_str!("../fixtures/assistant_stream_step_delta.sse");
    for event in events_of(recorded).iter().take(3) {
        let expected = shape(&event.json());
        assert!(ours.contains(&expected), "{expected} in {ours:?}");
    }
}

#[tokio::test]
async fn calls_end_the_stream_and_their_outputs_take_it_up_again() {
    let wire = Wire::with_run_duration(Duration::from_millis(60)).await;
    let assistant = wire
        .assistant_with("gpt-4", json!([function("python", "code")]))
        .await;
    let events = streamed(&wire, &assistant, json!({})).await;
    assert_eq!(
        names(&events)[4..],
        [
            "thread.run.step.created",
            "thread.run.step.in_progress",
            "thread.run.step.delta",
            "thread.run.requires_action",
            "done",
        ]
    );
    let run = data(&events, "thread.run.requires_action");
    assert_eq!(wire.fetch(&run_path(&run)).await, run);
    let calls = &run["required_action"]["submit_tool_outputs"]["tool_calls"];
    let output = json!({"tool_call_id": calls[0]["id"], "output": "1.0"});
    let path = format!("{}/submit_tool_outputs", run_path(&run));
    let body = json!({"stream": true, "tool_outputs": [output]});
    let events = wire.stream(&path, &body).await;
    assert_eq!(
        names(&events),
        [
            "thread.run.step.completed",
            "thread.run.queued",
            "thread.run.in_progress",
            "thread.run.step.created",
            "thread.run.step.in_progress",
            "thread.message.created",
            "thread.message.in_progress",
            "thread.message.delta",
            "thread.message.completed",
            "thread.run.step.completed",
            "thread.run.completed",
            "done",
        ]
    );
    let step = events[0].json();
    assert_eq!(
        step["step_details"]["tool_calls"][0]["function"]["output"],
        "1.0"
    );
    assert!(step["usage"].is_object());
    let ended = data(&events, "thread.run.completed");
    assert_eq!(ended["id"], run["id"]);
    assert_eq!(wire.fetch(&run_path(&run)).await, ended);
}

#[tokio::test]
async fn events_arrive_when_they_happen() {
    // This run takes ten hours.
    let wire = Wire::endless().await;
    let (assistant, thread) = (wire.assistant().await, wire.thread().await);
    let body = json!({"assistant_id": assistant, "stream": true});
    let path = format!("/threads/{thread}/runs");
    let request = wire.request(reqwest::Method::POST, &path);
    let mut response = request.body(body.to_string()).send().await.unwrap();
    let mut text = String::new();
    while events(&text).len() < 2 || !text.ends_with("\n\n") {
        let chunk = response.chunk().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let names: Vec<_> = events(&text).into_iter().map(|event| event.name).collect();
    let expected = ["thread.run.created", "thread.run.queued"];
    assert_eq!(names, expected.map(|name| Some(name.to_owned())));
}

#[tokio::test]
async fn the_typed_client_reads_every_event() {
    let wire = Wire::instant().await;
    let client = wire.typed();
    let tools = json!([
        {"type": "code_interpreter"}, {"type": "file_search"}, function("python", "code"),
    ]);
    let assistant = wire.assistant_with("run-image", tools).await;
    let thread = CreateThreadRequest {
        messages: Some(vec![CreateMessageRequest {
            content: format!("Draw the notes: {QUESTION}").into(),
            ..Default::default()
        }]),
        ..Default::default()
    };
    let request = CreateThreadAndRunRequest {
        assistant_id: assistant.clone(),
        thread: Some(thread),
        stream: Some(true),
        ..Default::default()
    };
    let threads = client.threads();
    let stream = threads.create_and_run_stream(request).await.unwrap();
    let mut run = None;
    for event in collect(stream).await {
        if let AssistantStreamEvent::ThreadRunRequiresAction(waiting) = event.unwrap() {
            run = Some(waiting);
        }
    }
    let run = run.unwrap();
    let action = run.required_action.unwrap();
    let request = SubmitToolOutputsRunRequest {
        tool_outputs: vec![ToolsOutputs {
            tool_call_id: Some(action.submit_tool_outputs.tool_calls[0].id.clone()),
            output: Some("1.0".to_owned()),
        }],
        stream: Some(true),
    };
    let runs = threads.runs(&run.thread_id);
    let stream = runs.submit_tool_outputs_stream(&run.id, request).await;
    let mut text = String::new();
    let mut completed = false;
    for event in collect(stream.unwrap()).await {
        match event.unwrap() {
            AssistantStreamEvent::ThreadMessageDelta(delta) => {
                for part in delta.delta.content.unwrap() {
                    if let MessageDeltaContent::Text(part) = part {
                        text.push_str(&part.text.unwrap().value.unwrap());
                    }
                }
            }
            AssistantStreamEvent::ThreadRunCompleted(ended) => completed = ended.usage.is_some(),
            _ => {}
        }
    }
    assert!(completed);
    assert!(text.contains("so x = 1【4:0†algebra.md】"), "{text}");

    let request = CreateRunRequest {
        assistant_id: assistant,
        model: Some("gpt-4o".to_owned()),
        tools: Some(Vec::new()),
        stream: Some(true),
        ..Default::default()
    };
    let stream = runs.create_stream(request).await.unwrap();
    let events = collect(stream).await;
    assert!(matches!(
        events[0],
        Ok(AssistantStreamEvent::ThreadRunCreated(_))
    ));
    assert!(events.iter().all(Result::is_ok));
}
