//! An answer that was read to its end, or as far as it came.

use std::time::Duration;

use reqwest::StatusCode;

use super::call_end::End;
use crate::conventions::error_type;
use crate::wire::{BodyEnd, ResponseFacts, ResponseReader};

#[derive(Debug, Default)]
pub(super) struct ReadAnswer {
    pub(super) facts: ResponseFacts,
    pub(super) is_stream: bool,
    /// Whether a stream said of itself that it is over.
    pub(super) is_terminal: bool,
    /// Whether it ended before all of it had come.
    pub(super) was_cut: bool,
    pub(super) first_chunk: Option<Duration>,
    pub(super) first_content: Option<Duration>,
    pub(super) chunks: Option<u64>,
    /// How long each chunk took after the one before, if that is wanted.
    pub(super) gaps: Vec<Duration>,
}

/// Whether a status says that a call has failed: a redirect, or what is still valid in a cache, does not.
pub(super) fn is_failure(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

impl ReadAnswer {
    pub(super) fn of(mut reader: ResponseReader, end: BodyEnd) -> Self {
        Self {
            is_stream: reader.is_stream(),
            is_terminal: reader.is_terminal(),
            was_cut: false,
            first_chunk: reader.first_chunk_at(),
            first_content: reader.first_content_at(),
            chunks: reader.chunks(),
            gaps: reader.take_gaps(),
            facts: reader.finish(end),
        }
    }

    /// Whether the server or the connection has failed, not the caller's patience.
    pub(super) fn has_failed(&self, status: Option<StatusCode>, end: &End) -> bool {
        matches!(end, End::Failed(_))
            || self.facts.error.is_some()
            || status.is_some_and(is_failure)
    }

    /// A name of low cardinality for what went wrong.
    pub(super) fn error_type(&self, status: Option<StatusCode>, end: &End) -> String {
        let in_body = self.facts.error.as_ref().and_then(|error| error.name());
        let failure = match end {
            End::Failed(failure) => Some(failure.kind.as_str()).filter(|kind| !kind.is_empty()),
            _ => None,
        };
        let status = || status.map(|status| status.as_u16().to_string());
        in_body
            .or(failure)
            .map(str::to_owned)
            .or_else(status)
            .unwrap_or_else(|| error_type::OTHER.to_owned())
    }
}
