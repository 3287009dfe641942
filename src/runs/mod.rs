//! Runs of the Assistants API, followed across the requests that create, poll and finish them.
//!
//! Contract: fed by the recorder, on its thread and in the order of the calls; bounded in number,
//! bytes and time, because a follow-up may never come. Nothing here asks a server anything.

pub(crate) mod attributes;
mod finished_run;
pub(crate) mod limits;
pub(crate) mod observer;
pub(crate) mod recent;
pub(crate) mod registry;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod spans;
mod threads;
pub(crate) mod weight;
