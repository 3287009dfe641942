//! The items that wait in a queue, in segments.
//!
//! Contract: an item is moved once when it is put in and once when it is consumed, so it needs no allocation of its
//! own; the worker takes whole segments, so that taking costs the lock a few pointers. What is not used is given
//! back to the allocator with its segment.

use std::collections::VecDeque;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::Resource;

use super::Limits;
use crate::export::queued_span::QueuedSpan;

/// A batch is taken as about so many segments.
const SEGMENTS_OF_BATCH: usize = 16;

/// What travels from the processor to a destination's thread.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all items are spans that have ended"
)]
pub(crate) enum Item {
    /// A span has started; only for destinations that want to know.
    Opened { trace_id: TraceId, span_id: SpanId },
    /// A span has ended.
    Ended(QueuedSpan),
    /// The provider's resource.
    Resource(Resource),
}

/// Items in the order in which they were put in.
#[derive(Debug, Default)]
pub(crate) struct Items {
    segments: Vec<Vec<Item>>,
}

impl Items {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Item> {
        self.segments.iter().flatten()
    }

    pub(crate) fn len(&self) -> usize {
        self.segments.iter().map(Vec::len).sum()
    }
}

impl IntoIterator for Items {
    type Item = Item;
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Vec<Item>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.segments.into_iter().flatten()
    }
}

impl From<Vec<Item>> for Items {
    fn from(items: Vec<Item>) -> Self {
        Self {
            segments: vec![items],
        }
    }
}

/// What was taken: items, the spans among them, and their bytes.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) items: Items,
    pub(super) spans: usize,
    pub(super) bytes: usize,
}

#[derive(Debug, Default)]
struct Segment {
    items: Vec<Item>,
    spans: usize,
    bytes: usize,
}

/// The items that wait.
#[derive(Debug, Default)]
pub(super) struct ItemBuffer {
    segments: VecDeque<Segment>,
    items: usize,
    spans: usize,
    bytes: usize,
}

impl ItemBuffer {
    pub(super) fn len(&self) -> usize {
        self.items
    }

    /// Spans among the items.
    pub(super) fn spans(&self) -> usize {
        self.spans
    }

    /// Bytes of the items.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, item: Item, bytes: usize, limits: &Limits) {
        let is_span = usize::from(matches!(item, Item::Ended(_)));
        let most_items = limits.batch_spans.div_ceil(SEGMENTS_OF_BATCH);
        let most_bytes = limits.batch_bytes / SEGMENTS_OF_BATCH;
        let has_room =
            |last: &&mut Segment| last.items.len() < most_items && last.bytes < most_bytes;
        if self.segments.back_mut().filter(has_room).is_none() {
            self.segments.push_back(Segment {
                items: Vec::with_capacity(most_items),
                ..Segment::default()
            });
        }
        if let Some(last) = self.segments.back_mut() {
            last.items.push(item);
            last.spans += is_span;
            last.bytes += bytes;
        }
        self.items += 1;
        self.spans += is_span;
        self.bytes += bytes;
    }

    /// Takes items until there is a batch of them.
    pub(super) fn take(&mut self, limits: &Limits) -> Batch {
        let mut batch = Batch::default();
        while batch.spans < limits.batch_spans && batch.bytes < limits.batch_bytes {
            let Some(segment) = self.segments.pop_front() else {
                break;
            };
            self.items -= segment.items.len();
            self.spans -= segment.spans;
            self.bytes -= segment.bytes;
            batch.spans += segment.spans;
            batch.bytes += segment.bytes;
            batch.items.segments.push(segment.items);
        }
        batch
    }

    /// The items, the newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Item> {
        let segments = self.segments.iter().rev();
        segments.flat_map(|segment| segment.items.iter().rev())
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::export::sample::span;

    fn opened(number: u64) -> Item {
        Item::Opened {
            trace_id: TraceId::INVALID,
            span_id: SpanId::from(number),
        }
    }

    fn number(item: &Item) -> Option<u64> {
        match item {
            Item::Opened { span_id, .. } => Some(u64::from_be_bytes(span_id.to_bytes())),
            Item::Ended(_) | Item::Resource(_) => None,
        }
    }

    proptest! {
        #[test]
        fn items_come_out_in_order_in_batches_that_are_full_and_counted(
            batch_spans in 1_usize..40,
            batch_bytes in 1_usize..2_000,
            put in prop::collection::vec((any::<bool>(), 0_usize..300), 0..200),
        ) {
            let limits = Limits { batch_spans, batch_bytes, ..Limits::default() };
            let mut buffer = ItemBuffer::default();
            for (number, (is_span, bytes)) in put.iter().enumerate() {
                let item = match is_span {
                    true => Item::Ended(span()),
                    false => opened(number as u64),
                };
                buffer.push(item, *bytes, &limits);
            }
            let spans = put.iter().filter(|(is_span, _)| *is_span).count();
            let bytes: usize = put.iter().map(|(_, bytes)| bytes).sum();
            prop_assert_eq!((buffer.len(), buffer.spans(), buffer.bytes()), (put.len(), spans, bytes));
            prop_assert_eq!(buffer.newest().count(), put.len());

            let mut taken = Vec::new();
            while buffer.len() > 0 {
                let batch = buffer.take(&limits);
                prop_assert!(batch.items.len() > 0);
                let is_full = batch.spans >= batch_spans || batch.bytes >= batch_bytes;
                prop_assert!(is_full || buffer.len() == 0);
                // At most one segment more than asked for.
                prop_assert!(batch.spans < batch_spans + batch_spans.div_ceil(SEGMENTS_OF_BATCH));
                prop_assert!(batch.bytes < batch_bytes + batch_bytes / SEGMENTS_OF_BATCH + 300);
                taken.extend(batch.items);
            }
            prop_assert_eq!((buffer.spans(), buffer.bytes()), (0, 0));
            let expected: Vec<_> = put
                .iter()
                .enumerate()
                .map(|(number, (is_span, _))| (!is_span).then_some(number as u64))
                .collect();
            prop_assert_eq!(taken.iter().map(number).collect::<Vec<_>>(), expected);
        }
    }
}
