//! Words that every room shares: messages, token counts, levels and types of observations, baggage.

mod baggage_names;
pub mod message;
mod observation_type;

pub(crate) use baggage_names::BaggageNames;
pub use observation_type::{Level, ObservationType};
