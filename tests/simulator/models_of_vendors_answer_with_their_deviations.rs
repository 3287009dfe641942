//! A model named after a vendor answers with the deviations of that vendor.

use async_openai_041::types::chat::CreateChatCompletionRequest;
use reqwest::Method;
use serde_json::{Value, json};

use crate::requests::{collect, keys, parsed, shape};
use crate::simulator::{Event, Wire, events, id, read};

const PATH: &str = "/chat/completions";
const ANSWER: &str = "Subtract 11 from both sides to get 3x = 3, so x = 1.";
const ALL: [&str; 16] = [
    "azure",
    "codex",
    "copilot",
    "deepseek",
    "gemini",
    "groq",
    "llamacpp",
    "lmdeploy",
    "mistral",
    "moonshot",
    "ollama",
    "openrouter",
    "perplexity",
    "toy",
    "vllm",
    "xai",
];

fn body(model: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": "Solve 3x + 11 = 14"}]})
}

fn with_tools(model: &str) -> Value {
    json!({
        "model": model,
        "messages": [{"role": "user", "content": "Weather in Oslo and Bergen?"}],
        "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": {
            "type": "object", "properties": {"city": {"type": "string"}},
        }}}],
    })
}

async fn text(wire: &Wire, body: &Value) -> String {
    let request = wire.request(Method::POST, PATH).body(body.to_string());
    request.send().await.unwrap().text().await.unwrap()
}

/// All events of a streamed response to `body`.
async fn streamed(wire: &Wire, body: Value) -> Vec<Event> {
    let mut body = body;
    body["stream"] = json!(true);
    events(&text(wire, &body).await)
}

async fn chunks(wire: &Wire, body: Value) -> Vec<Value> {
    let events = streamed(wire, body).await;
    let data = events.iter().filter(|event| event.data.starts_with('{'));
    data.map(Event::json).collect()
}

fn deltas(chunks: &[Value]) -> impl Iterator<Item = &Value> {
    chunks
        .iter()
        .flat_map(|chunk| chunk["choices"].as_array().unwrap())
        .map(|choice| &choice["delta"])
}

fn calls(chunks: &[Value]) -> Vec<&Value> {
    deltas(chunks)
        .filter_map(|delta| delta["tool_calls"].as_array())
        .flatten()
        .collect()
}

fn usages(chunks: &[Value]) -> Vec<&Value> {
    let usages = chunks.iter().map(|chunk| &chunk["usage"]);
    usages.filter(|usage| usage.is_object()).collect()
}

#[tokio::test]
async fn every_one_of_them_answers() {
    let wire = Wire::instant().await;
    for vendor in ALL {
        let model = format!("{vendor}-style");
        let whole: Value = serde_json::from_str(&text(&wire, &body(&model)).await).unwrap();
        let content = &whole["choices"][0]["message"]["content"];
        let content = content.as_str().or_else(|| content[1]["text"].as_str());
        assert_eq!(content, Some(ANSWER), "{vendor}");
        let chunks = chunks(&wire, body(&model)).await;
        let output: String = deltas(&chunks)
            .filter_map(|delta| delta["content"].as_str())
            .collect();
        assert_eq!(output, ANSWER, "{vendor}");
        let plain = wire.create(PATH, body("gpt-4o")).await;
        let differs = shape(&whole) != shape(&plain);
        let only_streams = ["codex", "lmdeploy", "moonshot", "llamacpp"].contains(&vendor);
        assert!(differs || only_streams, "{vendor}");
    }
}

#[tokio::test]
async fn azure() {
    let wire = Wire::instant().await;
    let mut asked = body("azure-style");
    asked["stream_options"] = json!({"include_usage": true});
    let mine = chunks(&wire, asked).await;
    let theirs = events(include_str!("../fixtures/azure_stream.sse"));
    assert_eq!(mine[0]["prompt_filter_results"][0]["prompt_index"], 0);
    assert_eq!(
        (&mine[0]["id"], &mine[0]["choices"]),
        (&json!(""), &json!([]))
    );
    assert_eq!(keys(&mine[0]), keys(&theirs[0].json()));
    let filtered = |chunk: &&Value| !chunk["choices"][0]["content_filter_offsets"].is_null();
    let late = mine.iter().find(filtered).unwrap();
    assert_eq!(
        keys(&late["choices"][0]),
        keys(&theirs[3].json()["choices"][0])
    );

    let mut streamed = body("azure-style");
    streamed["stream"] = json!(true);
    let request: CreateChatCompletionRequest = serde_json::from_value(streamed).unwrap();
    let stream = wire.typed().chat().create_stream(request).await.unwrap();
    let errors = collect(stream)
        .await
        .iter()
        .filter(|item| item.is_err())
        .count();
    assert!(
        errors > 0,
        "the typed client stumbles over a choice without delta"
    );

    let filtered = wire.create(PATH, body("azure-style/content-filter")).await;
    assert_eq!(filtered["choices"][0].get("message"), None);
    let response = json!({"model": "azure-style", "input": "x"});
    let response = wire.create("/responses", response).await;
    assert_eq!(response.get("completed_at"), None);

    let (status, error) = wire.post(PATH, &body("azure-style/error-400")).await;
    let theirs: Value = parsed(include_str!("../fixtures/error_azure_filter.json"));
    assert_eq!((status, error), (400, theirs));
}

#[tokio::test]
async fn usage_comes_in_unusual_places() {
    let wire = Wire::instant().await;
    for (vendor, count) in [
        ("deepseek", 1),
        ("groq", 1),
        ("mistral", 1),
        ("openrouter", 1),
    ] {
        let chunks = chunks(&wire, body(&format!("{vendor}-style"))).await;
        assert_eq!(usages(&chunks).len(), count, "{vendor}");
        let with_usage = chunks
            .iter()
            .find(|chunk| chunk["usage"].is_object())
            .unwrap();
        assert_eq!(
            with_usage["choices"][0]["finish_reason"], "stop",
            "{vendor}"
        );
    }
    for vendor in ["gemini", "perplexity", "vllm"] {
        let chunks = chunks(&wire, body(&format!("{vendor}-style"))).await;
        let usages = usages(&chunks);
        assert_eq!(usages.len(), chunks.len(), "{vendor}");
        let so_far: Vec<u64> = usages
            .iter()
            .map(|usage| usage["completion_tokens"].as_u64().unwrap())
            .collect();
        assert!(
            so_far.is_sorted() && so_far[0] < so_far[so_far.len() - 1],
            "{so_far:?}"
        );
    }
    let mut asked = body("groq-style");
    asked["stream_options"] = json!({"include_usage": true});
    let groq = chunks(&wire, asked).await;
    let [first, second] = usages(&groq)[..] else {
        panic!("not twice: {groq:?}")
    };
    assert_eq!(first, second);
    assert!(first["queue_time"].is_f64());
    let finish = groq
        .iter()
        .find(|chunk| chunk["usage"].is_object())
        .unwrap();
    assert_eq!(&finish["x_groq"]["usage"], first);

    let moonshot = chunks(&wire, body("moonshot-style")).await;
    assert_eq!(usages(&moonshot).len(), 0);
    let within = |chunk: &&Value| chunk["choices"][0]["usage"].is_object();
    assert_eq!(moonshot.iter().filter(within).count(), 1);

    let openrouter = chunks(&wire, body("openrouter-style")).await;
    let finished = |chunk: &&Value| chunk["choices"][0]["finish_reason"] == "stop";
    assert_eq!(openrouter.iter().filter(finished).count(), 2);
    assert!(usages(&openrouter)[0]["cost"].is_f64());
    let perplexity = chunks(&wire, body("perplexity-style")).await;
    assert!(usages(&perplexity)[0]["cost"].is_object());
    assert_eq!(
        perplexity[perplexity.len() - 1]["choices"][0]["message"]["content"],
        ANSWER
    );
}

#[tokio::test]
async fn streams_hold_more_than_data_or_less() {
    let wire = Wire::instant().await;
    for (vendor, comment) in [
        ("openrouter", "OPENROUTER PROCESSING"),
        ("deepseek", "keep-alive"),
        ("xai", "keepalive"),
    ] {
        let events = streamed(&wire, body(&format!("{vendor}-style"))).await;
        let comments = events
            .iter()
            .filter(|event| event.comment.as_deref() == Some(comment));
        assert_eq!(comments.count(), 2, "{vendor}");
        assert_eq!(events[0].comment.as_deref(), Some(comment), "{vendor}");
    }
    let perplexity = streamed(&wire, body("perplexity-style")).await;
    assert!(perplexity.iter().all(|event| event.data != "[DONE]"));
    let mut codex = body("codex-style");
    codex["stream"] = json!(true);
    let request = wire.request(Method::POST, PATH).body(codex.to_string());
    let response = request.send().await.unwrap();
    assert_eq!(response.headers().get("content-type"), None);
    let deepseek = text(&wire, &body("deepseek-style")).await;
    assert!(deepseek.starts_with("\n\n\n{"));
}

#[tokio::test]
async fn thinking_has_many_names() {
    let wire = Wire::instant().await;
    for (vendor, name) in [
        ("deepseek", "reasoning_content"),
        ("vllm", "reasoning_content"),
        ("groq", "reasoning"),
        ("openrouter", "reasoning"),
    ] {
        let chunks = chunks(&wire, body(&format!("{vendor}-style"))).await;
        let thought: String = deltas(&chunks)
            .filter_map(|delta| delta[name].as_str())
            .collect();
        assert!(
            thought.contains("I give a short one."),
            "{vendor} {thought}"
        );
        let whole: Value =
            serde_json::from_str(&text(&wire, &body(&format!("{vendor}-style"))).await).unwrap();
        assert_eq!(whole["choices"][0]["message"][name], thought, "{vendor}");
    }
    let mistral = chunks(&wire, body("mistral-style")).await;
    let arrays = deltas(&mistral).filter(|delta| delta["content"].is_array());
    assert!(arrays.count() > 3);
}

#[tokio::test]
async fn calls_of_tools_come_in_unusual_pieces() {
    let wire = Wire::instant().await;
    for vendor in ["gemini", "ollama", "mistral"] {
        let chunks = chunks(&wire, with_tools(&format!("{vendor}-style"))).await;
        let calls = calls(&chunks);
        let arguments: Vec<&str> = calls
            .iter()
            .map(|call| call["function"]["arguments"].as_str().unwrap())
            .collect();
        assert_eq!(
            arguments,
            ["{\"city\":\"Oslo\"}", "{\"city\":\"Bergen\"}"],
            "{vendor}"
        );
    }
    let gemini = chunks(&wire, with_tools("gemini-style")).await;
    assert!(
        calls(&gemini)
            .iter()
            .all(|call| call.get("index").is_none())
    );
    let finished = gemini
        .iter()
        .find(|chunk| !chunk["choices"][0]["finish_reason"].is_null());
    assert_eq!(finished.unwrap()["choices"][0]["finish_reason"], "stop");
    let mistral = chunks(&wire, with_tools("mistral-style")).await;
    assert!(calls(&mistral).iter().all(|call| id(call).len() == 9));

    let lmdeploy = chunks(&wire, with_tools("lmdeploy-style")).await;
    assert!(calls(&lmdeploy).iter().all(|call| call["index"] == 0));
    let vllm = chunks(&wire, with_tools("vllm-style")).await;
    let calls = calls(&vllm);
    let mut ids: Vec<String> = calls.iter().map(|call| id(call)).collect();
    assert!(ids.len() > 4, "on every chunk");
    ids.dedup();
    assert_eq!(ids.len(), 2);
}

#[tokio::test]
async fn headings_are_odd() {
    let wire = Wire::instant().await;
    let toy = wire.create(PATH, body("toy-style")).await;
    assert!(toy["id"].is_u64() && toy["created"].is_f64());
    assert_eq!(toy["choices"][0].get("index"), None);
    for _ in 0..2 {
        assert_eq!(
            wire.create(PATH, body("ollama-style")).await["id"],
            "chatcmpl-417"
        );
    }
    let copilot = chunks(&wire, body("copilot-style")).await;
    assert_eq!(copilot[0]["id"], "");
    assert!(copilot.iter().all(|chunk| chunk.get("object").is_none()));
    let llamacpp = wire.create(PATH, body("llamacpp-style")).await;
    assert!(llamacpp["model"].as_str().unwrap().ends_with(".gguf"));
}

#[tokio::test]
async fn errors_have_other_shapes() {
    let wire = Wire::instant().await;
    let error = async |vendor: &str, failure: &str| {
        let body = body(&format!("{vendor}-style/{failure}"));
        let request = wire.request(Method::POST, PATH).body(body.to_string());
        let response = request.send().await.unwrap();
        let kind = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        (kind, read(response).await.1)
    };
    assert_eq!(
        error("gemini", "error-400").await.1[0]["error"]["status"],
        "INVALID_ARGUMENT"
    );
    let (_, mistral) = error("mistral", "error-429").await;
    assert_eq!(
        (&mistral["object"], &mistral["raw_status_code"]),
        (&json!("error"), &json!(429))
    );
    assert!(error("xai", "error-400").await.1["error"].is_string());
    assert_eq!(
        error("openrouter", "error-429").await.1["error"]["code"],
        429
    );
    assert_eq!(error("llamacpp", "error-500").await.1["error"]["code"], 500);
    assert_eq!(
        error("deepseek", "error-400").await.0,
        "application/octet-stream"
    );

    let late = streamed(&wire, body("openrouter-style/error-stream")).await;
    let late = late.last().unwrap().json();
    assert_eq!(late["choices"][0]["finish_reason"], "error");
    assert!(late["error"]["code"].is_u64());
    let late = streamed(&wire, body("vllm-style/error-stream")).await;
    assert_eq!(late.last().unwrap().json()["object"], "error");
}
