//! Observability for LLM calls on `tracing` and OpenTelemetry.

pub mod conventions;
pub mod message;
pub mod observation;
