//! What spans several requests.
//!
//! Contract: fed by the recorder, on its thread and in the order of the calls; bounded in number,
//! bytes and time, because a follow-up may never come. Nothing here asks a server anything.

mod observed;
mod recent;
mod registry;
mod runs;
mod story;
mod threads;
mod tools;

pub(crate) use observed::{Observed, Watch};
pub(crate) use registry::{FollowLimits, Registry, Showing, Teller};
pub(crate) use runs::{Event as RunEvent, Run};
pub(crate) use story::{Generation, Story, Tool, answer, finish_reason, written};
pub(crate) use tools::{Caller, Execution, Tools};
