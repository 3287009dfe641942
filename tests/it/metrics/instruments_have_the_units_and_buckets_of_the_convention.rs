//! The tables of the conventions, checked with a meter provider of the application.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use tracing_genai::message::Usage;
use tracing_genai::observation;

use crate::support::{SOON, memory_with, within};

const SECONDS: &[f64] = &[
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];

/// Unit, bounds (none for a counter) and attributes, by name.
type Table = BTreeMap<String, (String, Vec<f64>, Vec<String>)>;

fn table(exported: &[ResourceMetrics]) -> Table {
    let scopes = exported.iter().flat_map(ResourceMetrics::scope_metrics);
    let metrics = scopes.flat_map(|scope| scope.metrics());
    let genai = metrics.filter(|metric| metric.name().starts_with("gen_ai."));
    genai
        .map(|metric| {
            macro_rules! of {
                ($data:expr) => {
                    match $data {
                        MetricData::Histogram(histogram) => {
                            let point = histogram.data_points().next().unwrap();
                            let keys = point.attributes().map(|one| one.key.to_string());
                            (point.bounds().collect(), keys.collect())
                        }
                        MetricData::Sum(sum) => {
                            assert!(sum.is_monotonic());
                            let point = sum.data_points().next().unwrap();
                            let keys = point.attributes().map(|one| one.key.to_string());
                            (Vec::new(), keys.collect())
                        }
                        _ => panic!("{metric:?}"),
                    }
                };
            }
            let (bounds, mut keys): (Vec<f64>, Vec<String>) = match metric.data() {
                AggregatedMetrics::F64(data) => of!(data),
                AggregatedMetrics::U64(data) => of!(data),
                AggregatedMetrics::I64(data) => of!(data),
            };
            keys.sort();
            let row = (metric.unit().to_owned(), bounds, keys);
            (metric.name().to_owned(), row)
        })
        .collect()
}

#[test]
fn each_of_them() {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let (_memory, telemetry) = memory_with(None, |builder| builder.with_meter_provider(&provider));
    within(&telemetry, || {
        let (start, end) = (UNIX_EPOCH, UNIX_EPOCH + Duration::from_secs(1));
        let usage = Usage::new(30, 20)
            .with_cache_read(8)
            .with_cache_write(4)
            .with_reasoning(2);
        let generation = observation::generation("chat gpt-4o")
            .with_model("gpt-4o")
            .with_response_model("gpt-4o-1")
            .with_provider("openai")
            .with_server("api.openai.com", 443)
            .with_usage(usage);
        generation.record(start, end);
        let embedding = observation::embedding("embeddings e").with_provider("openai");
        embedding.record(start, end);
        let agent = observation::agent("tutor").with_model("gpt-4o");
        agent.record(start, end);
        observation::tool("solve").record(start, end);
        let _workflow = tracing::info_span!(
            "workflow",
            gen_ai.operation.name = "invoke_workflow",
            gen_ai.workflow.name = "lesson"
        )
        .entered();
    });
    telemetry.flush(SOON);
    provider.force_flush().unwrap();
    let table = table(&exporter.get_finished_metrics().unwrap());

    let call = [
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.request.model",
        "gen_ai.response.model",
    ];
    let server = ["server.address", "server.port"];
    let of_call = [&call[..], &server[..]].concat();
    let of_tokens = [&call[..], &["gen_ai.token.modality"], &server[..]].concat();
    let tokens: Vec<f64> = (0..14).map(|place| 4_f64.powi(place)).collect();
    let row = |unit: &str, bounds: &[f64], keys: &[&str]| {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        (unit.to_owned(), bounds.to_vec(), keys)
    };
    let agent = [
        0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6,
    ];
    let workflow = [
        1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0,
    ];
    let inference = "gen_ai.client.inference";
    let mut expected = Table::new();
    for (name, row) in [
        (format!("{inference}.duration"), row("s", SECONDS, &of_call)),
        (
            "gen_ai.client.operation.duration".into(),
            row("s", SECONDS, &call[..2]),
        ),
        (
            "gen_ai.execute_tool.duration".into(),
            row("s", SECONDS, &["gen_ai.tool.name"]),
        ),
        (
            "gen_ai.invoke_agent.duration".into(),
            row("s", &agent, &["gen_ai.agent.name", "gen_ai.request.model"]),
        ),
        (
            "gen_ai.invoke_workflow.duration".into(),
            row("s", &workflow, &["gen_ai.workflow.name"]),
        ),
    ] {
        expected.insert(name, row);
    }
    for kind in ["input", "output"] {
        let name = format!("{inference}.operation.{kind}_tokens");
        expected.insert(name, row("{token}", &tokens, &of_call));
    }
    for kind in [
        "input",
        "output",
        "cache_read.input",
        "cache_write.input",
        "reasoning.output",
    ] {
        let name = format!("{inference}.usage.{kind}_tokens");
        expected.insert(name, row("{token}", &[], &of_tokens));
    }
    assert_eq!(table, expected);
}
