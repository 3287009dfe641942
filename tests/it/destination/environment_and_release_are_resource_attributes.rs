//! Code takes precedence over Langfuse's variables, and those over OpenTelemetry's. The release is also read
//! from the variables of common platforms.

use tracing_genai::testing::{Attributes, InMemory};
use tracing_genai::{Mapping, TelemetryBuilder};

use crate::support::{SOON, builder, make_spans};

/// The resource that Langfuse receives, and the one that other backends receive.
fn resources(configure: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> [Attributes; 2] {
    let (langfuse, other) = (InMemory::new(), InMemory::new());
    let builder = builder()
        .with_destination(langfuse.destination().with_mapping(Mapping::Langfuse))
        .with_destination(other.destination());
    let telemetry = configure(builder).build().unwrap();
    make_spans(&telemetry, 1);
    telemetry.flush(SOON);
    [langfuse, other].map(|memory| memory.span("work").resource)
}

fn text<'a>(resource: &'a Attributes, key: &str) -> Option<&'a str> {
    resource.get(key).and_then(|value| value.as_text())
}

#[test]
fn the_environment() {
    const VARIABLE: (&str, &str) = ("LANGFUSE_TRACING_ENVIRONMENT", "staging");
    const OTEL: (&str, &str) = (
        "OTEL_RESOURCE_ATTRIBUTES",
        "deployment.environment.name=EU%201",
    );
    let key = "deployment.environment.name";
    type Case<'a> = (
        &'a [(&'a str, &'a str)],
        Option<&'a str>,
        Option<&'a str>,
        Option<&'a str>,
        Option<&'a str>,
    );
    // Variables, name in code, attribute in code; then the values for Langfuse and for others.
    let cases: [Case<'_>; 8] = [
        (&[], None, None, None, None),
        (&[VARIABLE], None, None, Some("staging"), Some("staging")),
        (&[OTEL], None, None, Some("eu-1"), Some("EU 1")),
        (&[VARIABLE, OTEL], None, None, Some("staging"), Some("EU 1")),
        (
            &[VARIABLE, OTEL],
            Some("test"),
            None,
            Some("test"),
            Some("test"),
        ),
        (&[VARIABLE, OTEL], None, Some("qa"), Some("qa"), Some("qa")),
        (
            &[VARIABLE],
            Some("test"),
            Some("qa"),
            Some("test"),
            Some("qa"),
        ),
        (&[], Some("test"), None, Some("test"), Some("test")),
    ];
    for (variables, name, attribute, for_langfuse, for_others) in cases {
        let [langfuse, other] = resources(|mut builder| {
            builder = builder.with_variables(variables.iter().copied());
            if let Some(attribute) = attribute {
                builder = builder.with_resource_attribute(key, attribute);
            }
            match name {
                Some(name) => builder.with_deployment_environment(name),
                None => builder,
            }
        });
        let case = format!("{variables:?} {name:?} {attribute:?}");
        assert_eq!(
            text(&langfuse, "langfuse.environment"),
            for_langfuse,
            "{case}"
        );
        assert_eq!(text(&other, key), for_others, "{case}");
    }
}

#[test]
fn the_release() {
    type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>, Option<&'a str>);
    let cases: [Case<'_>; 6] = [
        (&[], None, None),
        (&[("LANGFUSE_RELEASE", "v7")], None, Some("v7")),
        (&[("DRONE_COMMIT_SHA", "d2")], None, Some("d2")),
        (
            &[
                ("GITHUB_SHA", "g1"),
                ("GIT_COMMIT", "g0"),
                ("DRONE_COMMIT_SHA", "d2"),
            ],
            None,
            Some("g0"),
        ),
        (
            &[("RENDER_GIT_COMMIT", "r"), ("LANGFUSE_RELEASE", "v7")],
            None,
            Some("v7"),
        ),
        (&[("LANGFUSE_RELEASE", "v7")], Some("v8"), Some("v8")),
    ];
    for (variables, release, expected) in cases {
        let [langfuse, other] = resources(|builder| {
            let builder = builder.with_variables(variables.iter().copied());
            match release {
                Some(release) => builder.with_release(release),
                None => builder,
            }
        });
        let case = format!("{variables:?} {release:?}");
        assert_eq!(text(&langfuse, "langfuse.release"), expected, "{case}");
        assert_eq!(text(&other, "service.version"), expected, "{case}");
    }
}
