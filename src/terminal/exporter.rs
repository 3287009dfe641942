//! The terminal consumer: from the queue to the tree.

use std::time::Instant;

use super::{Console, Printed};
use crate::export::queue::{InFlight, Item, Items};
use crate::export::report::DropReason;
use crate::export::worker::Consumer;
use crate::pipeline::Pipeline;

/// About what a span that waits for its trace takes in memory, whatever its content.
const BYTES_HELD: usize = 4 << 10;

/// A console, and the pipeline that spans go through before it.
#[derive(Debug)]
pub(crate) struct Terminal {
    pub(crate) console: Console,
    pub(crate) pipeline: Pipeline,
    /// For the spans of traces that are not complete.
    pub(crate) in_flight: Option<InFlight>,
}

impl Consumer for Terminal {
    fn consume(&mut self, items: Items, in_flight: InFlight) {
        match &mut self.in_flight {
            Some(earlier) => earlier.merge(in_flight),
            None => self.in_flight = Some(in_flight),
        }
        for item in items {
            match item {
                Item::Opened { trace_id, span_id } => {
                    let printed = self.console.opened(trace_id, span_id);
                    self.settle(printed);
                }
                Item::Ended(span) => {
                    let mut span = span.into_data();
                    self.pipeline.apply_for_terminal(&mut span);
                    let printed = self.console.ended(&span, Instant::now());
                    self.settle(printed);
                }
                Item::Resource(_) => {}
            }
        }
        let printed = self.console.sweep(Instant::now());
        self.settle(printed);
        self.release();
    }

    fn flush(&mut self) {
        let printed = self.console.drain();
        self.settle(printed);
        self.release();
    }

    fn wake_at(&self) -> Option<Instant> {
        self.console.next_deadline()
    }

    fn finish(self) {}
}

impl Terminal {
    fn settle(&mut self, printed: Printed) {
        let Some(in_flight) = &mut self.in_flight else {
            return;
        };
        if printed.lost > 0 {
            in_flight.failed("standard error could not be written to".into());
            in_flight.dropped(DropReason::Unreachable, printed.lost);
        }
        if printed.written > 0 {
            in_flight.exported(printed.written);
        }
    }

    /// Spans of a trace that is not complete wait, and so does their guard.
    fn release(&mut self) {
        self.in_flight.take_if(|in_flight| in_flight.spans() == 0);
        if let Some(in_flight) = &mut self.in_flight {
            in_flight.set_bytes(in_flight.spans() as usize * BYTES_HELD);
        }
    }
}
