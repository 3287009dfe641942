//! What a call was, asked, answered and how it ended, as attributes.
//!
//! Pure. Names and types follow the GenAI conventions for client spans; what they have no name for has
//! a neutral one. A call of unknown kind has method and route only.

mod address;
mod answer;
mod mcp;
mod media;
mod outcome;
mod request;

pub(super) use address::{address, head, name};
pub(super) use answer::{answer, background_answer, stream};
pub(super) use mcp::{AnswerHead, exchange};
pub(super) use media::media;
pub(super) use outcome::{Outcome, attempt, outcome, unfinished};
pub(super) use request::request;
