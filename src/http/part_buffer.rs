//! Parts of a body that wait to be handed over to the recorder.
//!
//! Contract: parts are handed over in batches, in their order, as long as the recorder accepts them. If it
//! does not, the body goes on and only its end is kept, [`BATCH`] bytes and one part at most: token counts
//! are at the end. Parts are shared, never copied, and never looked at. Pure: time, memory and the recorder
//! are the caller's.

use std::mem;
use std::time::Instant;

use bytes::Bytes;

use crate::recorder::{Parts, Rest};

/// How many bytes are handed over at once, and kept of a body that cannot be handed over.
pub(super) const BATCH: usize = 64 << 10;
/// What a part costs beside its bytes.
const ENTRY: usize = 64;

/// A buffer of parts.
#[derive(Debug, Default)]
pub(super) struct PartBuffer {
    parts: Parts,
    cost: usize,
    has_lost: bool,
    /// Whether every part is handed over when it comes.
    is_unbuffered: bool,
}

fn cost(part: &Bytes) -> usize {
    part.len() + ENTRY
}

impl PartBuffer {
    /// For a body that the recorder has to know of while it is being read.
    pub(super) fn unbuffered() -> Self {
        Self {
            is_unbuffered: true,
            ..Self::default()
        }
    }

    /// Adds a part. Returns a batch if there is one to hand over, with what `reserve` returned for it.
    pub(super) fn push<W>(
        &mut self,
        part: &Bytes,
        at: Instant,
        reserve: impl FnOnce(usize) -> Option<W>,
    ) -> Option<(Parts, W)> {
        self.cost += cost(part);
        self.parts.push_back((part.clone(), at));
        if self.cost < BATCH && !self.is_unbuffered {
            return None;
        }
        if let Some(handed) = self.hand_over(reserve) {
            return Some(handed);
        }
        while let Some((first, _)) = self.parts.front()
            && self.cost - cost(first) >= BATCH
        {
            self.cost -= cost(first);
            self.parts.pop_front();
            self.has_lost = true;
        }
        None
    }

    /// Takes everything out, if it may be handed over.
    pub(super) fn hand_over<W>(
        &mut self,
        reserve: impl FnOnce(usize) -> Option<W>,
    ) -> Option<(Parts, W)> {
        if self.has_lost || self.parts.is_empty() {
            return None;
        }
        let waiting = reserve(self.cost)?;
        self.cost = 0;
        // The next batch is about as long.
        let next = match self.is_unbuffered {
            true => Parts::new(),
            false => Parts::with_capacity(self.parts.len()),
        };
        Some((mem::replace(&mut self.parts, next), waiting))
    }

    /// What is left when the body ends, and what it costs.
    pub(super) fn finish(self) -> (Rest, usize) {
        let rest = Rest {
            parts: self.parts,
            is_tail: self.has_lost,
        };
        (rest, self.cost)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;
    use crate::recorder::{Account, SHARE, Totals, Waiting};

    /// A body with a recorder that reads what a test lets it read.
    struct Body {
        buffer: PartBuffer,
        account: std::sync::Arc<Account>,
        queue: VecDeque<(Parts, Waiting)>,
        read: Vec<u8>,
    }

    impl Body {
        fn new() -> Self {
            Self {
                buffer: PartBuffer::default(),
                account: Account::new(&std::sync::Arc::new(Totals::default())),
                queue: VecDeque::new(),
                read: Vec::new(),
            }
        }

        fn push(&mut self, part: &Bytes) {
            let reserve = |bytes| self.account.reserve(bytes);
            let handed = self.buffer.push(part, Instant::now(), reserve);
            self.queue.extend(handed);
        }

        fn read_one(&mut self) {
            if let Some((parts, _waiting)) = self.queue.pop_front() {
                for (part, _) in parts {
                    self.read.extend_from_slice(&part);
                }
            }
        }

        /// What the call keeps from being freed.
        fn kept(&self) -> usize {
            let parts = self.queue.iter().flat_map(|(parts, _)| parts);
            let bytes = parts.chain(&self.buffer.parts).map(|(part, _)| part.len());
            bytes.sum()
        }
    }

    /// The same bytes every time, different ones in every place.
    fn bytes(length: usize) -> Bytes {
        let number = |place: usize| (place as u32).wrapping_mul(2_654_435_761).to_le_bytes()[3];
        (0..length).map(number).collect::<Vec<u8>>().into()
    }

    #[test]
    fn a_stalled_recorder_keeps_no_more_than_the_share_of_a_call() {
        let answer = bytes(50_000_000);
        for length in [1_000, 8_192, 400_000] {
            let mut body = Body::new();
            let mut most = 0;
            for start in (0..answer.len()).step_by(length) {
                body.push(&answer.slice(start..answer.len().min(start + length)));
                assert!(body.account.waiting() <= SHARE);
                most = most.max(body.kept());
            }
            assert!(most <= SHARE + BATCH + length, "{most} by {length}");
            let (rest, cost) = body.buffer.finish();
            assert!(rest.is_tail && cost <= BATCH + length + ENTRY);
            let tail: Vec<u8> = rest
                .parts
                .iter()
                .flat_map(|(part, _)| part.clone())
                .collect();
            assert!(tail.len() >= BATCH * 9 / 10 && answer.ends_with(&tail));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn whatever_is_read_when_nothing_comes_twice_or_in_another_order(
            steps in prop::collection::vec((1..200_000_usize, 0..3_usize), 1..60),
        ) {
            let answer = bytes(steps.iter().map(|(length, _)| length).sum());
            let (mut body, mut start) = (Body::new(), 0);
            for (length, reads) in steps {
                body.push(&answer.slice(start..start + length));
                start += length;
                prop_assert!(body.kept() <= SHARE + BATCH + 2 * 200_000);
                (0..reads).for_each(|_| body.read_one());
            }
            while !body.queue.is_empty() {
                body.read_one();
            }
            prop_assert!(answer.starts_with(&body.read));
            prop_assert_eq!(body.account.waiting(), 0);
            let (rest, _) = body.buffer.finish();
            let tail: Vec<u8> = rest.parts.iter().flat_map(|(part, _)| part.clone()).collect();
            prop_assert!(answer.ends_with(&tail));
            let is_whole = body.read.len() + tail.len() == answer.len();
            prop_assert_eq!(rest.is_tail, !is_whole);
        }
    }
}
