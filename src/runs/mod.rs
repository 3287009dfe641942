//! What spans several requests.
//!
//! Contract: fed by the recorder, on its thread and in the order of the calls; bounded in number,
//! bytes and time, because a follow-up may never come. Nothing here asks a server anything.

mod background;
mod limits;
mod observed;
mod past;
mod recent;
mod registry;
mod runs;
mod showing;
mod story;
mod threads;
mod tools;
mod weight;

pub(crate) use background::{Background, HeldId, Unfinished};
pub(crate) use limits::FollowLimits;
pub(crate) use observed::{Observed, Watch};
pub(crate) use registry::Registry;
pub(crate) use runs::{Event as RunEvent, Run};
pub(crate) use showing::{Showing, Teller};
pub(crate) use story::{Generation, Story, Tool, answer, finish_reason, written};
pub(crate) use tools::{Caller, Execution, Tools};
