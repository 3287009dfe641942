//! OTLP over HTTP and gRPC: encoding, splitting, shrinking, sending, and when to send again.

pub(crate) mod encode;
pub(crate) mod encoded;
pub(crate) mod explain;
pub(crate) mod grpc;
#[cfg(feature = "opentelemetry-otlp")]
pub(crate) mod http_client;
pub(crate) mod in_memory;
pub(crate) mod outcome;
pub(crate) mod protocol;
pub(crate) mod response;
pub(crate) mod retry;
pub(crate) mod shrink;
pub(crate) mod split;
pub(crate) mod transport;
