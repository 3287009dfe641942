//! Any service of reqwest's requests can be traced, whatever layers are above and below it. A call is one
//! span, whether it is whole, streamed, refused, cancelled or retried.

use std::fmt;
use std::future::{Ready, ready};
use std::time::Duration;

use reqwest::{Request, Response};
use tower::{BoxError, Service, ServiceBuilder, ServiceExt};
use tracing_genai::http::{AttemptLayer, TraceLayer};
use tracing_genai::testing::{InMemory, Value};

use crate::support::{chat_request, plain_async, traced};

fn request(url: &str, model: &str, stream: bool) -> Request {
    let mut body = chat_request(model);
    body["stream"] = stream.into();
    reqwest::Client::new()
        .post(format!("{url}/chat/completions"))
        .bearer_auth("sk-simulated")
        .header("content-type", "application/json")
        .body(body.to_string())
        .build()
        .unwrap()
}

/// The spans of one call by this stack.
async fn exported<S>(mut service: S, model: &'static str, stream: bool) -> InMemory
where
    S: Service<Request, Response = Response>,
{
    traced(None, async |url| {
        let Ok(ready) = service.ready().await else {
            panic!("the service is not ready");
        };
        if let Ok(response) = ready.call(request(&url, model, stream)).await {
            let _body = response.bytes().await;
        }
    })
    .await
}

#[tokio::test]
async fn a_client_without_anything_else() {
    let service = ServiceBuilder::new()
        .layer(TraceLayer::new())
        .service(reqwest::Client::new());
    let memory = exported(service, "gpt-4o-mini", false).await;
    let span = memory.span("chat gpt-4o-mini");
    assert_eq!(memory.spans().len(), 1);
    assert_eq!((span.kind.as_str(), &span.error), ("CLIENT", &None));
    assert_eq!(span.int("http.response.status_code"), Some(200));
    let input = span.text("gen_ai.input.messages").unwrap();
    assert!(input.contains("Solve 3x + 11 = 14"), "{input}");
    let output = span.text("gen_ai.output.messages").unwrap();
    assert!(output.contains("x = 1"), "{output}");
    assert!(span.int("gen_ai.usage.input_tokens") > Some(0));
}

#[tokio::test]
async fn timeouts_limits_and_buffers_above_and_below() {
    // Everything runs on this thread, where the subscriber is.
    let service = ServiceBuilder::new()
        .concurrency_limit(2)
        .timeout(Duration::from_secs(60))
        .layer(TraceLayer::new())
        .buffer(4)
        .timeout(Duration::from_secs(60))
        .service(reqwest::Client::new());
    let memory = exported(service.clone(), "gpt-4o-mini", true).await;
    let span = memory.span("chat gpt-4o-mini");
    assert_eq!(memory.spans().len(), 1);
    assert_eq!(span.error, None);
    let output = span.text("gen_ai.output.messages").unwrap();
    assert!(output.contains("x = 1"), "{output}");
    assert!(span.attributes.contains_key("gen_ai.request.stream"));
}

/// Retries if the server is too busy.
#[derive(Clone)]
struct Twice(usize);

impl<E> tower::retry::Policy<Request, Response, E> for Twice {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut Request, result: &mut Result<Response, E>) -> Option<Ready<()>> {
        let is_busy = matches!(result, Ok(response) if response.status().as_u16() == 429);
        self.0 = self.0.checked_sub(1).filter(|_| is_busy)?;
        Some(ready(()))
    }

    fn clone_request(&mut self, request: &Request) -> Option<Request> {
        request.try_clone()
    }
}

#[tokio::test]
async fn a_retry_layer_inside_makes_attempts_of_one_call() {
    let service = ServiceBuilder::new()
        .layer(TraceLayer::new())
        .retry(Twice(2))
        .layer(AttemptLayer::new())
        .timeout(Duration::from_secs(60))
        .service(reqwest::Client::new());
    let memory = exported(service, "error-429", false).await;
    let span = memory.span("chat error-429");
    assert_eq!(memory.spans().len(), 1);
    assert_eq!(span.int("http.response.status_code"), Some(429));
    assert_eq!(span.int("http.request.resend_count"), Some(2));
    assert!(span.error.is_some());
    let statuses = span.events.iter().map(|event| {
        assert_eq!(event.name, "tracing_genai.attempt.failed");
        &event.attributes["http.response.status_code"]
    });
    assert_eq!(statuses.collect::<Vec<_>>(), [&Value::Int(429); 2]);
}

#[tokio::test]
async fn without_a_layer_for_attempts_the_outcome_is_known() {
    let service = ServiceBuilder::new()
        .layer(TraceLayer::new())
        .retry(Twice(2))
        .service(reqwest::Client::new());
    let memory = exported(service, "error-429", false).await;
    let span = memory.span("chat error-429");
    assert_eq!(memory.spans().len(), 1);
    assert_eq!(span.int("http.response.status_code"), Some(429));
    assert!(span.events.is_empty());
}

#[tokio::test]
async fn the_error_of_a_layer_is_a_failure() {
    let service = ServiceBuilder::new()
        .layer(TraceLayer::new())
        .timeout(Duration::from_millis(100))
        .service(reqwest::Client::new());
    let memory = exported(service, "hang", false).await;
    let span = memory.span("chat hang");
    assert_eq!(span.text("error.type"), Some("timeout"));
    assert_eq!(span.error.as_deref(), Some("request timed out"));
}

#[tokio::test]
async fn a_timeout_outside_is_a_call_given_up() {
    let service = ServiceBuilder::new()
        .timeout(Duration::from_millis(100))
        .layer(TraceLayer::new())
        .service(reqwest::Client::new());
    let memory = exported(service, "hang", false).await;
    let span = memory.span("chat hang");
    assert_eq!(span.text("tracing_genai.stream.end"), Some("cancelled"));
    assert_eq!(span.error, None);
}

/// An error type of the application.
#[derive(Debug)]
struct Refused(&'static str);

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl std::error::Error for Refused {}

#[tokio::test]
async fn errors_of_any_type_are_described() {
    async fn span_of<E>(error: fn(&'static str, reqwest::Error) -> E) -> (String, String)
    where
        E: fmt::Display + 'static,
    {
        let mut service = ServiceBuilder::new()
            .layer(TraceLayer::new())
            .map_err(move |source| error("no route to the model", source))
            .service(reqwest::Client::new());
        let memory = plain_async(async {
            let request = request("http://127.0.0.1:9/v1", "gpt-4o", false);
            assert!(service.call(request).await.is_err());
        })
        .await;
        let span = memory.span("chat gpt-4o");
        let kind = span.text("error.type").unwrap().to_owned();
        (kind, span.error.unwrap())
    }

    let (kind, message) = span_of(|_, error| error).await;
    assert_eq!(kind, "connection_error");
    assert!(message.contains("Connection refused"), "{message}");

    let boxed = span_of(|_, error| BoxError::from(error)).await;
    assert_eq!(boxed, (kind, message));

    let own = span_of(|text, _| Refused(text)).await;
    let expected = ("Refused", "no route to the model");
    assert_eq!((own.0.as_str(), own.1.as_str()), expected);

    let own = span_of(|text, _| BoxError::from(Refused(text))).await;
    let expected = ("_OTHER", "no route to the model");
    assert_eq!((own.0.as_str(), own.1.as_str()), expected);
}
