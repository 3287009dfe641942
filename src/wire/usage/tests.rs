use proptest::prelude::*;
use serde_json::{Value, json};

use super::{read, read_input_only};
use crate::model::message::Usage;
use crate::wire::facts::ResponseFacts;
use crate::wire::fields::into_object;

fn usage(usage: Value) -> (Option<Usage>, Value) {
    let mut facts = ResponseFacts::default();
    read(into_object(usage).unwrap(), &mut facts);
    (facts.usage, Value::Object(facts.usage_details))
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
        // Anthropic's own counts exclude the cache, whatever its size.
        (
            json!({"input_tokens": 10, "output_tokens": 5,
                "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20}),
            Usage::new(130, 5).with_cache_read(100).with_cache_write(20),
            json!({}),
        ),
        (
            json!({"input_tokens": 5000, "output_tokens": 10,
                "cache_read_input_tokens": 3000, "cache_creation_input_tokens": 0}),
            Usage::new(8000, 10).with_cache_read(3000),
            json!({}),
        ),
        // The same names beside the keys of chats are parts.
        (
            json!({"prompt_tokens": 98_805, "completion_tokens": 5120, "total_tokens": 103_925,
                "prompt_tokens_details": {"cached_tokens": 66_360, "cache_creation_tokens": 32_435},
                "cache_read_input_tokens": 66_360, "cache_creation_input_tokens": 32_435,
                "completion_tokens_details": {"reasoning_tokens": 1710}}),
            Usage::new(98_805, 5120)
                .with_cache_read(66_360)
                .with_cache_write(32_435)
                .with_reasoning(1710),
            json!({}),
        ),
        // The prompt has the reads, not the writes.
        (
            json!({"prompt_tokens": 1000, "completion_tokens": 5, "total_tokens": 1805,
                "prompt_tokens_details": {"cached_tokens": 100},
                "cache_creation_input_tokens": 800}),
            Usage::new(1800, 5)
                .with_cache_read(100)
                .with_cache_write(800),
            json!({}),
        ),
        // xAI's completion excludes the reasoning.
        (
            json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 115,
                "completion_tokens_details": {"reasoning_tokens": 100}}),
            Usage::new(10, 105).with_reasoning(100),
            json!({}),
        ),
        // The total proves that the reasoning is no extra.
        (
            json!({"prompt_tokens": 1640, "completion_tokens": 102, "total_tokens": 1742,
                "completion_tokens_details": {"reasoning_tokens": 109}}),
            Usage::new(1640, 102).with_reasoning(102),
            json!({}),
        ),
        // Thinking that only the total knows of.
        (
            json!({"prompt_tokens": 20, "completion_tokens": 198, "total_tokens": 623}),
            Usage::new(20, 603),
            json!({}),
        ),
        // Audio that was read from the cache is both.
        (
            json!({"prompt_tokens": 1459, "completion_tokens": 396, "total_tokens": 1855,
                "prompt_tokens_details": {"text_tokens": 1349, "audio_tokens": 110,
                    "cached_tokens": 1408,
                    "cached_tokens_details": {"text_tokens": 1344, "audio_tokens": 64}},
                "completion_tokens_details": {"text_tokens": 97, "audio_tokens": 299}}),
            Usage::new(1459, 396)
                .with_cache_read(1408)
                .with_audio(110, 299)
                .with_cached_audio(64),
            json!({"prompt_tokens_details":
                    {"text_tokens": 1349, "cached_tokens_details": {"text_tokens": 1344}},
                "completion_tokens_details": {"text_tokens": 97}}),
        ),
        (
            json!({"total_tokens": 1500, "input_tokens": 400, "output_tokens": 1100,
                "input_tokens_details": {"text_tokens": 50, "image_tokens": 350}}),
            Usage::new(400, 1100).with_image(350, 0),
            json!({"input_tokens_details": {"text_tokens": 50}}),
        ),
        // Gemini: thoughts and what tools brought are beside the rest.
        (
            json!({"promptTokenCount": 20, "candidatesTokenCount": 8, "thoughtsTokenCount": 30,
                "toolUsePromptTokenCount": 5, "totalTokenCount": 63, "cachedContentTokenCount": 12,
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 14},
                    {"modality": "AUDIO", "tokenCount": 6}]}),
            Usage::new(25, 38)
                .with_cache_read(12)
                .with_reasoning(30)
                .with_audio(6, 0),
            json!({"promptTokensDetails": {"text_tokens": 14}}),
        ),
        // Bedrock.
        (
            json!({"inputTokens": 10, "outputTokens": 4, "totalTokens": 114,
                "cacheReadInputTokens": 100, "cacheWriteInputTokens": 0}),
            Usage::new(110, 4).with_cache_read(100),
            json!({}),
        ),
        (
            json!({"prompt_tokens": "7", "completion_tokens": 2.0, "queue_time": 0.02,
                "total_tokens": null, "prompt_tokens_details": null}),
            Usage::new(7, 2),
            json!({"queue_time": 0.02}),
        ),
        (
            json!({"prompt_tokens": 19, "completion_tokens": 13, "total_tokens": 32, "cached_tokens": 12}),
            Usage::new(19, 13).with_cache_read(12),
            json!({}),
        ),
        // What was not given is not zero.
        (
            json!({"prompt_tokens": 2, "total_tokens": 2}),
            Usage::default().with_input(2),
            json!({}),
        ),
        // What is broken is not given, and a total says what it must have been.
        (
            json!({"prompt_tokens": 9, "completion_tokens": -1, "total_tokens": 14,
                "completion_tokens_details": [1]}),
            Usage::new(9, 5),
            json!({"completion_tokens_details": [1]}),
        ),
        // A total that is too small contradicts the rest.
        (
            json!({"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 5}),
            Usage::new(9, 3),
            json!({"total_tokens": 5}),
        ),
    ] {
        let (usage, rest) = usage(wire.clone());
        assert_eq!(usage, Some(counts), "{wire}");
        assert_eq!(rest, details, "{wire}");
    }
}

#[test]
fn other_units_are_details_and_no_tokens() {
    let duration = json!({"type": "duration", "seconds": 6});
    assert_eq!(usage(duration.clone()), (None, duration));
    let total = json!({"total_tokens": 9});
    assert_eq!(usage(total.clone()), (None, total));
}

#[test]
fn all_tokens_of_what_has_no_output_are_input() {
    for wire in [
        json!({"total_tokens": 7}),
        json!({"prompt_tokens": 7, "total_tokens": 7}),
    ] {
        let mut facts = ResponseFacts::default();
        read_input_only(into_object(wire).unwrap(), &mut facts);
        assert_eq!(facts.usage, Some(Usage::default().with_input(7)));
    }
}

/// The buckets that a backend adds up: disjoint, and together everything.
fn disjoint(usage: &Usage) -> u64 {
    let input = usage.input_tokens.unwrap_or_default();
    let output = usage.output_tokens.unwrap_or_default();
    let cached = usage.cache_read_input_tokens + usage.cache_write_input_tokens;
    assert!(
        cached <= input,
        "no part is larger than its whole: {usage:?}"
    );
    assert!(
        usage.audio_input_tokens + usage.image_input_tokens <= input,
        "{usage:?}"
    );
    assert!(usage.cached_audio_input_tokens <= usage.cache_read_input_tokens);
    assert!(usage.cached_audio_input_tokens <= usage.audio_input_tokens);
    assert!(usage.reasoning_output_tokens <= output, "{usage:?}");
    assert!(
        usage.audio_output_tokens + usage.image_output_tokens <= output,
        "{usage:?}"
    );
    (input - cached)
        + cached
        + (output - usage.reasoning_output_tokens)
        + usage.reasoning_output_tokens
}

proptest! {
    /// Whatever a vendor leaves out of its wholes: the buckets make the total that it names.
    #[test]
    fn the_buckets_add_up_to_the_total_of_the_provider(
        text in 0..5_000_u64,
        read in 0..5_000_u64,
        write in 0..5_000_u64,
        answer in 0..5_000_u64,
        reasoning in 0..5_000_u64,
        outside in prop::array::uniform3(any::<bool>()),
        spelling in 0..3_usize,
    ) {
        let [read_out, write_out, reasoning_out] = outside;
        let inside = |tokens: u64, is_outside: bool| if is_outside { 0 } else { tokens };
        let input = text + inside(read, read_out) + inside(write, write_out);
        let output = answer + inside(reasoning, reasoning_out);
        let total = text + read + write + answer + reasoning;
        let wire = match spelling {
            0 => json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": total,
                "prompt_tokens_details": {"cached_tokens": read, "cache_creation_tokens": write},
                "completion_tokens_details": {"reasoning_tokens": reasoning}}),
            1 => json!({"input_tokens": input, "output_tokens": output, "total_tokens": total,
                "cache_read_input_tokens": read, "cache_creation_input_tokens": write,
                "output_tokens_details": {"reasoning_tokens": reasoning}}),
            _ => json!({"inputTokens": input, "outputTokens": output, "totalTokens": total,
                "cacheReadInputTokens": read, "cacheWriteInputTokens": write,
                "reasoningTokens": reasoning}),
        };
        let counts = usage(wire.clone()).0.unwrap();
        prop_assert_eq!(disjoint(&counts), total, "{}", wire);
    }

    /// No numbers whatsoever make a part larger than its whole.
    #[test]
    fn no_part_is_larger_than_its_whole(numbers in prop::collection::vec(0..300_u64, 12)) {
        let n = |index: usize| numbers[index];
        let counts = usage(json!({"prompt_tokens": n(0), "completion_tokens": n(1), "total_tokens": n(2),
            "prompt_tokens_details": {"cached_tokens": n(3), "audio_tokens": n(4), "image_tokens": n(5),
                "cached_tokens_details": {"audio_tokens": n(6)}},
            "completion_tokens_details": {"reasoning_tokens": n(7), "audio_tokens": n(8), "image_tokens": n(9)},
            "cache_creation_input_tokens": n(10), "cache_read_input_tokens": n(11)})).0.unwrap();
        disjoint(&counts);
    }
}
