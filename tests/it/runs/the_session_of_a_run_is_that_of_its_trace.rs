//! The thread of a run is the session of every span of its trace that ends afterwards, unless something else names a
//! session.

use serde_json::Value;
use tracing::Instrument;
use tracing_genai::context::{self, Attributes};

use crate::support::assistants::{ScriptedCaller, Spans, counts};

const SESSION: &str = "session.id";

/// A function that creates a run, and another one after it.
async fn traced(set: impl AsyncFnOnce(&ScriptedCaller)) -> Spans {
    let script = ScriptedCaller::start().await;
    let root = tracing::info_span!("solve");
    async {
        tracing::info_span!("before").in_scope(|| ());
        set(&script).await;
        // Everything that was read so far is known.
        script.caller.flush().await;
        tracing::info_span!("after").in_scope(|| ());
        script.poll("run_1", "completed", counts(10, 5)).await;
    }
    .instrument(root)
    .await;
    tracing::info_span!("another trace").in_scope(|| ());
    script.caller.shutdown().await
}

#[tokio::test]
async fn unless_something_else_names_one() {
    let spans = traced(async |script| script.create("run_1").await).await;
    for name in ["solve", "after"] {
        assert_eq!(spans.named(name).text(SESSION), Some("t"), "{name}");
    }
    for name in ["before", "another trace"] {
        assert_eq!(spans.named(name).text(SESSION), None, "{name}");
    }
    // What names the conversation itself is in it anyway.
    let agent = spans.agent();
    assert_eq!(agent.text("gen_ai.conversation.id"), Some("t"));
    assert_eq!(agent.text(SESSION), None);
}

#[tokio::test]
async fn a_session_of_the_scope_or_of_the_trace_comes_first() {
    let session = || Attributes::new().with_session("lesson");
    let spans = traced(async |script| {
        context::scope(session()).wrap(script.create("run_1")).await;
    })
    .await;
    assert_eq!(spans.agent().text(SESSION), Some("lesson"));
    assert_eq!(spans.named("solve").text(SESSION), None);

    let set_first = async |script: &ScriptedCaller| {
        context::set(session());
        script.create("run_1").await;
    };
    let set_last = async |script: &ScriptedCaller| {
        script.create("run_1").await;
        context::set(session());
    };
    for spans in [traced(set_first).await, traced(set_last).await] {
        for name in ["solve", "after"] {
            assert_eq!(spans.named(name).text(SESSION), Some("lesson"), "{name}");
        }
    }
}

#[tokio::test]
async fn the_first_thread_counts() {
    let spans = traced(async |script| {
        script.create("run_1").await;
        let answer = crate::support::assistants::run_object("run_2", "completed", Value::Null);
        let mut other = answer;
        other["thread_id"] = "u".into();
        let body = serde_json::json!({"assistant_id": "asst_1"});
        script.post("/threads/u/runs", body, other).await;
    })
    .await;
    assert_eq!(spans.named("solve").text(SESSION), Some("t"));
}
