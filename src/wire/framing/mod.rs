//! How bytes are put together: JSON, streams of events (text and binary) and of values, forms.
//!
//! The contract: no word of any provider; every reader accepts any split of the bytes and keeps little of
//! them. A stream is split into events by a [`Splitter`], which a dialect may bring along.

pub(crate) mod event_stream;
pub(crate) mod json;
pub(crate) mod multipart;
pub(crate) mod sse;
pub(crate) mod tail;
pub(crate) mod values;

use std::fmt;

/// Receives the events of a stream.
pub(crate) trait Sink {
    /// A piece of the data of the event that is being read.
    fn data(&mut self, bytes: &[u8]);
    /// The event is complete. Never called for events without data. `name` is empty where it has none.
    fn end(&mut self, name: &str);
}

/// Splits a stream into events, as its bytes arrive.
pub(crate) trait Splitter: fmt::Debug + Send {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink);

    /// The end of the bytes.
    fn finish(&mut self, sink: &mut dyn Sink);

    /// Splits the end of a stream whose middle was not read: the rest of the event in which it begins,
    /// and the events after it.
    fn split_tail<'a>(&self, tail: &'a [u8]) -> (&'a [u8], &'a [u8]);
}
