//! What the check-up of any backend needs: requests that are sent once, and problems as sentences.

mod check;
mod no_answer;
mod probe;
mod problem;
mod proxy;

pub use check::{Check, Checkup, Step};
pub(crate) use no_answer::grpc;
pub(crate) use probe::{Answer, Prober};
pub use problem::{Problem, ProblemKind};
pub(crate) use problem::{fault, sentence};
pub(crate) use proxy::SETTINGS;
