//! Whether what a server calls a success is an answer.
//!
//! The contract: only bodies that were read to their end are judged. What is no answer is an error, with the
//! sentence of the server where it has one; where content did come, it is a warning.

use serde_json::Value;

use super::error;
use super::facts::{ErrorFacts, ResponseFacts};
use super::fields::Object;
use crate::conventions::error_type::NO_ANSWER;
use crate::model::message::Part;

const EMPTY: &str = "the answer is empty";
const NO_EVENTS: &str = "the stream ended without an event";
const UNREADABLE: &str = "an event of the stream could not be read";
const UNFINISHED: &str = "the server ended the stream before it was finished";
const HALF: &str = "the answer ended in the middle of its JSON";
const NO_JSON: &str = "the answer is no JSON";
/// Reasons that are none: the model did not stop, something failed.
const FAILURES: [&str; 3] = ["error", "abort", "timeout"];

/// What a success has to hold to be an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Expected {
    /// Whatever comes, also nothing.
    Anything,
    /// JSON of any kind.
    Json,
    /// Text of any length, or JSON.
    TextOrJson,
    /// Sound or images, or JSON.
    Media,
    /// An object with one of these members, which has a value.
    Members(&'static [&'static str]),
}

/// What is wrong with an object that has come as a whole; what a server says in place of an answer is the
/// reason.
pub(super) fn of_object(expected: Expected, fields: &Object) -> Option<ErrorFacts> {
    let Expected::Members(members) = expected else {
        return None;
    };
    if is_answer(members, fields) {
        return None;
    }
    Some(in_place_of_answer(fields).unwrap_or_else(|| lacking(members)))
}

/// Whether an object has one of the members of an answer, with a value. A message that is a text is a
/// sentence in place of one.
pub(super) fn is_answer(members: &[&str], fields: &Object) -> bool {
    let has_value = |name: &&str| match fields.get(*name) {
        None | Some(Value::Null) => false,
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::String(_)) => *name != "message",
        Some(_) => true,
    };
    members.iter().any(has_value)
}

/// The error that an object is which has nothing of an answer.
pub(super) fn in_place_of_answer(fields: &Object) -> Option<ErrorFacts> {
    let facts = error::of_fields(fields.clone());
    facts.message.is_some().then_some(facts)
}

fn lacking(members: &[&str]) -> ErrorFacts {
    let first = members.first().copied().unwrap_or_default();
    error::of_ours(NO_ANSWER, format!("the answer has no `{first}`"))
}

/// What is wrong with JSON that is no object.
pub(super) fn of_value(expected: Expected, value: Value) -> Option<ErrorFacts> {
    if expected == Expected::Anything {
        return None;
    }
    let mut facts = error::of_body(value);
    if facts.message.is_none() {
        facts = error::of_ours(NO_ANSWER, "the answer is no JSON object");
    }
    Some(facts)
}

/// What is wrong with a body without a byte.
pub(super) fn of_nothing(expected: Expected) -> Option<ErrorFacts> {
    (expected != Expected::Anything).then(|| error::of_ours(NO_ANSWER, EMPTY))
}

/// What is wrong with a body of text.
pub(super) fn of_text(expected: Expected, text: &str) -> Option<ErrorFacts> {
    let is_markup = error::is_markup(text);
    // An answer, though in a form that was not requested.
    let is_events = ["data:", "event:"]
        .iter()
        .any(|start| text.starts_with(start));
    let is_text = expected == Expected::TextOrJson && !is_markup;
    if expected == Expected::Anything || is_text || is_events {
        return None;
    }
    Some(instead(text, NO_JSON))
}

/// A text in place of an answer.
fn instead(text: &str, otherwise: &str) -> ErrorFacts {
    let is_markup = error::is_markup(text);
    let found = error::of_text(text);
    let message = match (found.message, is_markup) {
        (Some(message), true) if found.code.is_none() => {
            format!("a web page in place of an answer: {message}")
        }
        (None, true) => "a web page in place of an answer".to_owned(),
        (Some(message), _) => message,
        (None, false) => otherwise.to_owned(),
    };
    ErrorFacts {
        code: found.code,
        ..error::of_ours(NO_ANSWER, message)
    }
}

/// How the events of a stream went.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// How many had data.
    pub(super) count: u64,
    /// Whether one could not be read.
    pub(super) has_unreadable: bool,
    /// The first that could not be read, or what came in place of events.
    pub(super) text: String,
    /// The error that the first event is which has nothing of an answer.
    pub(super) odd: Option<ErrorFacts>,
}

/// Judges a stream that the server ended. `has_content` is whether anything of an answer came.
pub(super) fn judge_stream(facts: &mut ResponseFacts, events: Events, has_content: bool) {
    let text = events.text.trim();
    if facts.error.is_some() {
    } else if events.has_unreadable && has_content {
        facts.warning = Some(UNREADABLE.into());
    } else if events.has_unreadable && text.starts_with(['{', '[']) {
        facts.error = Some(error::of_ours(NO_ANSWER, UNREADABLE));
    } else if events.has_unreadable {
        facts.error = Some(instead(text, UNREADABLE));
    } else if events.count == 0 {
        facts.error = Some(instead(text, NO_EVENTS));
    } else if has_content || facts.warning.is_some() {
    } else if events.odd.is_some() {
        facts.error = events.odd;
    } else if !facts.complete {
        facts.error = Some(error::of_ours(NO_ANSWER, UNFINISHED));
    } else if facts.status.is_none() && facts.messages.is_empty() {
        facts.error = Some(error::of_ours(NO_ANSWER, "the stream held no answer"));
    }
}

/// Judges an answer that was put together: how it ended.
pub(super) fn judge_end(facts: &mut ResponseFacts, is_half: bool) {
    if facts.error.is_some() || facts.warning.is_some() {
        return;
    }
    let mut reasons = facts.finish_reasons.iter();
    let is_failure = |reason: &str| FAILURES.iter().any(|one| reason.eq_ignore_ascii_case(one));
    let failure = reasons.find(|reason| is_failure(reason));
    let sentence = match failure {
        _ if is_half => HALF.to_owned(),
        // An answer that broke off is known by that.
        Some(reason) if facts.complete && facts.status.as_deref() != Some("cancelled") => {
            format!("the answer ended with the reason `{reason}`")
        }
        _ => return,
    };
    if has_content(facts) {
        facts.warning = Some(sentence);
    } else {
        facts.error = Some(error::of_ours(NO_ANSWER, sentence));
    }
}

/// Whether anything of an answer came. A text without a character is nothing.
pub(super) fn has_content(facts: &ResponseFacts) -> bool {
    let is_something = |part: &Part| match part {
        Part::Text { content } | Part::Reasoning { content } => !content.is_empty(),
        _ => true,
    };
    let mut parts = facts.messages.iter().flat_map(|message| &message.parts);
    parts.any(is_something) || facts.output.is_some() || !facts.objects.is_empty()
}
