//! What is to be said about the settings, once, as soon as somebody listens.
//!
//! Settings are checked before a subscriber is set, so what there is to say about them waits until
//! the guard is made, which is what every program does after it has set its subscriber.

use std::sync::{Mutex, PoisonError};

use crate::diagnostics::Diagnostics;

/// Sentences that wait.
#[derive(Debug, Default)]
pub(crate) struct Opening {
    warnings: Vec<String>,
    steps: Vec<String>,
}

impl Opening {
    /// For everybody.
    pub(crate) fn warn(&mut self, sentence: String) {
        self.warnings.push(sentence);
    }

    /// For who debugs the set-up.
    pub(crate) fn debug(&mut self, sentence: String) {
        self.steps.push(sentence);
    }

    /// Says everything. What has been said is gone.
    pub(crate) fn say(waiting: &Mutex<Self>, diagnostics: &Diagnostics) {
        // Taken out first: whoever listens may build a telemetry of their own.
        let said = std::mem::take(&mut *waiting.lock().unwrap_or_else(PoisonError::into_inner));
        for sentence in said.warnings {
            diagnostics.warn("setting", format_args!("{sentence}"));
        }
        for sentence in said.steps {
            diagnostics.debug(format_args!("{sentence}"));
        }
    }
}
