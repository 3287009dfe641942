//! From finished spans to the backends: processor, queues, destinations.
//!
//! Nothing in here knows of OpenAI's wire formats. A finished span is shared by all destinations;
//! each has a queue and threads of its own, and works on its own copy from there on: the dispatcher
//! makes requests of spans, the courier sends them, several at once, repeats them and turns to the
//! spool. A [`queue::Ticket`] goes with every span until what became of it is counted.

pub(crate) mod capture;
pub(crate) mod console;
pub(crate) mod courier;
pub(crate) mod delivery;
pub(crate) mod destination;
pub(crate) mod dispatcher;
pub(crate) mod encoded;
pub(crate) mod filter;
pub(crate) mod held;
pub(crate) mod limits;
pub(crate) mod losses;
pub(crate) mod mask;
#[cfg(feature = "metrics")]
pub(crate) mod metrics;
pub(crate) mod otlp;
pub(crate) mod outbox;
pub(crate) mod processor;
pub(crate) mod queue;
pub(crate) mod report;
pub(crate) mod retry;
mod said;
pub(crate) mod shape;
pub(crate) mod share;
pub(crate) mod shrink;
pub(crate) mod split;
pub(crate) mod spool;
pub(crate) mod terminal;
pub(crate) mod texts;
pub(crate) mod transport;
