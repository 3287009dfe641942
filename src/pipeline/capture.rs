//! How much content a destination gets.
//!
//! Contract: pure, on a destination's own copy of a span, before anything reads or translates it.
//! Content is what was recorded because a function ran or a model was called: messages,
//! instructions, tools, arguments, results, inputs and outputs, under the names of this crate and of
//! other conventions. What the application records by name stays: metadata, tags, attributes, log lines.
//! An error's text is needed to find the error, but often quotes content: it is truncated, after the masks
//! have seen all of it.

use opentelemetry::trace::Event;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::meaning::is_content;
use super::repair;
use crate::config::parser::Parser;
use crate::config::setting::{Row, Setting};
use crate::conventions as names;
use crate::functions;
use crate::functions::{RecordedBy, is_field};
use crate::text::{data_urls, truncate};

const NAME: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

/// Characters of an error's text that are sent without content.
const ERROR_TEXT: usize = 200;

/// Whether content is sent to every destination. A word that the convention does not know is no error
/// but means no content: whoever sets this variable thinks of keeping content in.
pub(crate) static CONTENT: Setting<ContentSetting> = Setting::new(
    &[NAME],
    "whether content (messages, arguments, results) is sent to every destination: `SPAN_ONLY`, \
     `SPAN_AND_EVENT`, `true` or `1`, or not: `NO_CONTENT`, `EVENT_ONLY` and anything else",
    Parser::new("`SPAN_ONLY` or `NO_CONTENT`", |value| {
        let value = value.to_ascii_uppercase();
        // Before there were four modes, the variable was a switch, and some libraries still read it so.
        let content = matches!(
            value.as_str(),
            "SPAN_ONLY" | "SPAN_AND_EVENT" | "TRUE" | "1"
        );
        Some(ContentSetting {
            content,
            is_known: content
                || matches!(value.as_str(), "NO_CONTENT" | "EVENT_ONLY" | "FALSE" | "0"),
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

/// How much content a destination gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Capture {
    /// Whether it gets any.
    pub(crate) content: bool,
    /// Whether arguments and results of functions are a part of it.
    pub(crate) functions: bool,
    /// Whether it gets the bytes of media, and not only their markers.
    pub(crate) media: bool,
}

impl Capture {
    /// Whether media are sent: they are content.
    pub(crate) fn sends_media(self) -> bool {
        self.content && self.media
    }

    fn hides_functions(self) -> bool {
        !self.content || !self.functions
    }

    /// Removes the content that this destination does not get.
    pub(crate) fn strip(self, span: &mut SpanData) {
        if self.hides_functions() {
            strip_functions(span);
        }
        if !self.content {
            strip_content(span);
        }
        if !self.media {
            mark_media_of_functions(span);
        }
    }

    /// Does the same, then makes an input and output of what is left of the function.
    pub(crate) fn read_function(self, span: &mut SpanData) {
        self.strip(span);
        repair::older_content(span);
        let had_input = has_input(span);
        functions::consume(span);
        if self.hides_functions() && !had_input {
            // Without its arguments, the input would look like that of a function that has none.
            span.attributes.retain(|attribute| !is_input(attribute));
        }
    }

    /// As much of an error's text as this destination gets; `None` if that is all of it.
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

/// Writes a marker in place of every data URL among arguments and results.
fn mark_media_of_functions(span: &mut SpanData) {
    let mark = |attribute: &mut KeyValue| {
        if let Value::String(text) = &mut attribute.value
            && let Some(marked) = data_urls::with_markers(text.as_str())
        {
            *text = marked.into();
        }
    };
    let recorded_by = RecordedBy::of(span);
    let arguments = span.attributes.iter_mut();
    arguments
        .filter(|attribute| recorded_by.is_argument(attribute.key.as_str()))
        .for_each(mark);
    let of_events = span.events.events.iter_mut();
    of_events
        .flat_map(|event| &mut event.attributes)
        .filter(|attribute| attribute.key.as_str() == "return")
        .for_each(mark);
}

fn strip_content(span: &mut SpanData) {
    span.attributes
        .retain(|attribute| !is_content(attribute.key.as_str()));
    span.events.events.iter_mut().for_each(strip_event);
}

fn strip_event(event: &mut Event) {
    // Events of the GenAI conventions have content under plain names.
    let is_genai = event.name.starts_with(names::GEN_AI_PREFIX);
    event.attributes.retain(|attribute| {
        let key = attribute.key.as_str();
        let hidden = is_content(key) || (is_genai && is_field(key));
        !hidden
    });
}
