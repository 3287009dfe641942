//! Name, version and attributes of an instrumentation scope, and the trace states of a span and its links,
//! pass the mask as well.

use std::str::FromStr;

use opentelemetry::trace::{
    Link, Span as _, SpanBuilder, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId,
    TraceState, Tracer, TracerProvider as _,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_sdk::trace::SdkTracerProvider;
use prost::Message;
use tracing_genai::{Destination, Mapping};

use crate::support::collector::Collector;
use crate::support::{SOON, builder};

fn context_with(state: &str) -> SpanContext {
    SpanContext::new(
        TraceId::from_bytes([1; 16]),
        SpanId::from_bytes([2; 8]),
        TraceFlags::SAMPLED,
        true,
        TraceState::from_str(state).unwrap(),
    )
}

/// The request that a destination receives, with a mask that replaces one word.
fn sent(
    mapping: Option<Mapping>,
    replacement: &'static str,
) -> (Vec<u8>, ExportTraceServiceRequest) {
    let collector = Collector::start();
    let mut destination = Destination::otlp(&collector.url);
    if let Some(mapping) = mapping {
        destination = destination.with_mapping(mapping);
    }
    let telemetry = builder()
        .with_destination(destination)
        .with_mask(move |_, text| text.replace("geheim", replacement).into())
        .build()
        .unwrap();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(telemetry.span_processor())
        .build();
    let scope = InstrumentationScope::builder("scope-geheim")
        .with_version("1.0-geheim")
        .with_schema_url("https://host/schema")
        .with_attributes([KeyValue::new("team", "geheim")])
        .build();
    let parent = Context::new().with_remote_span_context(context_with("own=geheim"));
    let link = Link::new(context_with("other=geheim"), Vec::new(), 0);
    let builder = SpanBuilder::from_name("work").with_links(vec![link]);
    let mut span = provider
        .tracer_with_scope(scope)
        .build_with_context(builder, &parent);
    span.end();
    let report = telemetry.shutdown(SOON);
    assert_eq!((report.exported(), report.dropped()), (1, 0), "{report}");
    let body = collector.requests()[0].plain();
    let request = ExportTraceServiceRequest::decode(&body[..]).unwrap();
    (body, request)
}

#[test]
fn each_of_them_is_replaced() {
    let (_, request) = sent(None, "x");
    let spans = &request.resource_spans[0].scope_spans[0];
    let scope = spans.scope.as_ref().unwrap();
    assert_eq!(
        (scope.name.as_str(), scope.version.as_str()),
        ("scope-x", "1.0-x")
    );
    assert_eq!(scope.attributes.len(), 1);
    assert_eq!(spans.schema_url, "https://host/schema");
    assert_eq!(spans.spans[0].trace_state, "own=x");
    assert_eq!(spans.spans[0].links[0].trace_state, "other=x");
}

#[test]
fn nothing_of_them_is_left_in_any_mapping() {
    for mapping in [None, Some(Mapping::Langfuse), Some(Mapping::OpenInference)] {
        let (body, request) = sent(mapping, "x");
        let found = String::from_utf8_lossy(&body).contains("geheim");
        assert!(!found, "{mapping:?}: {request:?}");
    }
}
