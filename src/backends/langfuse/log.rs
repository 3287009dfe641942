//! Log lines and failed attempts of a span. Langfuse discards the events of a span, so they become its metadata.

use opentelemetry::Value;
use opentelemetry::trace::Event;
use serde_json::{Map, Value as Json};

use super::attributes::{Attributes, json};
use crate::functions::LogLine;
use crate::text::{errors, timestamp};

/// So many lines are kept, the last ones: what went wrong is at the end.
const LINES: usize = 50;

/// Writes the lines as a list, with what they are and when.
pub(crate) fn map(attributes: &mut Attributes, events: &[Event]) {
    let mut kept: Vec<Json> = LogLine::among(events).rev().take(LINES).map(line).collect();
    if kept.is_empty() {
        return;
    }
    let dropped = LogLine::among(events).count().saturating_sub(LINES);
    if dropped > 0 {
        kept.push(format!("{dropped} earlier lines are left out").into());
    }
    kept.reverse();
    attributes.move_to_metadata("log", Json::from(kept).to_string().into());
}

fn line(line: LogLine<'_>) -> Json {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Json| _ = fields.entry(name).or_insert(value);
    if let Some(time) = timestamp::rfc3339(line.0.timestamp) {
        put("time", time.into());
    }
    put("level", line.level().into());
    if !line.message().is_empty() {
        // It often quotes an error, and an error what was sent.
        put(
            "message",
            errors::shortened(line.message().to_owned()).into(),
        );
    }
    for field in line.fields() {
        put(field.key.as_str(), field_value(&field.value));
    }
    if let Some(target) = line.target() {
        put("target", field_value(target));
    }
    Json::Object(fields)
}

fn field_value(value: &Value) -> Json {
    match json(value) {
        Json::String(text) => errors::shortened(text).into(),
        value => value,
    }
}
