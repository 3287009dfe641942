//! Servers people run themselves.
//!
//! Contract: as in `hosted.rs`.

use serde_json::{Value, json};

use super::super::stream::Streamed;
use super::chunks::{self, THOUGHT};

const MODEL_FILE: &str = "/models/llama-3.2-3b-instruct-q4_k_m.gguf";

pub(super) fn llamacpp_whole(completion: &mut Value) {
    completion["model"] = json!(MODEL_FILE);
    completion["timings"] = timings();
    completion["__verbose"] = json!({"tokens_evaluated": 12, "stop_type": "eos"});
}

pub(super) fn llamacpp_stream(stream: &mut Streamed) {
    for chunk in chunks::each(stream) {
        chunk["model"] = json!(MODEL_FILE);
        if chunk["usage"].is_object() {
            chunk["timings"] = timings();
        }
    }
}

fn timings() -> Value {
    json!({"prompt_n": 12, "prompt_ms": 41.25, "predicted_n": 20, "predicted_per_second": 61.3})
}

pub(super) fn lmdeploy_stream(stream: &mut Streamed) {
    for chunk in chunks::each(stream) {
        for choice in chunks::choices(chunk) {
            for call in chunks::calls(choice) {
                call["index"] = json!(0);
            }
        }
    }
}

/// Drawn from less than a thousand, so that answers share it; here all do.
const OLLAMA_ID: &str = "chatcmpl-417";

pub(super) fn ollama_whole(completion: &mut Value) {
    completion["id"] = json!(OLLAMA_ID);
    completion["system_fingerprint"] = json!("fp_ollama");
    chunks::remove(completion, "service_tier");
    if let Some(usage) = completion.get_mut("usage") {
        chunks::remove(usage, "prompt_tokens_details");
        chunks::remove(usage, "completion_tokens_details");
    }
}

pub(super) fn ollama_stream(stream: &mut Streamed) {
    chunks::whole_calls(stream);
    for chunk in chunks::each(stream) {
        ollama_whole(chunk);
    }
}

pub(super) fn toy_whole(completion: &mut Value) {
    toy_heading(completion);
    for choice in chunks::choices(completion) {
        chunks::remove(choice, "index");
        chunks::remove(choice, "finish_reason");
    }
    let nothing = json!({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0});
    completion["usage"] = nothing;
}

pub(super) fn toy_stream(stream: &mut Streamed) {
    for chunk in chunks::each(stream) {
        toy_heading(chunk);
        for choice in chunks::choices(chunk) {
            chunks::remove(choice, "index");
        }
    }
}

fn toy_heading(value: &mut Value) {
    let seconds = value["created"].as_f64().unwrap_or_default();
    value["created"] = json!(seconds * 1000.0 + 0.25);
    value["id"] = json!(7);
}

pub(super) fn vllm_whole(completion: &mut Value) {
    for choice in chunks::choices(completion) {
        choice["message"]["reasoning_content"] = json!(THOUGHT);
        choice["stop_reason"] = Value::Null;
    }
    completion["prompt_logprobs"] = Value::Null;
    completion["kv_transfer_params"] = Value::Null;
}

pub(super) fn vllm_stream(stream: &mut Streamed) {
    chunks::think(stream, |piece| json!({"reasoning_content": piece}));
    let mut ids: Vec<(Value, Value)> = Vec::new();
    for chunk in chunks::each(stream) {
        for choice in chunks::choices(chunk) {
            for call in chunks::calls(choice) {
                let index = call["index"].clone();
                let known = ids.iter().find(|(known, _)| *known == index);
                match known {
                    Some((_, id)) if call["id"].is_null() => call["id"] = id.clone(),
                    _ => ids.push((index, call["id"].clone())),
                }
            }
        }
    }
    chunks::usage_so_far(stream);
}
