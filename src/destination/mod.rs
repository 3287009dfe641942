//! Destinations: where spans go, and with whose attributes.

mod checked;
pub(crate) mod console;
mod definition;
mod environment;
mod mapping;
#[cfg(test)]
mod tests;

pub(crate) use checked::{Checked, SharedSettings, Target};
pub use definition::Destination;
pub(crate) use environment::SETTINGS;
pub use mapping::Mapping;
