//! Token counts of every spelling → the inclusive counts of the conventions.
//!
//! The contract: nothing is estimated; a count that is not on the wire is not made up, and what
//! is there beyond the model of [`Usage`] is kept under the provider's own names. Vendors disagree
//! whether details are parts of the whole; where the numbers themselves prove that they are not,
//! they are added.

use serde_json::{Map, Value};

use super::facts::ResponseFacts;
use super::fields::{Fields, Object, as_count};
use super::framing::json::Parsed;
use crate::model::message::Usage;

/// Objects that hold parts of the input; assistants leave the `s` out.
const INPUT_DETAILS: &[&str] = &[
    "prompt_tokens_details",
    "prompt_token_details",
    "input_tokens_details",
    "input_token_details",
];
const OUTPUT_DETAILS: &[&str] = &[
    "completion_tokens_details",
    "completion_token_details",
    "output_tokens_details",
    "output_token_details",
];

/// Puts a provider's usage object into the facts.
pub(super) fn read(mut usage: Object, facts: &mut ResponseFacts) {
    facts.cost = facts.cost.or_else(|| cost(&usage));
    let input = first(&mut usage, &["prompt_tokens", "input_tokens"]);
    let output = first(&mut usage, &["completion_tokens", "output_tokens"]);
    let total = usage.count("total_tokens");

    let cached = first_of(&mut usage, INPUT_DETAILS, "cached_tokens");
    let written = first_of(&mut usage, INPUT_DETAILS, "cache_write_tokens");
    let reasoning = first_of(&mut usage, OUTPUT_DETAILS, "reasoning_tokens");
    let audio_input = first_of(&mut usage, INPUT_DETAILS, "audio_tokens");
    let audio_output = first_of(&mut usage, OUTPUT_DETAILS, "audio_tokens");

    // Vendors' names beside the details; some send the same count twice.
    let read_elsewhere = first(
        &mut usage,
        &["cache_read_input_tokens", "prompt_cache_hit_tokens"],
    );
    let written_elsewhere = first(&mut usage, &["cache_creation_input_tokens"]);
    let reasoning_elsewhere = first(&mut usage, &["reasoning_tokens"]);

    let counts = Usage {
        input_tokens: input.unwrap_or_default(),
        output_tokens: output.unwrap_or_default(),
        cache_read_input_tokens: cached.or(read_elsewhere).unwrap_or_default(),
        cache_write_input_tokens: written.or(written_elsewhere).unwrap_or_default(),
        reasoning_output_tokens: reasoning.or(reasoning_elsewhere).unwrap_or_default(),
        audio_input_tokens: audio_input.unwrap_or_default(),
        audio_output_tokens: audio_output.unwrap_or_default(),
    };
    if input.is_some() || output.is_some() {
        let counts = inclusive(counts, total);
        if let Some(total) =
            total.filter(|total| *total != counts.input_tokens + counts.output_tokens)
        {
            usage.insert("total_tokens".into(), total.into());
        }
        facts.usage = Some(counts);
    } else if let Some(total) = total {
        usage.insert("total_tokens".into(), total.into());
    }
    facts.usage_details = without_nothing(usage);
}

/// Without counts that broke off: the first of them would be taken for all.
pub(super) fn without_half(mut parsed: Parsed) -> Parsed {
    if let (Some(open), Some(Value::Object(fields))) = (&parsed.open, &mut parsed.value) {
        match (open.as_str(), fields.get_mut(open)) {
            ("usage", _) => _ = fields.remove("usage"),
            ("response", Some(Value::Object(response))) => _ = response.remove("usage"),
            _ => {}
        }
    }
    parsed
}

/// Adds parts to a whole that does not contain them.
fn inclusive(mut usage: Usage, total: Option<u64>) -> Usage {
    let cache = usage.cache_read_input_tokens + usage.cache_write_input_tokens;
    let sum = usage.input_tokens + usage.output_tokens;
    if cache > usage.input_tokens || cache > 0 && total == Some(sum + cache) {
        usage.input_tokens += cache;
    }
    let reasoning = usage.reasoning_output_tokens;
    let sum = usage.input_tokens + usage.output_tokens;
    if reasoning > usage.output_tokens || reasoning > 0 && total == Some(sum + reasoning) {
        usage.output_tokens += reasoning;
    }
    usage
}

/// A number of dollars, or an object of them with their sum.
fn cost(usage: &Object) -> Option<f64> {
    let cost = usage.get("cost")?;
    cost.as_f64()
        .or_else(|| cost.get("total_cost")?.as_f64())
        .filter(|cost| *cost >= 0.0)
}

/// The first of several spellings; all of them are taken.
fn first(usage: &mut Object, keys: &[&str]) -> Option<u64> {
    keys.iter()
        .filter_map(|key| usage.count(key))
        .reduce(|first, _| first)
}

fn first_of(usage: &mut Object, details: &[&str], key: &str) -> Option<u64> {
    details
        .iter()
        .filter_map(|details| usage.get_mut(*details)?.as_object_mut()?.count(key))
        .reduce(|first, _| first)
}

/// Without nulls, zeros and empty objects.
fn without_nothing(fields: Object) -> Map<String, Value> {
    fields
        .into_iter()
        .filter_map(|(key, value)| {
            let value = match value {
                Value::Object(fields) => Value::Object(without_nothing(fields)),
                value => value,
            };
            let nothing = match &value {
                Value::Null => true,
                Value::Object(fields) => fields.is_empty(),
                Value::Array(items) => items.is_empty(),
                value => as_count(value) == Some(0),
            };
            (!nothing).then_some((key, value))
        })
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::{Value, json};

    use super::read;
    use crate::model::message::Usage;
    use crate::wire::facts::ResponseFacts;
    use crate::wire::fields::into_object;

    fn usage(usage: Value) -> (Option<Usage>, Value, Option<f64>) {
        let mut facts = ResponseFacts::default();
        read(into_object(usage).unwrap(), &mut facts);
        (facts.usage, Value::Object(facts.usage_details), facts.cost)
    }

    #[test]
    fn every_spelling_gives_inclusive_counts() {
        for (wire, counts, details) in [
            (
                json!({"prompt_tokens": 1200, "completion_tokens": 90, "total_tokens": 1290,
                    "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 12},
                    "completion_tokens_details": {"reasoning_tokens": 64, "audio_tokens": 0,
                        "accepted_prediction_tokens": 3, "rejected_prediction_tokens": 5}}),
                Usage::new(1200, 90)
                    .with_cache_read(1024)
                    .with_reasoning(64)
                    .with_audio(12, 0),
                json!({"completion_tokens_details":
                    {"accepted_prediction_tokens": 3, "rejected_prediction_tokens": 5}}),
            ),
            (
                json!({"input_tokens": 320, "output_tokens": 48, "total_tokens": 368,
                    "input_tokens_details": {"cached_tokens": 256, "cache_write_tokens": 7,
                        "cache_write_tokens_details": {"ttl_1h": 7}},
                    "output_tokens_details": {"reasoning_tokens": 20}}),
                Usage::new(320, 48)
                    .with_cache_read(256)
                    .with_cache_write(7)
                    .with_reasoning(20),
                json!({"input_tokens_details": {"cache_write_tokens_details": {"ttl_1h": 7}}}),
            ),
            // A run of an assistant: `token` without `s`.
            (
                json!({"prompt_tokens": 381, "completion_tokens": 88, "total_tokens": 469,
                    "prompt_token_details": {"cached_tokens": 128}}),
                Usage::new(381, 88).with_cache_read(128),
                json!({}),
            ),
            (
                json!({"type": "tokens", "input_tokens": 14, "output_tokens": 5, "total_tokens": 19,
                    "input_token_details": {"text_tokens": 0, "audio_tokens": 14}}),
                Usage::new(14, 5).with_audio(14, 0),
                json!({"type": "tokens"}),
            ),
            // DeepSeek sends the same count twice.
            (
                json!({"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105,
                    "prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36,
                    "prompt_tokens_details": {"cached_tokens": 64}}),
                Usage::new(100, 5).with_cache_read(64),
                json!({"prompt_cache_miss_tokens": 36}),
            ),
            // Anthropic's own counts exclude the cache.
            (
                json!({"input_tokens": 10, "output_tokens": 5,
                    "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20}),
                Usage::new(130, 5).with_cache_read(100).with_cache_write(20),
                json!({}),
            ),
            // xAI's completion excludes the reasoning.
            (
                json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 115,
                    "completion_tokens_details": {"reasoning_tokens": 100}}),
                Usage::new(10, 105).with_reasoning(100),
                json!({}),
            ),
            (
                json!({"prompt_tokens": "7", "completion_tokens": 2.0, "queue_time": 0.02,
                    "total_tokens": null, "prompt_tokens_details": null}),
                Usage::new(7, 2),
                json!({"queue_time": 0.02}),
            ),
            (
                json!({"prompt_tokens": 2, "total_tokens": 2}),
                Usage::new(2, 0),
                json!({}),
            ),
            // Nothing is made of what is broken.
            (
                json!({"prompt_tokens": 9, "completion_tokens": -1, "total_tokens": 14,
                    "completion_tokens_details": [1]}),
                Usage::new(9, 0),
                json!({"total_tokens": 14, "completion_tokens_details": [1]}),
            ),
        ] {
            let (usage, rest, _) = usage(wire.clone());
            assert_eq!(usage, Some(counts), "{wire}");
            assert_eq!(rest, details, "{wire}");
        }
    }

    #[test]
    fn other_units_are_details_and_no_tokens() {
        let duration = json!({"type": "duration", "seconds": 6});
        assert_eq!(usage(duration.clone()), (None, duration, None));
        let total = json!({"total_tokens": 9});
        assert_eq!(usage(total.clone()), (None, total, None));
    }

    #[test]
    fn a_cost_is_a_number_or_an_object() {
        for (wire, expected) in [
            (json!(0.5), Some(0.5)),
            (json!({"total_cost": 0.25, "request_cost": 0.2}), Some(0.25)),
            (json!(-1), None),
            (json!("0.5"), None),
            (json!(null), None),
        ] {
            assert_eq!(usage(json!({"cost": wire})).2, expected, "{wire}");
        }
    }
}
