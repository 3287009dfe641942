//! Texts of a span that are longer than anything would send are cut before the span is counted.
//!
//! Contract: a span without such texts costs one comparison. Masks see as much of a text as is kept of a call,
//! so nothing that would be sent is cut here, unless the span as a whole would not fit into a queue.

use opentelemetry::trace::Status;
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::span_size;
use crate::conventions as names;
use crate::text::attribute_value;
use crate::text::truncate;
use crate::text::truncate::{LengthLimit, Unit};

/// No text is cut to less than this to make a span fit.
const SHORTEST: usize = 1 << 10;

/// How large a span may become.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanLimit {
    /// Bytes of one text.
    pub(crate) text: usize,
    /// Bytes of the whole span.
    pub(crate) span: usize,
}

impl Default for SpanLimit {
    fn default() -> Self {
        Self {
            text: usize::MAX,
            span: usize::MAX,
        }
    }
}

impl SpanLimit {
    /// Cuts texts that are too long; returns about how many bytes of memory the span holds.
    pub(crate) fn apply(self, span: &mut SpanData) -> usize {
        let mut bytes = span_size::of(span);
        let mut max = self.text;
        while bytes > max.min(self.span) {
            shorten_texts(span, max);
            bytes = span_size::of(span);
            if bytes > self.span && give_up_media(span, bytes - self.span) {
                bytes = span_size::of(span);
            }
            if bytes <= self.span || max <= SHORTEST {
                break;
            }
            max = (max / 2).max(SHORTEST);
        }
        bytes
    }
}

/// Removes the first media until the span has so many bytes less: half a medium is none. Returns whether there were
/// any.
fn give_up_media(span: &mut SpanData, mut excess: usize) -> bool {
    let before = excess;
    for attribute in span.attributes.iter_mut().filter(|one| is_media(one)) {
        if let Value::Array(Array::String(media)) = &mut attribute.value {
            media.retain(|medium| {
                let is_kept = excess == 0;
                excess = excess.saturating_sub(medium.as_str().len());
                is_kept
            });
        }
    }
    excess < before
}

fn is_media(attribute: &KeyValue) -> bool {
    attribute.key.as_str() == names::MEDIA
}

fn shorten_texts(span: &mut SpanData, max: usize) {
    let unit = Unit::Bytes;
    let shorten = |text: &str| truncate::shorten(text, LengthLimit { unit, max });
    if let Some(name) = shorten(&span.name) {
        span.name = name.into();
    }
    if let Status::Error { description } = &mut span.status
        && let Some(short) = shorten(description)
    {
        *description = short.into();
    }
    let of_events = span.events.events.iter_mut();
    let of_links = span.links.links.iter_mut();
    let attributes = span
        .attributes
        .iter_mut()
        .chain(of_events.flat_map(|event| event.attributes.iter_mut()))
        .chain(of_links.flat_map(|link| link.attributes.iter_mut()));
    for attribute in attributes.filter(|attribute| !is_media(attribute)) {
        attribute_value::each_text(&mut attribute.value, shorten);
    }
}
