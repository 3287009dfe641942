//! From finished spans to the backends.

pub(crate) mod console;
