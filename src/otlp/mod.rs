//! OTLP over HTTP: encoding, splitting, shrinking, sending, and when to send again.

pub(crate) mod encoded;
pub(crate) mod explain;
pub(crate) mod in_memory;
pub(crate) mod outcome;
pub(crate) mod response;
pub(crate) mod retry;
pub(crate) mod shrink;
pub(crate) mod split;
pub(crate) mod transport;
