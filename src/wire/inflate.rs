//! Answers that came compressed, because the client does not undo it.
//!
//! The contract: what is unpacked passes through a small buffer, and no more of it than
//! [`MOST_BYTES`].

use std::io::{self, Write};
use std::time::Duration;

use flate2::write::GzDecoder;

/// The first byte of gzip, with which no text begins.
pub(super) const FIRST_BYTE: u8 = 0x1F;
/// More is not unpacked: a few bytes may become any number.
const MOST_BYTES: usize = 64 << 20;

/// What reads the bytes once they are unpacked.
pub(super) trait Unpacks {
    fn push(&mut self, bytes: &[u8], at: Duration);

    /// The rest is not read.
    fn skip_rest(&mut self);
}

/// Unpacks gzip into a reader.
#[derive(Debug)]
pub(super) struct Inflate<R: Unpacks>(GzDecoder<Unpacked<R>>);

#[derive(Debug)]
struct Unpacked<R> {
    reader: Option<R>,
    at: Duration,
    total: usize,
}

impl<R: Unpacks> Inflate<R> {
    pub(super) fn new(reader: R) -> Self {
        Self(GzDecoder::new(Unpacked {
            reader: Some(reader),
            at: Duration::ZERO,
            total: 0,
        }))
    }

    pub(super) fn push(&mut self, bytes: &[u8], at: Duration) {
        self.0.get_mut().at = at;
        let unpacked = self.0.write_all(bytes).and_then(|()| self.0.flush());
        if unpacked.is_err() {
            self.skip();
        }
    }

    /// The rest is not read.
    pub(super) fn skip(&mut self) {
        let unpacked = self.0.get_mut();
        if unpacked.total < usize::MAX
            && let Some(reader) = &mut unpacked.reader
        {
            reader.skip_rest();
        }
        unpacked.total = usize::MAX;
    }

    pub(super) fn reader(&self) -> Option<&R> {
        self.0.get_ref().reader.as_ref()
    }

    pub(super) fn reader_mut(&mut self) -> Option<&mut R> {
        self.0.get_mut().reader.as_mut()
    }

    /// The reader, once no more bytes come.
    pub(super) fn finish(mut self) -> Option<R> {
        if self.0.try_finish().is_err() {
            self.skip();
        }
        self.0.get_mut().reader.take()
    }
}

impl<R: Unpacks> Write for Unpacked<R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.total = self.total.saturating_add(bytes.len());
        match &mut self.reader {
            Some(reader) if self.total <= MOST_BYTES => reader.push(bytes, self.at),
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
