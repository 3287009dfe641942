//! Gives a span the attributes of its context, at export.
//!
//! Pure. A span's context is known when it starts, its own attributes only when it has ended: until
//! then the context's attributes have a prefix. Here it is removed, unless the span has an attribute
//! of the same key. Runs for every destination, after duplicates are gone.

use opentelemetry::{Key, KeyValue};
use opentelemetry_sdk::trace::SpanData;

use crate::conventions as names;
use crate::conventions::{observation, operation};
use crate::model::ObservationType;

/// Gives the context's attributes their real names.
pub(crate) fn resolve(span: &mut SpanData) {
    let is_context =
        |attribute: &KeyValue| attribute.key.as_str().starts_with(names::context::PREFIX);
    if !span.attributes.iter().any(is_context) {
        return;
    }
    let (context, own): (Vec<_>, Vec<_>) = std::mem::take(&mut span.attributes)
        .into_iter()
        .partition(is_context);
    span.attributes = own;
    let is_generation = is_generation(&span.attributes);
    for attribute in context {
        let key = &attribute.key.as_str()[names::context::PREFIX.len()..];
        if key == names::context::GENERATION_NAME {
            if is_generation {
                span.name = attribute.value.as_str().into_owned().into();
            }
            continue;
        }
        let of_generations = matches!(key, observation::PROMPT_NAME | observation::PROMPT_VERSION);
        let is_said = span.attributes.iter().any(|own| own.key.as_str() == key);
        if is_said || (of_generations && !is_generation) {
            continue;
        }
        let key = Key::from(key.to_owned());
        span.attributes.push(KeyValue::new(key, attribute.value));
    }
}

fn is_generation(attributes: &[KeyValue]) -> bool {
    let find = |key: &str| {
        attributes
            .iter()
            .find(|attribute| attribute.key.as_str() == key)
    };
    if let Some(kind) = find(observation::TYPE) {
        return kind.value.as_str() == ObservationType::Generation.as_str();
    }
    find(names::OPERATION_NAME).is_some_and(|name| {
        matches!(
            name.value.as_str().as_ref(),
            operation::CHAT | operation::TEXT_COMPLETION | operation::GENERATE_CONTENT
        )
    })
}
