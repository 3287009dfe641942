//! An operation as its span describes it, read by the names of attributes.
//!
//! Pure. Sets that become a span and a span that has ended are read alike; of the same attribute the last
//! one counts, as on the span.

use opentelemetry::trace::Status;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use crate::conventions as names;
use crate::model::provider_of;
use crate::span::AttributeSet;
use crate::text::{secrets, typed_value};

/// An operation as its span describes it.
#[derive(Clone, Copy)]
pub(crate) enum Operation<'a> {
    /// Those that come later count first.
    Sets(&'a [&'a AttributeSet]),
    Span(&'a SpanData),
}

impl<'a> Operation<'a> {
    fn get(self, name: &str) -> Option<&'a Value> {
        match self {
            Self::Sets(sets) => sets.iter().rev().find_map(|set| set.get(name)),
            Self::Span(span) => {
                let mut attributes = span.attributes.iter().rev();
                attributes.find_map(|one| (one.key.as_str() == name).then_some(&one.value))
            }
        }
    }

    /// The value in the type of the conventions.
    fn typed(self, name: &str) -> Option<Value> {
        let mut value = self.get(name)?.clone();
        typed_value::repair(name, &mut value);
        Some(value)
    }

    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        match self.get(name)? {
            Value::String(text) => Some(text.as_str()),
            _ => None,
        }
    }

    pub(crate) fn seconds(self, name: &str) -> Option<f64> {
        match self.typed(name)? {
            Value::F64(seconds) => Some(seconds),
            _ => None,
        }
    }

    pub(crate) fn count(self, name: &str) -> Option<u64> {
        match self.typed(name)? {
            Value::I64(count) => u64::try_from(count).ok(),
            _ => None,
        }
    }

    /// Those of these attributes that are there.
    pub(crate) fn all(self, named: &[&'static str]) -> Vec<KeyValue> {
        let one = |name: &&'static str| Some(KeyValue::new(*name, self.typed(name)?));
        named.iter().filter_map(one).collect()
    }

    /// The provider of a call that names none: the one that the model is known by.
    pub(crate) fn unnamed_provider(self) -> Option<KeyValue> {
        if self.get(names::PROVIDER_NAME).is_some() {
            return None;
        }
        let of_model = |name| provider_of(self.text(name)?);
        let provider = match self.text(names::SYSTEM) {
            Some(system) => system.to_owned(),
            None => of_model(names::REQUEST_MODEL)
                .or_else(|| of_model(names::RESPONSE_MODEL))
                .unwrap_or(names::provider::OTHER)
                .to_owned(),
        };
        Some(KeyValue::new(names::PROVIDER_NAME, provider))
    }

    /// What went wrong; also where nobody has named it.
    pub(crate) fn error(self) -> Option<KeyValue> {
        let has_failed = match self {
            Self::Sets(sets) => sets.iter().any(|set| set.is_error()),
            Self::Span(span) => matches!(span.status, Status::Error { .. }),
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
