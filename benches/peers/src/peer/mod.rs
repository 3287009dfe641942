//! The libraries, each set up as its documentation says, with the backend of this program in the place of its own.

mod ergonomic;
mod logfire;
mod observe;
mod ours;
mod sdk;

use serde::{Deserialize, Serialize};

use crate::case::{Case, Outcome};

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Peer {
    /// tracing-opentelemetry, slim, with the SDK's batch processor and opentelemetry-otlp.
    Sdk,
    SdkUncompressed,
    /// This crate, to an OTLP backend.
    Plain,
    PlainUncompressed,
    /// This crate, to Langfuse.
    Langfuse,
    Logfire,
    /// The exporter of opentelemetry-langfuse where the first has that of opentelemetry-otlp.
    OpentelemetryLangfuse,
    /// `#[observe]` of langfuse-sdk.
    Observe,
    /// Events by hand to the batcher of langfuse-ergonomic.
    Ergonomic,
    /// `@observe()` of Langfuse's SDK for Python.
    Python,
}

impl Peer {
    pub(crate) const ALL: [Self; 10] = [
        Self::Sdk,
        Self::SdkUncompressed,
        Self::Plain,
        Self::PlainUncompressed,
        Self::Langfuse,
        Self::Logfire,
        Self::OpentelemetryLangfuse,
        Self::Observe,
        Self::Ergonomic,
        Self::Python,
    ];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Sdk => "SDK, opentelemetry-otlp",
            Self::SdkUncompressed => "SDK, uncompressed",
            Self::Plain => "ours, plain OTLP",
            Self::PlainUncompressed => "ours, uncompressed",
            Self::Langfuse => "ours, Langfuse",
            Self::Logfire => "logfire",
            Self::OpentelemetryLangfuse => "opentelemetry-langfuse",
            Self::Observe => "langfuse-sdk",
            Self::Ergonomic => "langfuse-ergonomic",
            Self::Python => "langfuse for Python",
        }
    }

    /// The crate whose version the table shows.
    pub(crate) fn package(self) -> Option<&'static str> {
        match self {
            Self::Sdk | Self::SdkUncompressed => Some("opentelemetry-otlp"),
            Self::Logfire => Some("logfire"),
            Self::OpentelemetryLangfuse => Some("opentelemetry-langfuse"),
            Self::Observe => Some("langfuse-sdk"),
            Self::Ergonomic => Some("langfuse-ergonomic"),
            Self::Plain | Self::PlainUncompressed | Self::Langfuse | Self::Python => None,
        }
    }

    pub(crate) fn is_compressed(self) -> bool {
        matches!(
            self,
            Self::Sdk | Self::Plain | Self::Langfuse | Self::Python
        )
    }

    /// What one function becomes: a span, or for Langfuse's ingestion a trace and a span.
    pub(crate) fn spans(self) -> u64 {
        match self {
            Self::Ergonomic => 2,
            _ => 1,
        }
    }

    /// How many functions are called, and the pause after a burst in milliseconds, in which what sends them keeps up.
    pub(crate) fn amount(self) -> (u32, u64) {
        match self {
            Self::Python => (12_000, 100),
            _ => (60_000, 10),
        }
    }

    pub(crate) fn run(self, case: &Case) -> Outcome {
        match self {
            Self::Sdk => sdk::run(case, true),
            Self::SdkUncompressed => sdk::run(case, false),
            Self::Plain => ours::plain(case, true),
            Self::PlainUncompressed => ours::plain(case, false),
            Self::Langfuse => ours::langfuse(case),
            Self::Logfire => logfire::run(case),
            Self::OpentelemetryLangfuse => sdk::with_opentelemetry_langfuse(case),
            Self::Observe => observe::run(case),
            Self::Ergonomic => ergonomic::run(case),
            Self::Python => unreachable!("another program"),
        }
    }
}

/// The function, for what goes over tracing.
#[tracing::instrument(ret)]
fn solve(question: &str, number: u32) -> usize {
    crate::case::work(question, number)
}
