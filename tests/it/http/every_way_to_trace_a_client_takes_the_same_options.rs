//! Layer, middleware and service take the same options for telemetry, propagation and the token counts of
//! streams. Without them nothing is added to a request.

use reqwest::Request;
use tower_layer::Layer as _;
use tower_service::Service as _;
use tracing_genai::http::{TraceLayer, TraceMiddleware, TraceOptions};
use tracing_genai::openai::http_service;

use crate::support::raw_server::{RawServer, json_response};
use crate::support::{SOON, builder_in, memory, within_async};

const BODY: &str = r#"{"model":"gpt-4o","stream":true,"messages":[]}"#;

fn request(url: &str) -> Request {
    reqwest::Client::new()
        .post(format!("{url}/chat/completions"))
        .header("content-type", "application/json")
        .body(BODY)
        .build()
        .unwrap()
}

/// The requests that a server receives from clients with these options, one for each way to trace a client.
async fn received(options: impl Fn() -> TraceOptions) -> [String; 3] {
    let server = RawServer::start(vec![json_response("{}")]).await;
    let url = server.url();

    let mut layered = TraceLayer::new()
        .with_options(options())
        .layer(reqwest::Client::new());
    layered.call(request(&url)).await.unwrap();

    let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
        .with(TraceMiddleware::new().with_options(options()))
        .build();
    client.execute(request(&url)).await.unwrap();

    let factory = async_openai::middleware::HttpRequestFactory::new(move || {
        let request = request(&url);
        async { Ok(request) }
    });
    let mut service = http_service().with_options(options());
    service.call(factory).await.unwrap();

    let requests = server.take_requests();
    let requests = requests
        .iter()
        .map(|request| String::from_utf8(request.clone()).unwrap());
    requests.collect::<Vec<_>>().try_into().unwrap()
}

#[tokio::test]
async fn whatever_they_ask_for() {
    let (memory, telemetry) = memory(None);
    let options = || {
        TraceOptions::new()
            .with_telemetry(&telemetry)
            .with_propagation(true)
            .with_stream_usage(true)
    };
    let requests = within_async(&telemetry, received(options)).await;
    telemetry.flush_async(SOON).await;
    let spans = memory.spans();
    assert_eq!(spans.len(), 3);
    for (request, span) in requests.iter().zip(&spans) {
        let traceparent = format!("traceparent: 00-{}-{}-01", span.trace_id, span.span_id);
        assert!(request.contains(&traceparent), "{request}");
        let wish = r#""messages":[],"stream_options":{"include_usage":true}}"#;
        assert!(request.ends_with(wish), "{request}");
        let length = BODY.len() + wish.len() - r#""messages":[]}"#.len();
        let length = format!("content-length: {length}\r\n");
        assert!(request.contains(&length), "{request}");
    }
}

#[tokio::test]
async fn a_telemetry_that_is_switched_off_records_nothing() {
    let off = builder_in([("OTEL_SDK_DISABLED", "true")]).build().unwrap();
    let (memory, telemetry) = memory(None);
    let options = || TraceOptions::new().with_telemetry(&off);
    within_async(&telemetry, received(options)).await;
    telemetry.flush_async(SOON).await;
    assert!(memory.spans().is_empty());
}

#[tokio::test]
async fn and_nothing_by_default() {
    let (memory, telemetry) = memory(None);
    let defaults = TraceOptions::new;
    let switched_off = || {
        TraceOptions::new()
            .with_propagation(false)
            .with_stream_usage(false)
    };
    let requests = within_async(&telemetry, async {
        [received(defaults).await, received(switched_off).await].concat()
    });
    for request in requests.await {
        assert!(!request.contains("traceparent"), "{request}");
        assert!(request.ends_with(BODY), "{request}");
    }
    telemetry.flush_async(SOON).await;
    assert_eq!(memory.spans().len(), 6);
}
