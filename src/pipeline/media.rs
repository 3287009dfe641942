//! The media of a model call on their way to a destination that wants them.
//!
//! Contract: a span carries them apart from its content, where markers stand for them. Whatever reads,
//! rewrites, masks or truncates the content sees the markers, so it never holds half of a medium, and a marker
//! that is taken away takes its medium with it. The bytes are put in last.

use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use crate::conventions as names;
use crate::text::{attribute_value, data_urls};

/// Bytes of data URLs in one span: those of all its media once, or of some of them several times.
const MOST_TEXT: usize = data_urls::MOST_BYTES / 2 * 3;

/// The media of a span, each as its marker, which is so long, and its data URL.
#[derive(Default)]
pub(super) struct Media(Vec<(usize, String)>);

impl Media {
    /// Takes the media off a span: those of a request, and of an answer that came in a call of its own.
    pub(super) fn take(span: &mut SpanData) -> Self {
        let is_media = |attribute: &mut KeyValue| attribute.key.as_str() == names::MEDIA;
        let taken = span.attributes.extract_if(.., is_media);
        let texts = taken.flat_map(|attribute| match attribute.value {
            Value::Array(Array::String(texts)) => texts,
            _ => Vec::new(),
        });
        let parted = texts.filter_map(|text| {
            let text = String::from(text);
            let (marker, _) = text.split_at_checked(text.find('>')? + 1)?;
            Some((marker.len(), text))
        });
        Self(parted.collect())
    }

    /// Writes a data URL for every medium, with its marker in place of the bytes.
    pub(super) fn refer(&self, span: &mut SpanData) {
        if self.0.is_empty() {
            return;
        }
        let is_there = |marker: &str| self.data_url(marker).is_some();
        each_text(span, |text| data_urls::with_references(text, is_there));
    }

    /// Puts the bytes in. In a value that would have more than `characters` with them stays the marker.
    pub(super) fn put_in(self, span: &mut SpanData, characters: Option<usize>) {
        if self.0.is_empty() {
            return;
        }
        let mut left = MOST_TEXT;
        each_text(span, |text| {
            let before = left;
            let with_bytes = data_urls::with_bytes(text, |marker| {
                let data_url = self.data_url(marker)?;
                left = left.checked_sub(data_url.len())?;
                Some(data_url)
            })?;
            // No text has more characters than bytes.
            let fits = |max| with_bytes.len() <= max || with_bytes.chars().count() <= max;
            if characters.is_none_or(fits) {
                return Some(with_bytes);
            }
            left = before;
            data_urls::with_bytes(text, |_| None)
        });
    }

    fn data_url(&self, marker: &str) -> Option<&str> {
        let mut parted = self.0.iter().map(|(end, text)| text.split_at(*end));
        parted
            .find(|(known, _)| *known == marker)
            .map(|(_, data_url)| data_url)
    }
}

fn each_text(span: &mut SpanData, mut rewrite: impl FnMut(&str) -> Option<String>) {
    for KeyValue { value, .. } in &mut span.attributes {
        attribute_value::each_text(value, &mut rewrite);
    }
}
