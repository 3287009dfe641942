//! Model calls over HTTP, with and without the layer.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use cpu_time::ThreadTime;
use reqwest::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;
use tracing::Instrument;
use tracing_genai::http::TraceLayer;

use super::case::{Case, Outcome, microseconds, text};

/// What the calls took: until the whole answer was there, and until its first chunk.
#[derive(Default)]
struct Times {
    whole: Vec<f64>,
    first: Vec<f64>,
}

pub fn run(case: &Case, outcome: &mut Outcome) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let client = reqwest::Client::new();
    let before = ThreadTime::now();
    let mut times = runtime.block_on(async {
        if case.stack.records() {
            all(case, TraceLayer::new().layer(client)).await
        } else {
            all(case, client).await
        }
    });
    outcome.caller_us = microseconds(before.elapsed());
    times.whole.sort_by(f64::total_cmp);
    times.first.sort_by(f64::total_cmp);
    outcome.p50_us = times.whole[times.whole.len() / 2];
    outcome.p99_us = times.whole[times.whole.len() * 99 / 100];
    outcome.first_us = times.first[times.first.len() / 2];
    // One span a task stands around its calls.
    outcome.spans = u64::from(case.count) + u64::from(case.at_once);
}

/// All calls, some at once.
async fn all<S>(case: &Case, service: S) -> Times
where
    S: Service<Request, Response = Response> + Clone + 'static,
    S::Error: std::fmt::Debug,
{
    let request = Arc::new(Exchange::new(case));
    let local = tokio::task::LocalSet::new();
    let tasks: Vec<_> = (0..case.at_once)
        .map(|_| {
            let calls = one_after_the_other(
                service.clone(),
                Arc::clone(&request),
                case.count / case.at_once,
            );
            local.spawn_local(calls.instrument(tracing::info_span!("caller")))
        })
        .collect();
    local.await;
    let mut times = Times::default();
    for task in tasks {
        let of_task = task.await.unwrap();
        times.whole.extend(of_task.whole);
        times.first.extend(of_task.first);
    }
    times
}

async fn one_after_the_other<S>(mut service: S, exchange: Arc<Exchange>, count: u32) -> Times
where
    S: Service<Request, Response = Response>,
    S::Error: std::fmt::Debug,
{
    let mut times = Times::default();
    for _ in 0..count {
        let request = exchange.request();
        poll_fn(|context| service.poll_ready(context))
            .await
            .unwrap();
        let start = Instant::now();
        let mut response = service.call(request).await.unwrap();
        let mut first = None;
        while let Some(chunk) = response.chunk().await.unwrap() {
            std::hint::black_box(chunk);
            first.get_or_insert_with(|| start.elapsed());
        }
        times.whole.push(microseconds(start.elapsed()));
        times.first.push(microseconds(first.unwrap()));
    }
    times
}

/// A request that can be made again and again.
struct Exchange {
    url: reqwest::Url,
    body: Bytes,
}

impl Exchange {
    fn new(case: &Case) -> Self {
        let url = format!(
            "{}/v1/chat/completions?chunks={}",
            case.address, case.chunks
        );
        let body = serde_json::json!({
            "model": "gpt-4o-mini",
            "temperature": 0.5,
            "stream": case.chunks > 0,
            "messages": [{"role": "user", "content": text(case.bytes)}],
        });
        Self {
            url: url.parse().unwrap(),
            body: body.to_string().into(),
        }
    }

    fn request(&self) -> Request {
        let mut request = Request::new(reqwest::Method::POST, self.url.clone());
        let json = reqwest::header::HeaderValue::from_static("application/json");
        request
            .headers_mut()
            .insert(reqwest::header::CONTENT_TYPE, json);
        *request.body_mut() = Some(self.body.clone().into());
        request
    }
}
