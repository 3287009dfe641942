//! The Assistants API: its objects, wherever they come.
//!
//! The contract: what a body is, its `object` field says, never the path alone, because other
//! products serve other things under the same paths. The same object is read alike from an answer,
//! from a list and from an event.

mod call;
mod object;
mod request;
mod run;
mod stream;
mod time;

pub(super) use object::objects_of;
pub(super) use request::request;
pub(super) use stream::Stream;
