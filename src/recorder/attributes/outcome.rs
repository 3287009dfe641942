//! How a call or one of its attempts ended, as attributes.

use std::time::Duration;

use opentelemetry::KeyValue;
use reqwest::StatusCode;

use super::address::head;
use crate::conventions as names;
use crate::conventions::{error_type, observation};
use crate::recorder::answer::is_failure;
use crate::recorder::call_end::{End, Failure};
use crate::span::AttributeSink;
use crate::wire::ResponseFacts;

const CANCELLED: &str = "stream cancelled by caller";
const CANCELLED_WHOLE: &str = "call cancelled by caller";
const OPEN_AT_EXIT: &str = "still open at exit";
const CANCELLED_EARLY: &str = "cancelled by caller before the answer";
const UNFINISHED: &str = "the server ended the stream before it was finished";
const LOST: &str = "content was given up because too much was waiting to be recorded";

/// How a call ended.
pub(in crate::recorder) struct Outcome<'a> {
    pub(in crate::recorder) status: Option<StatusCode>,
    pub(in crate::recorder) request_id: Option<&'a str>,
    pub(in crate::recorder) resends: u32,
    pub(in crate::recorder) end: &'a End,
    /// Whether the answer was cut before all of it had come.
    pub(in crate::recorder) was_cut: bool,
    pub(in crate::recorder) is_stream: bool,
    pub(in crate::recorder) has_lost_content: bool,
}

/// Status, errors, cancellation.
pub(in crate::recorder) fn outcome(
    set: &mut impl AttributeSink,
    outcome: &Outcome<'_>,
    answer: &ResponseFacts,
) {
    let error = answer.error.as_ref();
    let in_body = error.and_then(|error| error.request_id.as_deref());
    head(set, outcome.status, outcome.request_id.or(in_body));
    if outcome.resends > 0 {
        set.push(names::call::RESEND_COUNT, i64::from(outcome.resends));
    }
    if outcome.has_lost_content {
        set.warning(LOST);
    }
    let failed = outcome.status.filter(|status| is_failure(*status));
    let stream_end = if failed.is_some() || error.is_some() {
        let kind = error.and_then(|error| error.name());
        let message = error.and_then(|error| error.message.clone());
        let message = message.or_else(|| failed.map(|status| status.to_string()));
        set.error(error_kind(kind, failed), message.unwrap_or_default());
        let parameter = error.and_then(|error| error.param.clone());
        set.push_some(names::call::ERROR_PARAMETER, parameter);
        // Only a stream has an end of its own; the error says the rest.
        outcome.is_stream.then_some("error")
    } else {
        match outcome.end {
            End::Failed(failure) => {
                head(set, failure.status, None);
                let kind = Some(failure.kind.as_str()).filter(|kind| !kind.is_empty());
                set.error(error_kind(kind, failure.status), failure.message.clone());
                outcome.is_stream.then_some("error")
            }
            End::CancelledBeforeAnswer => {
                set.warning(CANCELLED_EARLY);
                Some("cancelled")
            }
            End::OpenAtExit => {
                set.warning(OPEN_AT_EXIT);
                outcome.is_stream.then_some("cut")
            }
            End::Dropped { .. } if outcome.was_cut => {
                set.warning(match outcome.is_stream {
                    true => CANCELLED,
                    false => CANCELLED_WHOLE,
                });
                Some("cancelled")
            }
            _ if answer.warning.is_some() => {
                set.warning(answer.warning.clone().unwrap_or_default());
                let end = if answer.complete { "finished" } else { "cut" };
                outcome.is_stream.then_some(end)
            }
            _ if outcome.is_stream && !answer.complete => {
                set.warning(UNFINISHED);
                Some("cut")
            }
            _ => outcome.is_stream.then_some("finished"),
        }
    };
    set.push_some(observation::STREAM_END, stream_end);
}

/// The name of an error, or else the status.
fn error_kind(name: Option<&str>, status: Option<StatusCode>) -> String {
    let status = || status.map(|status| status.as_u16().to_string());
    let name = name.map(str::to_owned).or_else(status);
    name.unwrap_or_else(|| error_type::OTHER.to_owned())
}

/// An attempt that failed before another was made.
pub(in crate::recorder) fn attempt(failure: &Failure, wait: Duration) -> Vec<KeyValue> {
    let mut attributes = vec![KeyValue::new(names::call::ATTEMPT_WAIT, wait.as_secs_f64())];
    if let Some(status) = failure.status {
        let status = i64::from(status.as_u16());
        attributes.push(KeyValue::new(names::call::HTTP_STATUS, status));
    }
    if !failure.kind.is_empty() {
        attributes.push(KeyValue::new(names::ERROR_TYPE, failure.kind.clone()));
    }
    attributes
}

/// An answer that is made in the background, and whose end was never seen.
pub(in crate::recorder) fn unfinished(set: &mut impl AttributeSink, status: &str) {
    set.warning(format!("still {status} when last seen"));
}
