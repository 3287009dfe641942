//! The mapping, rule by rule: every row names the section of Langfuse's ingestion that it holds.
//!
//! Spans are built here and mapped; expectations are on the attributes that would be exported.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod any_attributes;
mod examine;
mod fields;
mod input_output;
mod log;
mod messages;
mod reference_trace;
mod resource;
mod settings;
mod translated;
mod usage;

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use super::mapping::map;
use crate::backends::backend::MapOptions;
use crate::text::typed_value;

/// A child span of the tracer of this crate, a second long.
fn span(attributes: Vec<KeyValue>) -> SpanData {
    let start_time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    SpanData {
        span_context: SpanContext::new(
            TraceId::from(1),
            SpanId::from(2),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        ),
        parent_span_id: SpanId::from(3),
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: Cow::Borrowed("work"),
        start_time,
        end_time: start_time + Duration::from_secs(1),
        attributes,
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder("tracing-genai").build(),
    }
}

fn attribute(key: &str, value: impl Into<Value>) -> KeyValue {
    KeyValue::new(key.to_owned(), value)
}

fn texts(values: &[&str]) -> Value {
    let values = values
        .iter()
        .map(|value| StringValue::from((*value).to_owned()));
    Value::Array(Array::String(values.collect()))
}

/// The attributes after mapping, each key once.
#[derive(Debug)]
struct Mapped(Vec<KeyValue>);

impl Mapped {
    fn of(attributes: Vec<KeyValue>) -> Self {
        Self::of_span(span(attributes))
    }

    fn of_span(mut span: SpanData) -> Self {
        for attribute in &mut span.attributes {
            typed_value::repair(attribute.key.as_str(), &mut attribute.value);
        }
        map(&mut span, MapOptions::default());
        Self(span.attributes)
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|attribute| attribute.key.as_str() == key)
            .map(|attribute| &attribute.value)
    }

    fn text(&self, key: &str) -> Option<Cow<'_, str>> {
        self.get(key).map(Value::as_str)
    }
}

/// A rule: what is on the span, what has to be on it afterwards, what must not be.
struct Rule {
    name: &'static str,
    given: Vec<(&'static str, Value)>,
    then: Vec<(&'static str, Value)>,
    never: Vec<&'static str>,
}

/// Checks every rule and names each one that does not hold.
fn check(rules: Vec<Rule>) {
    let mut broken = Vec::new();
    for rule in rules {
        let given = rule
            .given
            .iter()
            .map(|(key, value)| attribute(key, value.clone()))
            .collect();
        let mapped = Mapped::of(given);
        for (key, value) in &rule.then {
            if mapped.get(key) != Some(value) {
                broken.push(format!(
                    "{}: {key} should be {value:?}, is {:?}",
                    rule.name,
                    mapped.get(key)
                ));
            }
        }
        for key in &rule.never {
            if let Some(value) = mapped.get(key) {
                broken.push(format!(
                    "{}: {key} should not be there: {value:?}",
                    rule.name
                ));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// Writes rules as rows: `"section: rule" { given } => { then } ! [never]`.
macro_rules! rules {
    ($($name:literal { $($given:expr => $value:expr),* $(,)? }
        => { $($key:expr => $then:expr),* $(,)? } $(! [$($never:expr),* $(,)?])?;)*) => {
        vec![$(crate::backends::langfuse::tests::Rule {
            name: $name,
            given: vec![$(($given, opentelemetry::Value::from($value))),*],
            then: vec![$(($key, opentelemetry::Value::from($then))),*],
            never: vec![$($($never),*)?],
        }),*]
    };
}
use rules;
