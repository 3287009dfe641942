//! The Responses API and its Conversations.
//!
//! The contract: an answer is one message, put together from its items in their order; the items of an
//! input become messages. Whole answers, the last event of a stream and what a stream that broke off has
//! left all go through [`answer`].

mod answer;
mod items;
mod request;
mod stream;

pub(super) use answer::{answer, conversation_response, input_tokens};
pub(super) use request::{conversation_request, request};
pub(super) use stream::Stream;
