//! How bytes are put together, whoever sends them: JSON, server-sent events, forms, base64.
//!
//! The contract: no word of any provider; every reader takes any split of the bytes and holds
//! little.

pub(crate) mod base64;
pub(crate) mod json;
pub(crate) mod multipart;
pub(crate) mod sse;
pub(crate) mod tail;
