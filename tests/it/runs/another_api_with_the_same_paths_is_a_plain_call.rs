//! The `object` of a body decides what it is, not the path. LangGraph and others serve something else under
//! the same paths, and their calls are spans named by method and route.

use serde_json::json;

use crate::support::assistants::{Caller, ScriptedCaller, list};
use crate::support::simulator::Wire;

#[tokio::test]
async fn of_langgraph() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.root_url("/langgraph"));
    let assistant = caller
        .create("/assistants", json!({"graph_id": "agent"}))
        .await;
    let assistant = assistant["assistant_id"].as_str().unwrap();
    let thread = caller.create("/threads", json!({})).await;
    let thread = thread["thread_id"].as_str().unwrap();
    let path = format!("/threads/{thread}/runs");
    let body = json!({"assistant_id": assistant, "input": {"messages": [
        {"role": "user", "content": "3x + 11 = 14"}]}});
    let run = caller.create(&path, body).await;
    let run = run["run_id"].as_str().unwrap();
    caller.get(&format!("{path}/{run}")).await;
    caller.get(&path).await;
    let spans = caller.shutdown().await;
    assert_eq!(
        spans.names(),
        [
            "POST /assistants",
            "POST /threads",
            "POST /threads/{thread_id}/runs",
            "GET /threads/{thread_id}/runs/{run_id}",
            "GET /threads/{thread_id}/runs",
        ]
        .map(|name| name.replacen(" ", " /langgraph", 1))
    );
    for span in &spans.all {
        assert_eq!(span.kind, "CLIENT");
        assert_eq!(span.int("http.response.status_code"), Some(200));
        let stray = span.attributes.keys().find(|key| {
            key.starts_with("gen_ai.") && key.as_str() != "gen_ai.provider.name"
                || key.starts_with("tracing_genai.run")
                || key.starts_with("openai.")
        });
        assert_eq!(stray, None, "{span:?}");
        assert!(!format!("{span:?}").contains("11 = 14"));
    }
}

/// Responses of the API itself that need no span: a deletion, an empty page.
#[tokio::test]
async fn but_not_an_empty_page_or_a_deletion() {
    let script = ScriptedCaller::start().await;
    script.get("/threads/t/messages", list(Vec::new())).await;
    script
        .get("/threads/t/runs/run_1/steps", list(Vec::new()))
        .await;
    let deleted = json!({"id": "t", "object": "thread.deleted", "deleted": true});
    script.next(crate::support::reply_server::Reply::json(200, deleted));
    script.caller.delete("/threads/t").await;
    assert_eq!(script.caller.shutdown().await.names(), [""; 0]);
}

#[tokio::test]
async fn with_the_words_of_another_protocol() {
    let script = ScriptedCaller::start().await;
    let body = json!({"id": "cthr_1", "object": "chatkit.thread"});
    script.post("/chatkit/threads", json!({}), body).await;
    script
        .post(
            "/threads",
            json!({}),
            json!({"id": 1, "object": "forum.thread"}),
        )
        .await;
    script
        .get("/threads/7", json!([{"title": "a forum"}]))
        .await;
    let spans = script.caller.shutdown().await;
    assert_eq!(spans.names().len(), 3);
    for span in &spans.all {
        assert!(span.text("gen_ai.operation.name").is_none());
        assert!(span.text("openai.api.type").is_none(), "{span:?}");
    }
}
