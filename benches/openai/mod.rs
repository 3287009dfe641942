//! OpenAI without a network: a service inside of the process that answers at once, the same bytes every
//! time, so that what is left is the cost of the layers around it.

use std::pin::Pin;
use std::task::{Context, Poll};

use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use async_openai::middleware::retry::OpenAIRetryLayer;
use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request, Response, Url};
use tower_layer::Layer;
use tracing_genai::openai::{AttemptLayer, TraceLayer};

use crate::stream::Chunks;

const WHOLE: &[u8] = br#"{"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion","created":1741569952,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"Subtract 11 on both sides: 3x = 3. Divide by 3: x = 1.","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":23,"total_tokens":42}}"#;
const CHUNK: &[u8] = b"data: {\"id\":\"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG\",\"object\":\"chat.completion.chunk\",\"created\":1741570283,\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}]}\n\n";

/// What the server answers with.
#[derive(Clone, Copy)]
pub enum Answer {
    Whole,
    /// In so many chunks.
    Streamed(u32),
}

/// A service that takes what async-openai's client gives it.
pub trait Service:
    tower_service::Service<HttpRequestFactory, Response = Response, Error = OpenAIError>
{
}

impl<S> Service for S where
    S: tower_service::Service<HttpRequestFactory, Response = Response, Error = OpenAIError>
{
}

/// As async-openai's client is without tracing.
pub fn untraced(answer: Answer) -> impl Service {
    OpenAIRetryLayer::default().layer(Server(answer))
}

/// The same with a span of every call.
pub fn traced(answer: Answer) -> impl Service {
    let attempts = AttemptLayer::new().layer(Server(answer));
    TraceLayer::new().layer(OpenAIRetryLayer::default().layer(attempts))
}

/// Builds chat requests with a message of so many bytes.
pub fn requests(bytes: usize) -> HttpRequestFactory {
    let url: Url = "https://api.openai.com/v1/chat/completions"
        .parse()
        .unwrap();
    let content = "3x + 11 = 14 ".repeat(bytes / 13 + 1);
    let body = serde_json::json!({
        "model": "gpt-4o-mini",
        "temperature": 0.5,
        "messages": [{"role": "user", "content": &content[..bytes]}],
    });
    let body = Bytes::from(body.to_string());
    HttpRequestFactory::new(move || {
        let mut request = Request::new(Method::POST, url.clone());
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        *request.body_mut() = Some(body.clone().into());
        async move { Ok(request) }
    })
}

#[derive(Clone)]
struct Server(Answer);

impl tower_service::Service<HttpRequestFactory> for Server {
    type Response = Response;
    type Error = OpenAIError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, OpenAIError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, factory: HttpRequestFactory) -> Self::Future {
        let answer = self.0;
        Box::pin(async move {
            std::hint::black_box(factory.build().await?);
            let (kind, body) = match answer {
                Answer::Whole => ("application/json", Bytes::from_static(WHOLE).into()),
                Answer::Streamed(left) => (
                    "text/event-stream",
                    reqwest::Body::wrap(Chunks { left, chunk: CHUNK }),
                ),
            };
            let response = http::Response::builder()
                .header(CONTENT_TYPE, kind)
                .header("x-request-id", "req_123");
            Ok(response.body(body).unwrap().into())
        })
    }
}
