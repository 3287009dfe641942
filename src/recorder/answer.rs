//! An answer that was read, as the recorder needs it to tell of the call.

use std::time::Duration;

use super::call::Recorded;
use super::exchange::{End, Ended};
use crate::conventions as names;
use crate::wire::{BodyEnd, ResponseFacts, ResponseReader};

#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) answered: ResponseFacts,
    pub(super) is_stream: bool,
    /// Whether a stream said of itself that it is over.
    pub(super) is_terminal: bool,
    /// Before all had come that was to come.
    pub(super) was_cut: bool,
    pub(super) first_chunk: Option<Duration>,
    pub(super) first_content: Option<Duration>,
    pub(super) chunks: Option<u64>,
    /// How long each chunk took after the one before, if that was asked for.
    pub(super) gaps: Vec<Duration>,
}

impl Read {
    pub(super) fn of(mut answer: ResponseReader, end: BodyEnd) -> Self {
        Self {
            is_stream: answer.is_stream(),
            is_terminal: answer.is_terminal(),
            was_cut: false,
            first_chunk: answer.first_chunk_at(),
            first_content: answer.first_content_at(),
            chunks: answer.chunks(),
            gaps: answer.take_gaps(),
            answered: answer.finish(end),
        }
    }

    /// Whether the server or the way to it has failed, not the caller's patience.
    pub(super) fn has_failed(&self, call: &Recorded, ended: &Ended) -> bool {
        matches!(ended.end, End::Failed(_))
            || self.answered.error.is_some()
            || call.status.is_some_and(|status| !status.is_success())
    }

    /// A name of low cardinality for what went wrong.
    pub(super) fn error_type(&self, call: &Recorded, ended: &Ended) -> String {
        let said = self.answered.error.as_ref().and_then(|error| error.name());
        let failure = match &ended.end {
            End::Failed(failure) => Some(failure.kind.as_str()).filter(|kind| !kind.is_empty()),
            _ => None,
        };
        let status = || call.status.map(|status| status.as_u16().to_string());
        said.or(failure)
            .map(str::to_owned)
            .or_else(status)
            .unwrap_or_else(|| names::error_type::OTHER.to_owned())
    }
}
