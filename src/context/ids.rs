//! Ids: of the current span, of a trace made from a seed, of a parent in another process.

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::trace::IdGenerator;
use sha2::{Digest, Sha256};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::scope::{RootTraceId, Scope};
use crate::span::{current_span, thread_is_ending, with_active_context};

/// An error from an id or `traceparent` that is not valid.
///
/// # Examples
///
/// ```
/// use tracing_genai::context::{self, IdError};
///
/// let error = context::remote_parent("zz").unwrap_err();
/// assert_eq!(error, IdError::Traceparent("zz".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Not a trace id.
    #[error("`{0}` is not a trace id: expected 32 lower-case hexadecimal digits, not all zero")]
    TraceId(String),
    /// Not a span id.
    #[error("`{0}` is not a span id: expected 16 lower-case hexadecimal digits, not all zero")]
    SpanId(String),
    /// Not a W3C `traceparent`.
    #[error("`{0}` is not a traceparent: expected `00-<trace id>-<span id>-<flags>`")]
    Traceparent(String),
}

/// Returns the trace id of the current span, 32 hexadecimal digits; `None` outside of any span.
pub fn current_trace_id() -> Option<String> {
    current_span_context().map(|span| span.trace_id().to_string())
}

/// Returns the id of the current span, 16 hexadecimal digits; `None` outside of any span.
pub fn current_span_id() -> Option<String> {
    current_span_context().map(|span| span.span_id().to_string())
}

pub(crate) fn current_span_context() -> Option<SpanContext> {
    if thread_is_ending() {
        return None;
    }
    // A span that has not been entered yet gets its ids by being asked for them.
    let context = current_span().context();
    let span = context.span().span_context().clone();
    if span.is_valid() {
        return Some(span);
    }
    let span = with_active_context(|context| context.span().span_context().clone())?;
    span.is_valid().then_some(span)
}

/// Returns the trace id that belongs to a seed, such as the id of an order: 32 hexadecimal digits, the
/// same in every process and in Langfuse's SDKs (the first half of the seed's SHA-256).
///
/// # Examples
///
/// ```
/// use tracing_genai::context;
///
/// assert_eq!(context::trace_id_of("order-1"), "0bafe22156d2698c143b86040446d366");
/// ```
pub fn trace_id_of(seed: &str) -> String {
    seeded(seed).to_string()
}

fn seeded(seed: &str) -> TraceId {
    let digest = Sha256::digest(seed.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    TraceId::from_bytes(bytes)
}

/// Returns a scope in which a root span gets the trace id of a seed.
///
/// The root has no parent, so it is a root for every backend. Several roots inside belong to the same
/// trace. Works with telemetries of this crate; a tracer provider of your own makes its own ids.
///
/// # Examples
///
/// ```
/// use tracing_genai::context;
///
/// context::seeded_trace("order-1").in_scope(|| { /* a root in here has that trace id */ });
/// ```
pub fn seeded_trace(seed: &str) -> Scope {
    Scope::of_root(seeded(seed))
}

/// Returns a scope whose spans continue a trace that began elsewhere, by a W3C `traceparent` header.
///
/// # Errors
///
/// If the text is not a valid `traceparent`.
///
/// # Examples
///
/// ```
/// use tracing_genai::context;
///
/// let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// context::remote_parent(header)?.in_scope(|| { /* spans in here have that parent */ });
/// # Ok::<(), context::IdError>(())
/// ```
pub fn remote_parent(traceparent: &str) -> Result<Scope, IdError> {
    let (trace, span, flags) = parts_of(traceparent)?;
    Ok(of_remote(trace, span, flags))
}

/// The span of this process that a `traceparent` names.
pub(crate) fn from_traceparent(traceparent: &str) -> Option<SpanContext> {
    let (trace, span, flags) = parts_of(traceparent).ok()?;
    let state = TraceState::default();
    Some(SpanContext::new(trace, span, flags, false, state))
}

fn parts_of(traceparent: &str) -> Result<(TraceId, SpanId, TraceFlags), IdError> {
    let error = || IdError::Traceparent(traceparent.to_owned());
    let mut parts = traceparent.trim().split('-');
    let (version, trace, span, flags) =
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(version), Some(trace), Some(span), Some(flags)) => (version, trace, span, flags),
            _ => return Err(error()),
        };
    let is_known = version.len() == 2 && version != "ff" && is_hex(version);
    // Later versions may have more fields, the first has not.
    let is_complete = version != "00" || parts.next().is_none();
    let flags = u8::from_str_radix(flags, 16)
        .ok()
        .filter(|_| flags.len() == 2 && is_hex(flags));
    let Some(flags) = flags.filter(|_| is_known && is_complete) else {
        return Err(error());
    };
    let trace = trace_id(trace).map_err(|_| error())?;
    let span = span_id(span).map_err(|_| error())?;
    Ok((trace, span, TraceFlags::new(flags) & TraceFlags::SAMPLED))
}

/// Like [`remote_parent`], by the ids; the trace counts as sampled.
///
/// # Errors
///
/// If one of them is not a valid id.
pub fn remote_parent_ids(trace: &str, span: &str) -> Result<Scope, IdError> {
    Ok(of_remote(
        trace_id(trace)?,
        span_id(span)?,
        TraceFlags::SAMPLED,
    ))
}

fn of_remote(trace: TraceId, span: SpanId, flags: TraceFlags) -> Scope {
    Scope::of_parent(SpanContext::new(
        trace,
        span,
        flags,
        true,
        TraceState::default(),
    ))
}

fn trace_id(text: &str) -> Result<TraceId, IdError> {
    let id = TraceId::from_hex(text).ok();
    id.filter(|id| *id != TraceId::INVALID && text.len() == 32 && is_hex(text))
        .ok_or_else(|| IdError::TraceId(text.to_owned()))
}

fn span_id(text: &str) -> Result<SpanId, IdError> {
    let id = SpanId::from_hex(text).ok();
    id.filter(|id| *id != SpanId::INVALID && text.len() == 16 && is_hex(text))
        .ok_or_else(|| IdError::SpanId(text.to_owned()))
}

fn is_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Returns the current span as a W3C `traceparent`, for a request to another service; `None` outside of any
/// span.
pub fn traceparent() -> Option<String> {
    current_span_context().map(|span| as_traceparent(&span))
}

/// A span as a W3C `traceparent`, with no flag but the one for sampling.
pub(crate) fn as_traceparent(span: &SpanContext) -> String {
    format!(
        "00-{}-{}-{:02x}",
        span.trace_id(),
        span.span_id(),
        (span.trace_flags() & TraceFlags::SAMPLED).to_u8()
    )
}

/// Ids of another generator, except for a root in a [`seeded_trace`].
#[derive(Debug)]
pub(crate) struct SeededIds<G>(pub(crate) G);

impl<G: IdGenerator> IdGenerator for SeededIds<G> {
    fn new_trace_id(&self) -> TraceId {
        let seeded = with_active_context(|context| context.get::<RootTraceId>().copied()).flatten();
        seeded.map_or_else(|| self.0.new_trace_id(), |seeded| seeded.0)
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}
