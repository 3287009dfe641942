//! Span ids that grow within a process.
//!
//! Langfuse keeps milliseconds, and orders what began within one by its id. So that steps stand in their order
//! there, each id is larger than the one before. The steps from one to the next are random, like the first id:
//! ids of two processes meet as rarely as those of two random generators. After four billion spans or so they
//! begin anew.

use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

/// The largest step: 2^32 of them fit into an id.
const MAX_STEP: u64 = 1 << 32;

/// Random trace ids, and span ids that grow.
#[derive(Debug)]
pub(crate) struct GrowingIds {
    random: RandomIdGenerator,
    last: AtomicU64,
}

impl Default for GrowingIds {
    fn default() -> Self {
        let random = RandomIdGenerator::default();
        // The lower half leaves room to grow.
        let first = random_number(&random) >> 1;
        Self {
            last: AtomicU64::new(first),
            random,
        }
    }
}

fn random_number(random: &RandomIdGenerator) -> u64 {
    u64::from_be_bytes(random.new_span_id().to_bytes())
}

impl IdGenerator for GrowingIds {
    fn new_trace_id(&self) -> TraceId {
        self.random.new_trace_id()
    }

    fn new_span_id(&self) -> SpanId {
        let step = random_number(&self.random) % MAX_STEP + 1;
        let id = self
            .last
            .fetch_add(step, Ordering::Relaxed)
            .wrapping_add(step);
        match SpanId::from(id) {
            SpanId::INVALID => self.new_span_id(),
            id => id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_ids_grow_and_two_generators_do_not_meet() {
        let ids = || {
            let ids = GrowingIds::default();
            (0..1_000)
                .map(|_| ids.new_span_id().to_bytes())
                .collect::<Vec<_>>()
        };
        let (one, other) = (ids(), ids());
        assert!(one.is_sorted_by(|before, after| before < after));
        assert!(one.iter().all(|id| !other.contains(id)));
    }

    #[test]
    fn an_id_is_never_zero() {
        let ids = GrowingIds {
            last: AtomicU64::new(u64::MAX),
            ..GrowingIds::default()
        };
        for _ in 0..10 {
            assert_ne!(ids.new_span_id(), SpanId::INVALID);
        }
    }
}
