//! Observability for LLM calls on `tracing` and OpenTelemetry.
