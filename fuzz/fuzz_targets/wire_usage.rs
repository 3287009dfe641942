//! Any counts under any spellings: no part is larger than its whole, and with a total the parts add up to it.
//!
//! `cargo +nightly fuzz run wire_usage CORPUS tests/fixtures -- -dict=fuzz/wire.dict`.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

include!("support/rooms.rs");

use wire::{BodyEnd, ResponseHead, ResponseReader};

/// Where counts stand, and under which names.
const PLACES: [&str; 8] = [
    "",
    "prompt_tokens_details",
    "completion_tokens_details",
    "input_tokens_details",
    "output_tokens_details",
    "cached_tokens_details",
    "cost_details",
    "x_groq",
];
const NAMES: [&str; 32] = [
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_creation_tokens",
    "cache_write_tokens",
    "prompt_cache_hit_tokens",
    "prompt_cache_miss_tokens",
    "reasoning_tokens",
    "audio_tokens",
    "image_tokens",
    "text_tokens",
    "accepted_prediction_tokens",
    "rejected_prediction_tokens",
    "promptTokenCount",
    "candidatesTokenCount",
    "thoughtsTokenCount",
    "cachedContentTokenCount",
    "toolUsePromptTokenCount",
    "totalTokenCount",
    "prompt_eval_count",
    "eval_count",
    "cost",
    "upstream_inference_cost",
    "cost_in_usd_ticks",
    "seconds",
    "type",
    "num_sources_used",
];

fn number(kind: u8, count: u16) -> Value {
    match kind % 8 {
        0 => json!(f64::from(count)),
        1 => json!(count.to_string()),
        2 => Value::Null,
        3 => json!(u64::from(count) << 40),
        4 => json!(-i64::from(count)),
        _ => json!(count),
    }
}

fuzz_target!(|input: &[u8]| {
    let mut usage = Map::new();
    for entry in input.chunks_exact(5) {
        let &[place, name, kind, high, low] = entry else {
            continue;
        };
        let value = number(kind, u16::from_be_bytes([high, low]));
        let name = NAMES[usize::from(name) % NAMES.len()].to_owned();
        match PLACES[usize::from(place) % PLACES.len()] {
            "" => _ = usage.insert(name, value),
            place => {
                let inner = usage.entry(place).or_insert_with(|| json!({}));
                inner[name.as_str()] = value;
            }
        }
    }
    for call in [
        "/v1/chat/completions",
        "/v1/responses",
        "/v1/embeddings",
        "/v1/messages",
    ] {
        let usage = Value::Object(usage.clone());
        let body = json!({"id": "c", "model": "m", "usage": usage, "usageMetadata": usage,
            "choices": [{"index": 0, "message": {"content": "x"}, "finish_reason": "stop"}]});
        let head = ResponseHead {
            status: 200,
            content_type: Some("application/json"),
            stream_requested: false,
        };
        let endpoint = support::endpoint("POST", call);
        let mut reader = ResponseReader::new(&endpoint, head, wire::Limits::default());
        reader.push(body.to_string().as_bytes(), Duration::ZERO);
        let facts = reader.finish(BodyEnd::Reached);
        assert!(
            facts
                .cost
                .is_none_or(|cost| cost.is_finite() && cost >= 0.0)
        );
        let Some(counts) = facts.usage else {
            continue;
        };
        let whole = |count: Option<u64>| count.unwrap_or(u64::MAX);
        let (input, output) = (whole(counts.input_tokens), whole(counts.output_tokens));
        for part in [
            counts.cache_read_input_tokens,
            counts.cache_write_input_tokens,
            counts.audio_input_tokens,
            counts.image_input_tokens,
        ] {
            assert!(part <= input, "{body} {counts:?}");
        }
        for part in [
            counts.reasoning_output_tokens,
            counts.audio_output_tokens,
            counts.image_output_tokens,
        ] {
            assert!(part <= output, "{body} {counts:?}");
        }
        let cached_audio = counts.cached_audio_input_tokens;
        assert!(
            cached_audio <= counts.cache_read_input_tokens,
            "{body} {counts:?}"
        );
        assert!(
            cached_audio <= counts.audio_input_tokens,
            "{body} {counts:?}"
        );
    }
});
