//! A client with middleware is traced like async-openai's, whether its calls are whole, streamed, refused or
//! cancelled.

use std::time::Duration;

use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tracing_genai::openai::TraceMiddleware;
use tracing_genai::testing::InMemory;

use crate::support::{chat_request, plain_async, traced};

fn client() -> ClientWithMiddleware {
    ClientBuilder::new(reqwest::Client::new())
        .with(TraceMiddleware::new())
        .build()
}

fn post(url: &str, model: &str, stream: bool) -> reqwest_middleware::RequestBuilder {
    let mut body = chat_request(model);
    body["stream"] = stream.into();
    client()
        .post(format!("{url}/chat/completions"))
        .bearer_auth("sk-simulated")
        .header("content-type", "application/json")
        .body(body.to_string())
}

async fn asked(model: &'static str, stream: bool) -> InMemory {
    traced(None, async |url| {
        let answer = post(&url, model, stream).send().await.unwrap();
        let _body = answer.bytes().await;
    })
    .await
}

#[tokio::test]
async fn whole_and_streamed() {
    for stream in [false, true] {
        let memory = asked("gpt-4o-mini", stream).await;
        let span = memory.span("chat gpt-4o-mini");
        assert_eq!((span.kind.as_str(), &span.error), ("CLIENT", &None));
        assert!(
            span.text("gen_ai.output.messages")
                .unwrap()
                .contains("x = 1")
        );
        assert_eq!(
            span.attributes.contains_key("gen_ai.request.stream"),
            stream
        );
        assert_eq!(span.int("http.response.status_code"), Some(200));
    }
}

#[tokio::test]
async fn refused() {
    let memory = asked("error-401", false).await;
    let span = memory.span("chat error-401");
    assert_eq!(span.int("http.response.status_code"), Some(401));
    assert!(span.error.is_some());
}

#[tokio::test]
async fn given_up() {
    let memory = traced(None, async |url| {
        let call = post(&url, "hang", false).send();
        assert!(
            tokio::time::timeout(Duration::from_millis(100), call)
                .await
                .is_err()
        );
    })
    .await;
    let span = memory.span("chat hang");
    assert_eq!(span.text("tracing_genai.stream.end"), Some("cancelled"));
}

#[tokio::test]
async fn no_server() {
    let memory = plain_async(async {
        let answer = post("http://127.0.0.1:9/v1", "gpt-4o", false).send().await;
        assert!(answer.is_err_and(|error| error.is_connect()));
    })
    .await;
    assert_eq!(
        memory.span("chat gpt-4o").text("error.type"),
        Some("connection_error")
    );
}
