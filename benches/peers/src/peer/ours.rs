//! This crate.

use std::time::Duration;

use tracing_genai::{Compression, Destination, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

use super::sdk::call;
use crate::case::{Case, Outcome};

/// Longer than it takes to deliver what is left.
const SOON: Duration = Duration::from_secs(60);

pub(super) fn plain(case: &Case, is_compressed: bool) -> Outcome {
    let destination = Destination::otlp(format!("{}/v1/traces", case.address));
    let compression = if is_compressed {
        Compression::Gzip
    } else {
        Compression::None
    };
    let telemetry = start(destination.with_compression(compression));
    case.measure(telemetry, call, |telemetry| end(&telemetry))
}

pub(super) fn langfuse(case: &Case) -> Outcome {
    case.measure(start_langfuse(case), call, |telemetry| end(&telemetry))
}

pub(super) fn start_langfuse(case: &Case) -> Telemetry {
    let destination = Destination::langfuse("pk-lf-1", "sk-lf-1");
    start(destination.with_base_url(&case.address))
}

fn start(destination: Destination) -> Telemetry {
    let telemetry = Telemetry::builder()
        .with_variables([("", "")])
        .with_destination(destination)
        .build()
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    telemetry
}

pub(super) fn end(telemetry: &Telemetry) {
    telemetry.shutdown(SOON);
}
