//! What the crate knows of particular backends: a folder or a file for each.

pub(crate) mod langfuse;
pub(crate) mod openinference;
