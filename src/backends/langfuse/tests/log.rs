//! Log lines and failed attempts are the observation's metadata.

use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::Event;
use serde_json::{Value as Json, json};

use super::{Mapped, span};
use crate::backends::backend::MapOptions;
use crate::backends::langfuse::mapping::map;

const KEY: &str = "langfuse.observation.metadata.log";

fn event(name: impl Into<String>, attributes: Vec<KeyValue>) -> Event {
    Event::new(name.into(), SystemTime::UNIX_EPOCH, attributes, 0)
}

fn line(message: impl Into<String>) -> Event {
    event(message, vec![KeyValue::new("level", "INFO")])
}

fn log(events: Vec<Event>) -> Json {
    let mut span = span(Vec::new());
    span.events.events = events;
    let mapped = Mapped::of_span(span);
    match mapped.text(KEY) {
        Some(log) => serde_json::from_str(&log).unwrap(),
        None => Json::Null,
    }
}

#[test]
fn a_line_has_time_level_text_and_fields() {
    let attributes = vec![
        KeyValue::new("level", "WARN"),
        KeyValue::new("target", "app::cache"),
        KeyValue::new("size", 3),
        KeyValue::new("message", "a field of this name"),
    ];
    assert_eq!(
        log(vec![event("cold", attributes)]),
        json!([{
            "time": "1970-01-01T00:00:00Z", "level": "WARN", "message": "cold", "size": 3,
            "target": "app::cache",
        }])
    );
}

#[test]
fn a_failed_attempt_has_status_and_wait() {
    let attributes = vec![
        KeyValue::new("tracing_genai.attempt.wait", 0.5),
        KeyValue::new("http.response.status_code", 429),
        KeyValue::new("error.type", "429"),
    ];
    let log = log(vec![event("tracing_genai.attempt.failed", attributes)]);
    assert_eq!(log[0]["http.response.status_code"], 429);
    assert_eq!(log[0]["tracing_genai.attempt.wait"], 0.5);
}

#[test]
fn the_last_lines_are_kept_and_the_others_counted() {
    let log = log((0..70)
        .map(|number| line(format!("line {number}")))
        .collect());
    let lines = log.as_array().unwrap();
    assert_eq!(lines.len(), 51);
    assert_eq!(lines[0], "20 earlier lines are left out");
    assert_eq!(lines[1]["message"], "line 20");
    assert_eq!(lines[50]["message"], "line 69");
}

#[test]
fn a_long_text_is_truncated() {
    let log = log(vec![line("é".repeat(10_000))]);
    let message = log[0]["message"].as_str().unwrap();
    assert!(message.len() < 1_010 && message.ends_with('…'));
}

#[test]
fn none_without_lines_or_on_request() {
    let end = event("event src/a.rs:1", vec![KeyValue::new("return", "4")]);
    assert_eq!(log(vec![end]), Json::Null);
    let mut span = span(Vec::new());
    span.events.events = vec![line("cold")];
    let options = MapOptions {
        log_lines: false,
        ..MapOptions::default()
    };
    map(&mut span, options);
    assert!(span.attributes.iter().all(|one| one.key.as_str() != KEY));
}
