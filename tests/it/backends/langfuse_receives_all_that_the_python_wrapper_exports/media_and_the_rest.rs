//! Images and sound in a chat, embeddings, legacy completions, and calls that the wrapper does not trace.
#![expect(
    deprecated,
    reason = "the last release with Assistants marks all of it"
)]

use async_openai_041::Client;
use async_openai_041::config::{OPENAI_BETA_HEADER, OpenAIConfig};
use serde_json::{Value, json};
use tracing_genai::Mapping;

use super::{assert_has_what_the_wrapper_exports, only_call, reference, replayed, shown};
use crate::support::reply_server::Reply;
use crate::support::versions::{Version, with_each_version};
use crate::support::{only, traced};

const IMAGE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const SOUND: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";

/// Media are replaced by markers that name their type; their bytes are not exported.
async fn chat_with_media(version: Version, case: &str, part: Value, media_type: &str, data: &str) {
    let call = only_call(case);
    let mut request = call.chat_request();
    let content = request["messages"][0]["content"].as_array_mut().unwrap();
    let last = content.len() - 1;
    content[last] = part;
    let memory = replayed(call.chat_reply(), async |url| {
        let client = version.client(url);
        client.chat(&request).await.unwrap();
    })
    .await;
    let span = only(&memory);
    assert_has_what_the_wrapper_exports(&span, call);
    let input = span.text("langfuse.observation.input").unwrap();
    assert!(input.contains(media_type), "{input}");
    assert!(!format!("{span:?}").contains(data));
    let parts = shown(&span, "input")[0]["content"].clone();
    assert_eq!(parts.as_array().unwrap().len(), last + 1);
    assert_eq!(shown(&span, "output"), json!(call.outputs()));
}

async fn an_image_in_a_chat(version: Version) {
    let url = format!("data:image/png;base64,{IMAGE}");
    let part = json!({"type": "image_url", "image_url": {"url": url}});
    chat_with_media(version, "chat_image", part, "image/png", IMAGE).await;
}

async fn sound_in_a_chat(version: Version) {
    let part = json!({"type": "input_audio", "input_audio": {"data": SOUND, "format": "wav"}});
    chat_with_media(version, "chat_audio_in", part, "audio/wav", SOUND).await;
}

async fn embeddings(version: Version) {
    let call = only_call("embeddings");
    let vectors = json!({"object": "list", "model": call.answering_model(),
        "data": [
            {"object": "embedding", "index": 0, "embedding": vec![0.5; 16]},
            {"object": "embedding", "index": 1, "embedding": vec![0.25; 16]},
        ],
        "usage": {"prompt_tokens": 9, "total_tokens": 9}});
    let memory = replayed(Reply::json(200, vectors), async |url| {
        let client = version.client(url);
        let mut request = json!({"model": call.asked_model(), "input": call.json("input")});
        request.as_object_mut().unwrap().extend(call.sent());
        client.embed(&request).await.unwrap();
    })
    .await;
    let span = only(&memory);
    assert_eq!(span.text("langfuse.observation.type"), call.text("type"));
    assert_eq!(
        span.text("langfuse.observation.model.name"),
        call.text("model.name")
    );
    assert_eq!(shown(&span, "input"), call.json("input").unwrap());
    assert_eq!(
        shown(&span, "model.parameters"),
        call.json("model.parameters").unwrap()
    );
    let output = call.json("output").unwrap();
    let dimensions = span.int("gen_ai.embeddings.dimension.count");
    assert_eq!(dimensions, output["dimensions"].as_i64());
    assert_eq!(shown(&span, "output")["count"], output["count"]);
    let usage = shown(&span, "usage_details");
    assert_eq!(usage["input"], call.json("usage_details").unwrap()["input"]);
    assert_eq!(usage["total"], usage["input"]);
    assert!(!format!("{span:?}").contains("0.25"));
}

async fn legacy_completions(version: Version) {
    let call = only_call("completions_legacy");
    let text = call.text("output").unwrap();
    let answer = json!({"id": "cmpl-ref", "object": "text_completion", "created": 1,
        "model": call.answering_model(), "usage": call.json("usage_details"),
        "choices": [{"index": 0, "text": text, "finish_reason": "length"}]});
    let memory = replayed(Reply::json(200, answer), async |url| {
        let client = version.client(url);
        let mut request = json!({"model": call.asked_model(), "prompt": call.text("input")});
        request.as_object_mut().unwrap().extend(call.sent());
        client.complete(&request).await.unwrap();
    })
    .await;
    let span = only(&memory);
    assert_has_what_the_wrapper_exports(&span, call);
    assert_eq!(
        shown(&span, "input")[0]["content"],
        call.text("input").unwrap()
    );
    assert_eq!(shown(&span, "output")[0]["content"], text);
    assert_eq!(span.text("gen_ai.response.id"), Some("cmpl-ref"));
}

async fn moderations(version: Version) {
    assert!(reference::calls("moderations_untraced").is_empty());
    let reply = Reply::json(
        200,
        include_str!("../../../fixtures/moderation_response.json"),
    );
    let memory = replayed(reply, async |url| {
        let client = version.client(url);
        let request = json!({"model": "omni-moderation-latest", "input": "x"});
        client.moderate(&request).await.unwrap();
    })
    .await;
    let span = only(&memory);
    assert_eq!(span.text("langfuse.observation.input"), Some("x"));
    assert!(
        span.text("langfuse.observation.output")
            .unwrap()
            .contains("flagged")
    );
}

async fn images(version: Version) {
    assert!(reference::calls("images_untraced").is_empty());
    let answer = include_str!("../../../fixtures/image_response.json");
    let memory = replayed(Reply::json(200, answer), async |url| {
        let client = version.client(url);
        let request = json!({"model": "gpt-image-1", "prompt": "a cat", "size": "1024x1024"});
        client.draw(&request).await.unwrap();
    })
    .await;
    let span = only(&memory);
    assert!(
        span.text("langfuse.observation.input")
            .unwrap()
            .contains("a cat")
    );
    let answer: Value = serde_json::from_str(answer).unwrap();
    let usage = shown(&span, "usage_details");
    assert_eq!(usage["total"], answer["usage"]["total_tokens"]);
    assert_eq!(span.text("gen_ai.request.model"), Some("gpt-image-1"));
}

#[tokio::test]
async fn assistants() {
    assert!(reference::calls("assistants_untraced").is_empty());
    let memory = traced(Some(Mapping::Langfuse), async |url| {
        let config = OpenAIConfig::new()
            .with_api_base(url)
            .with_api_key("any")
            .with_header(OPENAI_BETA_HEADER, "assistants=v2");
        let client = Client::with_config(config.unwrap())
            .with_http_service(tracing_genai::openai::http_service());
        let request = json!({"model": "gpt-4o", "instructions": "You are a math tutor."});
        let assistant: Value = client.assistants().create_byot(request).await.unwrap();
        let thread: Value = client.threads().create_byot(json!({})).await.unwrap();
        let thread = thread["id"].as_str().unwrap();
        let request = json!({"role": "user", "content": "Solve 3x + 11 = 14"});
        let _message: Value = client
            .threads()
            .messages(thread)
            .create_byot(request)
            .await
            .unwrap();
        let request = json!({"assistant_id": assistant["id"]});
        let _run: Value = client
            .threads()
            .runs(thread)
            .create_byot(request)
            .await
            .unwrap();
    })
    .await;
    let spans = memory.spans();
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    // Thread and message become the input of the run, which is exported when it has ended.
    assert_eq!(names, ["create_agent"]);
    for span in &spans {
        assert_eq!(span.kind, "CLIENT");
        assert_eq!(span.int("http.response.status_code"), Some(200));
        assert_eq!(span.error, None);
    }
}

with_each_version!(
    an_image_in_a_chat,
    sound_in_a_chat,
    embeddings,
    legacy_completions,
    moderations,
    images
);
