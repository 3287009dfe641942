//! The thread of a destination: takes batches from its queue and hands them to a consumer.
//!
//! Contract: the thread outlives any fault of its consumer. A panic in there costs the batch, is
//! counted and reported, and the next batch is tried. Nothing that happens on this thread becomes a
//! span, so a destination never exports its own work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use opentelemetry::Context;

use super::feedback::Feedback;
use super::queue::{InFlight, Items, Queue};
use crate::diagnostics::Diagnostics;

/// What a destination does with its items; called on the destination's own thread only.
pub(crate) trait Consumer: Send {
    /// Takes items, and settles the guard of the spans among them, now or later.
    fn consume(&mut self, items: Items, in_flight: InFlight);

    /// Settles whatever was kept back, as soon as it can.
    fn flush(&mut self);

    /// The end is near: what is not settled by the deadline is lost.
    fn close(&mut self, _deadline: Instant) {}

    /// When [`Consumer::consume`] wants to be called even without items.
    fn wake_at(&self) -> Option<Instant> {
        None
    }

    /// Returns when everything is settled: nothing more will come.
    fn finish(self);
}

/// Starts the thread of a destination. `consumer` is built on it, away from any async context. `feedback` is
/// given if it has masks.
pub(crate) fn start<C: Consumer + 'static>(
    queue: Arc<Queue>,
    feedback: Option<Arc<Feedback>>,
    diagnostics: Diagnostics,
    consumer: impl FnOnce() -> C + Send + 'static,
) {
    let worker = Arc::clone(&queue);
    let started = thread::Builder::new()
        .name("tracing-genai-export".into())
        .spawn(move || {
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            let _finish = Finish(&worker);
            run(&worker, feedback.as_deref(), &diagnostics, consumer());
        });
    if let Err(error) = started {
        queue.failed(format!("no thread could be started: {error}"));
        queue.finish();
    }
}

/// Marks the queue as finished even if the consumer could not be built.
struct Finish<'a>(&'a Arc<Queue>);

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        self.0.finish();
    }
}

fn run(
    queue: &Arc<Queue>,
    feedback: Option<&Feedback>,
    diagnostics: &Diagnostics,
    mut consumer: impl Consumer,
) {
    loop {
        let rest = feedback.and_then(Feedback::rest);
        let taken = queue.take(consumer.wake_at(), rest);
        let masks = feedback.map(|feedback| feedback.run(&taken, queue.newest_start()));
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            if let Some(deadline) = taken.closed {
                consumer.close(deadline);
            }
            // A panic drops the guard, which counts its spans as lost to a fault.
            consumer.consume(taken.items, taken.in_flight);
            if taken.flush {
                consumer.flush();
            }
        }));
        drop(masks);
        if outcome.is_err() {
            queue.failed("a fault in tracing-genai; please report it".into());
        }
        if taken.last {
            // As above.
            let _ = catch_unwind(AssertUnwindSafe(|| consumer.finish()));
            queue.report_losses(diagnostics);
            return;
        }
        queue.report_losses(diagnostics);
    }
}

#[cfg(test)]
mod tests;
