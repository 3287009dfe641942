//! Langfuse keeps milliseconds and breaks ties by id, so steps within a millisecond stand in their order.

use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_genai::testing::InMemory;

use crate::support::{SOON, memory, plain};

/// Asserts that 1,000 spans that were made one after the other have ids that grow.
#[track_caller]
fn assert_grow(memory: &InMemory) {
    let mut spans = memory.spans();
    spans.sort_by_key(|span| span.int("step"));
    let ids: Vec<_> = spans.iter().map(|span| span.span_id.as_str()).collect();
    assert_eq!(ids.len(), 1_000);
    assert!(ids.is_sorted_by(|before, after| before < after));
}

#[test]
fn of_functions() {
    assert_grow(&plain(|| {
        for step in 0..1_000 {
            tracing::info_span!("work", step).in_scope(|| ());
        }
    }));
}

#[test]
fn of_a_provider_of_ones_own() {
    let (memory, telemetry) = memory(None);
    let provider = SdkTracerProvider::builder()
        .with_id_generator(telemetry.id_generator())
        .with_span_processor(telemetry.span_processor())
        .build();
    let tracer = provider.tracer("theirs");
    for step in 0..1_000 {
        let attributes = vec![opentelemetry::KeyValue::new("step", step)];
        tracer
            .span_builder("work")
            .with_attributes(attributes)
            .start(&tracer);
    }
    telemetry.flush(SOON);
    assert_grow(&memory);
}
