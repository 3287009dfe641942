//! GenAI metrics: how long calls took, how many tokens they used.
//!
//! Contract: a measurement is made of the very attributes that the operation's span has, so both say the
//! same; every operation counts once. The recorder measures on its own thread: calls, runs and derived
//! tools from their facts, also where their trace is not sampled, and every other span with
//! `gen_ai.operation.name` (observations by hand, spans of other libraries) when it has ended, which takes
//! a trace that is recorded. Nothing is kept or looked at unless somebody wants metrics. Names, units,
//! buckets and attributes are those of the conventions ([`crate::conventions::metric`]); whoever follows a
//! change there touches `instruments` and nothing else.

mod delivery;
mod instruments;
mod ledger;
mod masked;
mod settings;
mod spans;

use std::sync::Arc;

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::Meter;
use opentelemetry_sdk::trace::SpanData;

pub(crate) use delivery::{Delivery, Flushing, MetricsSetup};
pub(crate) use ledger::Ledger;
pub(crate) use settings::{EXPORTER, SETTINGS, Schedule};

use self::instruments::Instruments;
use crate::conventions as names;

/// Where measurements go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    instruments: Arc<[Instruments]>,
}

impl Metrics {
    /// To these meters.
    pub(crate) fn new(meters: &[Meter]) -> Self {
        Self {
            instruments: meters.iter().map(Instruments::new).collect(),
        }
    }

    /// Whether anybody wants them.
    pub(crate) fn are_wanted(&self) -> bool {
        !self.instruments.is_empty()
    }
}

/// What measures.
pub(crate) fn scope() -> InstrumentationScope {
    InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
        .with_version(env!("CARGO_PKG_VERSION"))
        .with_schema_url(names::SCHEMA_URL)
        .build()
}

/// Whether a span says which operation it is.
pub(crate) fn is_operation(span: &SpanData) -> bool {
    let is_name = |key: &str| key == names::OPERATION_NAME;
    span.attributes.iter().any(|one| is_name(one.key.as_str()))
}
