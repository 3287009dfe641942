//! Token counts of every spelling → the inclusive counts of the conventions.
//!
//! The contract: nothing is estimated, a count that is not on the wire is not zero, and what is there
//! beyond [`Usage`] stays under the provider's own names. [`read`] is a table of spellings and one
//! function of sums, [`settled`]. Vendors disagree whether a part (cached input, reasoning …) is
//! inside its whole. The total decides where there is one: the parts that were left out are those
//! with which everything adds up to it. Without a total the vendor's rule decides, and a part that is
//! larger than its whole was left out of it.

mod cost;
mod merge;

use serde_json::{Map, Value};

use super::facts::ResponseFacts;
use super::fields::{Fields, Object, as_count};
use super::framing::json::Parsed;
use crate::model::message::Usage;

pub(super) use merge::merge;

/// Members of an answer that hold its counts.
const OBJECTS: &[&str] = &["usage", "usageMetadata"];

/// Objects that hold parts of the input. Assistants leave the `s` out; Gemini writes lists.
const INPUT_DETAILS: &[&str] = &[
    "prompt_tokens_details",
    "prompt_token_details",
    "input_tokens_details",
    "input_token_details",
    "promptTokensDetails",
];
const OUTPUT_DETAILS: &[&str] = &[
    "completion_tokens_details",
    "completion_token_details",
    "output_tokens_details",
    "output_token_details",
    "candidatesTokensDetails",
];
/// Objects beside or inside the input's that hold parts of what was read from the cache.
const CACHED_DETAILS: &[&str] = &["cached_tokens_details", "cacheTokensDetails"];

const INPUT: &[&str] = &[
    "prompt_tokens",
    "input_tokens",
    "inputTokens",
    "promptTokenCount",
    "prompt_eval_count",
    "input_length",
    "input_token_count",
    "promptTokens",
    "inputTokenCount",
];
const OUTPUT: &[&str] = &[
    "completion_tokens",
    "output_tokens",
    "outputTokens",
    "candidatesTokenCount",
    "eval_count",
    "generated_token_count",
    "output_token_count",
    "generated_tokens",
    "completionTokens",
    "outputTokenCount",
];
const TOTAL: &[&str] = &[
    "total_tokens",
    "totalTokens",
    "totalTokenCount",
    "total_token_count",
];
/// Inside the details of the input.
const CACHE_READ_DETAIL: &[&str] = &[
    "cached_tokens",
    "cache_read_tokens",
    "cache_read_input_tokens",
];
/// Beside the wholes.
const CACHE_READ: &[&str] = &[
    "cached_tokens",
    "prompt_cache_hit_tokens",
    "cachedContentTokenCount",
    "num_cached_tokens",
    "cache_read_tokens",
];
/// Beside wholes that leave them out, by the rule of those who use these names with `input_tokens`.
const CACHE_READ_OUTSIDE: &[&str] = &[
    "cache_read_input_tokens",
    "cacheReadInputTokens",
    "cacheReadInputTokenCount",
];
const CACHE_WRITE_DETAIL: &[&str] = &[
    "cache_write_tokens",
    "cache_creation_tokens",
    "cache_creation_input_tokens",
    "cache_write_input_tokens",
];
const CACHE_WRITE: &[&str] = &["cache_write_tokens", "cache_creation_tokens"];
const CACHE_WRITE_OUTSIDE: &[&str] = &[
    "cache_creation_input_tokens",
    "cache_write_input_tokens",
    "cacheWriteInputTokens",
    "cacheWriteInputTokenCount",
];
const REASONING: &[&str] = &["reasoning_tokens", "thinking_tokens", "reasoningTokens"];
/// Thoughts are beside the candidates.
const REASONING_OUTSIDE: &[&str] = &["thoughtsTokenCount"];
/// What tools brought into the prompt is beside it.
const TOOL_PROMPT: &[&str] = &["toolUsePromptTokenCount"];
const AUDIO: &[&str] = &["audio_tokens"];
const IMAGE: &[&str] = &["image_tokens"];

/// Puts a provider's usage object into the facts.
pub(super) fn read(mut usage: Object, facts: &mut ResponseFacts) {
    facts.cost = facts.cost.or_else(|| cost::read(&usage));
    spread_lists(&mut usage);
    let numbers = Numbers::take(&mut usage);
    let (counts, left_over) = settled(&numbers);
    if let Some(total) = left_over {
        usage.insert("total_tokens".into(), total.into());
    }
    facts.usage = counts;
    facts.usage_details = without_nothing(usage);
}

/// Counts of something that has no output, such as embeddings: all tokens are input.
pub(super) fn read_input_only(mut usage: Object, facts: &mut ResponseFacts) {
    let has_input = INPUT.iter().any(|key| usage.contains_key(*key));
    if !has_input && let Some(total) = first(&mut usage, TOTAL) {
        usage.insert("prompt_tokens".into(), total.into());
    }
    read(usage, facts);
}

/// Without counts that broke off: the first of them would be taken for all.
pub(super) fn without_half(mut parsed: Parsed) -> Parsed {
    if let (Some(open), Some(Value::Object(fields))) = (&parsed.open, &mut parsed.value) {
        match (open.as_str(), fields.get_mut(open)) {
            (open, _) if OBJECTS.contains(&open) => _ = fields.remove(open),
            ("response", Some(Value::Object(response))) => _ = response.remove("usage"),
            _ => {}
        }
    }
    parsed
}

/// The numbers of a usage object, whatever they were called.
#[derive(Clone, Debug, Default)]
struct Numbers {
    input: Option<u64>,
    output: Option<u64>,
    total: Option<u64>,
    cache_read: Part,
    cache_write: Part,
    reasoning: Part,
    /// Input that is counted beside the rest of it.
    tool_prompt: u64,
    input_audio: u64,
    output_audio: u64,
    input_image: u64,
    output_image: u64,
    cached_audio: u64,
}

/// A count that belongs to a whole.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    tokens: u64,
    /// Whether the vendor's rule leaves it out of the whole.
    is_outside: bool,
}

impl Numbers {
    fn take(usage: &mut Object) -> Self {
        let has_details = INPUT_DETAILS
            .iter()
            .any(|key| usage.get(*key).is_some_and(Value::is_object));
        let is_chat = usage.contains_key("prompt_tokens");
        let part = |inside: Option<u64>, outside: Option<u64>, rule: bool| Part {
            tokens: inside
                .filter(|count| *count > 0)
                .or(outside)
                .or(inside)
                .unwrap_or_default(),
            is_outside: rule && inside.unwrap_or_default() == 0 && outside.is_some(),
        };
        // The same names are used for parts by those who translate into the keys of chats.
        let rule = !has_details && !is_chat;
        let inside = either(
            first_of(usage, INPUT_DETAILS, CACHE_READ_DETAIL),
            first(usage, CACHE_READ),
        );
        let cache_read = part(inside, first(usage, CACHE_READ_OUTSIDE), rule);
        let inside = either(
            first_of(usage, INPUT_DETAILS, CACHE_WRITE_DETAIL),
            first(usage, CACHE_WRITE),
        );
        let cache_write = part(inside, first(usage, CACHE_WRITE_OUTSIDE), rule);
        let inside = either(
            first_of(usage, OUTPUT_DETAILS, REASONING),
            first(usage, REASONING),
        );
        let reasoning = part(inside, first(usage, REASONING_OUTSIDE), true);
        let cached_audio = cached_details(usage, AUDIO);
        Self {
            input: first(usage, INPUT),
            output: first(usage, OUTPUT),
            total: first(usage, TOTAL).filter(|total| *total > 0),
            cache_read,
            cache_write,
            reasoning,
            tool_prompt: first(usage, TOOL_PROMPT).unwrap_or_default(),
            input_audio: first_of(usage, INPUT_DETAILS, AUDIO).unwrap_or_default(),
            output_audio: first_of(usage, OUTPUT_DETAILS, AUDIO).unwrap_or_default(),
            input_image: first_of(usage, INPUT_DETAILS, IMAGE).unwrap_or_default(),
            output_image: first_of(usage, OUTPUT_DETAILS, IMAGE).unwrap_or_default(),
            cached_audio: cached_audio.unwrap_or_default(),
        }
    }
}

/// The parts that may lie outside of their whole.
const PARTS: usize = 4;

/// What the numbers mean, and a total that contradicts it.
///
/// Every part lies inside its whole afterwards, and no two parts count the same token except audio that
/// was read from the cache, which is said apart.
fn settled(numbers: &Numbers) -> (Option<Usage>, Option<u64>) {
    let (mut input, mut output) = (numbers.input, numbers.output);
    if input.is_none() && output.is_none() {
        return (None, numbers.total);
    }
    let parts: [(u64, bool); PARTS] = [
        (numbers.cache_read.tokens, numbers.cache_read.is_outside),
        (numbers.cache_write.tokens, numbers.cache_write.is_outside),
        (numbers.reasoning.tokens, numbers.reasoning.is_outside),
        (numbers.tool_prompt, true),
    ];
    let sum = input
        .unwrap_or_default()
        .saturating_add(output.unwrap_or_default());
    let both = input.is_some() && output.is_some();
    let outside = both
        .then(|| outside_by_total(&parts, sum, numbers.total?))
        .flatten()
        .unwrap_or_else(|| outside_by_rule(&parts, numbers));
    let add = |whole: &mut Option<u64>, index: usize| {
        let (tokens, _) = parts[index];
        if outside[index] && tokens > 0 {
            *whole = Some(whole.unwrap_or_default().saturating_add(tokens));
        }
    };
    add(&mut input, 0);
    add(&mut input, 1);
    add(&mut output, 2);
    add(&mut input, 3);

    let known = input
        .unwrap_or_default()
        .saturating_add(output.unwrap_or_default());
    let mut left_over = None;
    if let Some(total) = numbers.total {
        match (total.checked_sub(known), input) {
            (Some(0), _) => {}
            (Some(more), None) => input = Some(more),
            // Some leave thinking out of what they count as output, but not out of the total.
            (Some(more), Some(_)) => output = Some(output.unwrap_or_default() + more),
            (None, _) => left_over = Some(total),
        }
    }
    let all_input = input.unwrap_or_default();
    let all_output = output.unwrap_or_default();
    let cache_read = numbers.cache_read.tokens.min(all_input);
    let audio_input = numbers.input_audio.min(all_input);
    let audio_output = numbers.output_audio.min(all_output);
    let mut usage = Usage::default()
        .with_cache_read(cache_read)
        .with_cache_write(numbers.cache_write.tokens.min(all_input - cache_read))
        .with_reasoning(numbers.reasoning.tokens.min(all_output))
        .with_audio(audio_input, audio_output)
        .with_image(
            numbers.input_image.min(all_input - audio_input),
            numbers.output_image.min(all_output - audio_output),
        )
        .with_cached_audio(numbers.cached_audio.min(audio_input).min(cache_read));
    usage.input_tokens = input;
    usage.output_tokens = output;
    (Some(usage), left_over)
}

/// Which parts have to be added so that everything makes the total: none, those of the vendor's rule,
/// else as few as possible.
fn outside_by_total(parts: &[(u64, bool); PARTS], sum: u64, total: u64) -> Option<[bool; PARTS]> {
    let rule = parts.map(|(tokens, is_outside)| is_outside && tokens > 0);
    let mut sets: Vec<[bool; PARTS]> = (0_u32..1 << PARTS)
        .map(|bits| std::array::from_fn(|index| bits & (1 << index) != 0))
        .collect();
    sets.sort_by_key(|set| {
        (
            *set != rule,
            set.iter().filter(|is_outside| **is_outside).count(),
        )
    });
    sets.into_iter().find(|set| {
        let outside = parts.iter().zip(set).filter(|(_, is_outside)| **is_outside);
        let more: u64 = outside
            .map(|((tokens, _), _)| *tokens)
            .fold(0, u64::saturating_add);
        sum.saturating_add(more) == total
    })
}

/// Without a total that helps: the vendor's rule, and no part is larger than its whole.
fn outside_by_rule(parts: &[(u64, bool); PARTS], numbers: &Numbers) -> [bool; PARTS] {
    let [read, write, reasoning, tool] = parts.map(|(_, is_outside)| is_outside);
    let cache = numbers
        .cache_read
        .tokens
        .saturating_add(numbers.cache_write.tokens);
    let cache_is_outside = numbers.input.is_some_and(|input| cache > input);
    // With a total the sums would fit if it were outside.
    let may_be_more = numbers.total.is_none() || numbers.output.is_none();
    let reasoning_is_outside = may_be_more
        && numbers
            .output
            .is_some_and(|output| numbers.reasoning.tokens > output);
    [
        read || cache_is_outside,
        write || cache_is_outside,
        reasoning || reasoning_is_outside,
        tool,
    ]
}

/// The first of several spellings that is not zero; all of them are taken.
fn first(usage: &mut Object, keys: &[&str]) -> Option<u64> {
    keys.iter()
        .fold(None, |found, key| either(found, usage.count(key)))
}

fn first_of(usage: &mut Object, details: &[&str], keys: &[&str]) -> Option<u64> {
    details.iter().fold(None, |found, details| {
        let details = usage.get_mut(*details).and_then(Value::as_object_mut);
        either(found, details.and_then(|details| first(details, keys)))
    })
}

/// Of what was read from the cache, inside the input's details or beside them.
fn cached_details(usage: &mut Object, keys: &[&str]) -> Option<u64> {
    let inside = INPUT_DETAILS.iter().fold(None, |found, details| {
        let details = usage.get_mut(*details).and_then(Value::as_object_mut);
        either(
            found,
            details.and_then(|details| first_of(details, CACHED_DETAILS, keys)),
        )
    });
    either(inside, first_of(usage, CACHED_DETAILS, keys))
}

/// The one that knows more: a zero is often a placeholder.
fn either(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.filter(|count| *count > 0).or(other).or(one)
}

/// `[{"modality": "AUDIO", "tokenCount": 5}]` as `{"audio_tokens": 5}`.
fn spread_lists(usage: &mut Object) {
    for key in INPUT_DETAILS
        .iter()
        .chain(OUTPUT_DETAILS)
        .chain(CACHED_DETAILS)
    {
        if let Some(Value::Array(items)) = usage.get(*key) {
            let pairs: Option<Object> = items
                .iter()
                .map(|item| {
                    let modality = item.get("modality")?.as_str()?.to_ascii_lowercase();
                    let count = as_count(item.get("tokenCount")?)?;
                    Some((format!("{modality}_tokens"), count.into()))
                })
                .collect();
            if let Some(pairs) = pairs {
                usage.insert((*key).to_owned(), Value::Object(pairs));
            }
        }
    }
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
mod tests;
