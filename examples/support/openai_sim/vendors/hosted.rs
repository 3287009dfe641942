//! Vendors that host models: what each adds, moves or leaves out.
//!
//! Contract: two functions a vendor, for whole completions and for streams, in alphabetical
//! order; all are pure edits.

use axum::body::Bytes;
use serde_json::{Value, json};

use super::super::stream::{Answer, Event, Streamed};
use super::chunks::{self, THOUGHT};

pub(super) fn copilot_whole(completion: &mut Value) {
    chunks::remove(completion, "object");
    copilot_usage(completion);
}

pub(super) fn copilot_stream(stream: &mut Streamed) {
    let usage = stream.usage.clone();
    chunks::take_usage(stream);
    for chunk in chunks::each(stream) {
        chunks::remove(chunk, "object");
    }
    if let Some(last) = chunks::last(stream) {
        last["usage"] = usage;
        copilot_usage(last);
    }
    let nobody = json!({"id": "", "created": 0, "model": "", "choices": []});
    stream.events.insert(0, Event::Data(nobody));
}

fn copilot_usage(value: &mut Value) {
    let reasoning = &value["usage"]["completion_tokens_details"]["reasoning_tokens"];
    value["usage"]["reasoning_tokens"] = reasoning.clone();
    value["copilot_usage"] = json!({"total_nano_aiu": 1_250_000});
}

pub(super) fn deepseek_whole(completion: &mut Value) {
    deepseek_usage(&mut completion["usage"]);
    for choice in chunks::choices(completion) {
        choice["message"]["reasoning_content"] = json!(THOUGHT);
    }
}

/// The body is kept alive with empty lines while its request is in the queue.
pub(super) fn deepseek_body(completion: &Value) -> Answer {
    Answer::Bytes {
        kind: "application/json",
        content: Bytes::from(format!("\n\n\n{completion}")),
    }
}

pub(super) fn deepseek_stream(stream: &mut Streamed) {
    let mut usage = stream.usage.clone();
    deepseek_usage(&mut usage);
    chunks::take_usage(stream);
    chunks::think(
        stream,
        |piece| json!({"content": null, "reasoning_content": piece}),
    );
    if let Some(last) = chunks::last(stream) {
        last["usage"] = usage;
    }
    chunks::comment(stream, "keep-alive");
}

fn deepseek_usage(usage: &mut Value) {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let hit = number(&usage["prompt_tokens_details"]["cached_tokens"]);
    let all = number(&usage["prompt_tokens"]);
    usage["prompt_cache_hit_tokens"] = json!(hit);
    usage["prompt_cache_miss_tokens"] = json!(all.saturating_sub(hit));
}

pub(super) fn gemini_whole(completion: &mut Value) {
    chunks::remove(completion, "system_fingerprint");
    for choice in chunks::choices(completion) {
        gemini_choice(choice);
    }
}

pub(super) fn gemini_stream(stream: &mut Streamed) {
    chunks::take_usage(stream);
    chunks::whole_calls(stream);
    for chunk in chunks::each(stream) {
        for choice in chunks::choices(chunk) {
            gemini_choice(choice);
        }
    }
    chunks::usage_so_far(stream);
}

fn gemini_choice(choice: &mut Value) {
    for call in chunks::calls(choice) {
        chunks::remove(call, "index");
        call["extra_content"] = json!({"google": {"thought_signature": "CpkBAVSoXO4="}});
    }
    if choice["finish_reason"] == "tool_calls" {
        choice["finish_reason"] = json!("stop");
    }
}

pub(super) fn groq_whole(completion: &mut Value) {
    groq_usage(&mut completion["usage"]);
    completion["x_groq"] = json!({"id": "req_01k0groq"});
    for choice in chunks::choices(completion) {
        choice["message"]["reasoning"] = json!(THOUGHT);
    }
}

pub(super) fn groq_stream(stream: &mut Streamed) {
    let mut usage = stream.usage.clone();
    groq_usage(&mut usage);
    let template = chunks::chunk(stream, &json!({}));
    let asked = chunks::take_usage(stream);
    chunks::think(
        stream,
        |piece| json!({"reasoning": piece, "channel": "analysis"}),
    );
    if let Some(first) = chunks::each(stream).next() {
        first["x_groq"] = json!({"id": "req_01k0groq"});
    }
    if let Some(last) = chunks::last(stream) {
        last["x_groq"] = json!({"id": "req_01k0groq", "usage": usage});
        last["usage"] = usage.clone();
    }
    if asked {
        let mut again = template;
        again["choices"] = json!([]);
        again["usage"] = usage;
        let end = stream.events.len().saturating_sub(1);
        stream.events.insert(end, Event::Data(again));
    }
}

fn groq_usage(usage: &mut Value) {
    for (name, seconds) in [
        ("queue_time", 0.017_452_1),
        ("prompt_time", 0.002_341),
        ("completion_time", 0.041_25),
        ("total_time", 0.043_591),
    ] {
        usage[name] = json!(seconds);
    }
}

pub(super) fn mistral_whole(completion: &mut Value) {
    chunks::remove(completion, "system_fingerprint");
    chunks::remove(completion, "service_tier");
    mistral_usage(&mut completion["usage"]);
    for choice in chunks::choices(completion) {
        mistral_calls(choice);
        if let Some(text) = choice["message"]["content"].as_str() {
            let thinking =
                json!({"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]});
            let text = json!({"type": "text", "text": text});
            choice["message"]["content"] = json!([thinking, text]);
        }
    }
}

pub(super) fn mistral_stream(stream: &mut Streamed) {
    let mut usage = stream.usage.clone();
    mistral_usage(&mut usage);
    chunks::take_usage(stream);
    chunks::whole_calls(stream);
    chunks::think(
        stream,
        |piece| json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": piece}]}]}),
    );
    for chunk in chunks::each(stream) {
        chunks::remove(chunk, "system_fingerprint");
        chunks::remove(chunk, "service_tier");
        chunk["p"] = json!("abcdefghijklmnopqrstuvwxyz0123");
        for choice in chunks::choices(chunk) {
            mistral_calls(choice);
        }
    }
    if let Some(last) = chunks::last(stream) {
        last["usage"] = usage;
    }
}

fn mistral_usage(usage: &mut Value) {
    usage["prompt_tokens_details"] = Value::Null;
    chunks::remove(usage, "completion_tokens_details");
    usage["prompt_audio_seconds"] = Value::Null;
}

/// Their ids have nine characters.
fn mistral_calls(choice: &mut Value) {
    for call in chunks::calls(choice) {
        let id = call["id"].as_str().unwrap_or_default();
        let id = id.strip_prefix("call_").unwrap_or(id);
        call["id"] = json!(id.chars().take(9).collect::<String>());
    }
}

pub(super) fn moonshot_stream(stream: &mut Streamed) {
    let usage = stream.usage.clone();
    chunks::take_usage(stream);
    if let Some(last) = chunks::last(stream) {
        last["choices"][0]["usage"] = usage;
    }
}

pub(super) fn openrouter_whole(completion: &mut Value) {
    completion["provider"] = json!("OpenAI");
    openrouter_usage(&mut completion["usage"]);
    for choice in chunks::choices(completion) {
        choice["native_finish_reason"] = choice["finish_reason"].clone();
        choice["message"]["reasoning"] = json!(THOUGHT);
        choice["message"]["reasoning_details"] =
            json!([{"type": "reasoning.text", "text": THOUGHT, "index": 0}]);
    }
}

pub(super) fn openrouter_stream(stream: &mut Streamed) {
    let mut usage = stream.usage.clone();
    openrouter_usage(&mut usage);
    chunks::take_usage(stream);
    chunks::think(stream, |piece| {
        json!({
            "role": "assistant", "content": "", "reasoning": piece,
            "reasoning_details": [{"type": "reasoning.text", "text": piece, "index": 0}],
        })
    });
    for chunk in chunks::each(stream) {
        chunk["provider"] = json!("OpenAI");
        for choice in chunks::choices(chunk) {
            choice["native_finish_reason"] = choice["finish_reason"].clone();
        }
    }
    // Usage comes beside a finish reason that has been there before.
    if let Some(last) = chunks::last(stream).cloned() {
        let mut again = last;
        again["choices"][0]["delta"] = json!({"role": "assistant", "content": ""});
        again["usage"] = usage;
        let end = stream.events.len().saturating_sub(1);
        stream.events.insert(end, Event::Data(again));
    }
    chunks::comment(stream, "OPENROUTER PROCESSING");
}

fn openrouter_usage(usage: &mut Value) {
    usage["cost"] = json!(0.000_012_4);
    usage["is_byok"] = json!(false);
    usage["cost_details"] = json!({"upstream_inference_cost": null});
}

pub(super) fn perplexity_whole(completion: &mut Value) {
    perplexity_sources(completion);
    completion["usage"]["cost"] = perplexity_cost();
}

pub(super) fn perplexity_stream(stream: &mut Streamed) {
    stream.usage["cost"] = perplexity_cost();
    chunks::take_usage(stream);
    chunks::usage_so_far(stream);
    let mut said = String::new();
    for chunk in chunks::each(stream) {
        perplexity_sources(chunk);
        for choice in chunks::choices(chunk) {
            said.push_str(choice["delta"]["content"].as_str().unwrap_or_default());
            choice["message"] = json!({"role": "assistant", "content": said});
        }
    }
    stream.events.retain(|event| *event != Event::Done);
}

fn perplexity_sources(value: &mut Value) {
    value["citations"] = json!(["https://example.com/algebra"]);
    value["search_results"] = json!([{
        "title": "Algebra", "url": "https://example.com/algebra", "date": null,
    }]);
}

fn perplexity_cost() -> Value {
    json!({"input_tokens_cost": 0.000_01, "output_tokens_cost": 0.000_02, "total_cost": 0.000_03})
}

pub(super) fn xai_whole(completion: &mut Value) {
    xai_usage(&mut completion["usage"]);
}

pub(super) fn xai_stream(stream: &mut Streamed) {
    xai_usage(&mut stream.usage);
    let usage = stream.usage.clone();
    for chunk in chunks::each(stream) {
        if chunk["usage"].is_object() {
            chunk["usage"] = usage.clone();
        }
    }
    chunks::comment(stream, "keepalive");
}

fn xai_usage(usage: &mut Value) {
    usage["cost_in_usd_ticks"] = json!(124_000);
    usage["num_sources_used"] = json!(0);
    usage["num_server_side_tools_used"] = json!(0);
}
