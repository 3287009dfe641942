//! Settings: where they are read from, what they may hold, and what is wrong with them.

pub(crate) mod environment;
pub(crate) mod error;
pub(crate) mod secret;
pub(crate) mod settings;
