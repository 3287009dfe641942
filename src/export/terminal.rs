//! The terminal consumer: from the queue to the tree.

use std::sync::Arc;
use std::time::Instant;

use super::console::{Console, Printed};
use super::dispatcher::Consumer;
use super::queue::{Item, Queue};
use super::report::DropReason;
use super::shape::Shape;
use crate::functions;

/// A console and the shape in which it gets spans.
#[derive(Debug)]
pub(crate) struct Terminal {
    pub(crate) console: Console,
    pub(crate) shape: Shape,
}

impl Consumer for Terminal {
    fn consume(&mut self, items: Vec<Item>, queue: &Queue) {
        for item in items {
            match item {
                Item::Opened { trace_id, span_id } => {
                    settle(self.console.opened(trace_id, span_id), queue);
                }
                Item::Ended(span) => {
                    let mut span = Arc::unwrap_or_clone(span);
                    functions::explain(&mut span);
                    self.shape.show(&mut span);
                    settle(self.console.ended(&span, Instant::now()), queue);
                }
                Item::Resource(_) => {}
            }
        }
        settle(self.console.sweep(Instant::now()), queue);
    }

    fn flush(&mut self, queue: &Queue) {
        settle(self.console.drain(), queue);
    }

    fn wake_at(&self) -> Option<Instant> {
        self.console.next_deadline()
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
