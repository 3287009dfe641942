//! Streams that somebody reads, by trace.
//!
//! Contract: a request that brings the results of tools may be sent by a reader who has seen the end of a
//! stream and has not let go of it. What is held of the streams of its trace then goes to the recorder
//! first, in the order in which it came. Costs a request one short lock, and nothing waits for a reader.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use opentelemetry::trace::TraceId;

/// The streams of one telemetry.
#[derive(Debug)]
pub(crate) struct OpenStreams<T>(Mutex<HashMap<TraceId, Vec<Weak<T>>>>);

impl<T> Default for OpenStreams<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> OpenStreams<T> {
    fn lock(&self) -> MutexGuard<'_, HashMap<TraceId, Vec<Weak<T>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, trace: TraceId, stream: &Arc<T>) {
        let mut streams = self.lock();
        streams
            .entry(trace)
            .or_default()
            .push(Arc::downgrade(stream));
    }

    /// Takes out a stream by its address: it may be on its way to be dropped.
    pub(crate) fn remove(&self, trace: TraceId, stream: *const T) {
        let mut streams = self.lock();
        if let Some(of_trace) = streams.get_mut(&trace) {
            of_trace.retain(|one| one.as_ptr() != stream);
            if of_trace.is_empty() {
                streams.remove(&trace);
            }
        }
    }

    /// Those of a trace.
    pub(crate) fn of(&self, trace: TraceId) -> Vec<Arc<T>> {
        let streams = self.lock();
        let of_trace = streams.get(&trace).into_iter().flatten();
        of_trace.filter_map(Weak::upgrade).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_of_the_trace_that_are_still_read() {
        let open = OpenStreams::default();
        let [first, second] = [TraceId::from(1), TraceId::from(2)];
        let [one, two, three] = [1, 2, 3].map(Arc::new);
        open.add(first, &one);
        open.add(first, &two);
        open.add(second, &three);
        assert_eq!(open.of(first), [Arc::clone(&one), Arc::clone(&two)]);
        open.remove(first, Arc::as_ptr(&one));
        assert_eq!(open.of(first), [two]);
        drop(three);
        assert!(open.of(second).is_empty());
        open.remove(second, std::ptr::null());
    }
}
