//! Servers of every dialect without a network: each answers its own request at once, with the same bytes every
//! time.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request, Response};
use tower_layer::Layer;
use tower_service::Service;
use tracing_genai::http::TraceLayer;

/// What is asked of a server, and its answer.
#[derive(Clone, Copy)]
pub struct Exchange {
    pub dialect: &'static str,
    url: &'static str,
    request: &'static [u8],
    answer: &'static [u8],
}

macro_rules! exchange {
    ($dialect:literal, $url:literal, $request:literal, $answer:literal) => {
        Exchange {
            dialect: $dialect,
            url: $url,
            request: include_bytes!(concat!("../../tests/fixtures/", $request)),
            answer: include_bytes!(concat!("../../tests/fixtures/", $answer)),
        }
    };
}

/// OpenAI's is the first: the others are held against it.
pub const EXCHANGES: [Exchange; 9] = [
    exchange!(
        "OpenAI",
        "https://api.openai.com/v1/chat/completions",
        "chat_request.json",
        "chat_response.json"
    ),
    exchange!(
        "Anthropic",
        "https://api.anthropic.com/v1/messages",
        "anthropic/request.json",
        "anthropic/answer.json"
    ),
    exchange!(
        "Amazon Bedrock",
        "https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-pro-v1:0/converse",
        "bedrock/converse_request.json",
        "bedrock/converse_answer.json"
    ),
    exchange!(
        "Gemini",
        "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent",
        "gemini/request.json",
        "gemini/response.json"
    ),
    exchange!(
        "Ollama",
        "http://localhost:11434/api/chat",
        "ollama/chat_request.json",
        "ollama/generate.json"
    ),
    exchange!(
        "Cohere",
        "https://api.cohere.com/v2/chat",
        "cohere/request.json",
        "cohere/response.json"
    ),
    exchange!(
        "Mistral OCR",
        "https://api.mistral.ai/v1/ocr",
        "mistral/ocr_request.json",
        "mistral/ocr_response.json"
    ),
    exchange!(
        "TGI",
        "http://localhost:8080/generate",
        "tgi/request.json",
        "tgi/response.json"
    ),
    exchange!(
        "MCP",
        "https://tools.example/mcp",
        "mcp/tool_request.json",
        "mcp/tool_response.json"
    ),
];

impl Exchange {
    /// The request, ready to be sent.
    pub fn request(&self) -> Request {
        let mut request = Request::new(Method::POST, self.url.parse().unwrap());
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        *request.body_mut() = Some(Bytes::from_static(self.request).into());
        request
    }
}

/// The server itself.
pub fn untraced(exchange: Exchange) -> Server {
    Server(exchange)
}

/// The same with a span of every call.
pub fn traced(
    exchange: Exchange,
) -> impl Service<Request, Response = Response, Error = Infallible> {
    TraceLayer::new().layer(Server(exchange))
}

/// Answers at once.
#[derive(Clone)]
pub struct Server(Exchange);

impl Service<Request> for Server {
    type Response = Response;
    type Error = Infallible;
    type Future = Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        std::hint::black_box(request);
        let response = http::Response::builder().header(CONTENT_TYPE, "application/json");
        let body = reqwest::Body::from(Bytes::from_static(self.0.answer));
        ready(Ok(response.body(body).unwrap().into()))
    }
}
