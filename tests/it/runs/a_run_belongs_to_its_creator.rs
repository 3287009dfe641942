//! Whoever asks how far it is, by another client, in another task or another trace: the run is told once,
//! where it was made. A process that made none tells once what became of it, and counts nothing.

use serde_json::{Value, json};
use tracing::Instrument;

use crate::support::assistants::{Caller, INPUT, Script, counts, list, run_object, said, writing};
use crate::support::wire_client::{Wire, id};

#[tokio::test]
async fn although_another_client_polls_from_another_trace() {
    let wire = Wire::instant().await;
    let caller = Caller::of(wire.url(""));
    let assistant = id(&caller
        .create("/assistants", json!({"model": "gpt-4o"}))
        .await);
    let body = json!({"assistant_id": assistant,
        "thread": {"messages": [{"role": "user", "content": "3x + 11 = 14"}]}});
    let run = async { caller.create("/threads/runs", body).await }
        .instrument(tracing::info_span!("creator"))
        .await;
    // A client of its own, by another version of the same service.
    let (url, path) = (wire.url(""), crate::support::wire_client::run_path(&run));
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
    let told = caller.told().await;
    let (creator, poller) = (told.named("creator"), told.named("poller"));
    assert_ne!(creator.trace_id, poller.trace_id);
    let agent = told.agent();
    assert_eq!(agent.parent_span_id, creator.span_id);
    assert_eq!(told.generations()[0].trace_id, creator.trace_id);
    assert_eq!(told.below(poller).len(), 0);
    // It goes on when its creator has returned.
    assert!(agent.end > creator.end);
}

#[tokio::test]
async fn in_this_process_or_in_another() {
    let script = Script::start().await;
    for status in ["queued", "in_progress", "in_progress"] {
        script.poll("run_1", status, Value::Null).await;
    }
    assert_eq!(script.caller.flushed().await.names(), [""; 0]);
    script.poll("run_1", "completed", counts(100, 20)).await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    let step = writing("step_1", "run_1", 1, "msg_1", counts(100, 20));
    script.steps("run_1", vec![step]).await;
    let message = said("msg_1", Some("run_1"), 1, "x = 1");
    script.messages(vec![message]).await;
    let told = script.caller.told().await;
    let [seen] = told.0.as_slice() else {
        panic!("{:?}", told.names());
    };
    assert_eq!(seen.name, "GET /v1/threads/{thread_id}/runs/{run_id}");
    assert_eq!(seen.text("tracing_genai.run.status"), Some("completed"));
    assert_eq!(seen.text("tracing_genai.run.id"), Some("run_1"));
    assert_eq!(seen.text(INPUT), None);
    assert_eq!(told.usage(), (0, 0));
    told.counts_only_where_models_work();
}

#[tokio::test]
async fn not_to_whoever_lists_what_has_long_been_over() {
    let script = Script::start().await;
    let runs = ["run_1", "run_2"].map(|run| run_object(run, "completed", counts(9, 9)));
    script.get("/threads/t/runs", list(runs.to_vec())).await;
    assert_eq!(script.caller.told().await.names(), [""; 0]);
}

#[tokio::test]
async fn whose_request_may_be_answered_after_somebody_has_asked_for_it() {
    let script = Script::start().await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    script.create("run_1").await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    let told = script.caller.told().await;
    assert_eq!(told.agents().len(), 1);
    assert_eq!(told.usage(), (100, 20));
}
