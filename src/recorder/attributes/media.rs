//! The bytes of a call's media, beside the markers that stand for them in its content.

use crate::conventions as names;
use crate::span;
use crate::span::{AttributeSet, AttributeSink as _};
use crate::text::base64::Marker;
use crate::text::data_urls;
use crate::wire::Media;

/// Adds the bytes that the markers in a set stand for, as far as they were kept: for destinations with media.
/// Of what nobody knows the type stays the marker.
pub(in crate::recorder) fn media(set: &mut AttributeSet, kept: [&Media; 2]) {
    if kept.iter().all(|media| media.is_empty()) {
        return;
    }
    let mut left = data_urls::MOST_BYTES;
    let mut found: Vec<(&str, String)> = Vec::new();
    for text in set.texts().flat_map(data_urls::markers) {
        if found.iter().any(|(marker, _)| *marker == text) {
            continue;
        }
        let marker = Marker::parse(text).filter(Marker::is_of_known_type);
        let bytes = |marker: &Marker| kept.iter().find_map(|media| media.find(marker));
        if let Some(marker) = marker
            && let Some(bytes) = bytes(&marker)
            && bytes.len() <= left
        {
            left -= bytes.len();
            found.push((text, marker.data_url(&bytes)));
        }
    }
    if !found.is_empty() {
        let found: Vec<String> = found
            .into_iter()
            .map(|(marker, data_url)| [marker, &data_url].concat())
            .collect();
        set.push(names::MEDIA, span::texts(found));
    }
}
