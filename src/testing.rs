//! For tests: a destination in memory that gives back what a backend would receive.
//!
//! Spans pass the whole way out (mapping, encoding) and are decoded again, so a test sees the
//! types and values of the wire, not those of the program.
//!
//! ```
//! use tracing_genai::testing::InMemory;
//! use tracing_genai::{Mapping, Telemetry};
//! use tracing_subscriber::layer::SubscriberExt;
//!
//! #[tracing::instrument(ret)]
//! fn double(number: i64) -> i64 {
//!     number * 2
//! }
//!
//! let memory = InMemory::new();
//! let telemetry = Telemetry::builder()
//!     .with_destination(memory.destination().with_mapping(Mapping::Langfuse))
//!     .build()?;
//! let subscriber = tracing_subscriber::registry().with(telemetry.layer());
//! tracing::subscriber::with_default(subscriber, || double(21));
//! telemetry.flush(std::time::Duration::from_secs(5));
//!
//! let span = memory.span("double");
//! assert_eq!(span.text("langfuse.observation.input"), Some(r#"{"number":21}"#));
//! assert_eq!(span.text("langfuse.observation.output"), Some("42"));
//! # Ok::<(), tracing_genai::ConfigError>(())
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind};
use opentelemetry_sdk::trace::IdGenerator;
use prost::Message;

use crate::destination::Destination;
use crate::otlp::in_memory::InMemoryBackend;
use crate::text::hex::hex;

/// An attribute's value as it stood on the wire.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `string_value`.
    Text(String),
    /// `bool_value`.
    Bool(bool),
    /// `int_value`.
    Int(i64),
    /// `double_value`.
    Double(f64),
    /// `array_value`.
    Array(Vec<Value>),
    /// Any other, which this crate never sends.
    Other,
}

impl Value {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn decode(value: Option<AnyValue>) -> Self {
        match value {
            Some(AnyValue::StringValue(text)) => Self::Text(text),
            Some(AnyValue::BoolValue(flag)) => Self::Bool(flag),
            Some(AnyValue::IntValue(number)) => Self::Int(number),
            Some(AnyValue::DoubleValue(number)) => Self::Double(number),
            Some(AnyValue::ArrayValue(ArrayValue { values })) => {
                Self::Array(values.into_iter().map(|v| Self::decode(v.value)).collect())
            }
            _ => Self::Other,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// Attributes by key. A key that was sent twice is a mistake of the sender, and its value is
/// [`Value::Other`], so that no test overlooks it.
pub type Attributes = BTreeMap<String, Value>;

/// An event of a received span.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReceivedEvent {
    /// The event's name.
    pub name: String,
    /// Its attributes.
    pub attributes: Attributes,
}

/// A span as a backend received it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReceivedSpan {
    /// The span's name.
    pub name: String,
    /// 32 lower-case hexadecimal digits.
    pub trace_id: String,
    /// 16 lower-case hexadecimal digits.
    pub span_id: String,
    /// 16 lower-case hexadecimal digits, empty for a root.
    pub parent_span_id: String,
    /// `INTERNAL`, `CLIENT`, `SERVER`, `PRODUCER` or `CONSUMER`.
    pub kind: String,
    /// Nanoseconds since the Unix epoch.
    pub start: u64,
    /// Nanoseconds since the Unix epoch.
    pub end: u64,
    /// The span's attributes.
    pub attributes: Attributes,
    /// The span's events.
    pub events: Vec<ReceivedEvent>,
    /// The description if the status is an error (it may be empty), `None` if it is not.
    pub error: Option<String>,
    /// Whether the status is explicitly OK.
    pub ok: bool,
    /// The instrumentation scope's name.
    pub scope: String,
    /// The resource's attributes.
    pub resource: Attributes,
}

impl ReceivedSpan {
    /// The text of an attribute, if there is one and it is text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.attributes.get(key).and_then(Value::as_text)
    }

    /// The integer of an attribute, if there is one and it is an integer.
    pub fn int(&self, key: &str) -> Option<i64> {
        match self.attributes.get(key) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        }
    }

    fn decode(span: Span, scope: &str, resource: &Attributes) -> Self {
        let status = span.status.unwrap_or_default();
        Self {
            kind: SpanKind::try_from(span.kind)
                .map(|kind| {
                    kind.as_str_name()
                        .trim_start_matches("SPAN_KIND_")
                        .to_owned()
                })
                .unwrap_or_default(),
            name: span.name,
            trace_id: hex(&span.trace_id),
            span_id: hex(&span.span_id),
            parent_span_id: hex(&span.parent_span_id),
            start: span.start_time_unix_nano,
            end: span.end_time_unix_nano,
            attributes: attributes(span.attributes),
            events: span
                .events
                .into_iter()
                .map(|event| ReceivedEvent {
                    name: event.name,
                    attributes: attributes(event.attributes),
                })
                .collect(),
            ok: status.code == StatusCode::Ok as i32,
            error: (status.code == StatusCode::Error as i32).then_some(status.message),
            scope: scope.to_owned(),
            resource: resource.clone(),
        }
    }
}

fn attributes(pairs: Vec<KeyValue>) -> Attributes {
    let mut attributes = Attributes::new();
    for pair in pairs {
        let value = Value::decode(pair.value.and_then(|value| value.value));
        attributes
            .entry(pair.key)
            .and_modify(|twice| *twice = Value::Other)
            .or_insert(value);
    }
    attributes
}

/// Decodes the body of an OTLP/HTTP request, uncompressed protobuf, into the spans it carries.
///
/// # Errors
///
/// If the bytes are not an `ExportTraceServiceRequest`.
pub fn decode(body: &[u8]) -> Result<Vec<ReceivedSpan>, DecodeError> {
    let request =
        ExportTraceServiceRequest::decode(body).map_err(|error| DecodeError(error.to_string()))?;
    Ok(received(request).collect())
}

/// The spans of a request.
fn received(request: ExportTraceServiceRequest) -> impl Iterator<Item = ReceivedSpan> {
    request.resource_spans.into_iter().flat_map(|group| {
        let resource = attributes(group.resource.unwrap_or_default().attributes);
        group.scope_spans.into_iter().flat_map(move |group| {
            let scope = group.scope.unwrap_or_default().name;
            let resource = resource.clone();
            let spans = group.spans.into_iter();
            spans.map(move |span| ReceivedSpan::decode(span, &scope, &resource))
        })
    })
}

/// The bytes are not an OTLP trace request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an ExportTraceServiceRequest: {0}")]
pub struct DecodeError(String);

/// A destination in memory. Clones share what was received.
#[derive(Clone, Default)]
pub struct InMemory {
    backend: InMemoryBackend,
}

impl InMemory {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// The destination to give to [`TelemetryBuilder`](crate::TelemetryBuilder).
    pub fn destination(&self) -> Destination {
        Destination::in_memory(self.backend.clone())
    }

    /// What was received so far, in the order of arrival. Flush before you look.
    pub fn spans(&self) -> Vec<ReceivedSpan> {
        let requests = self.backend.requests();
        requests.into_iter().flat_map(received).collect()
    }

    /// The one span of this name.
    ///
    /// # Panics
    ///
    /// If there is none, or more than one: a test that goes on would test something else.
    #[track_caller]
    pub fn span(&self, name: &str) -> ReceivedSpan {
        let spans = self.spans();
        let mut found = spans.iter().filter(|span| span.name == name);
        match (found.next(), found.next()) {
            (Some(span), None) => span.clone(),
            (first, _) => {
                let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
                let wrong = if first.is_none() {
                    "no"
                } else {
                    "more than one"
                };
                panic!("{wrong} span {name:?} among {names:?}")
            }
        }
    }

    /// What was received so far with times that are the same in every run: the distinct instants
    /// become whole seconds, in order, from zero.
    pub fn spans_with_ordered_times(&self) -> Vec<ReceivedSpan> {
        let mut spans = self.spans();
        let mut instants: Vec<u64> = spans.iter().flat_map(|s| [s.start, s.end]).collect();
        instants.sort_unstable();
        instants.dedup();
        let order = |instant: u64| {
            let position = instants.partition_point(|&other| other < instant);
            position as u64 * 1_000_000_000
        };
        for span in &mut spans {
            span.start = order(span.start);
            span.end = order(span.end);
        }
        spans.sort_by_key(|span| (span.start, span.end));
        spans
    }

    /// Forgets what was received.
    pub fn clear(&self) {
        self.backend.clear();
    }
}

impl fmt::Debug for InMemory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("InMemory").finish_non_exhaustive()
    }
}

/// Trace and span ids that count up from one, for snapshots. Clones count on together.
#[derive(Clone, Debug, Default)]
pub struct SequentialIds {
    traces: Arc<AtomicU64>,
    spans: Arc<AtomicU64>,
}

impl SequentialIds {
    /// Starts at one.
    pub fn new() -> Self {
        Self::default()
    }
}

impl IdGenerator for SequentialIds {
    fn new_trace_id(&self) -> TraceId {
        let number = self.traces.fetch_add(1, Ordering::Relaxed) + 1;
        TraceId::from_bytes(u128::from(number).to_be_bytes())
    }

    fn new_span_id(&self) -> SpanId {
        let number = self.spans.fetch_add(1, Ordering::Relaxed) + 1;
        SpanId::from_bytes(number.to_be_bytes())
    }
}
