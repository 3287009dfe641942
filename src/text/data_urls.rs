//! Inline bytes within longer texts: data URLs, and the markers that stand for them.
//!
//! Pure. The contract: half a data URL shows nothing, so whoever has no room for one writes its marker, which is
//! the same whoever writes it. A medium whose bytes are elsewhere is written as a data URL with its marker in
//! place of the bytes until they are put in.

use std::borrow::Cow;
use std::ops::Range;

use super::base64::{Marker, is_base64};

/// Bytes of the media of one span.
pub(crate) const MOST_BYTES: usize = 8 << 20;

const BASE64: &str = ";base64,";
const SCHEME: &[u8] = b"data:";
/// A longer type is none, nor is a longer marker.
const TYPE_BYTES: usize = 128;
const MARKER_BYTES: usize = 256;

/// The markers in a text.
pub(crate) fn markers(text: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let found = next_marker(text, from)?;
        from = found.end;
        text.get(found)
    })
}

/// A text with a marker in place of every data URL; `None` if there is none.
pub(crate) fn with_markers(text: &str) -> Option<String> {
    replace_urls(text, |url| {
        let marker = match url.marker {
            Some(marker) => marker.into(),
            None => Marker::of(url.text, None).to_string().into(),
        };
        Some(marker)
    })
}

/// A text with data URLs in place of those markers whose bytes are there; the bytes themselves are put in by
/// [`with_bytes`]. `None` if there is none.
pub(crate) fn with_references(text: &str, is_there: impl Fn(&str) -> bool) -> Option<String> {
    let mut written = String::new();
    let mut copied = 0;
    let mut from = 0;
    while let Some(found) = next_marker(text, from) {
        from = found.end;
        let marker = text.get(found.clone())?;
        if is_there(marker)
            && let Some((media_type, _)) = marker.get(1..)?.split_once(',')
        {
            written.push_str(text.get(copied..found.start)?);
            written.extend(["data:", media_type, BASE64, marker]);
            copied = found.end;
        }
    }
    written.push_str(text.get(copied..).filter(|_| copied > 0)?);
    Some(written)
}

/// A text with the bytes of the media that [`with_references`] has named, as `data_url` gives them, or else with
/// their markers; `None` if there is none.
pub(crate) fn with_bytes<'a>(
    text: &'a str,
    mut data_url: impl FnMut(&str) -> Option<&'a str>,
) -> Option<String> {
    replace_urls(text, |url| {
        let marker = url.marker?;
        Some(data_url(marker).unwrap_or(marker).into())
    })
}

struct Url<'a> {
    text: &'a str,
    /// What stands in place of the bytes.
    marker: Option<&'a str>,
}

fn replace_urls<'a>(
    text: &'a str,
    mut replacement: impl FnMut(Url<'a>) -> Option<Cow<'a, str>>,
) -> Option<String> {
    let mut written = String::new();
    let (mut copied, mut from) = (0, 0);
    // Nearly every text has none, which this finds out faster.
    if !text.contains(BASE64) {
        return None;
    }
    while let Some(at) = text.get(from..)?.find(BASE64).map(|at| from + at) {
        let payload = at + BASE64.len();
        from = payload;
        let Some(start) = start_of_url(text, copied, at) else {
            continue;
        };
        let marker = next_marker(text, payload).filter(|found| found.start == payload);
        let end = match &marker {
            Some(marker) => marker.end,
            None => payload + length_of_base64(text.get(payload..)?),
        };
        let url = Url {
            text: text.get(start..end)?,
            marker: marker.and_then(|marker| text.get(marker)),
        };
        if end > payload
            && let Some(replacement) = replacement(url)
        {
            written.push_str(text.get(copied..start)?);
            written.push_str(&replacement);
            copied = end;
        }
        from = end;
    }
    written.push_str(text.get(copied..).filter(|_| copied > 0)?);
    Some(written)
}

/// Where the data URL begins whose type ends there.
fn start_of_url(text: &str, from: usize, end: usize) -> Option<usize> {
    let from = from.max(end.saturating_sub(TYPE_BYTES));
    let before = text.as_bytes().get(from..end)?;
    let at = before
        .windows(SCHEME.len())
        .rposition(|window| window == SCHEME)?;
    let is_of_type = |byte: &u8| byte.is_ascii_alphanumeric() || b"/+-._;=".contains(byte);
    let media_type = before.get(at + SCHEME.len()..)?;
    media_type.iter().all(is_of_type).then_some(from + at)
}

fn length_of_base64(text: &str) -> usize {
    let is_of_it = |byte: &u8| !byte.is_ascii_whitespace() && is_base64(&[*byte]);
    let end = text.as_bytes().iter().position(|byte| !is_of_it(byte));
    end.unwrap_or(text.len())
}

fn next_marker(text: &str, mut from: usize) -> Option<Range<usize>> {
    loop {
        let start = from + text.get(from..)?.find('<')?;
        let mut bytes = text.as_bytes().get(start..)?.iter().take(MARKER_BYTES);
        if let Some(length) = bytes.position(|byte| *byte == b'>') {
            let found = start..start + length + 1;
            let candidate = text.get(found.clone())?;
            if candidate.contains(" bytes") && Marker::parse(candidate).is_some() {
                return Some(found);
            }
        }
        from = start + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{markers, with_bytes, with_markers, with_references};

    const PNG: &str = "<image/png, 8 bytes, sha256 4c4b6a3be131>";
    const URL: &str = "data:image/png;base64,iVBORw0KGgo=";

    #[test]
    fn a_data_url_becomes_its_marker_wherever_it_stands() {
        for (text, expected) in [
            (URL.to_owned(), Some(PNG.to_owned())),
            (
                format!("{{\"a\":\"{URL}\"}}"),
                Some(format!("{{\"a\":\"{PNG}\"}}")),
            ),
            (
                format!("ä {URL}\nand {URL}"),
                Some(format!("ä {PNG}\nand {PNG}")),
            ),
            (format!("[\\\"{URL}\\\"]"), Some(format!("[\\\"{PNG}\\\"]"))),
            (
                format!("data:image/png;base64,{PNG}."),
                Some(format!("{PNG}.")),
            ),
            (format!("data:{URL}"), Some(format!("data:{PNG}"))),
            ("data:image/png;base64,".to_owned(), None),
            ("data: image/png;base64,iVBO".to_owned(), None),
            (";base64,iVBO".to_owned(), None),
            ("data:text/plain,a;base64,iVBO".to_owned(), None),
            (PNG.to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(with_markers(&text), expected, "{text}");
        }
    }

    #[test]
    fn bytes_come_back_to_their_markers() {
        let text = format!("<b> [{PNG},{PNG}] <audio/wav, 3 bytes> ü");
        assert_eq!(
            markers(&text).collect::<Vec<_>>(),
            [PNG, PNG, "<audio/wav, 3 bytes>"]
        );
        let referred = with_references(&text, |marker| marker == PNG);
        let reference = format!("data:image/png;base64,{PNG}");
        let expected = text.replace(PNG, &reference);
        assert_eq!(referred.as_deref(), Some(expected.as_str()));
        let referred = referred.unwrap_or_default();
        let mut left = 1;
        let filled = with_bytes(&referred, |marker| {
            left -= 1;
            (marker == PNG && left == 0).then_some(URL)
        });
        assert_eq!(filled, Some(text.replacen(PNG, URL, 1)));
        assert_eq!(with_markers(&referred), Some(text.clone()));
        assert_eq!(with_references(&text, |_| false), None);
        assert_eq!(with_bytes(&text, |_| None), None);
        // What is a data URL already has its bytes.
        assert_eq!(with_bytes(URL, |_| None), None);
    }
}
