//! The encoding beside that of `opentelemetry-proto`, byte for byte.

use std::borrow::Cow;
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Array, InstrumentationScope, KeyValue, Value};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use prost::Message;

use super::Encoder;

fn value() -> impl Strategy<Value = Value> {
    let text = || ".{0,200}";
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
        vec(any::<bool>(), 0..3).prop_map(|all| Value::Array(Array::Bool(all))),
        vec(any::<i64>(), 0..3).prop_map(|all| Value::Array(Array::I64(all))),
        vec(any::<f64>(), 0..3).prop_map(|all| Value::Array(Array::F64(all))),
        vec(text(), 0..3).prop_map(|all| {
            let all = all.into_iter().map(Into::into).collect();
            Value::Array(Array::String(all))
        }),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    vec(("[a-z.]{0,20}", value()), 0..4).prop_map(|all| {
        let all = all.into_iter();
        all.map(|(key, value)| KeyValue::new(key, value)).collect()
    })
}

fn context() -> impl Strategy<Value = SpanContext> {
    let state = option::of("[a-z]{1,5}").prop_map(|value| match value {
        Some(value) => TraceState::from_key_value([("vendor", value)]).unwrap_or_default(),
        None => TraceState::NONE,
    });
    (
        any::<u128>(),
        any::<u64>(),
        any::<u8>(),
        any::<bool>(),
        state,
    )
        .prop_map(|(trace, span, flags, is_remote, state)| {
            SpanContext::new(
                TraceId::from(trace),
                SpanId::from(span),
                TraceFlags::new(flags),
                is_remote,
                state,
            )
        })
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![
        Just(Status::Unset),
        Just(Status::Ok),
        ".{0,20}".prop_map(Status::error),
    ]
}

fn kind() -> impl Strategy<Value = SpanKind> {
    prop_oneof![
        Just(SpanKind::Internal),
        Just(SpanKind::Server),
        Just(SpanKind::Client),
        Just(SpanKind::Producer),
        Just(SpanKind::Consumer),
    ]
}

fn scope() -> impl Strategy<Value = InstrumentationScope> {
    (0..3_u8, attributes()).prop_map(|(number, attributes)| match number {
        0 => InstrumentationScope::builder("").build(),
        1 => InstrumentationScope::builder("one")
            .with_version("1")
            .build(),
        _ => InstrumentationScope::builder("two")
            .with_schema_url("https://schema")
            .with_attributes(attributes)
            .build(),
    })
}

fn event() -> impl Strategy<Value = Event> {
    (".{0,9}", any::<u32>(), attributes(), 0..2_u32).prop_map(|(name, at, attributes, dropped)| {
        let at = UNIX_EPOCH + Duration::from_nanos(at.into());
        Event::new(name, at, attributes, dropped)
    })
}

fn link() -> impl Strategy<Value = Link> {
    (context(), attributes(), 0..2_u32)
        .prop_map(|(context, attributes, dropped)| Link::new(context, attributes, dropped))
}

prop_compose! {
    fn span()(
        ids in (context(), prop_oneof![Just(0), any::<u64>()], any::<bool>()),
        name in ".{0,20}",
        times in any::<(u32, u64)>(),
        words in (kind(), status(), scope()),
        attributes in attributes(),
        events in vec(event(), 0..3),
        links in vec(link(), 0..3),
        dropped in (0..2_u32, 0..2_u32, 0..200_u32),
    ) -> SpanData {
        let (span_context, parent, parent_span_is_remote) = ids;
        let (span_kind, status, instrumentation_scope) = words;
        let (mut all_events, mut all_links) = (SpanEvents::default(), SpanLinks::default());
        all_events.events = events;
        all_events.dropped_count = dropped.0;
        all_links.links = links;
        all_links.dropped_count = dropped.1;
        SpanData {
            span_context,
            parent_span_id: SpanId::from(parent),
            parent_span_is_remote,
            span_kind,
            name: Cow::Owned(name),
            start_time: UNIX_EPOCH + Duration::from_nanos(times.0.into()),
            end_time: UNIX_EPOCH + Duration::from_nanos(times.1 >> 1),
            attributes,
            dropped_attributes_count: dropped.2,
            events: all_events,
            links: all_links,
            status,
            instrumentation_scope,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_bytes_are_those_of_the_messages(
        spans in vec(span(), 0..6),
        process in attributes(),
        has_schema in any::<bool>(),
    ) {
        let resource = Resource::builder_empty();
        let resource = match has_schema {
            true => resource.with_schema_url(process, "https://schema"),
            false => resource.with_attributes(process),
        };
        let resource = resource.build();
        let mut encoder = Encoder::default();
        // The buffer of the request before is used again.
        for some in [&spans[spans.len() / 2..], &spans[..]] {
            let request = ExportTraceServiceRequest {
                resource_spans: match some {
                    [] => Vec::new(),
                    _ => group_spans_by_resource_and_scope(some.to_vec(), &(&resource).into()),
                },
            };
            prop_assert_eq!(encoder.encode(&resource, some), request.encode_to_vec());
        }
    }
}
