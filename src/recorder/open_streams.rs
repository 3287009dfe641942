//! Streams that are being read, by trace.
//!
//! Contract: a request that brings the results of tools may be sent by a reader who has seen the end of a
//! stream but has not dropped it. Whatever the streams of its trace have buffered then goes to the recorder
//! first, in the order in which it came. Costs a request one short lock, and nothing waits for a reader.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use opentelemetry::trace::TraceId;

use super::account::CallId;

/// A stream that buffers parts of an answer before it hands them over.
pub(crate) trait OpenStream: Send + Sync {
    /// Hands over everything that is buffered.
    fn hand_over(&self);
}

type OfTrace = Vec<(CallId, Weak<dyn OpenStream>)>;

/// The open streams of one telemetry.
#[derive(Default)]
pub(super) struct OpenStreams(Mutex<HashMap<TraceId, OfTrace>>);

impl OpenStreams {
    fn lock(&self) -> MutexGuard<'_, HashMap<TraceId, OfTrace>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, trace: TraceId, id: CallId, stream: Weak<dyn OpenStream>) {
        self.lock().entry(trace).or_default().push((id, stream));
    }

    pub(super) fn remove(&self, trace: TraceId, id: CallId) {
        let mut streams = self.lock();
        if let Some(of_trace) = streams.get_mut(&trace) {
            of_trace.retain(|(one, _)| *one != id);
            if of_trace.is_empty() {
                streams.remove(&trace);
            }
        }
    }

    /// The streams of this trace that still exist.
    pub(super) fn of(&self, trace: TraceId) -> Vec<Arc<dyn OpenStream>> {
        let streams = self.lock();
        let of_trace = streams.get(&trace).into_iter().flatten();
        of_trace
            .filter_map(|(_, stream)| stream.upgrade())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    impl OpenStream for AtomicU64 {
        fn hand_over(&self) {
            self.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn only_those_of_the_trace_that_are_still_read() {
        let open = OpenStreams::default();
        let [first, second] = [TraceId::from(1), TraceId::from(2)];
        let streams = [1, 2, 3].map(|_| Arc::new(AtomicU64::new(0)));
        let traces = [first, first, second];
        for ((id, trace), stream) in (1..).zip(traces).zip(&streams) {
            let stream = Arc::downgrade(stream);
            open.add(trace, id, stream);
        }
        let handed_over = || {
            open.of(first).iter().for_each(|stream| stream.hand_over());
            streams
                .each_ref()
                .map(|stream| stream.load(Ordering::Relaxed))
        };
        assert_eq!(handed_over(), [1, 1, 0]);
        open.remove(first, 1);
        assert_eq!(handed_over(), [1, 2, 0]);
        drop(streams);
        assert!(open.of(second).is_empty());
        open.remove(second, 0);
    }
}
