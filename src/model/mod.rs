//! What every room shares: messages, token counts, levels and types of observations, baggage names,
//! and whose models are called what.

mod arguments;
mod baggage_names;
pub mod message;
mod observation_type;
mod provider;
mod tool_definition;
mod usage;

pub(crate) use baggage_names::BaggageNames;
pub use observation_type::{Level, ObservationType};
pub(crate) use provider::provider_of;
