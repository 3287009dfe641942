//! Inline bytes become a marker: their type, their number, and a short hash to distinguish them.
//!
//! The contract: base64 is decoded as it comes and forgotten, so a picture of any size costs a few hundred
//! bytes; only who asks for it gets the bytes as well, up to a bound. The hash is the one of the *decoded*
//! bytes, the same whether they were sent inline, streamed in pieces or as a binary body.

use std::fmt;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::hex::hex;

/// What is kept of inline bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(crate) media_type: String,
    pub(crate) bytes: u64,
    /// The first 12 hexadecimal digits of the SHA-256 of the bytes; absent where the pieces of
    /// a stream were forgotten before they could be put together.
    pub(crate) hash: Option<String>,
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}, {} bytes", self.media_type, self.bytes)?;
        if let Some(hash) = &self.hash {
            write!(f, ", sha256 {hash}")?;
        }
        f.write_str(">")
    }
}

impl Marker {
    /// Of a field that holds base64, a data URL or, because an earlier reader met it, a marker.
    pub(crate) fn of(text: &str, media_type: Option<&str>) -> Self {
        if let Some(marker) = Self::parse(text) {
            return marker;
        }
        let (declared, payload) = match data_url(text) {
            Some((declared, payload)) => (Some(declared), payload),
            None => (None, text),
        };
        let mut decoder = Decoder::default();
        decoder.push(payload.as_bytes());
        decoder.finish(declared.or(media_type))
    }

    /// The data URL of the bytes that this stands for.
    pub(crate) fn data_url(&self, bytes: &[u8]) -> String {
        format!("data:{};base64,{}", self.media_type, STANDARD.encode(bytes))
    }

    /// Whether somebody knows what the bytes are.
    pub(crate) fn is_of_known_type(&self) -> bool {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"/+-._".contains(&byte);
        self.media_type != UNKNOWN
            && self.media_type.contains('/')
            && self.media_type.bytes().all(is_word)
    }

    /// One marker for bytes that came in pieces, some of them so long that they are markers.
    pub(crate) fn joined(decoder: Option<Decoder>, markers: Vec<Self>) -> Option<Self> {
        let decoded = decoder.map(|decoder| decoder.finish(None));
        let mut pieces = markers.into_iter().chain(decoded);
        let mut whole = pieces.next()?;
        for piece in pieces {
            whole.bytes += piece.bytes;
            whole.hash = None;
        }
        Some(whole)
    }

    /// Reads a marker's own text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let inside = text.strip_prefix('<')?.strip_suffix('>')?;
        let mut fields = inside.splitn(3, ", ");
        let media_type = fields.next()?.to_owned();
        let bytes = fields.next()?.strip_suffix(" bytes")?.parse().ok()?;
        let hash = match fields.next() {
            Some(hash) => Some(hash.strip_prefix("sha256 ")?.to_owned()),
            None => None,
        };
        Some(Self {
            media_type,
            bytes,
            hash,
        })
    }
}

/// Counts and hashes bytes, and keeps them only on request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digest {
    hash: Sha256,
    bytes: u64,
    head: Vec<u8>,
    kept: Option<Kept>,
}

/// The bytes themselves, as long as they are not too many.
#[derive(Clone, Debug)]
struct Kept {
    bytes: Vec<u8>,
    most: usize,
}

impl Digest {
    /// One that keeps the bytes if they are no more than `most`.
    pub(crate) fn keeping(most: usize) -> Self {
        Self {
            kept: (most > 0).then_some(Kept {
                bytes: Vec::new(),
                most,
            }),
            ..Self::default()
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.kept = self.kept.take().and_then(|kept| kept.with(bytes));
        let missing = SIGNATURE_BYTES.saturating_sub(self.head.len());
        self.head.extend(bytes.iter().take(missing));
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    pub(crate) fn finish(self, media_type: Option<&str>) -> Marker {
        self.finish_with_bytes(media_type).0
    }

    /// The marker, and the bytes if they were kept.
    pub(crate) fn finish_with_bytes(self, media_type: Option<&str>) -> (Marker, Option<Vec<u8>>) {
        let hash = self.hash.finalize();
        let marker = Marker {
            media_type: media_type
                .filter(|media_type| !media_type.is_empty())
                .unwrap_or_else(|| sniff(&self.head))
                .to_owned(),
            bytes: self.bytes,
            hash: Some(hex(&hash[..6])),
        };
        (marker, self.kept.map(|kept| kept.bytes))
    }
}

impl Kept {
    fn with(mut self, bytes: &[u8]) -> Option<Self> {
        let fits = self.bytes.len() + bytes.len() <= self.most;
        fits.then(|| {
            self.bytes.extend_from_slice(bytes);
            self
        })
    }
}

/// Decodes base64 of both alphabets, piece by piece, padded or not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decoder {
    digest: Digest,
    bits: Bits,
}

/// What is left of one piece of base64 for the next.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bits {
    bits: u32,
    filled: u8,
}

impl Bits {
    /// Adds what a piece stands for; returns whether all of it was base64.
    pub(crate) fn decode(&mut self, text: &[u8], decoded: &mut Vec<u8>) -> bool {
        let mut valid = true;
        for &byte in text {
            match sextet(byte) {
                Sextet::Bits(bits) => {
                    self.bits = self.bits << 6 | bits;
                    self.filled += 6;
                    if self.filled >= 8 {
                        self.filled -= 8;
                        decoded.push((self.bits >> self.filled) as u8);
                    }
                }
                // What follows padding is another piece.
                Sextet::Padding => self.filled = 0,
                Sextet::Space => {}
                Sextet::Foreign => valid = false,
            }
        }
        valid
    }
}

impl Decoder {
    /// One that keeps what it decodes if that is no more than `most` bytes.
    pub(crate) fn keeping(most: usize) -> Self {
        Self {
            digest: Digest::keeping(most),
            bits: Bits::default(),
        }
    }

    /// Takes a piece; returns whether all of it was base64.
    pub(crate) fn push(&mut self, text: &[u8]) -> bool {
        let mut valid = true;
        let mut decoded = Vec::with_capacity(text.len().min(BLOCK) / 4 * 3 + 3);
        for block in text.chunks(BLOCK) {
            decoded.clear();
            valid &= self.bits.decode(block, &mut decoded);
            self.digest.push(&decoded);
        }
        valid
    }

    pub(crate) fn finish(self, media_type: Option<&str>) -> Marker {
        self.digest.finish(media_type)
    }

    /// The marker, and the decoded bytes if they were kept.
    pub(crate) fn finish_with_bytes(self, media_type: Option<&str>) -> (Marker, Option<Vec<u8>>) {
        self.digest.finish_with_bytes(media_type)
    }
}

const BLOCK: usize = 4096;
const SIGNATURE_BYTES: usize = 12;

enum Sextet {
    Bits(u32),
    Padding,
    Space,
    Foreign,
}

fn sextet(byte: u8) -> Sextet {
    Sextet::Bits(match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        b'=' => return Sextet::Padding,
        b'\r' | b'\n' => return Sextet::Space,
        _ => return Sextet::Foreign,
    })
}

/// Whether a text can only be base64, judged by its characters.
pub(crate) fn is_base64(text: &[u8]) -> bool {
    !text.is_empty()
        && text
            .iter()
            .all(|byte| !matches!(sextet(*byte), Sextet::Foreign))
}

/// The media type and the base64 of a data URL; the payload may still be incomplete.
pub(crate) fn data_url(text: &str) -> Option<(&str, &str)> {
    let scheme = text.get(..5)?;
    if !scheme.eq_ignore_ascii_case("data:") {
        return None;
    }
    let comma = text.bytes().take(256).position(|byte| byte == b',')?;
    let header = text.get(5..comma)?;
    let declared = header
        .len()
        .checked_sub(7)
        .filter(|at| {
            header
                .get(*at..)
                .is_some_and(|end| end.eq_ignore_ascii_case(";base64"))
        })
        .and_then(|at| header.get(..at))?;
    let media_type = declared.split(';').next().unwrap_or_default();
    Some((media_type, &text[comma + 1..]))
}

/// The media type by the first bytes.
fn sniff(head: &[u8]) -> &'static str {
    const SIGNATURES: &[(&[u8], &str)] = &[
        (b"\x89PNG", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"%PDF", "application/pdf"),
        (b"ID3", "audio/mpeg"),
        (b"\xff\xfb", "audio/mpeg"),
        (b"\xff\xf3", "audio/mpeg"),
        (b"OggS", "audio/ogg"),
        (b"fLaC", "audio/flac"),
    ];
    if head.starts_with(b"RIFF") {
        return match head.get(8..12) {
            Some(b"WEBP") => "image/webp",
            Some(b"WAVE") => "audio/wav",
            _ => UNKNOWN,
        };
    }
    SIGNATURES
        .iter()
        .find(|(signature, _)| head.starts_with(signature))
        .map_or(UNKNOWN, |(_, media_type)| media_type)
}

const UNKNOWN: &str = "application/octet-stream";

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{Decoder, Marker, data_url};

    // printf '\x89PNG\r\n\x1a\n' | sha256sum
    const PNG: &str = "<image/png, 8 bytes, sha256 4c4b6a3be131>";

    #[test]
    fn the_forms_of_the_same_bytes_have_the_same_marker() {
        for text in [
            "iVBORw0KGgo=",
            "iVBORw0KGgo",
            "iVBORw0K\r\nGgo=",
            "data:image/png;base64,iVBORw0KGgo=",
            "DATA:image/png;charset=x;BASE64,iVBORw0KGgo=",
            PNG,
        ] {
            assert_eq!(Marker::of(text, None).to_string(), PNG, "{text}");
        }
        let mut decoder = Decoder::default();
        for piece in ["iVBORw==", "DQ", "o=", "Ggo="] {
            assert!(decoder.push(piece.as_bytes()));
        }
        assert_eq!(decoder.finish(None).to_string(), PNG);
    }

    #[test]
    fn the_media_type_is_the_declared_one_first() {
        let marker = Marker::of("data:image/webp;base64,iVBORw0KGgo=", Some("image/gif"));
        assert_eq!(marker.media_type, "image/webp");
        assert_eq!(
            Marker::of("aaaa", Some("audio/wav")).media_type,
            "audio/wav"
        );
        assert_eq!(
            Marker::of("aaaa", None).media_type,
            "application/octet-stream"
        );
        assert_eq!(Marker::of("UklGRg==", None).bytes, 4);
    }

    #[test]
    fn only_base64_data_urls_are_inline_bytes() {
        assert_eq!(data_url("data:text/plain,hello"), None);
        assert_eq!(data_url("data:;base64,YQ=="), Some(("", "YQ==")));
        assert_eq!(data_url("data:"), None);
        assert_eq!(data_url("data"), None);
        assert_eq!(data_url("https://example.com/a.png"), None);
    }

    #[test]
    fn a_marker_reads_itself() {
        for text in [PNG, "<audio/wav, 12 bytes>"] {
            assert_eq!(Marker::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "<>", "<a, b>", "<a, 1 bytes, md5 0>", "<a, -1 bytes>"] {
            assert_eq!(Marker::parse(text), None, "{text}");
        }
    }
}
