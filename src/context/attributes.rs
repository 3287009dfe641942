//! Attributes of a trace or a part of it: values, limits, merging.
//!
//! Pure. The limits are those of the strictest backend: 200 characters a text, 40 for an
//! environment. A value over its limit is left out, never truncated, since a truncated id is another
//! id.

use std::sync::Arc;

use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use serde::Serialize;

use super::handle::EnvironmentCheck;
use crate::conventions as names;
use crate::conventions::{observation, trace};
use crate::span;

const TEXT_LIMIT: usize = 200;

/// Attributes of everything in a [`scope`](super::scope) or, by [`set`](super::set), of a whole trace.
///
/// A value over its limit is left out, with a warning.
///
/// # Examples
///
/// ```
/// use tracing_genai::context::Attributes;
///
/// let attributes = Attributes::new()
///     .with_user("ada")
///     .with_session("lesson-1")
///     .with_tag("math")
///     .with_metadata("plan", "free");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "attributes have no effect until they are passed to `scope` or `set`"]
pub struct Attributes {
    /// By the key under which they are exported; a key stands once.
    entries: Vec<(String, Value)>,
    tags: Vec<String>,
    /// Why values were left out.
    refused: Vec<String>,
}

impl Attributes {
    /// No attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the user that the work is done for. At most 200 characters.
    pub fn with_user(self, id: impl Into<String>) -> Self {
        self.text(names::USER_ID, "user", id.into())
    }

    /// Sets the conversation or visit that the work belongs to. At most 200 characters.
    pub fn with_session(self, id: impl Into<String>) -> Self {
        self.text(names::SESSION_ID, "session", id.into())
    }

    /// Adds a tag. At most 200 characters.
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        let tag = tag.into();
        if tag.chars().count() > TEXT_LIMIT {
            self.refused.push(too_long("tag", TEXT_LIMIT));
        } else if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
        self
    }

    /// Adds metadata of the trace: scalars keep their type, anything else becomes JSON. At most 200
    /// characters as text.
    pub fn with_metadata(mut self, key: &str, value: impl Serialize) -> Self {
        let value = span::scalar(value);
        if value.as_str().chars().count() > TEXT_LIMIT {
            self.refused
                .push(too_long(&format!("metadata {key}"), TEXT_LIMIT));
            return self;
        }
        self.entry(format!("{}{key}", trace::METADATA_PREFIX), value)
    }

    /// Sets the name of the trace. At most 200 characters.
    pub fn with_trace_name(self, name: impl Into<String>) -> Self {
        self.text(trace::NAME, "trace name", name.into())
    }

    /// Sets the version of the application or of the traced part of it. At most 200 characters.
    pub fn with_version(self, version: impl Into<String>) -> Self {
        self.text(trace::VERSION, "version", version.into())
    }

    /// Sets the release of the application. At most 200 characters.
    pub fn with_release(self, release: impl Into<String>) -> Self {
        self.text(trace::RELEASE, "release", release.into())
    }

    /// The environment: lower-case letters, digits, `-` and `_`, at most 40, not beginning with
    /// `langfuse`.
    pub fn with_deployment_environment(self, name: impl Into<String>) -> Self {
        self.entry(trace::ENVIRONMENT.to_owned(), name.into().into())
    }

    /// Sets whether anybody with the link may read the trace. Defaults to the backend's setting.
    pub fn with_public(self, is_public: bool) -> Self {
        self.entry(trace::PUBLIC.to_owned(), is_public.into())
    }

    /// Sets the prompt, managed by the backend, that the generations inside are made from.
    pub fn with_prompt(self, name: impl Into<String>, version: i64) -> Self {
        self.text(observation::PROMPT_NAME, "prompt name", name.into())
            .entry(observation::PROMPT_VERSION.to_owned(), version.into())
    }

    /// Sets the name of the generations inside. At most 200 characters.
    pub fn with_generation_name(self, name: impl Into<String>) -> Self {
        self.text(
            names::context::GENERATION_NAME,
            "generation name",
            name.into(),
        )
    }

    fn text(mut self, key: &str, what: &str, text: String) -> Self {
        if text.chars().count() > TEXT_LIMIT {
            self.refused.push(too_long(what, TEXT_LIMIT));
            return self;
        }
        self.entry(key.to_owned(), text.into())
    }

    /// Refuses the name of an environment that a backend would replace.
    pub(super) fn check_environment(&mut self, check: EnvironmentCheck) {
        let Some(name) = self.get(trace::ENVIRONMENT) else {
            return;
        };
        if let Err(error) = check("the environment of a context", &name.as_str()) {
            self.refused.push(error.to_string());
            self.entries.retain(|(key, _)| key != trace::ENVIRONMENT);
        }
    }

    pub(crate) fn entry(mut self, key: String, value: Value) -> Self {
        match self.entries.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => self.entries.push((key, value)),
        }
        self
    }

    /// Inner attributes over outer ones: tags add up, everything else replaces the value of the same
    /// key.
    pub(crate) fn over(self, outer: &Self) -> Self {
        let mut merged = outer.clone();
        for (key, value) in self.entries {
            merged = merged.entry(key, value);
        }
        for tag in self.tags {
            if !merged.tags.contains(&tag) {
                merged.tags.push(tag);
            }
        }
        merged
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.tags.is_empty()
    }

    /// Takes the reasons why values were left out.
    pub(crate) fn take_refused(&mut self) -> Vec<String> {
        std::mem::take(&mut self.refused)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        let entry = self.entries.iter().find(|(known, _)| known == key);
        entry.map(|(_, value)| value)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries
            .iter()
            .map(|(key, value)| (key.as_str(), value))
    }

    pub(crate) fn tags(&self) -> &[String] {
        &self.tags
    }

    /// As attributes for spans; cheap to clone, since every span gets them.
    pub(crate) fn prepare(&self) -> Vec<KeyValue> {
        let entries = self.entries.iter().map(|(key, value)| {
            let value = match value {
                Value::String(text) => Value::from(Arc::<str>::from(text.as_str())),
                other => other.clone(),
            };
            prefixed(key, value)
        });
        let tags = (!self.tags.is_empty()).then(|| prefixed(trace::TAGS, array(&self.tags)));
        entries.chain(tags).collect()
    }
}

fn too_long(what: &str, limit: usize) -> String {
    format!("{what} was left out: it is longer than {limit} characters")
}

fn array(tags: &[String]) -> Value {
    let tags = tags
        .iter()
        .map(|tag| StringValue::from(Arc::<str>::from(tag.as_str())));
    Value::Array(Array::String(tags.collect()))
}

/// An attribute under the name that it has until the span is exported: only then is it known whether
/// the span has an attribute of its own, which wins.
fn prefixed(key: &str, value: Value) -> KeyValue {
    let key: Arc<str> = format!("{}{key}", names::context::PREFIX).into();
    KeyValue::new(Key::from(key), value)
}
