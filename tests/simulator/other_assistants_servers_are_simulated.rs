//! Azure AI Foundry and DashScope serve the Assistants API with peculiarities; LangGraph only has the same
//! paths.

use reqwest::Method;
use serde_json::{Value, json};

use crate::simulator::{Wire, events, id, read};

const QUESTION: &str = "3x + 11 = 14";

async fn send(wire: &Wire, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let request = reqwest::Client::new().request(method, wire.root_url(path));
    let request = request.bearer_auth("any").body(body.to_string());
    read(request.send().await.unwrap()).await
}

async fn post(wire: &Wire, path: &str, body: Value) -> Value {
    let (status, answer) = send(wire, Method::POST, path, &body).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

async fn get(wire: &Wire, path: &str) -> Value {
    let (status, answer) = send(wire, Method::GET, path, &json!({})).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

async fn stream(wire: &Wire, path: &str, body: Value) -> Vec<crate::simulator::Event> {
    let request = reqwest::Client::new().post(wire.root_url(path));
    let request = request.bearer_auth("any").body(body.to_string());
    events(&request.send().await.unwrap().text().await.unwrap())
}

#[tokio::test]
async fn foundry() {
    let wire = Wire::instant().await;
    let path = |rest: &str| format!("/api/projects/lessons{rest}?api-version=v1");
    let body = json!({"model": "gpt-4o", "tools": [
        {"type": "bing_grounding", "bing_grounding": {"search_configurations": []}},
        {"type": "code_interpreter"},
    ]});
    let assistant = post(&wire, &path("/assistants"), body).await;
    let body = json!({"assistant_id": assistant["id"],
        "thread": {"messages": [{"role": "user", "content": QUESTION}]}});
    let run = post(&wire, &path("/threads/runs"), body.clone()).await;
    assert_eq!(run["object"], "thread.run");
    let thread = run["thread_id"].as_str().unwrap();
    let run = get(
        &wire,
        &path(&format!("/threads/{thread}/runs/{}", id(&run))),
    )
    .await;
    assert_eq!(run["status"], "completed");
    let steps = path(&format!("/threads/{thread}/runs/{}/steps", id(&run)));
    let steps = get(&wire, &steps).await;
    let calls = &steps["data"][1]["step_details"]["tool_calls"];
    assert_eq!(calls[0]["type"], "bing_grounding");
    let address = calls[0]["bing_grounding"]["requesturl"].as_str().unwrap();
    assert!(
        address.starts_with("https://api.bing.microsoft.com/"),
        "{address}"
    );
    assert_eq!(calls[1]["type"], "code_interpreter");

    let mut streamed = body.clone();
    streamed["stream"] = json!(true);
    let events = stream(&wire, &path("/threads/runs"), streamed).await;
    assert_eq!(events.last().unwrap().data, "[DONE]");

    let (status, _) = send(
        &wire,
        Method::POST,
        "/api/projects/lessons/threads/runs",
        &body,
    )
    .await;
    assert_eq!(status, 404, "without a version");
    let unknown = json!({"model": "gpt-4o", "tools": [{"type": "bing_grounding"}]});
    assert_eq!(
        wire.post("/assistants", &unknown).await.0,
        400,
        "OpenAI has no such tool"
    );
}

#[tokio::test]
async fn dashscope() {
    let wire = Wire::instant().await;
    let body = json!({"model": "qwen-max"});
    let assistant = post(&wire, "/api/v1/assistants", body).await;
    let milliseconds = |object: &Value, name: &str| {
        let time = object[name].as_u64().unwrap();
        assert!(
            (1_700_000_000_000..10_000_000_000_000).contains(&time),
            "{object}"
        );
    };
    milliseconds(&assistant, "created_at");
    assert!(assistant["request_id"].is_string());
    let body = json!({"assistant_id": assistant["id"],
        "thread": {"messages": [{"role": "user", "content": QUESTION}]}});
    let run = post(&wire, "/api/v1/threads/runs", body.clone()).await;
    let path = format!(
        "/api/v1/threads/{}/runs/{}",
        run["thread_id"].as_str().unwrap(),
        id(&run)
    );
    let run = get(&wire, &path).await;
    for name in ["created_at", "started_at", "completed_at"] {
        milliseconds(&run, name);
    }
    let steps = get(&wire, &format!("{path}/steps")).await;
    milliseconds(&steps["data"][0], "created_at");

    let mut streamed = body;
    streamed["stream"] = json!(true);
    let events = stream(&wire, "/api/v1/threads/runs", streamed).await;
    for event in events
        .iter()
        .filter(|event| event.name.as_deref() == Some("thread.run.queued"))
    {
        milliseconds(&event.json(), "created_at");
    }
    let (status, error) = send(&wire, Method::GET, "/api/v1/threads/x", &json!({})).await;
    assert_eq!(status, 404);
    assert!(
        error["message"].is_string() && error["request_id"].is_string(),
        "{error}"
    );
}

#[tokio::test]
async fn langgraph_only_looks_like_it() {
    let wire = Wire::instant().await;
    let assistant = post(&wire, "/langgraph/assistants", json!({"graph_id": "tutor"})).await;
    let thread = post(&wire, "/langgraph/threads", json!({})).await;
    let thread = thread["thread_id"].as_str().unwrap();
    let runs = format!("/langgraph/threads/{thread}/runs");
    let body = json!({"assistant_id": assistant["assistant_id"],
        "input": {"messages": [{"role": "user", "content": QUESTION}]}});
    let run = post(&wire, &runs, body.clone()).await;
    assert_eq!(run["status"], "pending");
    for name in ["id", "object", "usage"] {
        assert_eq!(run[name], Value::Null, "{name}");
    }
    let run = get(
        &wire,
        &format!("{runs}/{}", run["run_id"].as_str().unwrap()),
    )
    .await;
    assert_eq!(run["status"], "success");
    assert!(get(&wire, &runs).await.is_array());
    let values = post(&wire, &format!("{runs}/wait"), body.clone()).await;
    assert!(
        values["messages"][1]["content"]
            .as_str()
            .unwrap()
            .ends_with("x = 1.")
    );
    let events = stream(&wire, &format!("{runs}/stream"), body).await;
    let names: Vec<_> = events
        .iter()
        .filter_map(|event| event.name.as_deref())
        .collect();
    assert_eq!(names, ["metadata", "values", "values", "end"]);
}
