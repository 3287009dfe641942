//! The terminal consumer: from the queue to the tree.

use std::sync::Arc;
use std::time::Instant;

use super::console::{Console, Printed};
use super::dispatcher::Consumer;
use super::queue::{Item, Queue};
use super::report::DropReason;
use crate::functions;

impl Consumer for Console {
    fn consume(&mut self, items: Vec<Item>, queue: &Queue) {
        for item in items {
            match item {
                Item::Opened { trace_id, span_id } => settle(self.opened(trace_id, span_id), queue),
                Item::Ended(span) => {
                    let mut span = Arc::unwrap_or_clone(span);
                    functions::explain(&mut span);
                    functions::consume(&mut span);
                    settle(self.ended(&span, Instant::now()), queue);
                }
                Item::Resource(_) => {}
            }
        }
        settle(self.sweep(Instant::now()), queue);
    }

    fn flush(&mut self, queue: &Queue) {
        settle(self.drain(), queue);
    }

    fn wake_at(&self) -> Option<Instant> {
        self.next_deadline()
    }
}

fn settle(printed: Printed, queue: &Queue) {
    if printed.lost > 0 {
        queue.failed("standard error could not be written to".into());
        queue.dropped(DropReason::Unreachable, printed.lost);
    }
    if printed.written > 0 {
        queue.exported(printed.written);
    }
}
