//! What a request asks for.

use serde_json::{Value, json};

use super::{CLAUDE, JSON, NOVA, dump, endpoint, fixture};
use crate::wire::{Limits, RequestFacts};

fn request(model: &str, action: &str, body: &[u8]) -> Value {
    let facts = RequestFacts::read(&endpoint(model, action), JSON, body, Limits::default());
    dump::request(&facts)
}

#[test]
fn everything_a_request_can_say() {
    let facts = request(CLAUDE, "converse-stream", &fixture("converse_request.json"));
    let result = r#"{"train": "IC 6", "at": 8.10}"#;
    assert_eq!(
        facts,
        json!({
            "model": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "stream": true,
            "metadata": {"team": "trips"},
            "parameters": {
                "maxTokens": 500, "temperature": 1, "topP": 0.9, "stopSequences": ["END now"],
                "thinking": {"type": "enabled", "budget_tokens": 1500}, "top_k": 200,
                "guardrailConfig": {"guardrailIdentifier": "gr-1", "guardrailVersion": "2",
                    "trace": "enabled"},
                "performanceConfig": {"latency": "optimized"}, "toolChoice": {"auto": {}},
            },
            "system_instructions": [
                {"type": "text", "content": "You plan trips."},
                {"type": "text", "content": "Be kind."},
            ],
            "tools": [
                {"type": "function", "name": "find_trains", "description": "Trains between two towns",
                    "parameters": {"type": "object", "properties":
                        {"input": {"type": "object"}, "json": {"type": "object"}}}},
                {"type": "system", "name": "nova_grounding"},
            ],
            "messages": [
                {"role": "user", "parts": [
                    {"type": "text", "content": "From Bern to Brig?"},
                    {"type": "blob", "modality": "image", "mime_type": "image/png",
                        "content": "<image/png, 8 bytes, sha256 4c4b6a3be131>"},
                    {"type": "uri", "modality": "document", "uri": "s3://maps/map.pdf"},
                    {"type": "text", "content": "A note."},
                ]},
                {"role": "assistant", "parts": [
                    {"type": "reasoning", "content": "Look it up."},
                    {"type": "redacted_thinking",
                        "data": "<application/octet-stream, 14 bytes, sha256 c154da95408a>"},
                    {"type": "tool_call", "id": "tooluse_1", "name": "find_trains",
                        "arguments": {"from": "Bern", "price": 49.9, "to": "Brig"}},
                ]},
                {"role": "tool", "parts": [
                    {"type": "tool_call_response", "id": "tooluse_1", "response": result},
                    {"type": "tool_call_response", "id": "tooluse_0", "response": "no such line",
                        "is_error": true},
                ]},
            ],
            "tool_results": [["tooluse_1", result], ["tooluse_0", "no such line"]],
        })
    );
}

#[test]
fn the_body_of_a_model_is_read_in_its_own_form() {
    let facts = request(
        CLAUDE,
        "invoke",
        br#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#,
    );
    let messages = json!([{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]);
    assert_eq!(
        facts,
        json!({"model": "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "messages": messages,
            "parameters": {"max_tokens": 9}})
    );
    let facts = request(
        NOVA,
        "invoke-with-response-stream",
        br#"{"schemaVersion":"messages-v1","inferenceConfig":{"max_new_tokens":9},"messages":[{"role":"user","content":[{"text":"Hi"}]}]}"#,
    );
    assert_eq!(
        facts,
        json!({"model": "amazon.nova-pro-v1:0", "stream": true, "messages": messages,
            "parameters": {"max_new_tokens": 9}})
    );
}
