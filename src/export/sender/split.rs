//! A request that is too large: in two parts, and in the end with a shorter text.

use std::time::Instant;

use super::batch::Batch;
use super::work_loop::WorkLoop;
use crate::export::report::DropReason;
use crate::export::scheduler::Waiting;
use crate::otlp::encoded::{Encoded, count};
use crate::otlp::shrink::truncate_largest;
use crate::otlp::split::halves;
use crate::otlp::transport::Transport;

impl<T: Transport> WorkLoop<T> {
    /// Sends it in two parts; what cannot be divided is truncated.
    pub(super) fn split(&mut self, batch: Batch, message: String) {
        // Several files are divided by being sent one at a time.
        let parts = match batch.files.len() {
            0 | 1 => parts(&batch.encoded),
            _ => None,
        };
        let Some(parts) = parts else {
            return self.drop(batch, DropReason::TooLarge, message);
        };
        let Batch {
            mut in_flight,
            files,
            ..
        } = batch;
        if let (Some(file), Some(spool)) = (files.into_iter().next(), &self.setup.spool) {
            spool.replace(file, &parts);
            return;
        }
        let now = Instant::now();
        for encoded in parts.into_iter().rev() {
            let mut in_flight = in_flight.split(encoded.spans);
            in_flight.set_bytes(encoded.body.len());
            let batch = Batch::new(encoded, in_flight);
            self.scheduler.push_front(Waiting::new(batch, now));
        }
    }
}

/// The smaller requests to send in place of one; `None` if it cannot be made smaller.
fn parts(encoded: &Encoded) -> Option<Vec<Encoded>> {
    let mut request = encoded.decode()?;
    let parts = match count(&request) {
        0 | 1 => truncate_largest(&mut request).then(|| vec![request])?,
        _ => halves(request).map(|(first, second)| vec![first, second])?,
    };
    let encode = |part| Encoded::new(part, encoded.compression);
    Some(parts.iter().map(encode).collect())
}
