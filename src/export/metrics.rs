//! The counters of the queues as OpenTelemetry's own metrics of an SDK.
//!
//! Names, units and attributes are those of the semantic conventions for SDKs (`otel.sdk.*`,
//! development status). Every instrument is observed: reading the counters when somebody collects
//! costs nothing in between.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use super::queue::Queue;
use super::report::DropReason;

/// Registers the instruments; they live as long as the meter's provider.
pub(crate) fn observe(meter: &Meter, queues: Vec<Arc<Queue>>) {
    let sources: Arc<[Source]> = queues.into_iter().enumerate().map(Source::new).collect();

    let of = Arc::clone(&sources);
    let _ = meter
        .i64_observable_up_down_counter("otel.sdk.processor.span.queue.size")
        .with_unit("{span}")
        .with_description("Spans that wait to be sent or are under way")
        .with_callback(move |observer| {
            for source in of.iter() {
                let pending = source.queue.report().pending;
                observer.observe(integer(pending), &source.processor);
            }
        })
        .build();

    let of = Arc::clone(&sources);
    let _ = meter
        .i64_observable_up_down_counter("otel.sdk.processor.span.queue.capacity")
        .with_unit("{span}")
        .with_description("Spans that may wait or be under way")
        .with_callback(move |observer| {
            for source in of.iter() {
                let capacity = source.queue.capacity() as u64;
                observer.observe(integer(capacity), &source.processor);
            }
        })
        .build();

    let of = Arc::clone(&sources);
    let _ = meter
        .u64_observable_counter("otel.sdk.processor.span.processed")
        .with_unit("{span}")
        .with_description("Spans that were passed on, or dropped here, which has an error.type")
        .with_callback(move |observer| {
            for source in of.iter() {
                let report = source.queue.report();
                let mut passed_on = report.made - report.pending;
                for (reason, count) in report.dropped_by_reason {
                    if !is_of_exporter(reason) {
                        passed_on -= count;
                        observer.observe(count, &with_error(&source.processor, reason));
                    }
                }
                observer.observe(passed_on, &source.processor);
            }
        })
        .build();

    let of = Arc::clone(&sources);
    let _ = meter
        .i64_observable_up_down_counter("otel.sdk.exporter.span.inflight")
        .with_unit("{span}")
        .with_description("Spans that were taken from the queue and are neither delivered nor lost")
        .with_callback(move |observer| {
            for source in of.iter() {
                let under_way = source.queue.spans_under_way();
                observer.observe(integer(under_way), &source.exporter);
            }
        })
        .build();

    let _ = meter
        .u64_observable_counter("otel.sdk.exporter.span.exported")
        .with_unit("{span}")
        .with_description("Spans that were delivered, or not, which has an error.type")
        .with_callback(move |observer| {
            for source in sources.iter() {
                let report = source.queue.report();
                observer.observe(report.exported + report.recovered, &source.exporter);
                for (reason, count) in report.dropped_by_reason {
                    if is_of_exporter(reason) {
                        observer.observe(count, &with_error(&source.exporter, reason));
                    }
                }
            }
        })
        .build();
}

/// A destination's counters and what they are called by.
struct Source {
    queue: Arc<Queue>,
    processor: [KeyValue; 2],
    exporter: [KeyValue; 2],
}

impl Source {
    fn new((index, queue): (usize, Arc<Queue>)) -> Self {
        let named = |kind: &'static str| {
            [
                KeyValue::new("otel.component.type", kind),
                KeyValue::new("otel.component.name", format!("{kind}/{index}")),
            ]
        };
        Self {
            queue,
            processor: named("tracing_genai_span_processor"),
            exporter: named("tracing_genai_span_exporter"),
        }
    }
}

fn with_error(attributes: &[KeyValue; 2], reason: DropReason) -> [KeyValue; 3] {
    let [kind, name] = attributes.clone();
    let error = match reason {
        DropReason::QueueFull => "queue_full",
        DropReason::Rejected => "rejected",
        DropReason::Unreachable => "unreachable",
        DropReason::TooLarge => "too_large",
        DropReason::SpoolFull => "spool_full",
        DropReason::SpoolDamaged => "spool_damaged",
        DropReason::SpoolMissing => "spool_missing",
        DropReason::SetAside => "set_aside",
        DropReason::Undecided => "undecided",
        DropReason::AfterShutdown => "already_shutdown",
        DropReason::Deadline => "shutdown_deadline",
        DropReason::Internal => "internal",
    };
    [kind, name, KeyValue::new("error.type", error)]
}

/// Whether it happened after the queue.
fn is_of_exporter(reason: DropReason) -> bool {
    !matches!(
        reason,
        DropReason::QueueFull | DropReason::Undecided | DropReason::AfterShutdown
    )
}

fn integer(count: u64) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
