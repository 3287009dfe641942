//! The share of traces that a destination gets.
//!
//! Contract: the decision depends on the trace id alone and is the one of OpenTelemetry's
//! `TraceIdRatioBased` sampler, so a destination gets whole traces, the same ones in every process,
//! and with a smaller share a part of those that it would get with a larger one.

use std::fmt;

use opentelemetry::trace::{SpanKind, TraceId};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, ShouldSample};

/// A share between none (0) and all (1) of the traces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TraceShare(f64);

impl TraceShare {
    pub(crate) const ALL: Self = Self(1.0);

    /// `share` has been checked to lie between 0 and 1.
    pub(crate) fn new(share: f64) -> Self {
        Self(share)
    }

    /// Whether a trace is in it.
    pub(crate) fn has(self, trace_id: TraceId) -> bool {
        // Nothing but the trace id matters to either of the samplers.
        let sampler = self.sampler();
        let result = sampler.should_sample(None, trace_id, "", &SpanKind::Internal, &[], &[]);
        result.decision == SamplingDecision::RecordAndSample
    }

    /// The sampler that decides alike when a trace begins.
    pub(crate) fn sampler(self) -> Sampler {
        if self == Self::ALL {
            Sampler::AlwaysOn
        } else {
            Sampler::TraceIdRatioBased(self.0)
        }
    }
}

impl fmt::Display for TraceShare {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            formatter.write_str("all traces")
        } else {
            write!(formatter, "a share of {} of the traces", self.0)
        }
    }
}
