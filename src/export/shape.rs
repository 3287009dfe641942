//! The shape in which a destination gets spans: how much of the content, and in whose words.
//!
//! Works on the destination's own copy. The order matters: what must not leave the process is gone
//! before anything reads it.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use super::capture::Capture;
use super::destination::Mapping;
use crate::{context, langfuse, openinference};

/// What happens to a span before it is encoded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) mapping: Option<Mapping>,
    /// Whether messages stay under their GenAI names beside the mapping's.
    pub(crate) genai_content: bool,
    pub(crate) capture: Capture,
}

impl Shape {
    /// Rewrites a destination's own copy of a span.
    pub(crate) fn apply(self, span: &mut SpanData) {
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
    }

    /// The resource that goes with such spans.
    pub(crate) fn resource(self, resource: &Resource) -> Resource {
        match self.mapping {
            Some(Mapping::Langfuse) => langfuse::resource(resource),
            Some(Mapping::OpenInference) => openinference::resource(resource),
            None => resource.clone(),
        }
    }
}
