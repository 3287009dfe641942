//! Which tool calls have a span that the program itself made.
//!
//! Contract: the span processor asks at every span that ends, inside the user's code, so it costs one
//! atomic load while no model call is under way and no tool call waits for its result. Otherwise the keys
//! of the span's attributes are compared, and only a span with the id of a tool call takes the lock.
//! Bounded: of too many ids the oldest are forgotten, and their tools get a second span.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;

use crate::conventions as names;

/// How many tool calls are remembered.
pub(super) const TOOL_CALLS: usize = 4_096;
/// How long a tool call is remembered.
pub(super) const TOOL_CALL_TIMEOUT: Duration = Duration::from_secs(600);
/// Longer ids of tool calls are ignored.
pub(super) const LONGEST_TOOL_CALL_ID: usize = 512;

/// The ids of tool calls on spans that ended lately.
#[derive(Debug, Default)]
pub(crate) struct ToolSpans {
    watches: AtomicUsize,
    ids: Mutex<VecDeque<(Instant, String)>>,
}

/// Spans are looked at as long as one of these exists.
#[derive(Debug)]
pub(crate) struct Watch(Arc<ToolSpans>);

impl Watch {
    pub(crate) fn new(spans: &Arc<ToolSpans>) -> Self {
        spans.watches.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(spans))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.watches.fetch_sub(1, Ordering::Relaxed);
    }
}

impl ToolSpans {
    /// Looks at a span that has ended. Returns whether it is a tool's of which only the call's id is known.
    pub(crate) fn note(&self, span: &SpanData) -> bool {
        // Relaxed is enough: what orders the model's answer before the user's span orders this too.
        if self.watches.load(Ordering::Relaxed) == 0 {
            return false;
        }
        let value = |name| {
            let mut attributes = span.attributes.iter().rev();
            attributes.find_map(|one| (one.key.as_str() == name).then_some(&one.value))
        };
        if let Some(Value::String(id)) = value(names::TOOL_CALL_ID)
            && id.as_str().len() <= LONGEST_TOOL_CALL_ID
            && value(names::observation::DERIVED).is_none()
        {
            self.note_id(id.as_str(), Instant::now());
            let operation = value(names::OPERATION_NAME).map(Value::as_str);
            operation.as_deref() == Some(names::operation::EXECUTE_TOOL)
                && value(names::TOOL_NAME).is_none()
        } else {
            false
        }
    }

    fn note_id(&self, id: &str, now: Instant) {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((at, _)) = ids.front()
            && (ids.len() >= TOOL_CALLS || now.saturating_duration_since(*at) >= TOOL_CALL_TIMEOUT)
        {
            ids.pop_front();
        }
        ids.push_back((now, id.to_owned()));
    }

    /// Whether a span with this id has ended since then.
    pub(crate) fn has_seen(&self, id: &str, since: Instant) -> bool {
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lately = ids.iter().rev().take_while(|(at, _)| *at >= since);
        lately.any(|(_, seen)| seen == id)
    }
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
