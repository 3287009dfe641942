//! The thread that puts requests on disk while memory runs short.
//!
//! Contract: whoever hands over a request goes on at once. What waits counts in the queue's memory until it is
//! on disk, so it is bounded, and spans are lost only if the disk takes less than they are. The slower the
//! disk, the more requests wait, and the more of them become one file. They are compressed here, beside
//! mapping and encoding, and not at all while that would take too long. What the disk does not take goes to
//! the sender.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use opentelemetry::Context;

use super::queue::{InFlight, Queue};
use super::report::DropReason;
use super::scheduler::History;
use super::sender::{Batch, Command, Commands};
use super::spool::Spool;
use crate::otlp::encoded::{Compression, Encoded};
use crate::otlp::split::LARGEST;

/// A file holds no more spans than this, unless they come in one request: a backend has to take them at once.
const MOST_SPANS: u64 = 4_096;
/// A file holds no more bytes than this before compression, unless they come in one request.
const MOST_BYTES: usize = 8 << 20;
/// If more than this part of the queue's memory is neither encoded nor on disk, nothing is compressed.
const HURRY: usize = 8;
/// So many files are written before their names are on the disk for certain, unless nothing more waits.
const UNSYNCED: u32 = 8;

/// A request that is not compressed, and the guard of its spans.
#[derive(Debug)]
pub(crate) struct PlainBatch {
    pub(crate) message: Vec<u8>,
    pub(crate) in_flight: InFlight,
}

impl PlainBatch {
    pub(crate) fn compress(self, compression: Compression) -> Batch {
        let spans = self.in_flight.spans();
        let mut in_flight = self.in_flight;
        let encoded = Encoded::from_plain(&self.message, compression, spans);
        in_flight.set_bytes(encoded.body.len());
        Batch::new(encoded, in_flight)
    }
}

/// What the thread works with.
pub(crate) struct SpillSetup {
    pub(crate) spool: Arc<Spool>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) compression: Compression,
    pub(crate) sender: Commands,
}

/// The way to the thread.
pub(crate) struct Spill {
    batches: Sender<PlainBatch>,
    /// Bytes in the channel.
    waiting: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

impl Spill {
    /// `None` if the system gives no thread.
    pub(crate) fn start(setup: SpillSetup) -> Option<Self> {
        let (batches, inbox) = mpsc::channel();
        let waiting = Arc::<AtomicUsize>::default();
        let shared = Arc::clone(&waiting);
        let thread = thread::Builder::new()
            .name("tracing-genai-spool".into())
            .spawn(move || {
                let _suppressed = Context::enter_telemetry_suppressed_scope();
                Writer::new(setup, shared).run(&inbox);
            });
        thread.ok().map(|thread| Self {
            batches,
            waiting,
            thread,
        })
    }

    /// Hands a request over; it is given back if the thread has ended.
    pub(crate) fn send(&self, batch: PlainBatch) -> Result<(), PlainBatch> {
        self.waiting
            .fetch_add(batch.message.len(), Ordering::Relaxed);
        self.batches.send(batch).map_err(|unsent| unsent.0)
    }

    /// Waits until everything is on disk, or with the sender.
    pub(crate) fn finish(self) {
        drop(self.batches);
        // A thread that has panicked has dropped its guards.
        let _ = self.thread.join();
    }
}

struct Writer {
    setup: SpillSetup,
    waiting: Arc<AtomicUsize>,
    /// How much smaller requests become by compression, as far as that is known.
    ratio: f64,
    unsynced: u32,
}

impl Writer {
    fn new(setup: SpillSetup, waiting: Arc<AtomicUsize>) -> Self {
        Self {
            setup,
            waiting,
            ratio: 1.0,
            unsynced: 0,
        }
    }

    fn run(&mut self, inbox: &Receiver<PlainBatch>) {
        let mut next = inbox.recv().ok();
        while let Some(first) = next {
            let compression = self.compression();
            let joined;
            (joined, next) = self.join(first, compression, inbox);
            self.waiting
                .fetch_sub(joined.message.len(), Ordering::Relaxed);
            self.save(joined, compression);
            if next.is_none() || self.unsynced >= UNSYNCED {
                self.setup.spool.sync();
                self.unsynced = 0;
            }
            next = next.or_else(|| inbox.recv().ok());
        }
    }

    /// How to compress, if there is time for that.
    fn compression(&self) -> Compression {
        let queue = &self.setup.queue;
        let waiting = queue.waiting_bytes() + self.waiting.load(Ordering::Relaxed);
        match waiting > queue.capacity_in_bytes() / HURRY {
            true => Compression::None,
            false => self.setup.compression,
        }
    }

    /// One request of all that wait, as far as they fit, and the first that does not. Messages of OTLP are
    /// lists: several, one after the other, are one.
    fn join(
        &self,
        mut first: PlainBatch,
        compression: Compression,
        inbox: &Receiver<PlainBatch>,
    ) -> (PlainBatch, Option<PlainBatch>) {
        let most = match compression {
            Compression::None => LARGEST,
            Compression::Gzip => MOST_BYTES.min((LARGEST as f64 / self.ratio) as usize),
        };
        while let Ok(next) = inbox.try_recv() {
            let bytes = first.message.len() + next.message.len();
            let spans = first.in_flight.spans() + next.in_flight.spans();
            if bytes > most || spans > MOST_SPANS {
                return (first, Some(next));
            }
            first.message.extend_from_slice(&next.message);
            first.in_flight.merge(next.in_flight);
        }
        (first, None)
    }

    fn save(&mut self, joined: PlainBatch, compression: Compression) {
        if self.setup.queue.is_abandoned() {
            let mut in_flight = joined.in_flight;
            return in_flight.dropped(DropReason::Deadline, in_flight.spans());
        }
        let plain = joined.message.len().max(1);
        let Batch {
            encoded, in_flight, ..
        } = joined.compress(compression);
        if encoded.compression != Compression::None {
            // A little more than it was, as the next may not compress as well.
            let ratio = 1.25 * encoded.body.len() as f64 / plain as f64;
            self.ratio = ratio.clamp(0.01, 1.0);
        }
        let kept = self
            .setup
            .spool
            .put(&encoded, in_flight, History::default());
        if let Err((_, in_flight)) = kept {
            let batch = Batch::new(encoded, in_flight);
            self.setup.sender.send(Command::Deliver(batch));
        }
        self.unsynced += 1;
    }
}

#[cfg(test)]
mod tests;
