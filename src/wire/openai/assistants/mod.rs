//! The Assistants API and its objects, wherever they occur.
//!
//! The contract: the `object` field decides what a body is, never the path alone, because other products
//! serve other things under the same paths. An object is read in the same way from an answer, a list and
//! an event.

mod call;
mod object;
mod request;
mod run;
mod stream;
mod time;

pub(super) use object::objects_of;
pub(super) use request::request;
pub(super) use stream::Stream;
