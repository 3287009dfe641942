//! langfuse-ergonomic: a trace and a span for each function, given to its batcher.

use std::hint::black_box;
use std::ops::Range;

use chrono::Utc;
use langfuse_client_base::models::{
    CreateSpanBody, CreateSpanEvent1, IngestionEvent, TraceBody, TraceEvent1, create_span_event_1,
    trace_event_1,
};
use langfuse_ergonomic::{Batcher, ClientBuilder};
use serde_json::json;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::case::{Case, Outcome, QUESTION, work};

pub(super) fn run(case: &Case) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let client = ClientBuilder::new()
        .public_key("pk-lf-1")
        .secret_key("sk-lf-1")
        .base_url(&case.address)
        .build()
        .unwrap();
    let batcher = runtime.block_on(async { Batcher::builder().client(client).build().await });
    case.measure((runtime, batcher), call, |(runtime, batcher)| {
        runtime.block_on(batcher.shutdown()).unwrap();
    })
}

fn call((runtime, batcher): &(Runtime, Batcher), numbers: Range<u32>) {
    runtime.block_on(async {
        for number in numbers {
            black_box(solve(batcher, black_box(QUESTION), number).await);
        }
    });
}

async fn solve(batcher: &Batcher, question: &str, number: u32) -> usize {
    let start = Utc::now();
    let solution = work(question, number);
    let end = Utc::now();
    let trace = Uuid::new_v4().to_string();
    let body = TraceBody {
        id: Some(Some(trace.clone())),
        timestamp: Some(Some(start.fixed_offset())),
        name: Some(Some("solve".to_owned())),
        ..TraceBody::new()
    };
    let event = TraceEvent1::new(
        Uuid::new_v4().to_string(),
        start.to_rfc3339(),
        body,
        trace_event_1::Type::TraceCreate,
    );
    let event = IngestionEvent::TraceEvent1(Box::new(event));
    batcher.add(event).await.unwrap();
    let body = CreateSpanBody {
        id: Some(Some(Uuid::new_v4().to_string())),
        trace_id: Some(Some(trace)),
        name: Some(Some("solve".to_owned())),
        start_time: Some(Some(start.fixed_offset())),
        end_time: Some(Some(end.fixed_offset())),
        input: Some(Some(json!({"question": question, "number": number}))),
        output: Some(Some(json!(solution))),
        ..CreateSpanBody::new()
    };
    let event = CreateSpanEvent1::new(
        Uuid::new_v4().to_string(),
        end.to_rfc3339(),
        body,
        create_span_event_1::Type::SpanCreate,
    );
    let event = IngestionEvent::CreateSpanEvent1(Box::new(event));
    batcher.add(event).await.unwrap();
    solution
}
