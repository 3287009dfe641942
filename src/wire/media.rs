//! Inline bytes that are kept beside the markers that stand for them.
//!
//! The contract: nothing is kept unless [`Limits::medium_bytes`](super::limits::Limits::medium_bytes) says so;
//! of one body or stream at most [`MOST_BYTES`] are, the last ones. Whatever looks like bytes is kept: which of
//! it belongs to the messages is known by their markers.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;

use crate::text::base64::{Digest, Marker};
use crate::text::data_urls::MOST_BYTES;

/// What each of them costs beside its bytes.
const ENTRY_BYTES: usize = 128;

/// Inline bytes in the order in which they came.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Media {
    list: VecDeque<Medium>,
    bytes: usize,
}

#[derive(Clone, PartialEq)]
struct Medium {
    hash: Option<String>,
    bytes: Vec<u8>,
}

impl Medium {
    fn cost(&self) -> usize {
        self.bytes.len() + ENTRY_BYTES
    }
}

impl Media {
    /// Keeps the bytes that a marker stands for.
    pub(super) fn put(&mut self, marker: &Marker, bytes: Vec<u8>) {
        let hash = marker.hash.clone();
        self.add(Medium { hash, bytes });
    }

    pub(super) fn extend(&mut self, others: Self) {
        others.list.into_iter().for_each(|medium| self.add(medium));
    }

    fn add(&mut self, medium: Medium) {
        self.bytes += medium.cost();
        self.list.push_back(medium);
        while self.bytes > MOST_BYTES
            && let Some(first) = self.list.pop_front()
        {
            self.bytes -= first.cost();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The bytes that a marker stands for; it may stand for several that followed each other.
    pub(crate) fn find(&self, marker: &Marker) -> Option<Cow<'_, [u8]>> {
        let is_it = |medium: &&Medium| {
            medium.hash.is_some()
                && medium.hash == marker.hash
                && medium.bytes.len() as u64 == marker.bytes
        };
        if let Some(medium) = self.list.iter().rev().find(is_it) {
            return Some(Cow::Borrowed(&medium.bytes));
        }
        let joined = self.run_of(usize::try_from(marker.bytes).ok()?)?;
        let is_it = marker.hash.is_none() || hash(&joined) == marker.hash;
        is_it.then_some(Cow::Owned(joined))
    }

    /// The pieces that follow each other and have so many bytes together.
    fn run_of(&self, bytes: usize) -> Option<Vec<u8>> {
        let (mut start, mut length) = (0, 0);
        for (end, medium) in self.list.iter().enumerate() {
            length += medium.bytes.len();
            while length > bytes {
                length -= self.list.get(start)?.bytes.len();
                start += 1;
            }
            if length == bytes && length > 0 {
                let run = self.list.range(start..=end);
                return Some(run.flat_map(|medium| &medium.bytes).copied().collect());
            }
        }
        None
    }
}

fn hash(bytes: &[u8]) -> Option<String> {
    let mut digest = Digest::default();
    digest.push(bytes);
    digest.finish(None).hash
}

/// Without what they show.
impl fmt::Debug for Media {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Media({} of {} bytes)",
            self.list.len(),
            self.bytes
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Media;
    use crate::text::base64::{Digest, Marker};
    use crate::text::data_urls::MOST_BYTES;

    fn marker(bytes: &[u8]) -> Marker {
        let mut digest = Digest::default();
        digest.push(bytes);
        digest.finish(None)
    }

    fn media(list: &[&[u8]]) -> Media {
        let mut media = Media::default();
        for bytes in list {
            media.put(&marker(bytes), bytes.to_vec());
        }
        media
    }

    #[test]
    fn bytes_are_found_by_their_marker_whole_or_in_pieces() {
        let media = media(&[b"picture", b"so", b"", b"und", b"bites"]);
        let unhashed = |bytes: u64| Marker {
            bytes,
            hash: None,
            ..marker(b"")
        };
        for (marker, expected) in [
            (marker(b"picture"), Some(b"picture".as_slice())),
            (marker(b"sound"), Some(b"sound")),
            (marker(b"soundbites"), Some(b"soundbites")),
            // As long as one, and as long as a run, but of other bytes.
            (marker(b"Picture"), None),
            (marker(b"Sound"), None),
            (marker(b"unknown, and longer than everything"), None),
            (unhashed(10), Some(b"soundbites")),
            (unhashed(4), None),
        ] {
            assert_eq!(media.find(&marker).as_deref(), expected, "{marker}");
        }
    }

    #[test]
    fn the_last_ones_stay() {
        let (long, half) = (vec![1; MOST_BYTES], vec![2; MOST_BYTES / 2]);
        let media = media(&[&long, &half, b"last"]);
        assert_eq!(media.find(&marker(&long)), None);
        assert!(media.find(&marker(&half)).is_some());
        assert!(media.find(&marker(b"last")).is_some());
        assert!(media.bytes <= MOST_BYTES);
    }
}
