//! The way of writing attributes that [`AttributeSink`] replaces: a list for each of them.

use std::time::SystemTime;

use opentelemetry::trace::Status;
use opentelemetry::{Key, KeyValue, Value};
use serde::Serialize;
use tracing::Span;

use super::{AttributeSet, AttributeSink};
use crate::model::message::{Message, ToolDefinition, Usage};
use crate::model::{Level, ObservationType};

#[derive(Clone, Debug)]
pub(crate) enum Fact {
    Attribute(KeyValue),
    Status(Status),
}

impl From<Vec<Fact>> for AttributeSet {
    fn from(facts: Vec<Fact>) -> Self {
        let mut set = Self::new();
        for fact in facts {
            match fact {
                Fact::Attribute(attribute) => set.push(attribute.key, attribute.value),
                Fact::Status(_) => set.mark_error(),
            }
        }
        set
    }
}

fn facts(write: impl FnOnce(&mut AttributeSet)) -> Vec<Fact> {
    let mut set = AttributeSet::new();
    write(&mut set);
    let is_error = set.is_error();
    let attributes = set.into_attributes().into_iter().map(Fact::Attribute);
    let status = is_error.then(|| Fact::Status(Status::error("")));
    attributes.chain(status).collect()
}

pub(crate) fn write(span: &Span, facts: Vec<Fact>) {
    AttributeSet::from(facts).write_to(span);
}

pub(crate) fn merged(facts: Vec<Fact>) -> (Vec<KeyValue>, Status) {
    AttributeSet::from(facts).into_parts()
}

pub(crate) fn attribute(key: impl Into<Key>, value: impl Into<Value>) -> Vec<Fact> {
    facts(|set| set.push(key, value))
}

pub(crate) fn content(key: &'static str, value: impl Serialize) -> Vec<Fact> {
    facts(|set| set.content(key, value))
}

pub(crate) fn json(key: &'static str, value: &impl Serialize) -> Vec<Fact> {
    facts(|set| set.json(key, value))
}

pub(crate) fn messages(
    key: &'static str,
    messages: impl IntoIterator<Item = Message>,
) -> Vec<Fact> {
    facts(|set| set.messages(key, messages))
}

pub(crate) fn tools(tools: impl IntoIterator<Item = ToolDefinition>) -> Vec<Fact> {
    facts(|set| set.tools(tools))
}

pub(crate) fn metadata(key: &str, value: impl Serialize) -> Vec<Fact> {
    facts(|set| set.metadata(key, value))
}

pub(crate) fn parameter(name: &str, value: impl Serialize) -> Vec<Fact> {
    facts(|set| set.parameter(name, value))
}

pub(crate) fn stop_sequences<T: Into<String>>(sequences: impl IntoIterator<Item = T>) -> Vec<Fact> {
    facts(|set| set.stop_sequences(sequences))
}

pub(crate) fn finish_reasons<T: Into<String>>(reasons: impl IntoIterator<Item = T>) -> Vec<Fact> {
    facts(|set| set.finish_reasons(reasons))
}

pub(crate) fn usage(usage: Usage) -> Vec<Fact> {
    facts(|set| set.usage(usage))
}

pub(crate) fn observation_type(kind: ObservationType) -> Vec<Fact> {
    facts(|set| set.observation_type(kind))
}

pub(crate) fn level(level: Level) -> Vec<Fact> {
    facts(|set| set.level(level))
}

pub(crate) fn error(kind: impl Into<String>, message: impl Into<String>) -> Vec<Fact> {
    facts(|set| set.error(kind, message))
}

pub(crate) fn completion_start(time: SystemTime) -> Vec<Fact> {
    facts(|set| set.completion_start(time))
}
