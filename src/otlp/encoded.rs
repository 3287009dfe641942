//! An encoded request: the bytes that go out, and how to get back at what is in them.
//!
//! Pure. A request is compressed once, when it is made, however often it is sent; what waits in memory
//! or on disk is the compressed form.

use std::borrow::Cow;
use std::io::{self, Read, Write};

use bytes::Bytes;
use flate2::Compression as Level;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

/// How the bodies of requests are compressed. Defaults to gzip.
///
/// # Examples
///
/// ```
/// use tracing_genai::{Compression, Destination};
///
/// let destination = Destination::otlp("http://localhost:4318/v1/traces")
///     .with_compression(Compression::None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// None.
    None,
    /// gzip at its fastest level, which every OTLP backend reads.
    #[default]
    Gzip,
}

/// How much memory a decompressed request may take, in bytes: more than any span that is queued.
pub(crate) const MOST_PLAIN: u64 = 256 << 20;

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Encoded {
    pub(crate) body: Bytes,
    pub(crate) compression: Compression,
    pub(crate) spans: u64,
}

impl Encoded {
    pub(crate) fn new(request: &ExportTraceServiceRequest, compression: Compression) -> Self {
        Self::of(request, compression, count(request))
    }

    /// Of any message.
    pub(crate) fn of(message: &impl Message, compression: Compression, spans: u64) -> Self {
        Self::from_plain(&message.encode_to_vec(), compression, spans)
    }

    /// Of an encoded message. Messages of OTLP are lists: several, one after the other, are one.
    pub(crate) fn from_plain(plain: &[u8], compression: Compression, spans: u64) -> Self {
        // Memory takes every byte; if it ever did not, plain bytes are understood as well.
        let compressed = match compression {
            Compression::Gzip => gzip(plain).ok(),
            Compression::None => None,
        };
        let (body, compression) = match compressed {
            Some(body) => (body, compression),
            None => (plain.to_vec(), Compression::None),
        };
        Self {
            body: body.into(),
            compression,
            spans,
        }
    }

    /// The message; `None` if it takes up more than `most` bytes, or these bytes are something else.
    pub(crate) fn plain(&self, most: u64) -> Option<Cow<'_, [u8]>> {
        let plain = match self.compression {
            Compression::None => Cow::Borrowed(&self.body[..]),
            Compression::Gzip => {
                let mut plain = Vec::new();
                let decoder = GzDecoder::new(&self.body[..]);
                decoder
                    .take(most.saturating_add(1))
                    .read_to_end(&mut plain)
                    .ok()?;
                Cow::Owned(plain)
            }
        };
        (plain.len() as u64 <= most).then_some(plain)
    }

    /// What was encoded; `None` if these bytes are something else, or take up more than [`MOST_PLAIN`].
    pub(crate) fn decode(&self) -> Option<ExportTraceServiceRequest> {
        ExportTraceServiceRequest::decode(&self.plain(MOST_PLAIN)?[..]).ok()
    }
}

/// How many spans a request holds.
pub(crate) fn count(request: &ExportTraceServiceRequest) -> u64 {
    let groups = request.resource_spans.iter().flat_map(|r| &r.scope_spans);
    groups.map(|group| group.spans.len() as u64).sum()
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Level::fast());
    encoder.write_all(plain)?;
    let mut body = encoder.finish()?;
    // It may wait for long.
    body.shrink_to_fit();
    Ok(body)
}
