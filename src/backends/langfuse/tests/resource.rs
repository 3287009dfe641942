//! Environment and release on the resource (§3 environment, release, version).

use opentelemetry::{Key, KeyValue};
use opentelemetry_sdk::Resource;

use crate::backends::backend::MapOptions;
use crate::backends::langfuse::keys;
use crate::backends::langfuse::resource::resource;
use crate::conventions as c;
use crate::conventions::trace;

fn resource_of(attributes: &[(&'static str, &'static str)]) -> Resource {
    let attributes = attributes
        .iter()
        .map(|(key, value)| KeyValue::new(*key, *value));
    Resource::builder_empty()
        .with_schema_url(attributes, "https://example.org/schema")
        .build()
}

fn resource_kept(attributes: &[(&'static str, &'static str)]) -> Resource {
    resource(&resource_of(attributes), MapOptions::default())
}

fn value(resource: &Resource, key: &'static str) -> Option<String> {
    resource
        .get_ref(&Key::new(key))
        .map(|value| value.as_str().into_owned())
}

#[test]
fn environment_and_release_stand_where_the_server_reads_them() {
    type Row = (
        &'static str,
        &'static [(&'static str, &'static str)],
        Option<&'static str>,
        Option<&'static str>,
    );
    let rows: &[Row] = &[
        ("nothing known", &[], None, None),
        (
            "§3 environment: outside the alphabet it would become default",
            &[(c::DEPLOYMENT_ENVIRONMENT_NAME, "Prod EU")],
            Some("prod-eu"),
            None,
        ),
        (
            "neutral names come before the conventions",
            &[
                (trace::ENVIRONMENT, "demo"),
                (trace::RELEASE, "r2"),
                (c::DEPLOYMENT_ENVIRONMENT_NAME, "prod"),
                (c::SERVICE_VERSION, "1.0"),
            ],
            Some("demo"),
            Some("r2"),
        ),
        (
            "the service's version is a release",
            &[(c::SERVICE_VERSION, "1.0")],
            None,
            Some("1.0"),
        ),
        (
            "the user's own win",
            &[
                (keys::ENVIRONMENT, "mine"),
                (keys::RELEASE, "mine too"),
                (trace::ENVIRONMENT, "demo"),
                (c::SERVICE_VERSION, "1.0"),
            ],
            Some("mine"),
            Some("mine too"),
        ),
    ];
    for (rule, given, environment, release) in rows {
        let mapped = resource_kept(given);
        assert_eq!(
            value(&mapped, keys::ENVIRONMENT).as_deref(),
            *environment,
            "{rule}"
        );
        assert_eq!(value(&mapped, keys::RELEASE).as_deref(), *release, "{rule}");
        assert_eq!(value(&mapped, trace::ENVIRONMENT), None, "{rule}");
        assert_eq!(value(&mapped, trace::RELEASE), None, "{rule}");
    }
}

#[test]
fn a_version_is_read_as_that_of_the_service() {
    let mapped = resource_kept(&[(trace::VERSION, "2")]);
    assert_eq!(value(&mapped, c::SERVICE_VERSION).as_deref(), Some("2"));
    assert_eq!(value(&mapped, trace::VERSION), None);
    let named = resource_kept(&[(trace::VERSION, "2"), (c::SERVICE_VERSION, "1")]);
    assert_eq!(value(&named, c::SERVICE_VERSION).as_deref(), Some("1"));
}

#[test]
fn everything_else_stays() {
    let mapped = resource_kept(&[("service.name", "tutor"), ("host", "h")]);
    assert_eq!(value(&mapped, "service.name").as_deref(), Some("tutor"));
    assert_eq!(value(&mapped, "host").as_deref(), Some("h"));
    assert_eq!(mapped.schema_url(), Some("https://example.org/schema"));
}

#[test]
fn of_the_server_itself_the_resource_says_nothing_twice_and_nothing_of_the_sdk() {
    let given = resource_of(&[
        (c::SERVICE_NAME, "tutor"),
        (c::DEPLOYMENT_ENVIRONMENT_NAME, "prod"),
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.name", "opentelemetry"),
    ]);
    let options = MapOptions {
        keep_translated: false,
        ..MapOptions::default()
    };
    let mapped = resource(&given, options);
    assert_eq!(mapped.len(), 2, "{mapped:?}");
    assert_eq!(value(&mapped, c::SERVICE_NAME).as_deref(), Some("tutor"));
    assert_eq!(value(&mapped, keys::ENVIRONMENT).as_deref(), Some("prod"));
}
