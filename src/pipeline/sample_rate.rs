//! The sample rate of a destination: the share of traces that it gets.
//!
//! Contract: the decision depends on the trace id alone and is that of OpenTelemetry's
//! `TraceIdRatioBased` sampler. So a destination gets whole traces, the same ones in every process, and a
//! smaller share is a part of a larger one.

use std::fmt;

use opentelemetry::trace::{SpanKind, TraceId};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, ShouldSample};

/// A share of the traces between none (0) and all (1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SampleRate(f64);

impl SampleRate {
    pub(crate) const ALL: Self = Self(1.0);

    /// `rate` has been checked to lie between 0 and 1.
    pub(crate) fn new(rate: f64) -> Self {
        Self(rate)
    }

    /// Whether a trace is among those that are sent.
    pub(crate) fn includes(self, trace_id: TraceId) -> bool {
        if self == Self::ALL {
            return true;
        }
        // The sampler looks at nothing but the trace id.
        let sampler = self.sampler();
        let result = sampler.should_sample(None, trace_id, "", &SpanKind::Internal, &[], &[]);
        result.decision == SamplingDecision::RecordAndSample
    }

    /// The sampler that makes the same decision when a trace begins.
    pub(crate) fn sampler(self) -> Sampler {
        if self == Self::ALL {
            Sampler::AlwaysOn
        } else {
            Sampler::TraceIdRatioBased(self.0)
        }
    }
}

impl fmt::Display for SampleRate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            formatter.write_str("all traces")
        } else {
            write!(formatter, "a share of {} of the traces", self.0)
        }
    }
}
