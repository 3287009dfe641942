//! Spans that have ended and are not exported yet, because what they are about goes on at the server.
//!
//! Contract: a deferred span is exported once, with what was learnt meanwhile, or left as it is. Asking
//! whether a span is deferred costs an atomic load while none is. Bounded by those who defer.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use opentelemetry::trace::Status;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::fan_out::FanOut;
use crate::conventions::DEFERRED;

/// Names a span that is deferred.
pub(crate) type DeferredId = i64;

/// The spans that are deferred.
pub(crate) struct DeferredSpans {
    fan_out: FanOut,
    count: AtomicUsize,
    spans: Mutex<HashMap<DeferredId, Slot>>,
}

/// What was learnt of a span after it had ended.
#[derive(Debug, Default)]
pub(crate) struct Completion {
    /// In place of those of the same name.
    pub(crate) attributes: Vec<KeyValue>,
    pub(crate) status: Option<Status>,
    /// When what it is about has ended.
    pub(crate) end: Option<SystemTime>,
}

enum Slot {
    Expected,
    Arrived(Box<SpanData>),
    /// Everything is known, only the span has not come.
    Completed(Completion),
}

impl DeferredSpans {
    pub(crate) fn new(fan_out: FanOut) -> Self {
        Self {
            fan_out,
            count: AtomicUsize::new(0),
            spans: Mutex::default(),
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut HashMap<DeferredId, Slot>) -> T) -> T {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut spans);
        self.count.store(spans.len(), Ordering::Relaxed);
        result
    }

    /// A span will come that carries this name.
    pub(crate) fn expect(&self, id: DeferredId) {
        self.change(|spans| spans.insert(id, Slot::Expected));
    }

    /// Whether any span is deferred.
    pub(crate) fn are_any(&self) -> bool {
        // Relaxed is enough: a span that is deferred ends after it was expected, on the same thread.
        self.count.load(Ordering::Relaxed) > 0
    }

    /// Keeps a span that is to be deferred; gives back any other.
    pub(crate) fn keep(&self, mut span: SpanData) -> Option<SpanData> {
        let index = span
            .attributes
            .iter()
            .position(|one| one.key.as_str() == DEFERRED);
        let Some(index) = index else {
            return Some(span);
        };
        let attribute = span.attributes.remove(index);
        let Value::I64(id) = attribute.value else {
            return Some(span);
        };
        self.change(|spans| match spans.remove(&id) {
            Some(Slot::Completed(completion)) => {
                completion.apply(&mut span);
                Some(span)
            }
            Some(_) => {
                spans.insert(id, Slot::Arrived(Box::new(span)));
                None
            }
            None => Some(span),
        })
    }

    /// Exports a span with what was learnt.
    pub(crate) fn complete(&self, id: DeferredId, completion: Completion) {
        let span = self.change(|spans| match spans.remove(&id)? {
            Slot::Arrived(mut span) => {
                completion.apply(&mut span);
                Some(span)
            }
            Slot::Expected | Slot::Completed(_) => {
                spans.insert(id, Slot::Completed(completion));
                None
            }
        });
        if let Some(mut span) = span {
            let bytes = self.fan_out.limit(&mut span);
            self.fan_out.push(*span, bytes);
        }
    }
}

impl Completion {
    fn apply(self, span: &mut SpanData) {
        let is_new = |key: &str| self.attributes.iter().any(|one| one.key.as_str() == key);
        span.attributes.retain(|one| !is_new(one.key.as_str()));
        span.attributes.extend(self.attributes);
        if let Some(status) = self.status {
            span.status = status;
        }
        if let Some(end) = self.end {
            span.end_time = span.end_time.max(end);
        }
    }
}

impl fmt::Debug for DeferredSpans {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the spans: they hold what users and models wrote.
        formatter
            .debug_struct("DeferredSpans")
            .finish_non_exhaustive()
    }
}
