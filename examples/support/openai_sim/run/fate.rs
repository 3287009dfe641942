//! What becomes of a run: the name of its model says so.
//!
//! Contract: the model is the run's, else its assistant's. Names may be parts of a longer one,
//! parted by `/`. What goes wrong with a request for a run, rather than with the run, is in
//! `runs/incoming.rs`.
//!
//! | model | the run |
//! |---|---|
//! | `run-failed` | fails where its message would be: `rate_limit_exceeded`; steps before it stand |
//! | `run-failed-step` | fails within its message: `server_error`; the step fails, half of the message stays |
//! | `run-incomplete` | stops half-way through its message: `max_completion_tokens` |
//! | `run-expired` | waits for what never comes and expires after twice its time and 200 ms |
//! | `run-slow` | takes three times as long, and 1.5 s at least |
//! | `run-cut` | goes well; a stream of it breaks off half-way, and the run goes on |
//! | `error-stream` | like `run-failed-step`; a stream of it ends with `error` in place of the run |
//! | `run-image` | answers with a picture before the text |
//! | `run-unknown-step` | takes a step of a type no client knows before all others |

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) enum Fate {
    #[default]
    Regular,
    Failed,
    FailedStep,
    Incomplete,
    Expired,
    Slow,
    Cut,
    StreamError,
    Image,
    UnknownStep,
}

impl Fate {
    /// The fate `model` names.
    pub(in super::super) fn of(model: &str) -> Self {
        let named = model.split('/').find_map(|name| match name {
            "run-failed" => Some(Self::Failed),
            "run-failed-step" => Some(Self::FailedStep),
            "run-incomplete" => Some(Self::Incomplete),
            "run-expired" => Some(Self::Expired),
            "run-slow" => Some(Self::Slow),
            "run-cut" => Some(Self::Cut),
            "error-stream" => Some(Self::StreamError),
            "run-image" => Some(Self::Image),
            "run-unknown-step" => Some(Self::UnknownStep),
            _ => None,
        });
        named.unwrap_or_default()
    }
}
