//! Whoever polls it (another client, task or trace), a run is exported once, where it was created. A process
//! that did not create it reports once how it ended, and counts nothing.

use serde_json::{Value, json};
use tracing::Instrument;

use crate::support::assistants::{
    Caller, INPUT, ScriptedCaller, counts, list, message_object, message_step, run_object,
};
use crate::support::simulator::{Wire, run_path};

#[tokio::test]
async fn although_another_client_polls_from_another_trace() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let assistant = caller.assistant(json!({"model": "gpt-4o"})).await;
    let body = json!({"assistant_id": assistant,
        "thread": {"messages": [{"role": "user", "content": "3x + 11 = 14"}]}});
    let run = async { caller.create("/threads/runs", body).await }
        .instrument(tracing::info_span!("creator"))
        .await;
    // A second client, of another version.
    let (url, path) = (wire.url(""), run_path(&run));
    let service = tracing_genai::openai::http_service();
    let polled = tokio::spawn(
        async move {
            let mut service = service;
            let factory = async_openai::middleware::HttpRequestFactory::new(move || {
                let request = reqwest::Client::new()
                    .get(format!("{url}{path}"))
                    .bearer_auth("any")
                    .header("OpenAI-Beta", "assistants=v2")
                    .build();
                async move { Ok(request?) }
            });
            let answer = tower_service::Service::call(&mut service, factory).await;
            answer.unwrap().text().await.unwrap()
        }
        .instrument(tracing::info_span!("poller")),
    );
    let polled: Value = serde_json::from_str(&polled.await.unwrap()).unwrap();
    assert_eq!(polled["status"], "completed");
    let spans = caller.shutdown().await;
    let (creator, poller) = (spans.named("creator"), spans.named("poller"));
    assert_ne!(creator.trace_id, poller.trace_id);
    let agent = spans.agent();
    assert_eq!(agent.parent_span_id, creator.span_id);
    assert_eq!(spans.generations()[0].trace_id, creator.trace_id);
    assert_eq!(spans.below(poller).len(), 0);
    // The run outlives the function that created it.
    assert!(agent.end > creator.end);
}

#[tokio::test]
async fn in_this_process_or_in_another() {
    let script = ScriptedCaller::start().await;
    for status in ["queued", "in_progress", "in_progress"] {
        script.poll("run_1", status, Value::Null).await;
    }
    assert_eq!(script.caller.flush().await.names(), [""; 0]);
    script.poll("run_1", "completed", counts(100, 20)).await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    let step = message_step("step_1", "run_1", 1, "msg_1", counts(100, 20));
    script.steps("run_1", vec![step]).await;
    let message = message_object("msg_1", Some("run_1"), 1, "x = 1");
    script.messages(vec![message]).await;
    let spans = script.caller.shutdown().await;
    let [seen] = spans.all.as_slice() else {
        panic!("{:?}", spans.names());
    };
    assert_eq!(seen.name, "GET /v1/threads/{thread_id}/runs/{run_id}");
    assert_eq!(seen.text("tracing_genai.run.status"), Some("completed"));
    assert_eq!(seen.text("tracing_genai.run.id"), Some("run_1"));
    assert_eq!(seen.text(INPUT), None);
    assert_eq!(spans.usage(), (0, 0));
    spans.assert_only_generations_count();
}

#[tokio::test]
async fn not_to_a_process_that_only_lists_it() {
    let script = ScriptedCaller::start().await;
    let runs = ["run_1", "run_2"].map(|run| run_object(run, "completed", counts(9, 9)));
    script.get("/threads/t/runs", list(runs.to_vec())).await;
    assert_eq!(script.caller.shutdown().await.names(), [""; 0]);
}

#[tokio::test]
async fn even_if_it_is_polled_before_the_creation_is_answered() {
    let script = ScriptedCaller::start().await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    script.create("run_1").await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    let spans = script.caller.shutdown().await;
    assert_eq!(spans.agents().len(), 1);
    assert_eq!(spans.usage(), (100, 20));
}
