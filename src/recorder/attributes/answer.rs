//! What an answer says, as attributes.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::conventions as names;
use crate::conventions::error_type;
use crate::span::AttributeSink;
use crate::wire::ResponseFacts;

/// Key of the metadata with the counts for which there is no attribute.
const USAGE_DETAILS: &str = "usage_details";

/// What was answered. Usage and cost belong to a call in which a model worked; whoever fetches a stored answer
/// is told the model as well.
pub(in crate::recorder) fn answer(
    set: &mut impl AttributeSink,
    answer: &ResponseFacts,
    operation: Option<&str>,
    is_inference: bool,
) {
    let names_model = is_inference || operation == Some(names::operation::FETCH_RESPONSE);
    let model = answer.model.clone().filter(|_| names_model);
    set.push_some(names::RESPONSE_ID, answer.id.clone());
    set.push_some(names::RESPONSE_MODEL, model);
    set.push_some(names::call::RESPONSE_STATUS, answer.status.clone());
    set.push_some(names::CONVERSATION_ID, answer.conversation.clone());
    set.push_some(
        names::REQUEST_PREVIOUS_RESPONSE_ID,
        answer.previous_response.clone(),
    );
    set.push_some(
        names::OPENAI_RESPONSE_SERVICE_TIER,
        answer.service_tier.clone(),
    );
    set.push_some(
        names::call::SYSTEM_FINGERPRINT,
        answer.system_fingerprint.clone(),
    );
    if !answer.finish_reasons.is_empty() {
        set.finish_reasons(answer.finish_reasons.iter().cloned());
    }
    if !answer.messages.is_empty() {
        set.messages(names::OUTPUT_MESSAGES, &answer.messages);
    }
    if !answer.annotations.is_empty() {
        set.json(names::call::OUTPUT_ANNOTATIONS, &answer.annotations);
    }
    if let Some(output) = &answer.output {
        set.content(names::observation::OUTPUT, output);
    }
    let dimensions = answer.dimensions;
    let dimensions = dimensions.and_then(|count| i64::try_from(count).ok());
    set.push_some(names::call::DIMENSION_COUNT, dimensions);
    if is_inference {
        if let Some(counts) = answer.usage {
            set.usage(counts);
        }
        // Metadata, so that no backend adds up what the known counts contain already.
        let details = counts(&answer.usage_details);
        if !details.is_empty() {
            set.metadata(USAGE_DETAILS, details);
        }
        if let Some(cost) = answer.cost {
            set.cost("total", cost);
        }
    }
}

/// The numbers in there, under the names that the provider gives them.
fn counts(details: &Map<String, Value>) -> Map<String, Value> {
    let count = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Number(_) => value.clone(),
            Value::Object(details) => Value::Object(counts(details)),
            _ => return None,
        };
        let is_empty = value.as_object().is_some_and(Map::is_empty);
        (!is_empty).then(|| (name.clone(), value))
    };
    details.iter().filter_map(count).collect()
}

/// What became of an answer that was made in the background. Whoever fetches it uses nothing; the call
/// that asked for it has used what it counts.
pub(in crate::recorder) fn background_answer(
    set: &mut impl AttributeSink,
    fetched: &ResponseFacts,
) {
    answer(set, fetched, None, true);
    if let Some(error) = &fetched.error {
        let kind = error.name().unwrap_or(error_type::OTHER);
        let message = error.message.clone().unwrap_or_default();
        set.error(kind, message);
    } else if fetched.status.as_deref() == Some("cancelled") {
        set.warning("cancelled");
    }
}

/// What is known of a stream as such.
pub(in crate::recorder) fn stream(
    set: &mut impl AttributeSink,
    first_chunk: Option<Duration>,
    chunks: Option<u64>,
) {
    if let Some(after) = first_chunk {
        set.push(names::RESPONSE_TIME_TO_FIRST_CHUNK, after.as_secs_f64());
        let chunks = chunks.map(|chunks| i64::try_from(chunks).unwrap_or(i64::MAX));
        set.push_some(names::call::STREAM_CHUNKS, chunks);
    }
}
