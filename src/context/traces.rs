//! Attributes of whole traces, by trace id.
//!
//! Contract: applied when a span ends, so that spans which were open already get them too. Not used,
//! it costs one atomic load a span. An entry goes a minute after the trace's local root has ended, an hour
//! after it was last changed, or when room is needed and nothing expires before it. The memory of all
//! entries is bounded, and no operation looks at more than a few of them, however many there are.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanId, TraceContextExt, TraceId};
use opentelemetry::{Array, Context, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::attributes::Attributes;
use super::scope::Current;
use crate::conventions::{CONVERSATION_ID, SESSION_ID, context as names, trace};
use crate::text::attribute_value;

/// Traces with attributes.
const MOST: usize = 10_000;
/// Bytes that their attributes take.
const MOST_BYTES: usize = 16 << 20;
/// Bytes of one trace.
const MOST_BYTES_OF_TRACE: usize = 1 << 20;
const AFTER_ROOT: Duration = Duration::from_secs(60);
const AFTER_CHANGE: Duration = Duration::from_secs(3_600);
/// How many entries that have expired are removed with each operation: more than one can add.
const SWEPT_AT_ONCE: usize = 4;

#[derive(Default)]
pub(crate) struct Traces {
    /// How many entries there are, readable without the lock.
    count: AtomicUsize,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    by_trace: HashMap<TraceId, TraceEntry>,
    /// Who expires when, the first one first.
    by_expiry: BTreeSet<Expiry>,
    bytes: usize,
}

type Expiry = (Instant, [u8; 16]);

struct TraceEntry {
    attributes: Attributes,
    /// The conversation that the trace is about: its session, where nothing else names one.
    conversation: Option<String>,
    prepared: Vec<KeyValue>,
    expires: Instant,
    bytes: usize,
}

/// The attributes of a trace take more memory than one trace may.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

impl Traces {
    /// Sets attributes of a trace, over those that were set before.
    pub(crate) fn set(
        &self,
        id: TraceId,
        attributes: Attributes,
        now: Instant,
    ) -> Result<(), TooLarge> {
        let mut entries = self.lock();
        entries.sweep(now);
        let (attributes, conversation) = match entries.by_trace.get(&id) {
            Some(before) => (
                attributes.over(&before.attributes),
                before.conversation.clone(),
            ),
            None => (attributes, None),
        };
        let entry = TraceEntry::new(attributes, conversation, now + AFTER_CHANGE);
        self.replace(entries, id, entry)
    }

    /// Makes a conversation that began in this context the session of its trace, unless the context names one or
    /// another conversation was there before.
    pub(crate) fn in_conversation(&self, context: &Context, conversation: &str, now: Instant) {
        let id = context.span().span_context().trace_id();
        let scope = context.get::<Current>();
        if id == TraceId::INVALID || scope.is_some_and(|scope| names_session(&scope.0.prepared)) {
            return;
        }
        let mut entries = self.lock();
        entries.sweep(now);
        let attributes = match entries.by_trace.get(&id) {
            Some(before) if before.conversation.is_some() => return,
            Some(before) => before.attributes.clone(),
            None => Attributes::new(),
        };
        let conversation = Some(conversation.to_owned());
        let entry = TraceEntry::new(attributes, conversation, now + AFTER_CHANGE);
        // A trace that is full of attributes has no room for a session either.
        let _ = self.replace(entries, id, entry);
    }

    fn replace(
        &self,
        mut entries: MutexGuard<'_, Entries>,
        id: TraceId,
        entry: TraceEntry,
    ) -> Result<(), TooLarge> {
        if entry.bytes > MOST_BYTES_OF_TRACE {
            return Err(TooLarge);
        }
        entries.remove(id);
        while entries.by_trace.len() >= MOST || entries.bytes + entry.bytes > MOST_BYTES {
            let Some(&(_, first)) = entries.by_expiry.first() else {
                break;
            };
            entries.remove(TraceId::from_bytes(first));
        }
        entries.insert(id, entry);
        self.count.store(entries.by_trace.len(), Ordering::Relaxed);
        Ok(())
    }

    /// Adds the attributes of its trace to a span that has ended.
    pub(crate) fn apply(&self, span: &mut SpanData) {
        if self.count.load(Ordering::Relaxed) == 0 {
            return;
        }
        let now = Instant::now();
        let id = span.span_context.trace_id();
        let mut entries = self.lock();
        if let Some(entry) = entries.by_trace.get(&id) {
            entry.add_to(&mut span.attributes);
            let is_local_root =
                span.parent_span_id == SpanId::INVALID || span.parent_span_is_remote;
            if is_local_root {
                entries.expire_at(id, now + AFTER_ROOT);
            }
        }
        entries.sweep(now);
        self.count.store(entries.by_trace.len(), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the attributes: they name users.
        formatter.debug_struct("Traces").finish_non_exhaustive()
    }
}

impl Entries {
    fn insert(&mut self, id: TraceId, entry: TraceEntry) {
        self.bytes += entry.bytes;
        self.by_expiry.insert((entry.expires, id.to_bytes()));
        self.by_trace.insert(id, entry);
    }

    fn remove(&mut self, id: TraceId) {
        if let Some(entry) = self.by_trace.remove(&id) {
            self.bytes -= entry.bytes;
            self.by_expiry.remove(&(entry.expires, id.to_bytes()));
        }
    }

    fn expire_at(&mut self, id: TraceId, at: Instant) {
        if let Some(entry) = self.by_trace.get_mut(&id) {
            self.by_expiry.remove(&(entry.expires, id.to_bytes()));
            self.by_expiry.insert((at, id.to_bytes()));
            entry.expires = at;
        }
    }

    /// Removes some that have expired.
    fn sweep(&mut self, now: Instant) {
        for _ in 0..SWEPT_AT_ONCE {
            match self.by_expiry.first() {
                Some(&(at, id)) if at <= now => self.remove(TraceId::from_bytes(id)),
                _ => return,
            }
        }
    }
}

impl TraceEntry {
    fn new(attributes: Attributes, conversation: Option<String>, expires: Instant) -> Self {
        let prepared = attributes.prepare();
        let of_prepared = prepared.iter().map(|one| {
            size_of::<KeyValue>() + one.key.as_str().len() + attribute_value::size(&one.value)
        });
        Self {
            // Every text is there twice: in the attributes, and ready for spans.
            bytes: size_of::<Self>()
                + 2 * of_prepared.sum::<usize>()
                + conversation.as_ref().map_or(0, String::len),
            prepared,
            attributes,
            conversation,
            expires,
        }
    }

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
        if let Some(conversation) = &self.conversation
            && !names_session(attributes)
        {
            attributes.push(KeyValue::new(SESSION_ID, conversation.clone()));
        }
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

/// Whether a session is among these attributes, or a conversation of their own, which is one as well.
fn names_session(attributes: &[KeyValue]) -> bool {
    attributes.iter().any(|attribute| {
        let key = attribute.key.as_str();
        let key = key.strip_prefix(names::PREFIX).unwrap_or(key);
        key == SESSION_ID || key == CONVERSATION_ID
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> TraceId {
        TraceId::from_bytes(number.to_be_bytes())
    }

    fn about(bytes: usize) -> Attributes {
        let tags = (0..bytes / 100).map(|number| format!("{number:0100}"));
        tags.fold(Attributes::new(), Attributes::with_tag)
    }

    #[test]
    fn are_bounded_and_the_oldest_goes_first() {
        let traces = Traces::default();
        let start = Instant::now();
        for number in 1..=(MOST as u128 + 5) {
            let later = start + Duration::from_micros(number as u64);
            let set = traces.set(id(number), Attributes::new().with_user("ada"), later);
            assert_eq!(set, Ok(()));
        }
        let entries = traces.lock();
        assert_eq!(entries.by_trace.len(), MOST);
        assert_eq!(entries.by_expiry.len(), MOST);
        assert!(!entries.by_trace.contains_key(&id(5)));
        assert!(entries.by_trace.contains_key(&id(6)));
    }

    #[test]
    fn are_bounded_in_bytes_all_and_each() {
        let traces = Traces::default();
        let start = Instant::now();
        let large = about(34_000);
        for number in 1..=1_000 {
            let later = start + Duration::from_micros(number as u64);
            assert_eq!(traces.set(id(number), large.clone(), later), Ok(()));
        }
        let entries = traces.lock();
        let counted: usize = entries.by_trace.values().map(|entry| entry.bytes).sum();
        assert_eq!(entries.bytes, counted);
        assert!(entries.bytes <= MOST_BYTES && entries.bytes > MOST_BYTES / 2);
        assert!(entries.by_trace.contains_key(&id(1_000)));
        drop(entries);

        assert_eq!(traces.set(id(1_000), about(500_000), start), Err(TooLarge));
        let entries = traces.lock();
        let kept = &entries.by_trace[&id(1_000)];
        assert_eq!(kept.attributes.tags().len(), 340);
    }

    #[test]
    fn expire() {
        let traces = Traces::default();
        let start = Instant::now();
        let user = || Attributes::new().with_user("ada");
        for number in 1..=3 {
            assert_eq!(traces.set(id(number), user(), start), Ok(()));
        }
        assert_eq!(traces.set(id(4), user(), start + AFTER_CHANGE), Ok(()));
        let entries = traces.lock();
        assert!(entries.by_trace.keys().eq([&id(4)]));
        assert_eq!(entries.by_expiry.len(), 1);
    }

    #[test]
    fn cost_the_same_when_there_are_very_many() {
        let start = Instant::now();
        let cost = |traces: &Traces, first: u128| {
            let begun = Instant::now();
            for number in first..first + 5_000 {
                let later = start + Duration::from_micros(number as u64);
                let set = traces.set(id(number), Attributes::new().with_user("ada"), later);
                assert_eq!(set, Ok(()));
            }
            begun.elapsed()
        };
        let traces = Traces::default();
        let empty = cost(&traces, 1);
        cost(&traces, 5_001);
        let full = cost(&traces, 10_001);
        // A look at every entry costs hundreds of times as much.
        assert!(full < empty * 20, "{empty:?}, {full:?}");
    }
}
