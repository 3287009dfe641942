//! What is logged about the settings, once a subscriber can receive it.
//!
//! Settings are checked before a subscriber is set. So the log waits until the guard is made, which every
//! program does after it has set its subscriber.

use std::sync::{Mutex, PoisonError};

use crate::diagnostics::Diagnostics;

/// Sentences about the settings that have not been logged yet.
#[derive(Debug, Default)]
pub(crate) struct StartupLog {
    warnings: Vec<String>,
    details: Vec<String>,
}

impl StartupLog {
    /// Adds a sentence for everybody.
    pub(crate) fn warn(&mut self, sentence: String) {
        self.warnings.push(sentence);
    }

    /// Adds a sentence for those who debug their set-up.
    pub(crate) fn debug(&mut self, sentence: String) {
        self.details.push(sentence);
    }

    /// Logs everything and forgets it.
    pub(crate) fn emit(log: &Mutex<Self>, diagnostics: &Diagnostics) {
        // Taken out first: a subscriber that receives a sentence may build a telemetry of its own.
        let log = std::mem::take(&mut *log.lock().unwrap_or_else(PoisonError::into_inner));
        for sentence in log.warnings {
            diagnostics.warn_now(format_args!("{sentence}"));
        }
        for sentence in log.details {
            diagnostics.debug(format_args!("{sentence}"));
        }
    }
}
