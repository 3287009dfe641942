//! Attributes of whole traces, by trace id.
//!
//! Contract: applied when a span ends, so that spans which were open already get them too. Not used,
//! it costs one atomic load a span. Bounded: an entry goes a minute after the trace's local
//! root has ended, an hour after it was last changed, or when it is the oldest of too many.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::attributes::Attributes;
use crate::conventions::{context as names, trace};

const LIMIT: usize = 10_000;
const AFTER_ROOT: Duration = Duration::from_secs(60);
const AFTER_CHANGE: Duration = Duration::from_secs(3_600);
/// How long between two looks for entries that have expired.
const SWEEP: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(crate) struct Traces {
    /// How many entries there are, readable without the lock.
    count: AtomicUsize,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    by_trace: HashMap<TraceId, Entry>,
    swept: Option<Instant>,
}

#[derive(Debug)]
struct Entry {
    attributes: Attributes,
    prepared: Vec<KeyValue>,
    expires: Instant,
}

impl Traces {
    /// Sets attributes of a trace, over those that were set before.
    pub(crate) fn set(&self, id: TraceId, attributes: Attributes, now: Instant) {
        let mut entries = self.lock();
        entries.sweep(now);
        let before = entries.by_trace.remove(&id);
        let attributes = match &before {
            Some(before) => attributes.over(&before.attributes),
            None => attributes,
        };
        if entries.by_trace.len() >= LIMIT {
            let oldest = entries
                .by_trace
                .iter()
                .min_by_key(|(_, entry)| entry.expires);
            if let Some(oldest) = oldest.map(|(id, _)| *id) {
                entries.by_trace.remove(&oldest);
            }
        }
        let entry = Entry {
            prepared: attributes.prepare(),
            attributes,
            expires: now + AFTER_CHANGE,
        };
        entries.by_trace.insert(id, entry);
        self.count.store(entries.by_trace.len(), Ordering::Relaxed);
    }

    /// Adds the attributes of its trace to a span that has ended.
    pub(crate) fn apply(&self, span: &mut SpanData) {
        if self.count.load(Ordering::Relaxed) == 0 {
            return;
        }
        let now = Instant::now();
        let mut entries = self.lock();
        if let Some(entry) = entries.by_trace.get_mut(&span.span_context.trace_id()) {
            entry.add_to(&mut span.attributes);
            let is_local_root =
                span.parent_span_id == SpanId::INVALID || span.parent_span_is_remote;
            if is_local_root {
                entry.expires = now + AFTER_ROOT;
            }
        }
        entries.sweep(now);
        self.count.store(entries.by_trace.len(), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn sweep(&mut self, now: Instant) {
        let due = self
            .swept
            .is_none_or(|swept| now.duration_since(swept) >= SWEEP);
        if due {
            self.swept = Some(now);
            self.by_trace.retain(|_, entry| entry.expires > now);
        }
    }
}

impl Entry {
    /// Behind the attributes of the span's scope, so that these win; tags add up.
    fn add_to(&self, attributes: &mut Vec<KeyValue>) {
        let is_tags = |attribute: &&mut KeyValue| {
            attribute.key.as_str().strip_prefix(names::PREFIX) == Some(trace::TAGS)
        };
        let scope_tags = attributes
            .iter_mut()
            .rev()
            .find(is_tags)
            .map(|tags| tags.value.clone());
        attributes.extend(self.prepared.iter().cloned());
        if let Some(Value::Array(Array::String(mut tags))) = scope_tags
            && let Some(last) = attributes.iter_mut().rev().find(is_tags)
        {
            if let Value::Array(Array::String(own)) = &last.value {
                for tag in own {
                    if !tags.contains(tag) {
                        tags.push(tag.clone());
                    }
                }
            }
            last.value = Value::Array(Array::String(tags));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> TraceId {
        TraceId::from_bytes(number.to_be_bytes())
    }

    #[test]
    fn are_bounded_and_the_oldest_goes_first() {
        let traces = Traces::default();
        let start = Instant::now();
        for number in 1..=(LIMIT as u128 + 5) {
            let later = start + Duration::from_micros(number as u64);
            traces.set(id(number), Attributes::new().with_user("ada"), later);
        }
        let entries = traces.lock();
        assert_eq!(entries.by_trace.len(), LIMIT);
        assert!(!entries.by_trace.contains_key(&id(5)));
        assert!(entries.by_trace.contains_key(&id(6)));
    }

    #[test]
    fn expire() {
        let traces = Traces::default();
        let start = Instant::now();
        traces.set(id(1), Attributes::new().with_user("ada"), start);
        traces.set(id(2), Attributes::new(), start + AFTER_CHANGE + SWEEP);
        assert!(!traces.lock().by_trace.contains_key(&id(1)));
    }
}
