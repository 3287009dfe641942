//! Chat Completions and, as its smaller sister, legacy Completions.
//!
//! The contract: an answer has the same facts streamed or whole, because a whole answer is read as
//! a stream of one chunk ([`Answer`]).

mod answer;
mod calls;
mod choice;
mod request;
mod restore;

pub(super) use answer::Answer;
pub(super) use request::{completion_request, request};
pub(super) use restore::restore_finish_reason;
