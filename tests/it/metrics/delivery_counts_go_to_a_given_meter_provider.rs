//! As the metrics that OpenTelemetry defines for SDKs; losses have an error type.

use axum::http::StatusCode;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use tracing_genai::Destination;

use crate::support::collector::Collector;
use crate::support::{SOON, builder, make_spans};

#[test]
fn the_counts_go_to_a_meter_provider_if_one_is_given() {
    let collectors =
        [StatusCode::OK, StatusCode::BAD_REQUEST].map(|status| Collector::answering(status, ""));
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder()
        .with_reader(PeriodicReader::builder(exporter.clone()).build())
        .build();
    let telemetry = builder()
        .with_destination(Destination::otlp(&collectors[0].url))
        .with_destination(Destination::otlp(&collectors[1].url))
        .with_queue_spans(10)
        .with_meter_provider(&provider)
        .build()
        .unwrap();
    make_spans(&telemetry, 5);
    telemetry.flush(SOON);
    provider.force_flush().unwrap();

    let metrics = exporter.get_finished_metrics().unwrap();
    let mut points = Vec::new();
    for metric in metrics
        .iter()
        .flat_map(|resource| resource.scope_metrics())
        .flat_map(|scope| scope.metrics())
    {
        let mut point =
            |value: u64, attributes: &mut dyn Iterator<Item = &opentelemetry::KeyValue>| {
                let texts = attributes.filter(|a| a.key.as_str() != "otel.component.type");
                let mut texts: Vec<_> = texts.map(|a| a.value.to_string()).collect();
                texts.sort();
                points.push(format!("{} {} {value}", metric.name(), texts.join(" ")));
            };
        match metric.data() {
            AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                sum.data_points()
                    .for_each(|p| point(p.value(), &mut p.attributes()));
            }
            AggregatedMetrics::I64(MetricData::Sum(sum)) => {
                sum.data_points()
                    .for_each(|p| point(p.value() as u64, &mut p.attributes()));
            }
            other => panic!("{other:?}"),
        }
    }
    points.sort();
    let (processor, exporter) = (
        "tracing_genai_span_processor",
        "tracing_genai_span_exporter",
    );
    let mut expected = Vec::new();
    for index in 0..2 {
        expected.push(format!(
            "otel.sdk.exporter.span.inflight {exporter}/{index} 0"
        ));
        expected.push(format!(
            "otel.sdk.processor.span.processed {processor}/{index} 5"
        ));
        expected.push(format!(
            "otel.sdk.processor.span.queue.capacity {processor}/{index} 10"
        ));
        expected.push(format!(
            "otel.sdk.processor.span.queue.size {processor}/{index} 0"
        ));
    }
    expected.push(format!("otel.sdk.exporter.span.exported {exporter}/0 5"));
    expected.push(format!("otel.sdk.exporter.span.exported {exporter}/1 0"));
    expected.push(format!(
        "otel.sdk.exporter.span.exported rejected {exporter}/1 5"
    ));
    expected.sort();
    assert_eq!(points, expected);
}
