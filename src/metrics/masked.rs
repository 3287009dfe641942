//! Every text of a request with metrics, as it may leave.
//!
//! Series that a mask makes alike stay two: what they count is added up by whoever reads them.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;

use crate::pipeline::redaction::Redaction;

/// Rewrites what is said about the process and about each series.
pub(super) fn rewrite(request: &mut ExportMetricsServiceRequest, redaction: &Redaction) {
    for group in &mut request.resource_metrics {
        let of_process = group
            .resource
            .iter_mut()
            .flat_map(|one| &mut one.attributes);
        of_process.for_each(|one| attribute(one, |key, text| redaction.of_process(key, text)));
        let scopes = group.scope_metrics.iter_mut();
        for data in scopes
            .flat_map(|scope| &mut scope.metrics)
            .filter_map(|metric| metric.data.as_mut())
        {
            series(data, |one| {
                attribute(one, |key, text| redaction.of_series(key, text))
            });
        }
    }
}

fn series(data: &mut Data, rewrite: impl Fn(&mut KeyValue)) {
    macro_rules! each {
        ($points:expr) => {
            $points
                .iter_mut()
                .flat_map(|point| &mut point.attributes)
                .for_each(rewrite)
        };
    }
    match data {
        Data::Gauge(gauge) => each!(gauge.data_points),
        Data::Sum(sum) => each!(sum.data_points),
        Data::Histogram(histogram) => each!(histogram.data_points),
        Data::ExponentialHistogram(histogram) => each!(histogram.data_points),
        Data::Summary(summary) => each!(summary.data_points),
    }
}

fn attribute(attribute: &mut KeyValue, rewrite: impl Fn(&str, &str) -> Option<String>) {
    let value = attribute
        .value
        .as_mut()
        .and_then(|value| value.value.as_mut());
    if let Some(Value::StringValue(text)) = value
        && let Some(rewritten) = rewrite(&attribute.key, text)
    {
        *text = rewritten;
    }
}
