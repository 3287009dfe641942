//! Chat Completions and, as its smaller sister, legacy Completions.
//!
//! The contract: an answer has the same facts streamed or whole, because a whole answer is read as
//! a stream of one chunk ([`Answer`]).

mod answer;
mod calls;
mod choice;
mod request;
mod restore;

pub(in crate::wire) use answer::Answer;
pub(super) use request::completion_request;
pub(in crate::wire) use request::request;
pub(super) use restore::restore_finish_reason;
