//! Words that every room shares: messages, token counts, levels and types of observations.

pub mod message;
mod observation_type;

pub use observation_type::{Level, ObservationType};
