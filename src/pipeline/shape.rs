//! The shape in which a destination gets spans: how much of the content, in whose words, and behind
//! which mask.
//!
//! Works on the destination's own copy. The order matters: what must not leave the process is gone
//! before anything reads it, and what is left is rewritten last, under its final names.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use super::capture::Capture;
use super::texts::Texts;
use crate::backends::{langfuse, openinference};
use crate::context;
use crate::destination::Mapping;

/// What happens to a span before it is encoded.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) mapping: Option<Mapping>,
    /// Whether messages stay under their GenAI names beside the mapping's.
    pub(crate) genai_content: bool,
    pub(crate) capture: Capture,
    pub(crate) texts: Texts,
}

impl Shape {
    /// Rewrites a destination's own copy of a span.
    pub(crate) fn apply(&self, span: &mut SpanData) {
        context::resolve(span);
        match self.mapping {
            Some(Mapping::Langfuse) => {
                self.capture.read_function(span);
                let settings = langfuse::MappingSettings {
                    keep_semconv_content: self.genai_content,
                };
                langfuse::map(span, &settings);
            }
            Some(Mapping::OpenInference) => {
                self.capture.read_function(span);
                openinference::map(span);
            }
            None => self.capture.strip(span),
        }
        self.texts.rewrite(span, self.capture);
    }

    /// Rewrites the terminal's own copy of a span, which is read by its neutral names.
    pub(crate) fn show(&self, span: &mut SpanData) {
        context::resolve(span);
        self.capture.read_function(span);
        self.texts.rewrite(span, self.capture);
    }

    /// The resource that goes with such spans.
    pub(crate) fn resource(&self, resource: &Resource) -> Resource {
        match self.mapping {
            Some(Mapping::Langfuse) => self.texts.resource(&langfuse::resource(resource)),
            Some(Mapping::OpenInference) => self.texts.resource(&openinference::resource(resource)),
            None => self.texts.resource(resource),
        }
    }
}
