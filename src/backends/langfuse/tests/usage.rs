//! Tokens and costs (§3 usage and cost, and the prices of §2.10 of the wire facts).

use opentelemetry::Value;
use opentelemetry::trace::Status;

use super::{Mapped, attribute, check, rules, span};
use crate::backends::langfuse::keys;
use crate::conventions as c;
use crate::conventions::observation;

fn details(counts: &[(&str, i64)]) -> Option<String> {
    let attributes = counts
        .iter()
        .map(|(name, count)| attribute(&format!("{}{name}", c::USAGE_PREFIX), *count))
        .collect();
    Mapped::of(attributes)
        .text(keys::USAGE_DETAILS)
        .map(|text| text.into_owned())
}

#[test]
fn inclusive_counts_become_disjoint_buckets() {
    type Row = (
        &'static str,
        &'static [(&'static str, i64)],
        Option<&'static str>,
    );
    let rows: &[Row] = &[
        (
            "§3 usage: plain",
            &[("input_tokens", 50), ("output_tokens", 11)],
            Some(r#"{"input":50,"output":11,"total":61}"#),
        ),
        (
            "§3 usage: cached tokens leave the input",
            &[
                ("input_tokens", 92),
                ("output_tokens", 12),
                ("cache_read.input_tokens", 32),
            ],
            Some(r#"{"input":60,"input_cached_tokens":32,"output":12,"total":104}"#),
        ),
        (
            "§3 usage: cache writes and reasoning too",
            &[
                ("input_tokens", 100),
                ("output_tokens", 50),
                ("cache_write.input_tokens", 40),
                ("reasoning.output_tokens", 30),
            ],
            Some(
                r#"{"input":60,"input_cache_creation":40,"output":20,"output_reasoning_tokens":30,"total":150}"#,
            ),
        ),
        (
            "§3 usage: the older name of cache writes",
            &[("input_tokens", 10), ("cache_creation.input_tokens", 4)],
            Some(r#"{"input":6,"input_cache_creation":4,"total":10}"#),
        ),
        (
            "§3 usage: audio leaves input and output",
            &[
                ("input_tokens", 20),
                ("output_tokens", 9),
                ("audio.input_tokens", 12),
                ("audio.output_tokens", 5),
            ],
            Some(
                r#"{"input":8,"input_audio_tokens":12,"output":4,"output_audio_tokens":5,"total":29}"#,
            ),
        ),
        (
            "§3 usage: exclusive counts do not go below zero, the total covers the buckets",
            &[
                ("input_tokens", 10),
                ("output_tokens", 1),
                ("cache_read.input_tokens", 100),
            ],
            Some(r#"{"input":0,"input_cached_tokens":100,"output":1,"total":101}"#),
        ),
        (
            "§3 usage: zero buckets are left out, zero input and output are not",
            &[
                ("input_tokens", 0),
                ("output_tokens", 0),
                ("cache_read.input_tokens", 0),
            ],
            Some(r#"{"input":0,"output":0,"total":0}"#),
        ),
        (
            "§3 usage: an embedding has a total, which is its only price",
            &[("input_tokens", 9)],
            Some(r#"{"input":9,"total":9}"#),
        ),
        (
            "§3 usage: names of older conventions",
            &[
                ("prompt_tokens", 3),
                ("completion_tokens", 4),
                ("total_tokens", 7),
            ],
            Some(r#"{"input":3,"output":4,"total":7}"#),
        ),
        (
            "§3 usage: a total alone",
            &[("total_tokens", 7)],
            Some(r#"{"total":7}"#),
        ),
        (
            "§3 usage: unknown counts are parts of known ones, not additions",
            &[
                ("input_tokens", 10),
                ("output_tokens", 1),
                ("image.input_tokens", 6),
            ],
            Some(r#"{"input":10,"output":1,"total":11}"#),
        ),
        (
            "§3 usage: negative counts are none",
            &[("input_tokens", -1)],
            None,
        ),
        (
            "§3 usage: counts beyond 2^53 are none",
            &[("input_tokens", i64::MAX)],
            None,
        ),
    ];
    for (rule, counts, expected) in rows {
        assert_eq!(details(counts).as_deref(), *expected, "{rule}");
    }
}

#[test]
fn rules_around_the_counts() {
    check(rules! {
        "§3 usage: the counts stay under their names, the server reads them no more"
            { c::USAGE_INPUT_TOKENS => 5, c::USAGE_OUTPUT_TOKENS => 2 }
            => { c::USAGE_INPUT_TOKENS => 5, c::USAGE_OUTPUT_TOKENS => 2 };
        "§3 usage: numeric text is repaired, here and where it stays"
            { c::USAGE_INPUT_TOKENS => "5", c::USAGE_OUTPUT_TOKENS => "2" }
            => { keys::USAGE_DETAILS => r#"{"input":5,"output":2,"total":7}"#,
                 c::USAGE_INPUT_TOKENS => 5 };
        "§3 usage: fractions are no counts"
            { c::USAGE_INPUT_TOKENS => 5.5, c::USAGE_OUTPUT_TOKENS => 2.0 }
            => { keys::USAGE_DETAILS => r#"{"output":2,"total":2}"# };
        "§3 usage: the user's own wins" { c::USAGE_INPUT_TOKENS => 5, keys::USAGE_DETAILS => "{}" }
            => { keys::USAGE_DETAILS => "{}" };
        "§2.10 prices: an audio model has split keys only"
            { c::RESPONSE_MODEL => "gpt-4o-audio-preview", c::USAGE_INPUT_TOKENS => 20,
              c::USAGE_OUTPUT_TOKENS => 9, c::USAGE_AUDIO_INPUT_TOKENS => 12,
              c::USAGE_AUDIO_OUTPUT_TOKENS => 5 }
            => { keys::USAGE_DETAILS => concat!(
                r#"{"input_text_tokens":8,"input_audio_tokens":12,"#,
                r#""output_text_tokens":4,"output_audio_tokens":5,"total":29}"#) };
        "§2.10 prices: also when no audio was counted"
            { c::RESPONSE_MODEL => "openai/gpt-realtime", c::USAGE_INPUT_TOKENS => 20,
              c::USAGE_CACHE_READ_INPUT_TOKENS => 5 }
            => { keys::USAGE_DETAILS =>
                r#"{"input_text_tokens":15,"input_cached_text_tokens":5,"total":20}"# };
        "§0 zeros: a model on a span that is no inference"
            { c::OPERATION_NAME => "create_agent", c::REQUEST_MODEL => "gpt-4" }
            => { keys::USAGE_DETAILS => r#"{"input":0,"output":0,"total":0}"# };
        "§0 zeros: not where usage is unknown"
            { c::OPERATION_NAME => "chat", c::REQUEST_MODEL => "gpt-4" }
            => {} ! [keys::USAGE_DETAILS];
        "§0 zeros: not without a model" { c::OPERATION_NAME => "create_agent" }
            => {} ! [keys::USAGE_DETAILS];
        "§0 zeros: not over what another convention counted"
            { keys::OPENINFERENCE_KIND => "CHAIN", c::REQUEST_MODEL => "gpt-4",
              "llm.token_count.prompt" => 5 }
            => {} ! [keys::USAGE_DETAILS];
        "§3 usage: agents carry none"
            { c::OPERATION_NAME => "invoke_agent", c::USAGE_INPUT_TOKENS => 5 }
            => {} ! [keys::USAGE_DETAILS];
        "§3 cost: as numbers, with a total"
            { "tracing_genai.observation.cost.input" => 0.25,
              "tracing_genai.observation.cost.output" => "0.5" }
            => { keys::COST_DETAILS => r#"{"input":0.25,"output":0.5,"total":0.75}"# }
            ! ["tracing_genai.observation.cost.input"];
        "§3 cost: a given total stays"
            { "tracing_genai.observation.cost.total" => 1.5,
              "tracing_genai.observation.cost.input" => 1.0 }
            => { keys::COST_DETAILS => r#"{"input":1.0,"total":1.5}"# };
        "§3 cost: what is no cost switches nothing off"
            { "tracing_genai.observation.cost.total" => f64::NAN }
            => { "langfuse.observation.metadata.cost.total" => "NaN" } ! [keys::COST_DETAILS];
        "§3 cost: text under the GenAI name is repaired" { c::USAGE_COST => "0.5" }
            => { c::USAGE_COST => 0.5 } ! [keys::USAGE_DETAILS];
    });
}

#[test]
fn a_call_that_failed_before_any_output_cost_nothing() {
    let failed = |output: Option<&'static str>| {
        let mut span = span(vec![
            attribute(c::OPERATION_NAME, "chat"),
            attribute(c::REQUEST_MODEL, "gpt-4"),
            attribute(observation::INPUT, "long question"),
        ]);
        span.attributes
            .extend(output.map(|output| attribute(observation::OUTPUT, output)));
        span.status = Status::error("refused");
        Mapped::of_span(span)
    };
    assert_eq!(
        failed(None).get(keys::USAGE_DETAILS),
        Some(&Value::from(r#"{"input":0,"output":0,"total":0}"#))
    );
    assert_eq!(failed(Some("half")).get(keys::USAGE_DETAILS), None);
}
