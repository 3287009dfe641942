//! Observability for LLM calls on `tracing` and OpenTelemetry.

pub mod conventions;
mod export;
pub mod message;
pub mod observation;
