//! The OTLP consumer: mapping and encoding, then over to the sender, or to disk.
//!
//! Works on its own copies of the spans; a span that no other destination holds is not copied. While
//! memory runs short behind a backend that is slow or down, requests go to disk by a thread of their own, at
//! the speed of the disk, and the queue drains.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use super::queue::{InFlight, Item, Items, Queue};
use super::queued_span::QueuedSpan;
use super::sender::{Batch, Command, Sender};
use super::spill::{PlainBatch, Spill, SpillSetup};
use super::spool::Spool;
use super::worker::Consumer;
use crate::diagnostics::Diagnostics;
use crate::otlp::encode::Encoder;
use crate::otlp::encoded::{Compression, Encoded};
use crate::otlp::split::LARGEST;
use crate::pipeline::Pipeline;

pub(crate) struct OtlpExporter {
    pub(crate) pipeline: Pipeline,
    pub(crate) compression: Compression,
    pub(crate) encoder: Encoder,
    /// As the destination gets it.
    pub(crate) resource: Resource,
    pub(crate) queue: Arc<Queue>,
    pub(crate) sender: Sender,
    pub(crate) spool: Option<Arc<Spool>>,
    /// Runs from when memory has run short for the first time.
    pub(crate) spill: Option<Spill>,
    pub(crate) diagnostics: Diagnostics,
    /// Logged with the first delivery, when there is a subscriber for it.
    pub(crate) notice: Option<String>,
}

impl OtlpExporter {
    /// The span as the destination gets it.
    fn rewritten(&self, span: QueuedSpan) -> SpanData {
        let mut span = span.into_data();
        if self.pipeline.lacks_provider(&span) {
            self.diagnostics.warn(
                "provider",
                format_args!(
                    "a model call has no gen_ai.provider.name: set it, for example by \
                     `with_provider`"
                ),
            );
        }
        self.pipeline.apply(&mut span);
        span
    }

    fn deliver(&mut self, spans: &[SpanData], in_flight: InFlight) {
        if spans.is_empty() {
            return;
        }
        if let Some(notice) = self.notice.take() {
            let name = self.queue.name();
            self.diagnostics
                .warn_about(name, "notice", format_args!("{notice}"));
        }
        self.pass_on(spans, in_flight);
    }

    fn pass_on(&mut self, spans: &[SpanData], mut in_flight: InFlight) {
        let message = self.encoder.encode(&self.resource, spans);
        let is_pressed = self.spool.is_some() && self.queue.is_pressed();
        if is_pressed {
            in_flight.set_bytes(message.len());
            let message = message.to_vec();
            return self.spill(PlainBatch { message, in_flight });
        }
        let encoded = Encoded::from_plain(message, self.compression, spans.len() as u64);
        if encoded.body.len() > LARGEST && spans.len() > 1 {
            let (first, second) = spans.split_at(spans.len() / 2);
            let half = in_flight.split(first.len() as u64);
            self.pass_on(first, half);
            return self.pass_on(second, in_flight);
        }
        in_flight.set_bytes(encoded.body.len());
        let batch = Batch::new(encoded, in_flight);
        self.sender.send(Command::Deliver(batch));
    }

    /// To disk, if there is a thread for that.
    fn spill(&mut self, batch: PlainBatch) {
        if self.spill.is_none()
            && let Some(spool) = &self.spool
        {
            self.spill = Spill::start(SpillSetup {
                spool: Arc::clone(spool),
                queue: Arc::clone(&self.queue),
                compression: self.compression,
                sender: self.sender.commands(),
            });
        }
        let unsent = match &self.spill {
            Some(spill) => spill.send(batch).err(),
            None => Some(batch),
        };
        if let Some(batch) = unsent {
            let batch = batch.compress(self.compression);
            self.sender.send(Command::Deliver(batch));
        }
    }
}

impl Consumer for OtlpExporter {
    fn consume(&mut self, items: Items, mut in_flight: InFlight) {
        let mut spans = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Item::Ended(span) => spans.push(self.rewritten(span)),
                Item::Resource(resource) => {
                    // Spans made before it belong to the resource they were made under.
                    let before = in_flight.split(spans.len() as u64);
                    self.deliver(&spans, before);
                    spans.clear();
                    self.resource = self.pipeline.resource(&resource);
                }
                Item::Opened { .. } => {}
            }
        }
        self.deliver(&spans, in_flight);
    }

    fn flush(&mut self) {
        self.sender.send(Command::Flush);
    }

    fn close(&mut self, deadline: Instant) {
        self.sender.send(Command::Close(deadline));
    }

    fn finish(self) {
        // What it cannot save goes to the sender.
        if let Some(spill) = self.spill {
            spill.finish();
        }
        self.sender.finish();
    }
}
