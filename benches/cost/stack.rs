//! What is between a span and the backend.

use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Compression, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use serde::{Deserialize, Serialize};
use tracing::Dispatch;
use tracing::subscriber::NoSubscriber;
use tracing_genai::{Destination, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

use crate::slim;

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stack {
    /// No subscriber.
    None,
    /// tracing-opentelemetry, slim, with the SDK's batch processor and opentelemetry-otlp.
    Sdk,
    /// This crate, to an OTLP backend.
    Plain,
    /// This crate, to Langfuse.
    Langfuse,
    /// This crate, switched off.
    Disabled,
    /// This crate, with a sampler that takes nothing.
    Unsampled,
    /// This crate, with a filter that takes nothing.
    Filtered,
}

/// Longer than it takes to deliver what is left, also under valgrind.
const SOON: Duration = Duration::from_secs(60);

/// A stack that takes spans.
pub enum Running {
    Nothing(Dispatch),
    Sdk(Dispatch, SdkTracerProvider),
    Ours(Dispatch, Telemetry),
}

impl Stack {
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::Sdk,
        Self::Plain,
        Self::Langfuse,
        Self::Disabled,
        Self::Unsampled,
        Self::Filtered,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::None => "no subscriber",
            Self::Sdk => "SDK, opentelemetry-otlp",
            Self::Plain => "ours, plain OTLP",
            Self::Langfuse => "ours, Langfuse",
            Self::Disabled => "ours, switched off",
            Self::Unsampled => "ours, not sampled",
            Self::Filtered => "ours, filtered out",
        }
    }

    /// Whether spans arrive.
    pub fn records(self) -> bool {
        matches!(self, Self::Sdk | Self::Plain | Self::Langfuse)
    }

    pub fn start(self, address: &str) -> Running {
        let url = format!("{address}/v1/traces");
        match self {
            Self::None => Running::Nothing(Dispatch::new(NoSubscriber::new())),
            Self::Sdk => sdk(url),
            Self::Plain => ours(Destination::otlp(url), |builder| builder),
            Self::Langfuse => ours(langfuse(address), |builder| builder),
            Self::Disabled => ours(langfuse(address), |builder| {
                builder.with_variables([("OTEL_SDK_DISABLED", "true")])
            }),
            Self::Unsampled => ours(langfuse(address), |builder| {
                builder.with_sampler(Sampler::AlwaysOff)
            }),
            Self::Filtered => ours(langfuse(address), |builder| builder.with_filter("off")),
        }
    }
}

fn langfuse(address: &str) -> Destination {
    // The look-up of the project would be work of a thread that may or may not get to its end.
    Destination::langfuse("pk-lf-1", "sk-lf-1")
        .with_base_url(address)
        .with_project_id("project")
}

fn ours(
    destination: Destination,
    change: impl FnOnce(tracing_genai::TelemetryBuilder) -> tracing_genai::TelemetryBuilder,
) -> Running {
    let builder = Telemetry::builder()
        .with_variables([("", "")])
        .with_destination(destination);
    let telemetry = change(builder).build().unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    Running::Ours(Dispatch::new(subscriber), telemetry)
}

fn sdk(url: String) -> Running {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(reqwest::blocking::Client::new())
        .with_endpoint(url)
        .with_compression(Compression::Gzip)
        .build()
        .unwrap();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .build();
    let layer = slim::layer(provider.tracer("bench"));
    let subscriber = tracing_subscriber::registry().with(layer);
    Running::Sdk(Dispatch::new(subscriber), provider)
}

impl Running {
    pub fn subscriber(&self) -> &Dispatch {
        match self {
            Self::Nothing(subscriber) | Self::Sdk(subscriber, _) | Self::Ours(subscriber, _) => {
                subscriber
            }
        }
    }

    /// Delivers everything.
    pub fn end(self) {
        match self {
            Self::Nothing(_) => {}
            Self::Sdk(_, provider) => provider.shutdown_with_timeout(SOON).unwrap(),
            Self::Ours(_, telemetry) => {
                let report = telemetry.shutdown(SOON);
                assert_eq!(report.dropped() + report.pending(), 0, "{report}");
            }
        }
    }
}
