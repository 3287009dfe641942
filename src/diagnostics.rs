//! Messages of this crate to its users.
//!
//! They are `tracing` events of level WARN (or INFO, for a hint) with the target [`TARGET`], each kind
//! at most once a minute a destination, so that a fault of the backend cannot flood a log. With
//! debugging switched on, every step is an event of level DEBUG as well. No message holds content or
//! a key. The layer of this crate never attaches them to spans. [`init`](crate::init) writes them to
//! standard error; in a subscriber of your own, they are in your log.
//!
//! # Examples
//!
//! ```
//! use tracing_subscriber::filter::{LevelFilter, Targets};
//!
//! // A filter for a log that shows nothing else of this crate.
//! let filter = Targets::new()
//!     .with_target("tracing_genai", LevelFilter::OFF)
//!     .with_target(tracing_genai::diagnostics::TARGET, LevelFilter::INFO);
//! ```

use std::collections::HashMap;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer};

/// Target of every message.
pub const TARGET: &str = "tracing_genai::diagnostics";

const PAUSE: Duration = Duration::from_secs(60);

/// Emits messages, each kind at most once a minute a destination.
#[derive(Clone, Debug, Default)]
pub(crate) struct Diagnostics {
    debug: bool,
    last: Arc<Mutex<HashMap<(String, &'static str), Instant>>>,
}

impl Diagnostics {
    /// Also emits every step if `debug` is set.
    pub(crate) fn new(debug: bool) -> Self {
        Self {
            debug,
            last: Arc::default(),
        }
    }

    /// The level down to which messages are emitted.
    pub(crate) fn level(&self) -> tracing::Level {
        if self.debug {
            tracing::Level::DEBUG
        } else {
            tracing::Level::INFO
        }
    }

    pub(crate) fn debug(&self, sentence: fmt::Arguments<'_>) {
        if self.debug {
            tracing::debug!(target: TARGET, "{sentence}");
        }
    }

    pub(crate) fn warn(&self, kind: &'static str, sentence: fmt::Arguments<'_>) {
        self.warn_about("", kind, sentence);
    }

    /// About a destination, by its name.
    pub(crate) fn warn_about(
        &self,
        destination: &str,
        kind: &'static str,
        sentence: fmt::Arguments<'_>,
    ) {
        if self.is_due(destination, kind) {
            self.warn_now(sentence);
        }
    }

    /// Without a limit, for callers that have their own.
    pub(crate) fn warn_now(&self, sentence: fmt::Arguments<'_>) {
        tracing::warn!(target: TARGET, "{sentence}");
    }

    pub(crate) fn hint(&self, kind: &'static str, sentence: fmt::Arguments<'_>) {
        if self.is_due("", kind) {
            tracing::info!(target: TARGET, "{sentence}");
        }
    }

    fn is_due(&self, destination: &str, kind: &'static str) -> bool {
        let now = Instant::now();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let of = (destination.to_owned(), kind);
        let due = last
            .get(&of)
            .is_none_or(|&before| now.duration_since(before) >= PAUSE);
        if due {
            last.insert(of, now);
        }
        due
    }
}

/// Writes the events of [`TARGET`] to standard error, a line each.
#[derive(Debug)]
pub(crate) struct StandardError;

impl<S: tracing::Subscriber> Layer<S> for StandardError {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == TARGET {
            let mut line = Line(String::from("tracing-genai: "));
            event.record(&mut line);
            line.0.push('\n');
            // There is nowhere to report that standard error is gone.
            let _ = std::io::stderr().write_all(line.0.as_bytes());
        }
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            use fmt::Write as _;
            let _ = write!(self.0, "{value:?}");
        }
    }
}
