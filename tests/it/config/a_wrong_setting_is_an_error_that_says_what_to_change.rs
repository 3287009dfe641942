//! Every error names the variable, its value (unless it is secret) and what the value should be.

use tracing_genai::{ConfigError, Destination};

use crate::support::{builder, builder_in};

fn error(variables: &[(&str, &str)]) -> String {
    builder_in(variables.iter().copied())
        .build()
        .unwrap_err()
        .to_string()
}

#[test]
fn one_langfuse_key_of_two() {
    let text = error(&[("LANGFUSE_PUBLIC_KEY", "pk-lf-1")]);
    assert!(
        text.starts_with("LANGFUSE_SECRET_KEY is not set, but LANGFUSE_PUBLIC_KEY is"),
        "{text}"
    );
    let text = error(&[("LANGFUSE_SECRET_KEY", "sk-lf-1")]);
    assert!(
        text.starts_with("LANGFUSE_PUBLIC_KEY is not set, but LANGFUSE_SECRET_KEY is"),
        "{text}"
    );
    assert!(!text.contains("sk-lf-1"), "{text}");
}

#[test]
fn swapped_langfuse_keys() {
    let text = error(&[
        ("LANGFUSE_PUBLIC_KEY", "sk-lf-geheim"),
        ("LANGFUSE_SECRET_KEY", "pk-lf-open"),
    ]);
    assert!(text.contains("swapped"), "{text}");
    assert!(!text.contains("geheim"), "{text}");
}

#[test]
fn an_address_without_scheme() {
    for name in ["LANGFUSE_BASE_URL", "LANGFUSE_HOST"] {
        let text = error(&[
            ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
            ("LANGFUSE_SECRET_KEY", "sk-lf-1"),
            (name, "cloud.langfuse.com"),
        ]);
        assert!(
            text.starts_with(&format!(
                "{name} is `cloud.langfuse.com`, but it should be an address with its scheme"
            )),
            "{text}"
        );
    }
    for name in [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    ] {
        let text = error(&[(name, "localhost:4318")]);
        assert!(
            text.starts_with(&format!("{name} is `localhost:4318`")),
            "{text}"
        );
    }
}

#[test]
fn a_protocol_that_is_not_spoken_names_those_that_are() {
    for name in [
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    ] {
        let text = error(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317"),
            (name, "http/json"),
        ]);
        assert!(
            text.starts_with(&format!("{name} is `http/json`")),
            "{text}"
        );
        assert!(text.contains("4318"), "{text}");
    }
}

#[test]
fn headers_are_never_part_of_an_error() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");
    let text = error(&[endpoint, ("OTEL_EXPORTER_OTLP_HEADERS", "api-key:geheim")]);
    assert!(
        text.starts_with("OTEL_EXPORTER_OTLP_HEADERS is `(secret)`"),
        "{text}"
    );
    let text = error(&[
        endpoint,
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "bad name=geheim"),
    ]);
    assert!(
        text.starts_with("OTEL_EXPORTER_OTLP_TRACES_HEADERS is `(secret)`"),
        "{text}"
    );
    assert!(!text.contains("geheim"), "{text}");
    // With the padding of Base64, the credential is read as a name.
    let text = error(&[
        endpoint,
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "Authorization: Basic geheim==",
        ),
    ]);
    assert!(!text.contains("geheim"), "{text}");
}

#[test]
fn only_the_harmless_parts_of_an_address_are_in_an_error() {
    for address in ["user:geheim@localhost", "localhost/?token=geheim"] {
        let text = error(&[("OTEL_EXPORTER_OTLP_ENDPOINT", address)]);
        assert!(text.contains("localhost"), "{text}");
        assert!(!text.contains("geheim"), "{text}");
    }
}

#[test]
fn numbers_switches_and_words() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "br"),
        ("OTEL_SDK_DISABLED", "perhaps"),
        ("OTEL_RESOURCE_ATTRIBUTES", "no pair"),
        ("LANGFUSE_TRACING_ENABLED", "nope"),
        ("TRACING_GENAI_FILTER", "info,my_crate=loud"),
        ("TRACING_GENAI_CONSOLE", "blue"),
        ("LANGFUSE_TRACING_ENVIRONMENT", "langfuse-prod"),
        ("LANGFUSE_TRACING_ENVIRONMENT", "Production"),
        (
            "LANGFUSE_TRACING_ENVIRONMENT",
            "a-name-of-more-than-forty-characters-here",
        ),
        ("LANGFUSE_SAMPLE_RATE", "1.1"),
        ("LANGFUSE_SAMPLE_RATE", "-0.1"),
        ("LANGFUSE_SAMPLE_RATE", "NaN"),
        ("LANGFUSE_SAMPLE_RATE", "10%"),
        ("LANGFUSE_TIMEOUT", "0"),
        ("LANGFUSE_TIMEOUT", "10s"),
        ("LANGFUSE_FLUSH_AT", "0"),
        ("LANGFUSE_FLUSH_AT", "1.5"),
        ("LANGFUSE_FLUSH_INTERVAL", "-1"),
        ("LANGFUSE_FLUSH_INTERVAL", "1e300"),
        ("LANGFUSE_DEBUG", "verbose"),
        ("LANGFUSE_OBSERVE_DECORATOR_IO_CAPTURE_ENABLED", "maybe"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "-1"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "many"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "99999999999"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "-1"),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "1k"),
        ("TRACING_GENAI_FIELD_LIMIT", "1 MiB"),
        ("TRACING_GENAI_REDACT_SECRETS", "perhaps"),
    ] {
        let text = error(&[endpoint, (name, value)]);
        assert!(
            text.starts_with(&format!("{name} is `{value}`, but it should be")),
            "{text}"
        );
    }
}

#[test]
fn a_sampler_that_is_not_known_or_has_a_wrong_argument() {
    let text = error(&[("OTEL_TRACES_SAMPLER", "jaeger_remote")]);
    assert!(
        text.starts_with("OTEL_TRACES_SAMPLER is `jaeger_remote`, but it should be `always_on`"),
        "{text}"
    );
    assert!(text.contains("`parentbased_traceidratio`"), "{text}");
    for sampler in ["traceidratio", "parentbased_traceidratio"] {
        let text = error(&[
            ("OTEL_TRACES_SAMPLER", sampler),
            ("OTEL_TRACES_SAMPLER_ARG", "2"),
        ]);
        assert!(
            text.starts_with("OTEL_TRACES_SAMPLER_ARG is `2`, but it should be"),
            "{text}"
        );
    }
}

#[test]
fn in_code_the_method_is_named() {
    let build = |destination| builder().with_destination(destination).build().unwrap_err();
    let error = build(Destination::otlp("collector"));
    assert!(
        matches!(&error, ConfigError::Invalid { setting, .. } if setting == "Destination::otlp")
    );
    let error = build(Destination::langfuse("pk", "sk").with_base_url("langfuse"));
    assert!(
        error
            .to_string()
            .starts_with("Destination::with_base_url is `langfuse`"),
        "{error}"
    );
    let error = build(Destination::terminal().with_sample_rate(f64::NAN));
    assert!(
        error
            .to_string()
            .starts_with("Destination::with_sample_rate is `NaN`"),
        "{error}"
    );
    let error = builder()
        .with_deployment_environment("Staging")
        .build()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("TelemetryBuilder::with_deployment_environment is `Staging`"),
        "{error}"
    );
}
