//! Settings are listed with where they were found, and checked before any request is made.

use tracing_genai::Destination;
use tracing_genai::doctor::Origin;

use super::*;

use crate::support::{builder, builder_in};

#[track_caller]
fn found(diagnosis: &Diagnosis, name: &str) -> (String, Origin) {
    let mut named = diagnosis.settings.iter().filter(|one| one.name == name);
    let setting = named
        .next()
        .unwrap_or_else(|| panic!("{name} in {diagnosis}"));
    assert!(named.next().is_none(), "{diagnosis}");
    (setting.value.clone(), setting.origin)
}

#[test]
fn each_setting_has_its_origin() {
    let collector = Collector::with(|_, request| healthy(request));
    let variables = [
        ("LANGFUSE_PUBLIC_KEY", PUBLIC),
        ("LANGFUSE_SECRET_KEY", SECRET),
        ("LANGFUSE_BASE_URL", &collector.url),
        (
            "LANGFUSE_HOST",
            "http://user:22222222@elsewhere.example?key=22222222",
        ),
        ("OTEL_SERVICE_NAME", "tutor"),
        ("LANGFUSE_RELEASE", SECRET),
    ];
    let diagnosis = examine(&builder_in(variables).with_release("7"));
    assert!(diagnosis.is_healthy(), "{diagnosis}");
    for (name, value, origin) in [
        ("LANGFUSE_PUBLIC_KEY", "pk-lf-…abcd", Origin::Variable),
        ("LANGFUSE_SECRET_KEY", "(secret)", Origin::Variable),
        ("LANGFUSE_BASE_URL", &collector.url, Origin::Variable),
        ("LANGFUSE_HOST", "…@elsewhere.example?…", Origin::Beaten),
        ("LANGFUSE_TIMEOUT", "10", Origin::Default),
        ("OTEL_SERVICE_NAME", "tutor", Origin::Variable),
        ("with_release", "7", Origin::Code),
    ] {
        assert_eq!(found(&diagnosis, name), (value.to_owned(), origin));
    }
    assert_eq!(found(&diagnosis, "LANGFUSE_RELEASE").1, Origin::Beaten);
    let sentence = diagnosis.to_string();
    assert!(sentence.contains("variable, does not count"), "{sentence}");
}

#[test]
fn destinations_in_code_replace_those_of_the_environment() {
    let collector = Collector::with(|_, request| healthy(request));
    let destination = Destination::langfuse(PUBLIC, SECRET)
        .with_base_url(&collector.url)
        .with_header("x-key", SECRET);
    let variables = [
        ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
        ("LANGFUSE_DEBUG", "off"),
    ];
    let diagnosis = examine(&builder_in(variables).with_destination(destination));
    let setting = |name| found(&diagnosis, name);
    assert_eq!(
        setting("Destination::langfuse"),
        ("pk-lf-…abcd".into(), Origin::Code)
    );
    assert_eq!(
        setting("Destination::with_base_url"),
        (collector.url.clone(), Origin::Code)
    );
    assert_eq!(
        setting("Destination::with_header"),
        ("x-key=(secret)".into(), Origin::Code)
    );
    let hidden = "(not shown, 7 characters)".to_owned();
    assert_eq!(setting("LANGFUSE_PUBLIC_KEY"), (hidden, Origin::Beaten));
    assert_eq!(setting("LANGFUSE_DEBUG"), ("off".into(), Origin::Variable));
}

#[test]
fn a_setting_that_cannot_be_used_is_the_only_problem() {
    let swapped = [
        ("LANGFUSE_PUBLIC_KEY", SECRET),
        ("LANGFUSE_SECRET_KEY", PUBLIC),
    ];
    let missing = [("LANGFUSE_PUBLIC_KEY", PUBLIC)];
    let json = [("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")];
    for (variables, part) in [
        (&swapped[..], "they are swapped"),
        (
            &missing[..],
            "LANGFUSE_SECRET_KEY is not set, but LANGFUSE_PUBLIC_KEY is",
        ),
        (&json[..], "usually 4318) or `grpc` (4317)"),
    ] {
        let diagnosis = examine(&builder_in(variables.iter().copied()));
        let (kind, sentence) = problem(&diagnosis);
        assert_eq!(kind, ProblemKind::Setting);
        assert!(sentence.contains(part), "{sentence}");
        assert!(diagnosis.destinations.is_empty());
    }
}

#[test]
fn nothing_configured_and_everything_off() {
    let (kind, sentence) = problem(&examine(&builder()));
    assert_eq!(kind, ProblemKind::NothingConfigured);
    assert!(
        sentence.contains("set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY"),
        "{sentence}"
    );

    let (kind, sentence) = problem(&examine(&builder_in([("LANGFUSE_TRACING_ENABLED", "off")])));
    assert_eq!(kind, ProblemKind::SwitchedOff);
    assert!(
        sentence.contains("every destination is switched off"),
        "{sentence}"
    );

    let terminal = [("TRACING_GENAI_CONSOLE", "on")];
    assert!(examine(&builder_in(terminal)).is_healthy());
    let off = [terminal[0], ("OTEL_SDK_DISABLED", "true")];
    let (kind, sentence) = problem(&examine(&builder_in(off)));
    assert_eq!(kind, ProblemKind::SwitchedOff);
    assert!(sentence.contains("OTEL_SDK_DISABLED"), "{sentence}");
}

#[test]
fn it_works_inside_of_a_runtime() {
    let collector = Collector::with(|_, request| healthy(request));
    let diagnosis = crate::support::in_runtime(async { langfuse_at(&collector.url) });
    assert!(diagnosis.is_healthy(), "{diagnosis}");
}
