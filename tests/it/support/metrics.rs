//! Metrics as a collector received them.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use prost::Message;
use tracing_genai::testing::InMemory;
use tracing_genai::{Destination, Telemetry, TelemetryBuilder};

use super::collector::{Collector, Request};
use super::{SOON, assert_delivered, memory_with, within_async};

/// A data point.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub attributes: BTreeMap<String, String>,
    /// The count of a histogram; zero for a counter.
    pub count: u64,
    pub sum: f64,
    pub bounds: Vec<f64>,
}

impl Point {
    pub fn text(&self, key: &str) -> Option<&str> {
        self.attributes.get(key).map(String::as_str)
    }

    pub fn keys(&self) -> Vec<&str> {
        self.attributes.keys().map(String::as_str).collect()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    pub unit: String,
    /// `histogram`, `counter` or another.
    pub kind: &'static str,
    pub points: Vec<Point>,
}

impl Metric {
    /// The only data point.
    pub fn point(&self) -> &Point {
        assert_eq!(self.points.len(), 1, "{self:?}");
        &self.points[0]
    }

    /// The data point with this attribute.
    pub fn of(&self, key: &str, value: &str) -> &Point {
        let of = |point: &&Point| point.text(key) == Some(value);
        let found: Vec<_> = self.points.iter().filter(of).collect();
        assert_eq!(found.len(), 1, "{key}={value} of {self:?}");
        found[0]
    }

    pub fn sum(&self) -> f64 {
        self.points.iter().map(|point| point.sum).sum()
    }

    pub fn count(&self) -> u64 {
        self.points.iter().map(|point| point.count).sum()
    }
}

pub type Metrics = BTreeMap<String, Metric>;

fn attributes(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |value: Value| match value {
        Value::StringValue(text) => text,
        Value::IntValue(number) => number.to_string(),
        other => panic!("{other:?}"),
    };
    let one = |one: KeyValue| (one.key, text(one.value.unwrap().value.unwrap()));
    attributes.into_iter().map(one).collect()
}

/// The metrics in a request.
pub fn decoded(request: &Request) -> Metrics {
    let request = ExportMetricsServiceRequest::decode(&request.plain()[..]).unwrap();
    let scopes = request
        .resource_metrics
        .into_iter()
        .flat_map(|resource| resource.scope_metrics);
    let metrics = scopes.flat_map(|scope| {
        assert_eq!(scope.scope.unwrap().name, "tracing-genai");
        scope.metrics
    });
    metrics
        .map(|metric| {
            let (kind, points) = match metric.data.unwrap() {
                Data::Histogram(histogram) => {
                    let points = histogram.data_points.into_iter().map(|point| Point {
                        attributes: attributes(point.attributes),
                        count: point.count,
                        sum: point.sum.unwrap(),
                        bounds: point.explicit_bounds,
                    });
                    ("histogram", points.collect())
                }
                Data::Sum(sum) => {
                    assert!(sum.is_monotonic);
                    let points = sum.data_points.into_iter().map(|point| Point {
                        attributes: attributes(point.attributes),
                        count: 0,
                        sum: match point.value.unwrap() {
                            Number::AsInt(count) => count as f64,
                            Number::AsDouble(sum) => sum,
                        },
                        bounds: Vec::new(),
                    });
                    ("counter", points.collect())
                }
                other => panic!("{other:?}"),
            };
            let unit = metric.unit;
            (metric.name, Metric { unit, kind, points })
        })
        .collect()
}

/// The metrics in the last request.
pub fn last(collector: &Collector) -> Metrics {
    collector.requests().last().map(decoded).unwrap_or_default()
}

/// Runs `work` under a telemetry that exports spans to memory and metrics to a collector.
pub async fn measured<F: Future>(work: F) -> (InMemory, Metrics) {
    measured_with(|builder| builder, |_, _| work).await
}

pub async fn measured_with<F: Future>(
    set: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder,
    work: impl FnOnce(Telemetry, InMemory) -> F,
) -> (InMemory, Metrics) {
    let collector = Collector::start();
    let (memory, telemetry) = memory_with(None, |builder| {
        let metrics = Destination::otlp(format!("{}/v1/metrics", collector.url));
        set(builder.with_metrics(metrics))
    });
    within_async(&telemetry, work(telemetry.clone(), memory.clone())).await;
    assert_delivered(&telemetry.shutdown_async(SOON).await);
    let metrics = last(&collector);
    (memory, metrics)
}
