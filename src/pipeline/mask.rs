//! The mask of the application: a function over every text that leaves.
//!
//! Contract: what a mask is asked about is final, so nothing that it has not seen is sent, and it is asked
//! by meaning as well as by name, because what is an input has another name for each backend. A mask
//! that panics costs the text it was asked about and nothing else: a mark goes out in its place, never
//! the text. It runs on the thread of the destination, where nobody waits for it.

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::capture;
use crate::backends::{langfuse, openinference};
use crate::conventions as names;
use crate::conventions::{observation, trace};
use crate::functions::{RecordedBy, is_field};

/// What is sent in place of a text whose mask has failed.
pub(crate) const FAILED: &str = "<masked: the mask failed>";

/// Which text a mask is asked about.
///
/// ```
/// use std::borrow::Cow;
/// use tracing_genai::{Destination, Meaning, Telemetry};
///
/// # let numbers = |text: &str| text.to_owned();
/// let telemetry = Telemetry::builder()
///     .with_destination(Destination::langfuse("pk-lf-…", "sk-lf-…"))
///     .with_mask(move |field, text| match field.meaning() {
///         Meaning::Input | Meaning::Output => Cow::Owned(numbers(text)),
///         _ if field.key() == "user.id" => Cow::Borrowed("somebody"),
///         _ => Cow::Borrowed(text),
///     })
///     .build()?;
/// # Ok::<(), tracing_genai::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaskField<'a> {
    key: &'a str,
    meaning: Meaning,
}

impl<'a> MaskField<'a> {
    pub(crate) fn new(key: &'a str, meaning: Meaning) -> Self {
        Self { key, meaning }
    }

    /// The name under which the text is sent: the attribute's key as this destination writes it, or
    /// `name` (of the span), `status.description`, `event.name`.
    pub fn key(self) -> &'a str {
        self.key
    }

    /// What the text is, whatever its name for this destination.
    pub fn meaning(self) -> Meaning {
        self.meaning
    }
}

/// What a text is, whatever its name for a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Meaning {
    /// Messages sent to a model, instructions, tools, arguments, what was searched for; text or JSON.
    Input,
    /// Answers, results, what was found; text or JSON.
    Output,
    /// Metadata and tags.
    Metadata,
    /// The text of an error, or of what explains a level.
    Error,
    /// A line of the log: its message, or one of its fields.
    Log,
    /// The span's name.
    Name,
    /// About the process.
    Resource,
    /// Anything else: ids, models, parameters, counts as JSON, user and session, attributes of
    /// your own.
    Other,
}

type Function = dyn for<'a> Fn(MaskField<'_>, &'a str) -> Cow<'a, str> + Send + Sync;

/// The function.
#[derive(Clone)]
pub(crate) struct Mask(Arc<Function>);

/// The function has panicked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failed;

impl Mask {
    pub(crate) fn new<F>(function: F) -> Self
    where
        F: for<'a> Fn(MaskField<'_>, &'a str) -> Cow<'a, str> + Send + Sync + 'static,
    {
        Self(Arc::new(function))
    }

    /// What the function makes of a text.
    pub(crate) fn ask<'a>(
        &self,
        field: MaskField<'_>,
        text: &'a str,
    ) -> Result<Cow<'a, str>, Failed> {
        // Whatever the function has broken is its own; nothing of ours is in there.
        catch_unwind(AssertUnwindSafe(|| (self.0)(field, text))).map_err(|_| Failed)
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Mask(…)")
    }
}

/// What an attribute of a span or link is.
pub(crate) fn of_attribute(key: &str, recorded_by: RecordedBy) -> Meaning {
    of_known(key).unwrap_or_else(|| match recorded_by.is_argument(key) {
        true => Meaning::Input,
        false => Meaning::Other,
    })
}

/// What an attribute of an event is.
pub(crate) fn of_event_attribute(event: &str, key: &str) -> Meaning {
    let is_genai = event.starts_with(names::GEN_AI_PREFIX);
    of_known(key).unwrap_or(match key {
        "return" => Meaning::Output,
        key if is_genai && is_field(key) => side_of(event),
        _ => Meaning::Log,
    })
}

fn of_known(key: &str) -> Option<Meaning> {
    if is_error(key) {
        Some(Meaning::Error)
    } else if is_metadata(key) {
        Some(Meaning::Metadata)
    } else {
        capture::is_content(key).then(|| side_of(key))
    }
}

pub(crate) fn is_error(key: &str) -> bool {
    matches!(
        key,
        "error" | "err" | observation::STATUS_MESSAGE | observation::ERROR_MESSAGE
    ) || key.starts_with("error.")
        || key.starts_with("exception.")
        || langfuse::is_error_text(key)
}

fn is_metadata(key: &str) -> bool {
    key.starts_with(observation::METADATA_PREFIX)
        || key.starts_with(trace::METADATA_PREFIX)
        || key == trace::TAGS
        || langfuse::is_metadata(key)
        || openinference::is_metadata(key)
}

/// Which end of the work a content belongs to, by the words that conventions have for it.
fn side_of(key: &str) -> Meaning {
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

#[cfg(test)]
mod tests;
