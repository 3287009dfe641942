//! Which tool calls have a span that the program itself made.
//!
//! Contract: the span processor asks at every span that ends, inside the user's code, so it costs one
//! atomic load while no model call is under way and no tool call waits for its result. Otherwise the keys
//! of the span's attributes are compared, and a lock is taken for one look into a small map.
//! Bounded: of too many ids the oldest are forgotten, and their tools get a second span.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::Value;
use opentelemetry::trace::{SpanId, SpanKind, TraceId};
use opentelemetry_sdk::trace::SpanData;

use crate::conventions as names;

/// How many tool calls are remembered.
pub(super) const TOOL_CALLS: usize = 4_096;
/// How long a tool call is remembered.
pub(super) const TOOL_CALL_TIMEOUT: Duration = Duration::from_secs(600);
/// Longer ids of tool calls are ignored.
pub(super) const LONGEST_TOOL_CALL_ID: usize = 512;

/// Ids, and when each was seen.
#[derive(Debug, Default)]
struct SeenIds {
    in_order: VecDeque<(Instant, Arc<str>)>,
    last: HashMap<Arc<str>, Instant>,
}

/// The ids of tool calls on spans that ended lately.
#[derive(Debug, Default)]
pub(crate) struct ToolSpans {
    watches: AtomicUsize,
    ids: Mutex<SeenIds>,
    /// How many watches each trace has, and when the first of them began.
    traces: Mutex<HashMap<TraceId, (usize, SystemTime)>>,
    /// The parents of these open spans are wanted.
    parents: Mutex<HashMap<SpanId, Parent>>,
}

/// The parent of a span, once that has ended.
pub(super) type Parent = Arc<OnceLock<SpanId>>;

/// Spans are looked at as long as one of these exists.
#[derive(Debug)]
pub(crate) struct Watch {
    spans: Arc<ToolSpans>,
    trace: Option<TraceId>,
}

/// What a span that has ended waits for in the recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    Nothing,
    /// The name of its tool: only the call's id is known.
    Name,
    /// The call that it may be the tool of; or it is a root, and such functions come before it.
    Call,
}

impl Watch {
    /// `trace` is that of the spans around the call, and `began` when it began.
    pub(crate) fn new(spans: &Arc<ToolSpans>, trace: Option<TraceId>, began: SystemTime) -> Self {
        if let Some(trace) = trace {
            let mut traces = spans.traces.lock().unwrap_or_else(PoisonError::into_inner);
            let (count, first) = traces.entry(trace).or_insert((0, began));
            *count += 1;
            *first = began.min(*first);
        }
        spans.watches.fetch_add(1, Ordering::Release);
        Self {
            spans: Arc::clone(spans),
            trace,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(trace) = self.trace {
            let traces = &self.spans.traces;
            let mut traces = traces.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((count, _)) = traces.get_mut(&trace) {
                *count -= 1;
                if *count == 0 {
                    traces.remove(&trace);
                }
            }
        }
        self.spans.watches.fetch_sub(1, Ordering::Release);
    }
}

impl ToolSpans {
    /// Looks at a span that has ended.
    pub(crate) fn note(&self, span: &SpanData) -> Waits {
        // What was put into a queue before the last watch was dropped is before this span.
        if self.watches.load(Ordering::Acquire) == 0 {
            return Waits::Nothing;
        }
        let value = |name| {
            let mut attributes = span.attributes.iter().rev();
            attributes.find_map(|one| (one.key.as_str() == name).then_some(&one.value))
        };
        if value(names::observation::DERIVED).is_some() {
            return Waits::Nothing;
        }
        let operation = value(names::OPERATION_NAME).map(Value::as_str);
        let is_tool = operation.as_deref() == Some(names::operation::EXECUTE_TOOL);
        match value(names::TOOL_CALL_ID) {
            Some(Value::String(id)) if id.as_str().len() <= LONGEST_TOOL_CALL_ID => {
                self.note_id(id.as_str(), Instant::now());
                match is_tool && value(names::TOOL_NAME).is_none() {
                    true => Waits::Name,
                    false => Waits::Nothing,
                }
            }
            None if is_tool || operation.is_none() => self.of_trace(span),
            _ => {
                self.note_parent(span);
                Waits::Nothing
            }
        }
    }

    /// Who the parent of a span is that stands for a model call and is still open.
    pub(super) fn parent_of(&self, span: SpanId) -> Parent {
        let mut parents = self.parents.lock().unwrap_or_else(PoisonError::into_inner);
        if parents.len() >= TOOL_CALLS {
            // Spans that never end.
            parents.clear();
        }
        Arc::clone(parents.entry(span).or_default())
    }

    fn note_parent(&self, span: &SpanData) {
        let mut parents = self.parents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(parent) = parents.remove(&span.span_context.span_id()) {
            let _ = parent.set(span.parent_span_id);
        }
    }

    /// Whether a function may be a tool: it began after a call in its trace that is watched. The root of such a
    /// trace comes after whatever waits.
    fn of_trace(&self, span: &SpanData) -> Waits {
        let traces = self.traces.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((_, began)) = traces.get(&span.span_context.trace_id()) else {
            return Waits::Nothing;
        };
        let is_after = span.span_kind == SpanKind::Internal && span.start_time >= *began;
        match is_after || is_local_root(span) {
            true => Waits::Call,
            false => Waits::Nothing,
        }
    }

    /// A span with this id has been found.
    pub(super) fn found(&self, id: &str) {
        self.note_id(id, Instant::now());
    }

    fn note_id(&self, id: &str, now: Instant) {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((at, _)) = ids.in_order.front()
            && (ids.in_order.len() >= TOOL_CALLS
                || now.saturating_duration_since(*at) >= TOOL_CALL_TIMEOUT)
        {
            ids.forget_oldest();
        }
        let id: Arc<str> = id.into();
        ids.in_order.push_back((now, Arc::clone(&id)));
        ids.last.insert(id, now);
    }

    /// Whether a span with this id has ended since then.
    pub(crate) fn has_seen(&self, id: &str, since: Instant) -> bool {
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.last.get(id).is_some_and(|at| *at >= since)
    }
}

impl SeenIds {
    fn forget_oldest(&mut self) {
        if let Some((at, id)) = self.in_order.pop_front()
            && self.last.get(&id) == Some(&at)
        {
            self.last.remove(&id);
        }
    }
}

/// Whether a span is the first of its trace in this process.
pub(super) fn is_local_root(span: &SpanData) -> bool {
    span.parent_span_id == SpanId::INVALID || span.parent_span_is_remote
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_forgotten_from_the_oldest_on() {
        let spans = ToolSpans::default();
        let start = Instant::now();
        for number in 0..TOOL_CALLS + 2 {
            spans.note_id(&format!("call_{number}"), start);
        }
        assert!(!spans.has_seen("call_1", start));
        assert!(spans.has_seen("call_2", start));
        let later = start + TOOL_CALL_TIMEOUT;
        spans.note_id("call_late", later);
        assert!(!spans.has_seen("call_3", start));
        assert!(spans.has_seen("call_late", later));
    }
}
