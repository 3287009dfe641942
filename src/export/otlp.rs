//! The OTLP consumer: mapping, encoding, sending.
//!
//! Works on its own copies of the spans; a span that no other destination holds is not copied.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use prost::Message;

use super::dispatcher::Consumer;
use super::queue::{Item, Queue};
use super::report::DropReason;
use super::shape::Shape;
use super::transport::{Outcome, Transport};
use crate::diagnostics::Diagnostics;
use crate::functions;

pub(crate) struct Otlp<T> {
    shape: Shape,
    resource: ResourceAttributesWithSchema,
    transport: T,
    diagnostics: Diagnostics,
    /// Said with the first delivery, when a subscriber is there to hear it.
    notice: Option<String>,
}

impl<T: Transport> Otlp<T> {
    pub(crate) fn new(shape: Shape, transport: T, diagnostics: Diagnostics) -> Self {
        Self {
            shape,
            resource: ResourceAttributesWithSchema::default(),
            transport,
            diagnostics,
            notice: None,
        }
    }

    pub(crate) fn with_notice(mut self, notice: Option<String>) -> Self {
        self.notice = notice;
        self
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = (&self.shape.resource(resource)).into();
    }

    fn encode(&self, spans: Vec<Arc<SpanData>>) -> Vec<u8> {
        let spans = spans
            .into_iter()
            .map(|span| {
                let mut span = Arc::unwrap_or_clone(span);
                keep_last(&mut span.attributes);
                functions::explain(&mut span);
                self.shape.apply(&mut span);
                span
            })
            .collect();
        ExportTraceServiceRequest {
            resource_spans: group_spans_by_resource_and_scope(spans, &self.resource),
        }
        .encode_to_vec()
    }

    fn deliver(&mut self, spans: Vec<Arc<SpanData>>, queue: &Queue) {
        let count = spans.len() as u64;
        if count == 0 {
            return;
        }
        if let Some(notice) = self.notice.take() {
            self.diagnostics.warn("notice", format_args!("{notice}"));
        }
        let body = self.encode(spans);
        let (bytes, started) = (body.len(), Instant::now());
        let outcome = self.transport.send(body);
        self.diagnostics.debug(format_args!(
            "{}: a request of {count} spans, {bytes} bytes before compression, {outcome} after {} ms",
            queue.name(),
            started.elapsed().as_millis()
        ));
        let (lost, reason, message) = match outcome {
            Outcome::Delivered { rejected, message } => {
                let rejected = rejected.min(count);
                queue.exported(count - rejected);
                (rejected, DropReason::Rejected, message)
            }
            Outcome::Failed { reason, message } => (count, reason, message),
        };
        if lost > 0 {
            self.diagnostics.warn(
                "lost",
                format_args!("{lost} spans for {} were lost: {message}", queue.name()),
            );
            // The error first: whoever waits for the count reads a complete report.
            queue.failed(message);
            queue.dropped(reason, lost);
        }
    }
}

impl<T: Transport> Consumer for Otlp<T> {
    fn consume(&mut self, items: Vec<Item>, queue: &Queue) {
        let mut spans = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Item::Ended(span) => spans.push(span),
                Item::Resource(resource) => {
                    // Spans made before it belong to the resource they were made under.
                    self.deliver(std::mem::take(&mut spans), queue);
                    self.set_resource(&resource);
                }
                Item::Opened { .. } => {}
            }
        }
        self.deliver(spans, queue);
    }

    fn flush(&mut self, _: &Queue) {}
}

/// OTLP wants every key once, but setting an attribute twice leaves it there twice.
fn keep_last(attributes: &mut Vec<KeyValue>) {
    let mut last = HashMap::with_capacity(attributes.len());
    for (index, attribute) in attributes.iter().enumerate() {
        last.insert(attribute.key.clone(), index);
    }
    if last.len() < attributes.len() {
        let mut index = 0..;
        attributes.retain(|attribute| last.get(&attribute.key).copied() == index.next());
    }
}
