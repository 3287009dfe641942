//! The SDK's processor and an exporter of others send what a destination of this crate sends.

use std::collections::BTreeMap;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData, SpanExporter};
use tracing::instrument::WithSubscriber;
use tracing_genai::context::{self, Attributes};
use tracing_genai::testing::ReceivedSpan;
use tracing_genai::{Mapping, Telemetry, TelemetryBuilder};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;

use crate::openai_sim;
use crate::support::collector::Collector;
use crate::support::versions::Version;
use crate::support::{SOON, builder, builder_in, chat_request, langfuse_variables, within_async};

#[tracing::instrument(skip(url), ret)]
async fn explain(url: &str, order: &str) -> String {
    let request = chat_request("gpt-4o");
    Version::V043.client(url).chat(&request).await.unwrap();
    order.to_uppercase()
}

async fn of_ada(url: &str) {
    let scope = context::scope(Attributes::new().with_user("ada"));
    scope.wrap(explain(url, "order-1")).await;
}

/// Runs `work` with a provider of the program's own and this exporter, which has everything then.
async fn with_pipeline<F: Future>(
    exporter: impl SpanExporter + 'static,
    work: F,
) -> SdkTracerProvider {
    let telemetry = builder().with_destinations(false).build().unwrap();
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name("billing").build())
        .with_span_processor(telemetry.span_processor())
        .with_batch_exporter(exporter)
        .build();
    let subscriber = tracing_subscriber::registry()
        .with(
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("tracing-genai"))
                .with_location(false)
                .with_threads(false)
                .with_tracked_inactivity(false)
                .with_target(false)
                .with_level(false)
                .with_filter(LevelFilter::INFO),
        )
        .with(telemetry.handle());
    work.with_subscriber(subscriber).await;
    telemetry.shutdown(SOON);
    // Blocks until the exporter is done, so not on the thread of the server.
    let flushing = provider.clone();
    let flushed = tokio::task::spawn_blocking(move || flushing.force_flush());
    flushed.await.unwrap().unwrap();
    provider
}

/// Names and attributes, by name.
fn facts(spans: Vec<ReceivedSpan>) -> BTreeMap<String, (String, Vec<(String, String)>)> {
    // What differs from call to call.
    let varies = |key: &str| {
        key.ends_with("response.id")
            || key == "langfuse.observation.metadata.call"
            || key.contains("time_to_first")
            || key.contains("completion_start_time")
            || key.contains("server.port")
            || key.contains("url.full")
    };
    let facts = spans.into_iter().map(|span| {
        let attributes = span.attributes.iter();
        let kept = attributes.filter(|(key, _)| !varies(key));
        let mut kept: Vec<_> = kept
            .map(|(key, value)| (key.to_owned(), format!("{value:?}")))
            .collect();
        kept.sort();
        (span.name, (span.kind, kept))
    });
    facts.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_an_exporter_for_langfuse_from_the_environment() {
    // One server each, since it remembers what it has read.
    let servers = [
        openai_sim::start().await.unwrap(),
        openai_sim::start().await.unwrap(),
    ];
    let [first, second] = servers.each_ref().map(|server| server.base_url());
    let (ours, theirs) = (Collector::start(), Collector::start());

    let telemetry = builder_in(langfuse_variables(&ours.url)).build().unwrap();
    within_async(&telemetry, of_ada(&first)).await;
    assert_eq!(telemetry.shutdown_async(SOON).await.exported(), 2);

    let exporter = builder_in(langfuse_variables(&theirs.url))
        .otlp_exporter()
        .unwrap();
    drop(with_pipeline(exporter, of_ada(&second)).await);

    let request = &theirs.requests()[0];
    assert_eq!(request.path, "/api/public/otel/v1/traces");
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    assert_eq!(
        request.header("authorization"),
        ours.requests()[0].header("authorization")
    );
    let expected = facts(ours.spans());
    assert_eq!(expected.len(), 2);
    assert_eq!(facts(theirs.spans()), expected);
}

fn exported(settings: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> Vec<SpanData> {
    let yours = InMemorySpanExporter::default();
    let exporter = settings(builder())
        .mapping_exporter(yours.clone(), Mapping::Langfuse)
        .unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _provider = runtime.block_on(async {
        let server = openai_sim::start().await.unwrap();
        with_pipeline(exporter, of_ada(&server.base_url())).await
    });
    let spans = yours.get_finished_spans().unwrap();
    assert_eq!(spans.len(), 2, "{spans:?}");
    spans
}

fn text(spans: &[SpanData], name: &str, key: &str) -> Option<String> {
    let span = spans.iter().find(|span| span.name == name);
    let span = span.unwrap_or_else(|| panic!("no {name} among {spans:?}"));
    let found = span.attributes.iter().find(|a| a.key.as_str() == key);
    found.map(|attribute| attribute.value.as_str().into_owned())
}

#[test]
fn with_any_exporter() {
    let spans = exported(|builder| builder);
    let input = text(&spans, "explain", "langfuse.observation.input");
    assert_eq!(input.as_deref(), Some(r#"{"order":"order-1"}"#));
    let user = text(&spans, "chat gpt-4o", "user.id");
    assert_eq!(user.as_deref(), Some("ada"));
    let kind = text(&spans, "chat gpt-4o", "langfuse.observation.type");
    assert_eq!(kind.as_deref(), Some("generation"));
}

#[test]
fn without_content_and_behind_a_mask() {
    let spans = exported(|builder| builder.with_content(false));
    assert!(!format!("{spans:?}").contains("order-1"), "{spans:?}");
    let spans =
        exported(|builder| builder.with_mask(|_, text| text.replace("order", "***").into()));
    assert!(!format!("{spans:?}").contains("order"), "{spans:?}");
}

#[test]
fn an_exporter_needs_a_destination() {
    let error = builder().otlp_exporter().unwrap_err().to_string();
    assert!(error.contains("LANGFUSE_PUBLIC_KEY"), "{error}");
}

#[test]
fn a_telemetry_without_destinations_records_and_sends_nothing() {
    let collector = Collector::start();
    let telemetry: Telemetry = builder_in(langfuse_variables(&collector.url))
        .with_destinations(false)
        .build()
        .unwrap();
    assert!(telemetry.handle().is_some());
    assert_eq!(telemetry.report().destinations.len(), 0);
}
