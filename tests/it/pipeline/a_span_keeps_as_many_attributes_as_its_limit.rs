//! About a thousand attributes by default; a variable or the code may set another limit. The variables of the
//! process are not read.

use opentelemetry::KeyValue;
use tracing_genai::TelemetryBuilder;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::support::received;

/// How many attributes and events a span keeps.
fn kept(configure: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> (usize, usize) {
    let memory = received(None, configure, || {
        let span = tracing::info_span!("work");
        for number in 0..2_000 {
            span.set_attribute(format!("some.{number}"), number);
        }
        for _ in 0..5_000 {
            span.add_event("something", vec![KeyValue::new("a", 1)]);
        }
        span.in_scope(|| ());
    });
    let span = memory.span("work");
    (span.attributes.len(), span.events.len())
}

#[test]
fn by_default_by_variable_and_in_code() {
    assert_eq!(kept(|builder| builder), (1_024, 4_096));
    let variables = [
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "10"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "5"),
    ];
    assert_eq!(kept(|builder| builder.with_variables(variables)), (10, 5));
    assert_eq!(
        kept(|builder| builder
            .with_variables(variables)
            .with_max_attributes(20)
            .with_max_events(7)),
        (20, 7)
    );
}
