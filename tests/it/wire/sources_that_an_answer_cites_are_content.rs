//! They are exported as the provider describes them, in Langfuse as metadata, and only where content is.

use serde_json::json;
use tracing_genai::Mapping;
use tracing_genai::openai::TraceMiddleware;
use tracing_genai::testing::ReceivedSpan;

use crate::support::reply_server::{Reply, ReplyServer};
use crate::support::{chat_request, json_of, only, received_async};

async fn exported(mapping: Option<Mapping>, with_content: bool) -> ReceivedSpan {
    let annotation =
        json!({"type": "url_citation", "url_citation": {"url": "https://example.com"}});
    let message = json!({"role": "assistant", "content": "Rain.", "annotations": [annotation]});
    let answer = json!({"id": "c", "model": "gpt-4o-search-preview",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}]});
    let server = ReplyServer::start([Reply::json(200, answer)]).await;
    let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
        .with(TraceMiddleware::new())
        .build();
    let call = async {
        let post = client.post(format!("{}/chat/completions", server.url()));
        let post = post.header("content-type", "application/json");
        let post = post.body(chat_request("gpt-4o-search-preview").to_string());
        post.send().await.unwrap().bytes().await.unwrap();
    };
    only(&received_async(mapping, |builder| builder.with_content(with_content), call).await)
}

#[tokio::test]
async fn under_a_neutral_name_and_as_metadata() {
    for (mapping, key) in [
        (None, "tracing_genai.output_annotations"),
        (
            Some(Mapping::Langfuse),
            "langfuse.observation.metadata.output_annotations",
        ),
    ] {
        let span = exported(mapping, true).await;
        assert_eq!(json_of(&span, key)[0]["type"], "url_citation");
        let span = exported(mapping, false).await;
        assert!(!span.attributes.contains_key(key), "{span:?}");
    }
}
