//! What is an argument: the one answer for whatever reads, hides or masks arguments.
//!
//! `tracing` records an argument under its plain name, and attributes have a dot in theirs. A
//! tracing-opentelemetry layer may add a few plain names of its own. The layer of this crate adds none to
//! a span, so there every plain name is an argument, whatever it is called.

use opentelemetry_sdk::trace::SpanData;

use super::events;

/// The name of the scope of this crate's layer.
const OWN_SCOPE: &str = env!("CARGO_PKG_NAME");
/// Plain names that other layers may write on a span.
const WRITTEN_BY_LAYERS: [&str; 4] = ["busy_ns", "idle_ns", events::LEVEL, events::TARGET];

/// Which layer recorded a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordedBy {
    ThisCrate,
    AnotherLayer,
}

impl RecordedBy {
    pub(crate) fn of(span: &SpanData) -> Self {
        match span.instrumentation_scope.name() {
            OWN_SCOPE => Self::ThisCrate,
            _ => Self::AnotherLayer,
        }
    }

    /// Whether an attribute of a span is an argument.
    pub(crate) fn is_argument(self, key: &str) -> bool {
        let is_of_layer = self == Self::AnotherLayer && WRITTEN_BY_LAYERS.contains(&key);
        !is_of_layer && !key.contains('.')
    }
}

/// Whether an attribute of an event is a field that the application gave it.
pub(crate) fn is_field(key: &str) -> bool {
    !events::is_of_layer(key) && !key.contains('.')
}
