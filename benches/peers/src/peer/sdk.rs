//! tracing-opentelemetry with an exporter of its own or of opentelemetry-langfuse.

use std::hint::black_box;
use std::ops::Range;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Compression, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::runtime::Tokio;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use tracing_subscriber::layer::SubscriberExt;

use super::solve;
use crate::case::{Case, Outcome, QUESTION};
use crate::slim;

pub(super) fn run(case: &Case, is_compressed: bool) -> Outcome {
    measure(case, provider(case, is_compressed))
}

pub(super) fn provider(case: &Case, is_compressed: bool) -> SdkTracerProvider {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(reqwest::blocking::Client::new())
        .with_endpoint(format!("{}/v1/traces", case.address));
    let exporter = if is_compressed {
        exporter.with_compression(Compression::Gzip)
    } else {
        exporter
    };
    SdkTracerProvider::builder()
        .with_batch_exporter(exporter.build().unwrap())
        .build()
}

/// With the processor that its documentation asks for, which sends from a Tokio runtime.
pub(super) fn with_opentelemetry_langfuse(case: &Case) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let _entered = runtime.enter();
    let exporter = opentelemetry_langfuse::ExporterBuilder::new()
        .with_host(&case.address)
        .with_basic_auth("pk-lf-1", "sk-lf-1")
        .with_header("x-langfuse-ingestion-version", "4")
        .build()
        .unwrap();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(BatchSpanProcessor::builder(exporter, Tokio).build())
        .build();
    measure(case, provider)
}

fn measure(case: &Case, provider: SdkTracerProvider) -> Outcome {
    install(&provider);
    case.measure(provider, call, |provider| provider.shutdown().unwrap())
}

pub(super) fn install(provider: &SdkTracerProvider) {
    let layer = slim::layer(provider.tracer("bench"));
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::set_global_default(subscriber).unwrap();
}

/// Of all that goes over tracing.
pub(super) fn call<T>(_: &T, numbers: Range<u32>) {
    for number in numbers {
        black_box(solve(black_box(QUESTION), number));
    }
}
