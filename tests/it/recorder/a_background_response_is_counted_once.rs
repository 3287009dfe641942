//! It is counted on the span of the request that created it, whoever fetches it and however often.

use std::time::Duration;

use serde_json::{Value, json};
use tracing_genai::Mapping;

use crate::openai_sim::Builder;
use crate::support::assistants::{Caller, LEVEL, MESSAGE, OUTPUT, ScriptedCaller, Spans, texts};
use crate::support::json_of;
use crate::support::reply_server::{Ending, Reply};
use crate::support::simulator::Wire;
use crate::support::wait::wait_for_async;

fn asked() -> Value {
    json!({"model": "gpt-5-mini", "input": "Solve 3x + 11 = 14", "background": true})
}

async fn until_done(caller: &Caller, response: &Value) -> Value {
    let path = format!("/responses/{}", response["id"].as_str().unwrap());
    wait_for_async(async || {
        let (_, response) = caller.get(&path).await;
        let status = response["status"].as_str().unwrap();
        (!["queued", "in_progress"].contains(&status)).then_some(response)
    })
    .await
}

fn fetches(spans: &Spans) -> usize {
    let fetches = spans.all.iter();
    fetches
        .filter(|span| span.text("gen_ai.operation.name") == Some("fetch_response"))
        .count()
}

fn assert_counts(spans: &Spans, response: &Value) {
    let count = |key: &str| response["usage"][key].as_i64().unwrap();
    assert_eq!(
        spans.usage(),
        (count("input_tokens"), count("output_tokens"))
    );
    spans.assert_only_generations_count();
}

#[tokio::test]
async fn asked_for_until_its_end_and_once_more() {
    let wire = Wire::with_run_duration(Duration::from_millis(60)).await;
    let caller = Caller::new(wire.url(""));
    let response = caller.create("/responses", asked()).await;
    // Its usage is not known yet.
    assert_eq!(caller.flush().await.generations(), [] as [&_; 0]);
    let response = until_done(&caller, &response).await;
    until_done(&caller, &response).await;
    let spans = caller.shutdown().await;
    let [generation] = spans.generations()[..] else {
        panic!("{:?}", spans.names());
    };
    assert_eq!(generation.name, "chat gpt-5-mini");
    assert_counts(&spans, &response);
    assert!(texts(generation, OUTPUT)[0].1.contains("x = 1"));
    assert_eq!(generation.error, None);
    // The span lasts as long as the model worked.
    assert!(generation.end - generation.start >= 60_000_000);
    assert!(
        generation
            .attributes
            .keys()
            .all(|key| !key.contains("held"))
    );
    assert!(fetches(&spans) >= 2);
}

#[tokio::test]
async fn that_failed() {
    let script = ScriptedCaller::start().await;
    let object = |status: &str| {
        json!({"id": "resp_1", "object": "response", "background": true,
        "status": status, "model": "gpt-5-mini", "output": [], "usage": null})
    };
    script.post("/responses", asked(), object("queued")).await;
    script.get("/responses/resp_1", object("in_progress")).await;
    let mut failed = object("failed");
    failed["error"] = json!({"code": "server_error", "message": "It broke."});
    script.get("/responses/resp_1", failed).await;
    let spans = script.caller.shutdown().await;
    let generation = spans.named("chat gpt-5-mini");
    assert_eq!(generation.error.as_deref(), Some("It broke."));
    assert_eq!(generation.text("error.type"), Some("server_error"));
}

#[tokio::test]
async fn that_was_cancelled() {
    let wire = Wire::endless().await;
    let caller = Caller::new(wire.url(""));
    let response = caller.create("/responses", asked()).await;
    let path = format!("/responses/{}/cancel", response["id"].as_str().unwrap());
    let (status, response) = caller.post(&path, json!({})).await;
    assert_eq!(
        (status, response["status"].as_str()),
        (200, Some("cancelled"))
    );
    let spans = caller.shutdown().await;
    let generation = spans.named("chat gpt-5-mini");
    assert_eq!(generation.text(LEVEL), Some("WARNING"), "{generation:?}");
    assert_eq!(generation.error, None);
}

#[tokio::test]
async fn that_was_never_seen_again() {
    let wire = Wire::endless().await;
    let caller = Caller::new(wire.url(""));
    caller.create("/responses", asked()).await;
    let spans = caller.shutdown().await;
    let generation = spans.named("chat gpt-5-mini");
    assert_eq!(generation.text(LEVEL), Some("WARNING"));
    let message = generation.text(MESSAGE).unwrap();
    assert!(
        message.starts_with("still ") && message.ends_with("when last seen"),
        "{message}"
    );
    assert_eq!(spans.usage(), (0, 0));
}

#[tokio::test]
async fn streamed_broken_off_and_resumed() {
    let script = ScriptedCaller::start().await;
    let event = |kind: &str, number: u64, fields: Value| {
        let mut fields = fields;
        fields["type"] = json!(kind);
        fields["sequence_number"] = json!(number);
        format!("event: {kind}\ndata: {fields}\n\n")
    };
    let object = |status: &str| {
        json!({"id": "resp_1", "object": "response", "background": true,
        "status": status, "model": "gpt-5-mini", "output": [], "usage": null})
    };
    let first = vec![
        event("response.created", 0, json!({"response": object("queued")})),
        event(
            "response.in_progress",
            1,
            json!({"response": object("in_progress")}),
        ),
        event(
            "response.output_text.delta",
            2,
            json!({"item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": "Subtract"}),
        ),
    ];
    script.next(Reply::events(first, Duration::ZERO, Ending::Breaks));
    let mut body = asked();
    body["stream"] = json!(true);
    script.caller.stream("/responses", body).await;
    assert_eq!(script.caller.flush().await.names(), [""; 0]);
    let mut done = object("completed");
    done["output"] = json!([{"type": "message", "id": "msg_1", "role": "assistant",
        "content": [{"type": "output_text", "text": "Subtract 11."}]}]);
    done["usage"] = json!({"input_tokens": 9, "output_tokens": 3, "total_tokens": 12});
    let rest = vec![event("response.completed", 3, json!({"response": done}))];
    script.next(Reply::events(rest, Duration::ZERO, Ending::Whole));
    let path = "/responses/resp_1?stream=true&starting_after=2";
    let mut response = script.caller.send(reqwest::Method::GET, path, None).await;
    while let Ok(Some(_)) = response.chunk().await {}
    let spans = script.caller.shutdown().await;
    assert_eq!((spans.usage(), spans.generations().len()), ((9, 3), 1));
    let generation = spans.generations()[0];
    assert_eq!(texts(generation, OUTPUT)[0].1, "Subtract 11.");
    assert_eq!(generation.text(MESSAGE), None, "{generation:?}");
    assert_eq!(generation.error, None);
    assert_eq!(fetches(&spans), 1);
}

#[tokio::test]
async fn in_its_own_process_and_in_no_other() {
    let script = ScriptedCaller::start().await;
    let done = json!({"id": "resp_1", "object": "response", "background": true, "status": "completed",
        "model": "gpt-5-mini", "output": [], "usage": {"input_tokens": 9, "output_tokens": 3}});
    script.get("/responses/resp_1", done).await;
    let spans = script.caller.shutdown().await;
    assert_eq!((spans.usage(), fetches(&spans)), ((0, 0), 1));
}

#[tokio::test]
async fn for_langfuse() {
    let wire = Wire::with(Builder::default().with_run_duration(Duration::from_millis(30))).await;
    let caller = Caller::mapped(wire.url(""), Some(Mapping::Langfuse));
    let response = caller.create("/responses", asked()).await;
    until_done(&caller, &response).await;
    let spans = caller.shutdown().await;
    let key = "langfuse.observation.usage_details";
    let counted: Vec<_> = spans
        .all
        .iter()
        .filter(|span| span.text(key).is_some())
        .collect();
    assert_eq!(counted.len(), 1);
    assert_eq!(counted[0].name, "chat gpt-5-mini");
    assert!(json_of(counted[0], key)["total"].as_u64() > Some(0));
    for fetch in spans
        .all
        .iter()
        .filter(|span| span.name != "chat gpt-5-mini")
    {
        assert_ne!(fetch.text("langfuse.observation.type"), Some("generation"));
        assert_eq!(fetch.text("langfuse.observation.model.name"), None);
    }
}
