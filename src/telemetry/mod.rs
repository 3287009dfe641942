//! Assembly: settings in, a provider, a layer and destinations out.

mod assembly;
mod builder;
mod delivery;
pub(crate) mod filter;
mod guard;
mod mapping_exporter;
mod metering;
pub(crate) mod outcome;
pub(crate) mod prepared;
mod privacy;
pub(crate) mod processor;
mod program_log;
mod resource;
mod running;
mod sampling;
pub(crate) mod settings;
#[cfg(feature = "signals")]
mod signals;
mod start;
mod startup_log;

pub use builder::TelemetryBuilder;
pub use guard::Guard;
pub use mapping_exporter::MappingExporter;
pub use running::Telemetry;
