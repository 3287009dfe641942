//! From finished spans to the backends: queues, workers, senders, the spool and the report.
//!
//! Nothing in here knows of wire formats of model providers. A finished span is shared by all
//! destinations; each has a queue and threads of its own, and works on its own copy from there on.
//! A [`queue::InFlight`] guard goes with every span until what became of it is counted.

pub(crate) mod deferred;
pub(crate) mod delivery;
pub(crate) mod fan_out;
pub(crate) mod feedback;
pub(crate) mod losses;
pub(crate) mod metrics;
pub(crate) mod only_genai;
pub(crate) mod otlp_exporter;
pub(crate) mod oversize;
pub(crate) mod queue;
pub(crate) mod queued_span;
pub(crate) mod report;
#[cfg(test)]
mod sample;
pub(crate) mod scheduler;
pub(crate) mod sender;
pub(crate) mod span_size;
pub(crate) mod spill;
pub(crate) mod spool;
pub(crate) mod worker;
