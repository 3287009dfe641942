//! The libraries, each set up as its documentation says, with the backend of this program in the place of its own.

mod calls;
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
    /// Calls by async-openai.
    AsyncOpenai {
        is_traced: bool,
    },
    /// Calls by the older async-openai that langfuse-openai wraps.
    LangfuseOpenai {
        is_traced: bool,
    },
    /// Calls by genai, with its own spans.
    Genai {
        is_traced: bool,
    },
}

impl Peer {
    pub(crate) const FUNCTIONS: [Self; 10] = [
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

    /// Each without and with tracing.
    pub(crate) const CALLS: [[Self; 2]; 3] = [
        [
            Self::AsyncOpenai { is_traced: false },
            Self::AsyncOpenai { is_traced: true },
        ],
        [
            Self::LangfuseOpenai { is_traced: false },
            Self::LangfuseOpenai { is_traced: true },
        ],
        [
            Self::Genai { is_traced: false },
            Self::Genai { is_traced: true },
        ],
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
            Self::AsyncOpenai { .. } => "ours, async-openai",
            Self::LangfuseOpenai { .. } => "langfuse-openai",
            Self::Genai { .. } => "genai, SDK",
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
            Self::AsyncOpenai { .. } => Some("async-openai"),
            Self::LangfuseOpenai { .. } => Some("langfuse-openai"),
            Self::Genai { .. } => Some("genai"),
            Self::Plain | Self::PlainUncompressed | Self::Langfuse | Self::Python => None,
        }
    }

    pub(crate) fn is_compressed(self) -> bool {
        matches!(
            self,
            Self::Sdk
                | Self::Plain
                | Self::Langfuse
                | Self::Python
                | Self::AsyncOpenai { .. }
                | Self::Genai { .. }
        )
    }

    /// What one function or call becomes: a span, or for Langfuse's ingestion a trace and a span.
    pub(crate) fn spans(self) -> u64 {
        match self {
            Self::Ergonomic => 2,
            Self::AsyncOpenai { is_traced }
            | Self::LangfuseOpenai { is_traced }
            | Self::Genai { is_traced } => u64::from(is_traced),
            _ => 1,
        }
    }

    /// How many functions or calls are made, and the pause after a burst in milliseconds, in which what sends them keeps up.
    pub(crate) fn amount(self) -> (u32, u64) {
        match self {
            Self::Python => (12_000, 100),
            Self::AsyncOpenai { .. } | Self::LangfuseOpenai { .. } | Self::Genai { .. } => {
                (4_000, 10)
            }
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
            Self::AsyncOpenai { is_traced } => calls::async_openai(case, is_traced),
            Self::LangfuseOpenai { is_traced } => calls::langfuse_openai(case, is_traced),
            Self::Genai { is_traced } => calls::genai(case, is_traced),
        }
    }
}

/// The function, for what goes over tracing.
#[tracing::instrument(ret)]
fn solve(question: &str, number: u32) -> usize {
    crate::case::work(question, number)
}
