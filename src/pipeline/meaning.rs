//! The meaning of a text, by the name under which it is sent: the one answer for capture and masks.

#[cfg(test)]
mod tests;

use crate::backends;
use crate::conventions as names;
use crate::conventions::{observation, trace};
use crate::functions::{RecordedBy, is_field};

/// The meaning of a text, which is the same for every destination.
///
/// # Examples
///
/// ```
/// use std::borrow::Cow;
/// use tracing_genai::{MaskField, Meaning};
///
/// /// A mask that sends neither inputs nor outputs.
/// fn without_content<'a>(field: MaskField<'_>, text: &'a str) -> Cow<'a, str> {
///     match field.meaning() {
///         Meaning::Input | Meaning::Output => Cow::Borrowed("<hidden>"),
///         _ => Cow::Borrowed(text),
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Meaning {
    /// Messages to a model, instructions, tools, arguments, queries; text or JSON.
    Input,
    /// Answers, results, documents that were found; text or JSON.
    Output,
    /// Metadata and tags.
    Metadata,
    /// The text of an error, or the explanation of a level.
    Error,
    /// A log line: its message, or one of its fields.
    Log,
    /// The span's name.
    Name,
    /// An attribute of the process.
    Resource,
    /// Anything else: ids, models, parameters, counts as JSON, user and session, your own
    /// attributes.
    Other,
}

/// The meaning of an attribute of a span or link.
pub(super) fn of_attribute(key: &str, recorded_by: RecordedBy) -> Meaning {
    of_known(key).unwrap_or_else(|| match recorded_by.is_argument(key) {
        true => Meaning::Input,
        false => Meaning::Other,
    })
}

/// The meaning of an attribute of an event.
pub(super) fn of_event_attribute(event: &str, key: &str) -> Meaning {
    let is_genai = event.starts_with(names::GEN_AI_PREFIX);
    of_known(key).unwrap_or(match key {
        "return" => Meaning::Output,
        key if is_genai && is_field(key) => side_of(event),
        _ => Meaning::Log,
    })
}

/// What every key of a request parameter contains that is content.
const REQUEST_CONTENT: &str = ".request_content.";

fn of_known(key: &str) -> Option<Meaning> {
    if is_error(key) {
        Some(Meaning::Error)
    } else if is_metadata(key) && !backends::is_content(key) {
        Some(Meaning::Metadata)
    } else {
        is_content(key).then(|| side_of(key))
    }
}

/// Whether a text belongs to an error.
pub(super) fn is_error(key: &str) -> bool {
    matches!(
        key,
        "error" | "err" | observation::STATUS_MESSAGE | observation::ERROR_MESSAGE
    ) || key.starts_with("error.")
        || key.starts_with("exception.")
        || backends::is_error_text(key)
}

fn is_metadata(key: &str) -> bool {
    key.starts_with(observation::METADATA_PREFIX)
        || key.starts_with(observation::REQUEST_METADATA_PREFIX)
        || key.starts_with(trace::METADATA_PREFIX)
        || key == trace::TAGS
        || backends::is_metadata(key)
}

/// Whether content is an input or an output, by the words of the conventions.
fn side_of(key: &str) -> Meaning {
    if key.contains(REQUEST_CONTENT) {
        return Meaning::Input;
    }
    const OUTPUT: [&str; 5] = ["output", "result", "response", "completion", "choice"];
    let key = key.to_ascii_lowercase();
    let is_found = matches!(
        key.as_str(),
        names::RETRIEVAL_DOCUMENTS | names::MEMORY_RECORDS
    );
    match is_found || OUTPUT.iter().any(|word| key.contains(word)) {
        true => Meaning::Output,
        false => Meaning::Input,
    }
}

/// Whether a text is content: what was recorded because a function ran or a model was called.
pub(super) fn is_content(key: &str) -> bool {
    const CONTENT: [&str; 14] = [
        names::observation::INPUT,
        names::observation::OUTPUT,
        names::INPUT_MESSAGES,
        names::OUTPUT_MESSAGES,
        names::call::OUTPUT_ANNOTATIONS,
        names::SYSTEM_INSTRUCTIONS,
        names::TOOL_DEFINITIONS,
        names::TOOL_DESCRIPTION,
        names::TOOL_CALL_ARGUMENTS,
        names::TOOL_CALL_RESULT,
        names::RETRIEVAL_QUERY_TEXT,
        names::RETRIEVAL_DOCUMENTS,
        names::MEMORY_QUERY_TEXT,
        names::MEMORY_RECORDS,
    ];
    CONTENT.contains(&key)
        || key.starts_with(names::PROMPT_VARIABLE_PREFIX)
        || key.starts_with(observation::CONTENT_PARAMETER_PREFIX)
        || key.starts_with(observation::REQUEST_METADATA_PREFIX)
        || is_older_convention(key)
        || backends::is_content(key)
}

/// `gen_ai.prompt`, `gen_ai.prompt.0.content`, `gen_ai.completion` and their like, but not
/// `gen_ai.prompt.name`.
fn is_older_convention(key: &str) -> bool {
    [names::PROMPT, names::COMPLETION].into_iter().any(|name| {
        let numbered = |rest: &str| {
            rest.strip_prefix('.')
                .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
        };
        key.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || numbered(rest))
    })
}
