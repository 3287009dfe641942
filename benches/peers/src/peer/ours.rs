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
    run(case, destination.with_compression(compression))
}

pub(super) fn langfuse(case: &Case) -> Outcome {
    let destination = Destination::langfuse("pk-lf-1", "sk-lf-1");
    run(case, destination.with_base_url(&case.address))
}

fn run(case: &Case, destination: Destination) -> Outcome {
    let telemetry = Telemetry::builder()
        .with_variables([("", "")])
        .with_destination(destination)
        .build()
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    case.measure(telemetry, call, |telemetry| {
        telemetry.shutdown(SOON);
    })
}
