//! What is told of an operation, by the names of attributes.
//!
//! Pure. Facts that become a span and a span that has ended are read alike; of the same attribute the last
//! one counts, as on the span.

use opentelemetry::trace::Status;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use crate::conventions as names;
use crate::span::{AttributeSet, Fact};
use crate::text::secrets;

/// An operation as its span tells of it.
#[derive(Clone, Copy)]
pub(crate) enum Told<'a> {
    /// Those that come later count first.
    Facts(&'a [&'a [Fact]]),
    Set(&'a AttributeSet),
    Span(&'a SpanData),
}

impl<'a> Told<'a> {
    fn get(self, name: &str) -> Option<&'a Value> {
        match self {
            Self::Facts(facts) => {
                let mut facts = facts.iter().rev().flat_map(|facts| facts.iter().rev());
                facts.find_map(|fact| match fact {
                    Fact::Attribute(one) if one.key.as_str() == name => Some(&one.value),
                    _ => None,
                })
            }
            Self::Set(attributes) => attributes.get(name),
            Self::Span(span) => {
                let mut attributes = span.attributes.iter().rev();
                attributes.find_map(|one| (one.key.as_str() == name).then_some(&one.value))
            }
        }
    }

    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        match self.get(name)? {
            Value::String(text) => Some(text.as_str()),
            _ => None,
        }
    }

    pub(crate) fn seconds(self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Value::F64(seconds) => Some(*seconds),
            _ => None,
        }
    }

    pub(crate) fn count(self, name: &str) -> Option<u64> {
        match self.get(name)? {
            Value::I64(count) => u64::try_from(*count).ok(),
            _ => None,
        }
    }

    /// Those of these attributes that are there.
    pub(crate) fn all(self, named: &[&'static str]) -> Vec<KeyValue> {
        let one = |name: &&'static str| Some(KeyValue::new(*name, self.get(name)?.clone()));
        named.iter().filter_map(one).collect()
    }

    /// What went wrong; also where nobody has named it.
    pub(crate) fn error(self) -> Option<KeyValue> {
        let has_failed = match self {
            Self::Facts(facts) => {
                let facts = facts.iter().flat_map(|facts| facts.iter());
                let is_error =
                    |fact: &Fact| matches!(fact, Fact::Status(status) if is_error(status));
                facts.rev().any(is_error)
            }
            Self::Set(attributes) => attributes.is_error(),
            Self::Span(span) => is_error(&span.status),
        };
        let unnamed = || has_failed.then(|| names::error_type::OTHER.into());
        let kind = self.get(names::ERROR_TYPE).cloned().or_else(unnamed)?;
        // Some servers put what they were sent into their codes.
        let kind = match secrets::redact(&kind.as_str()) {
            Some(redacted) => redacted.into(),
            None => kind,
        };
        Some(KeyValue::new(names::ERROR_TYPE, kind))
    }
}

fn is_error(status: &Status) -> bool {
    matches!(status, Status::Error { .. })
}
