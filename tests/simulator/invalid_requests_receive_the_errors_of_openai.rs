//! Every invalid request gets OpenAI's error object and a request id.

use reqwest::Method;
use serde_json::{Value, json};

use crate::requests::parsed;
use crate::simulator::{Wire, id, read};

fn message(body: &Value) -> &str {
    body["error"]["message"].as_str().unwrap()
}

#[tokio::test]
async fn the_error_object_has_the_recorded_keys() {
    let fixture: Value = parsed(include_str!("../fixtures/error_openai.json"));
    let wire = Wire::instant().await;
    let (status, body) = wire.post("/nope", &json!({})).await;
    assert_eq!(status, 404);
    let expected = json!({"error": {
        "message": "Invalid URL (POST /v1/nope)",
        "type": "invalid_request_error",
        "param": null,
        "code": null,
    }});
    assert_eq!(body, expected);
    let keys = |body: &Value| {
        body["error"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&body), keys(&fixture));
}

#[tokio::test]
async fn every_response_carries_a_request_id() {
    let wire = Wire::instant().await;
    let mut seen = Vec::new();
    for (request, status) in [
        (wire.request(Method::POST, "/threads"), 200),
        (wire.request(Method::GET, "/threads/thread_gone"), 404),
        (wire.request(Method::GET, "/nope"), 404),
        (wire.request(Method::PUT, "/threads"), 405),
        (wire.bare(Method::POST, "/threads"), 401),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        let request_id = response.headers()["x-request-id"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(request_id.starts_with("req_"), "{request_id}");
        seen.push(request_id);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5, "each its own");
}

#[tokio::test]
async fn a_key_and_the_assistants_version_are_required() {
    let wire = Wire::instant().await;
    let without_key = wire
        .bare(Method::GET, "/assistants")
        .header("OpenAI-Beta", "assistants=v2");
    let (status, body) = read(without_key.send().await.unwrap()).await;
    assert_eq!(status, 401);
    assert!(
        message(&body).starts_with("You didn't provide an API key."),
        "{body}"
    );

    for authorization in ["Bearer ", "Basic abc", "abc"] {
        let request = wire
            .bare(Method::GET, "/assistants")
            .header("OpenAI-Beta", "assistants=v2")
            .header("Authorization", authorization);
        assert_eq!(
            request.send().await.unwrap().status().as_u16(),
            401,
            "{authorization:?}"
        );
    }

    for version in [None, Some("assistants=v1")] {
        let mut request = wire.bare(Method::GET, "/assistants").bearer_auth("any");
        if let Some(version) = version {
            request = request.header("OpenAI-Beta", version);
        }
        let (status, body) = read(request.send().await.unwrap()).await;
        assert_eq!(status, 400, "{version:?}");
        assert_eq!(body["error"]["code"], "invalid_beta");
    }
}

#[tokio::test]
async fn unknown_identifiers_are_named() {
    let wire = Wire::instant().await;
    let (assistant, thread) = (wire.assistant().await, wire.thread().await);
    let run = id(&wire.run(&thread, &assistant).await);
    for (path, expected) in [
        (
            "/assistants/asst_x".to_owned(),
            "No assistant found with id 'asst_x'.",
        ),
        (
            "/threads/thread_x".to_owned(),
            "No thread found with id 'thread_x'.",
        ),
        (
            "/threads/thread_x/messages".to_owned(),
            "No thread found with id 'thread_x'.",
        ),
        (
            format!("/threads/{thread}/messages/msg_x"),
            "No message found with id 'msg_x'.",
        ),
        (
            format!("/threads/{thread}/runs/run_x"),
            "No run found with id 'run_x'.",
        ),
        (
            format!("/threads/{thread}/runs/run_x/steps"),
            "No run found with id 'run_x'.",
        ),
        (
            format!("/threads/{thread}/runs/{run}/steps/step_x"),
            "No run step found with id 'step_x'.",
        ),
    ] {
        let (status, body) = wire.get(&path).await;
        assert_eq!((status, message(&body)), (404, expected), "{path}");
    }
    let (status, body) = wire
        .post(
            &format!("/threads/{thread}/runs"),
            &json!({"assistant_id": "asst_x"}),
        )
        .await;
    assert_eq!(
        (status, message(&body)),
        (404, "No assistant found with id 'asst_x'.")
    );
}

#[tokio::test]
async fn bad_bodies_are_refused_with_the_parameter_at_fault() {
    let wire = Wire::instant().await;
    let thread = wire.thread().await;
    let messages = format!("/threads/{thread}/messages");
    let runs = format!("/threads/{thread}/runs");
    let missing = "missing_required_parameter";
    for (path, body, param, code) in [
        ("/assistants", json!({}), "model", missing),
        ("/assistants", json!({"model": null}), "model", missing),
        ("/assistants", json!({"model": 4}), "model", "invalid_type"),
        (
            "/assistants",
            json!({"model": "m", "colour": 1}),
            "colour",
            "unknown_parameter",
        ),
        (
            "/assistants",
            json!({"model": "m", "tools": {}}),
            "tools",
            "invalid_type",
        ),
        (
            "/assistants",
            json!({"model": "m", "tools": [1]}),
            "tools[0]",
            "invalid_type",
        ),
        (
            "/assistants",
            json!({"model": "m", "tools": [{}]}),
            "tools[0].type",
            missing,
        ),
        (
            "/assistants",
            json!({"model": "m", "tools": [{"type": "hammer"}]}),
            "tools[0].type",
            "invalid_value",
        ),
        (
            "/threads",
            json!({"messages": [{"role": "user"}]}),
            "messages[0].content",
            missing,
        ),
        (
            "/threads",
            json!({"metadata": []}),
            "metadata",
            "invalid_type",
        ),
        (&messages, json!({"content": "x"}), "role", missing),
        (
            &messages,
            json!({"role": "system", "content": "x"}),
            "role",
            "invalid_value",
        ),
        (
            &messages,
            json!({"role": "user", "content": 1}),
            "content",
            "invalid_type",
        ),
        (
            &messages,
            json!({"role": "user", "content": [{"type": "text", "text": 1}]}),
            "content[0].text",
            "invalid_type",
        ),
        (
            &messages,
            json!({"role": "user", "content": ["x"]}),
            "content[0].type",
            "invalid_value",
        ),
        (&runs, json!({}), "assistant_id", missing),
        (
            &runs,
            json!({"assistant_id": "a", "stream": 1}),
            "stream",
            "invalid_type",
        ),
        (
            &runs,
            json!({"assistant_id": "a", "max_prompt_tokens": 1.5}),
            "max_prompt_tokens",
            "invalid_type",
        ),
        (
            "/threads/runs",
            json!({"assistant_id": "a", "thread": {"messages": [{"content": "x"}]}}),
            "thread.messages[0].role",
            missing,
        ),
    ] {
        let (status, answer) = wire.post(path, &body).await;
        let error = &answer["error"];
        let got = (status, error["param"].as_str(), error["code"].as_str());
        assert_eq!(
            got,
            (400, Some(param), Some(code)),
            "{path} {body} {answer}"
        );
    }
    for text in ["{", "[]", "3", "\u{0}"] {
        let (status, answer) = wire.post_text("/assistants", text.to_owned()).await;
        assert_eq!(status, 400, "{text:?}");
        assert!(
            message(&answer).starts_with("We could not parse the JSON body"),
            "{answer}"
        );
    }
    let list = wire.fetch("/assistants").await;
    assert_eq!(list["data"], json!([]), "a refused request makes nothing");
}

#[tokio::test]
async fn a_path_that_is_no_text_and_a_body_without_end_are_refused_in_the_same_shape() {
    let wire = Wire::instant().await;
    for path in [
        "/threads/%ff",
        "/threads/thread_1/runs/%ff/steps",
        "/assistants/",
    ] {
        let (status, body) = wire.get(path).await;
        assert_eq!(status, 404, "{path}");
        assert_eq!(message(&body), format!("Invalid URL (GET /v1{path})"));
    }
    let (status, body) = wire
        .post_text("/threads", " ".repeat(33 * 1024 * 1024))
        .await;
    assert_eq!(
        (status, &body["error"]["type"]),
        (413, &json!("invalid_request_error"))
    );
}

#[tokio::test]
async fn another_method_on_a_known_path_is_refused() {
    let wire = Wire::instant().await;
    let (status, body) = wire.delete("/assistants").await;
    assert_eq!(status, 405);
    assert_eq!(body["error"]["code"], "method_not_supported");
    assert!(
        message(&body).starts_with("Not allowed to DELETE on /v1/assistants."),
        "{body}"
    );
}
