//! What happens to a finished span on its way to a destination.
//!
//! Works on the destination's own copy. The order matters: content that must stay in the process is
//! removed before anything reads it, and what is left is masked and truncated last, under its final names. Only
//! the bytes of media come after that, in place of their markers.

pub(crate) mod capture;
pub(crate) mod limits;
pub(crate) mod mask;
pub(crate) mod meaning;
mod media;
pub(crate) mod redaction;
mod repair;
pub(crate) mod sample_rate;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use crate::backends::{Backend, MapOptions, conventional};
use crate::context;
use crate::functions;
use crate::text::attribute_list;
use capture::Capture;
use media::Media;
use redaction::Redaction;

/// The steps between a span as it ended and the span as a destination gets it.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline {
    /// Whose attributes are written beside those of the conventions.
    pub(crate) backend: Option<&'static dyn Backend>,
    pub(crate) map_options: MapOptions,
    pub(crate) capture: Capture,
    pub(crate) redaction: Redaction,
}

impl Pipeline {
    /// Rewrites a destination's own copy of a span.
    pub(crate) fn apply(&self, span: &mut SpanData) {
        let media = self.media(span);
        // OTLP wants every key once, but setting an attribute twice leaves it there twice.
        attribute_list::keep_last(&mut span.attributes);
        repair::repair(span);
        functions::explain(span);
        context::resolve(span);
        media.refer(span);
        match self.backend {
            Some(backend) => {
                self.capture.read_function(span);
                backend.map(span, self.map_options);
            }
            None => {
                self.capture.strip(span);
                conventional::map(span);
            }
        }
        self.redaction.apply(span, self.capture);
        media.put_in(span, self.redaction.limits.characters);
        if self.backend.is_none() {
            functions::name_events(span);
        }
    }

    /// Takes the media off a span; none if the destination gets none.
    fn media(&self, span: &mut SpanData) -> Media {
        let media = Media::take(span);
        match self.capture.sends_media() {
            true => media,
            false => Media::default(),
        }
    }

    /// Whether functions of the application see the texts.
    pub(crate) fn has_masks(&self) -> bool {
        !self.redaction.masks.is_empty()
    }

    /// Whether the span is a call of a model of which nobody knows the provider.
    pub(crate) fn lacks_provider(&self, span: &SpanData) -> bool {
        conventional::lacks_provider(span)
    }

    /// Rewrites the terminal's own copy of a span, which is read by its neutral names.
    pub(crate) fn apply_for_terminal(&self, span: &mut SpanData) {
        repair::repair(span);
        functions::explain(span);
        context::resolve(span);
        Media::take(span);
        self.capture.read_function(span);
        self.redaction.apply(span, self.capture);
    }

    /// The resource that goes with such spans.
    pub(crate) fn resource(&self, resource: &Resource) -> Resource {
        match self.backend {
            Some(backend) => self
                .redaction
                .resource(&backend.resource(resource, self.map_options)),
            None => self.redaction.resource(&conventional::resource(resource)),
        }
    }
}
