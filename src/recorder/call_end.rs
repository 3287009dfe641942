//! How a call ended, and what is known of a failure.

use reqwest::StatusCode;

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The body was read to its end.
    Complete,
    /// The caller dropped the body; whether all of it had come by then.
    Dropped { was_complete: bool },
    /// The caller gave up before there was an answer.
    CancelledBeforeAnswer,
    /// It was under way when the telemetry ended.
    OpenAtExit,
    /// There is no answer, or it broke off.
    Failed(Failure),
}

/// What is known of a call that ended with an error instead of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: Option<StatusCode>,
    /// A name of low cardinality.
    pub(crate) kind: String,
    /// Never contains a body.
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(kind: &str, message: impl Into<String>) -> Self {
        Self {
            status: None,
            kind: kind.to_owned(),
            message: message.into(),
        }
    }
}
