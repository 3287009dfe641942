//! The mask of the application: a function over every text that is sent.
//!
//! Contract: a mask gets texts in their final form, so nothing is sent that it has not seen. It gets their
//! meaning as well as their name, because each backend has another name for an input. If it panics, only
//! the text that it was given is lost: a mark is sent in its place, never the text. It runs on the thread
//! of the destination, so it delays no caller.

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::meaning::Meaning;

/// Sent in place of a text whose mask panicked.
pub(crate) const FAILED: &str = "<masked: the mask failed>";

/// The text that a mask gets: its name and its meaning.
///
/// # Examples
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

    /// The name under which the text is sent: the key of the attribute, as this destination gets it, or
    /// `name` (of the span), `status.description`, `event.name`, `trace_state` (of the span or a link),
    /// `otel.scope.name` or `otel.scope.version`.
    pub fn key(self) -> &'a str {
        self.key
    }

    /// The meaning of the text, which is the same for every destination.
    pub fn meaning(self) -> Meaning {
        self.meaning
    }
}

type Function = dyn for<'a> Fn(MaskField<'_>, &'a str) -> Cow<'a, str> + Send + Sync;

/// A mask.
#[derive(Clone)]
pub(crate) struct Mask(Arc<Function>);

/// The mask panicked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MaskPanicked;

impl Mask {
    pub(crate) fn new<F>(function: F) -> Self
    where
        F: for<'a> Fn(MaskField<'_>, &'a str) -> Cow<'a, str> + Send + Sync + 'static,
    {
        Self(Arc::new(function))
    }

    /// The text as it is sent.
    pub(crate) fn apply<'a>(
        &self,
        field: MaskField<'_>,
        text: &'a str,
    ) -> Result<Cow<'a, str>, MaskPanicked> {
        // The function can only have left its own state broken: it holds nothing of this crate.
        catch_unwind(AssertUnwindSafe(|| (self.0)(field, text))).map_err(|_| MaskPanicked)
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Mask(…)")
    }
}
