//! Work on text that belongs to no room alone: truncation, secrets, error chains, time.

pub(crate) mod deadline;
pub(crate) mod errors;
pub(crate) mod secrets;
pub(crate) mod timestamp;
pub(crate) mod truncate;
