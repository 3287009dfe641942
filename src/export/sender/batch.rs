//! What travels through the sender.

use std::time::Instant;

use crate::export::queue::InFlight;
use crate::export::spool::ClaimedFile;
use crate::otlp::encoded::Encoded;

/// An encoded request and the guard of its spans.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) encoded: Encoded,
    pub(crate) in_flight: InFlight,
    /// Where it came from, if it was on disk.
    pub(crate) files: Vec<ClaimedFile>,
}

impl Batch {
    /// One that was never on disk.
    pub(crate) fn new(encoded: Encoded, in_flight: InFlight) -> Self {
        Self {
            encoded,
            in_flight,
            files: Vec::new(),
        }
    }
}

/// What the sender is asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    Deliver(Batch),
    /// Somebody waits.
    Flush,
    /// What is not delivered by then is lost.
    Close(Instant),
}
