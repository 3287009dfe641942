//! Observability for LLM calls on `tracing` and OpenTelemetry.

pub mod conventions;
#[cfg_attr(
    not(test),
    allow(dead_code, unused_imports, reason = "the export worker calls it")
)]
mod langfuse;
pub mod message;
pub mod observation;
