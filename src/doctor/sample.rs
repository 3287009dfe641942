//! The trace that a check-up sends: one span, encoded as the telemetry encodes its spans.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SpanData, SpanEvents, SpanLinks};

use crate::conventions::observation;
use crate::model::ObservationType;
use crate::otlp::encode::Encoder;
use crate::otlp::encoded::{Compression, Encoded};
use crate::pipeline::Pipeline;

pub(super) struct Sample {
    span: SpanData,
    resource: Resource,
}

impl Sample {
    pub(super) fn new(resource: &Resource) -> Self {
        let ids = RandomIdGenerator::default();
        let context = SpanContext::new(
            ids.new_trace_id(),
            ids.new_span_id(),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        );
        let end = SystemTime::now();
        let attributes = vec![
            KeyValue::new(observation::TYPE, ObservationType::Span.as_str()),
            KeyValue::new(observation::INPUT, "Do traces arrive?"),
            KeyValue::new(observation::OUTPUT, "This one has."),
        ];
        let span = SpanData {
            span_context: context,
            parent_span_id: SpanId::INVALID,
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: "tracing-genai doctor".into(),
            start_time: end - Duration::from_millis(1),
            end_time: end,
            attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
                .with_version(env!("CARGO_PKG_VERSION"))
                .build(),
        };
        Self {
            span,
            resource: resource.clone(),
        }
    }

    pub(super) fn trace_id(&self) -> String {
        self.span.span_context.trace_id().to_string()
    }

    /// The request that a destination gets.
    pub(super) fn request(&self, pipeline: &Pipeline, compression: Compression) -> Encoded {
        let mut span = self.span.clone();
        pipeline.apply(&mut span);
        let resource = pipeline.resource(&self.resource);
        let mut encoder = Encoder::default();
        Encoded::from_plain(encoder.encode(&resource, &[span]), compression, 1)
    }
}
