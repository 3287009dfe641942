//! From finished spans to the backends: processor, queues, destinations.
//!
//! Nothing in here knows of OpenAI's wire formats. A finished span is shared by all destinations;
//! each has a queue and a thread of its own, and works on its own copy from there on.

pub(crate) mod capture;
pub(crate) mod console;
pub(crate) mod destination;
pub(crate) mod dispatcher;
pub(crate) mod filter;
pub(crate) mod held;
pub(crate) mod limits;
pub(crate) mod mask;
pub(crate) mod otlp;
pub(crate) mod processor;
pub(crate) mod queue;
pub(crate) mod report;
pub(crate) mod shape;
pub(crate) mod share;
pub(crate) mod terminal;
pub(crate) mod texts;
pub(crate) mod transport;
