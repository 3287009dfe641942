//! Calls whose answers are made in the background: their spans are deferred until the end is seen.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::Status;

use super::answer::ReadAnswer;
use super::attributes;
use super::background::{BackgroundAnswers, Unfinished};
use super::call::RecordedCall;
use crate::export::deferred::{Completion, DeferredId, DeferredSpans};
use crate::metrics::Ledger;
use crate::span::AttributeSet;
use crate::wire::StoredAnswer;

/// How long nothing may be heard of an answer, at least.
const LEAST_PATIENCE: Duration = Duration::from_secs(20 * 60);

/// The calls whose spans are deferred.
pub(super) struct DeferredCalls {
    answers: BackgroundAnswers,
    spans: Arc<DeferredSpans>,
}

impl DeferredCalls {
    pub(super) fn new(capacity: usize, patience: Duration, spans: Arc<DeferredSpans>) -> Self {
        Self {
            answers: BackgroundAnswers::new(capacity, patience.max(LEAST_PATIENCE)),
            spans,
        }
    }

    /// When [`DeferredCalls::sweep`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.answers.deadline()
    }

    /// Gives up the answers of which nothing was heard for too long.
    pub(super) fn sweep(&mut self, now: Instant, ledger: &mut Ledger) {
        for unfinished in self.answers.sweep(now) {
            self.give_up(&unfinished, ledger);
        }
    }

    /// Gives up every answer.
    pub(super) fn close(&mut self, ledger: &mut Ledger) {
        for unfinished in self.answers.close() {
            self.give_up(&unfinished, ledger);
        }
    }

    /// A call was answered at this time; returns the name of its span if the span is deferred, because the
    /// answer is going to be made in the background.
    pub(super) fn answered(
        &mut self,
        call: &RecordedCall,
        read: &ReadAnswer,
        at: SystemTime,
        ledger: &mut Ledger,
    ) -> Option<DeferredId> {
        let answer = &read.facts;
        let (id, status) = (answer.id.as_ref()?, answer.status.as_ref()?);
        let is_done = !matches!(status.as_str(), "queued" | "in_progress");
        let (server, now) = (call.server_and_port(), Instant::now());
        match call.head.endpoint.stored_answer()? {
            StoredAnswer::Created => {
                let is_background = answer
                    .background
                    .or(call.request.background)
                    .unwrap_or_default();
                // A stream that broke off says nothing about the answer.
                let was_refused = answer.error.is_some() || !call.is_success();
                if !is_background || is_done || was_refused {
                    return None;
                }
                let (span, evicted) = self.answers.begin(&server, id, status, now);
                if let Some(evicted) = evicted {
                    self.give_up(&evicted, ledger);
                }
                if call.has_span() {
                    self.spans.expect(span);
                }
                Some(span)
            }
            StoredAnswer::Fetched => {
                if !is_done {
                    self.answers.see(&server, id, status, now);
                } else if let Some(span) = self.answers.end(&server, id) {
                    let mut set = AttributeSet::new();
                    attributes::background_answer(&mut set, answer);
                    attributes::media(&mut set, [&call.media, &answer.media]);
                    self.complete(span, set, Some(at), ledger);
                }
                None
            }
        }
    }

    fn give_up(&self, unfinished: &Unfinished, ledger: &mut Ledger) {
        let mut set = AttributeSet::new();
        attributes::unfinished(&mut set, &unfinished.status);
        self.complete(unfinished.span, set, None, ledger);
    }

    fn complete(
        &self,
        span: DeferredId,
        set: AttributeSet,
        end: Option<SystemTime>,
        ledger: &mut Ledger,
    ) {
        ledger.complete(span, &set, end);
        let (attributes, status) = set.into_parts();
        let completion = Completion {
            attributes,
            status: Some(status).filter(|status| *status != Status::Unset),
            end,
        };
        self.spans.complete(span, completion);
    }
}
