//! What of the content a destination gets.
//!
//! Contract: pure, on a destination's own copy of a span, before anything reads or translates it.
//! Content is what was recorded because a function ran or a model was called: messages,
//! instructions, tools, arguments, results, inputs and outputs, under our names and under those of
//! other conventions. What somebody wrote down by name stays: metadata, tags, attributes, and lines
//! of their own log. An error's text is needed to find the error, and is often a quotation: it is
//! cut, but only after the masks have seen all of it.

use opentelemetry::KeyValue;
use opentelemetry::trace::Event;
use opentelemetry_sdk::trace::SpanData;

use super::meaning::is_content;
use crate::config::parser::Parser;
use crate::config::setting::{Row, Setting};
use crate::conventions as names;
use crate::functions;
use crate::functions::{RecordedBy, is_field};
use crate::text::truncate;

const NAME: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

/// How much of an error's text is left, in characters.
const ERROR_TEXT: usize = 200;

/// Whether content is sent to every destination. A word that the convention does not know is no error
/// but means no content: whoever sets this variable thinks of keeping content in.
pub(crate) static CONTENT: Setting<ContentSetting> = Setting::new(
    &[NAME],
    "whether content (messages, arguments, results) is sent to every destination: `SPAN_ONLY` or \
     `SPAN_AND_EVENT`, or not: `NO_CONTENT`, `EVENT_ONLY` and anything else",
    Parser::new("`SPAN_ONLY` or `NO_CONTENT`", |value| {
        let value = value.to_ascii_uppercase();
        let content = matches!(value.as_str(), "SPAN_ONLY" | "SPAN_AND_EVENT");
        Some(ContentSetting {
            content,
            is_known: content || matches!(value.as_str(), "NO_CONTENT" | "EVENT_ONLY"),
        })
    }),
)
.described_default(
    "sent, except to an OTLP backend that the environment names beside another destination",
)
.methods(&["with_content", "Destination::with_content"]);

pub(crate) static SETTINGS: &[&Row] = &[&CONTENT.row];

/// Whether content is sent, and whether the convention knows the word that decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContentSetting {
    pub(crate) content: bool,
    pub(crate) is_known: bool,
}

/// The warning if [`ContentSetting::is_known`] is false.
pub(crate) fn unknown() -> String {
    format!(
        "{NAME} is none of SPAN_ONLY, SPAN_AND_EVENT, EVENT_ONLY and NO_CONTENT, so no content is sent"
    )
}

/// What of the content a destination gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Capture {
    /// Any.
    pub(crate) content: bool,
    /// Arguments and results of functions; of no meaning without `content`.
    pub(crate) functions: bool,
}

impl Capture {
    fn hides_functions(self) -> bool {
        !self.content || !self.functions
    }

    /// Removes what this destination must not see.
    pub(crate) fn strip(self, span: &mut SpanData) {
        if self.hides_functions() {
            strip_functions(span);
        }
        if !self.content {
            strip_content(span);
        }
    }

    /// Removes what this destination must not see, then reads what is left of the function.
    pub(crate) fn read_function(self, span: &mut SpanData) {
        self.strip(span);
        let had_input = has_input(span);
        functions::consume(span);
        if self.hides_functions() && !had_input {
            // An input without arguments would say that there were none.
            span.attributes.retain(|attribute| !is_input(attribute));
        }
    }

    /// As much of an error's text as this destination may see; `None` if that is all of it.
    pub(crate) fn truncate_error(self, text: &str) -> Option<String> {
        let head = truncate::head_of_characters(text, ERROR_TEXT);
        let is_truncated = !self.content && head.len() < text.len();
        is_truncated.then(|| format!("{head}…"))
    }
}

fn is_input(attribute: &KeyValue) -> bool {
    attribute.key.as_str() == names::observation::INPUT
}

fn has_input(span: &SpanData) -> bool {
    span.attributes.iter().any(is_input)
}

fn strip_functions(span: &mut SpanData) {
    let recorded_by = RecordedBy::of(span);
    span.attributes
        .retain(|attribute| !recorded_by.is_argument(attribute.key.as_str()));
    span.events.events.retain(|event| {
        let is_result = |attribute: &KeyValue| attribute.key.as_str() == "return";
        !event.attributes.iter().any(is_result)
    });
}

fn strip_content(span: &mut SpanData) {
    span.attributes
        .retain(|attribute| !is_content(attribute.key.as_str()));
    span.events.events.iter_mut().for_each(strip_event);
}

fn strip_event(event: &mut Event) {
    // Events of the GenAI conventions hold content under plain names.
    let is_genai = event.name.starts_with(names::GEN_AI_PREFIX);
    event.attributes.retain(|attribute| {
        let key = attribute.key.as_str();
        let hidden = is_content(key) || (is_genai && is_field(key));
        !hidden
    });
}
