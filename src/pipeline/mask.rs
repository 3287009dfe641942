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

use super::meaning::Meaning;

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
    pub(crate) fn apply<'a>(
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
