//! What a request asks for.

use serde_json::{Value, json};

use super::{BATCH_EMBED, EMBED, GENERATE, JSON, STREAM, dump, fixture};
use crate::wire::endpoint::Endpoint;
use crate::wire::{Limits, RequestFacts};

fn request(path: &str, body: &[u8]) -> Value {
    let endpoint = Endpoint::of("POST", path);
    let facts = RequestFacts::read(&endpoint, JSON, body, Limits::default());
    dump::request(&facts)
}

#[test]
fn content_tools_and_parameters() {
    let facts = request(GENERATE, &fixture("request.json"));
    let arguments = json!({"unit": "celsius", "city": "Oslo", "precision": 1.1});
    assert_eq!(
        facts["messages"],
        json!([
            {"role": "user", "parts": [
                {"type": "text", "content": "What is it, and how warm is it in Oslo?"},
                {"type": "blob", "modality": "image", "mime_type": "image/png",
                    "content": "<image/png, 8 bytes, sha256 4c4b6a3be131>"},
                {"type": "uri", "modality": "video", "mime_type": "video/mp4",
                    "uri": "https://example.com/files/tide.mp4"},
            ]},
            {"role": "assistant", "parts": [
                {"type": "reasoning", "content": "Look it up."},
                {"type": "tool_call", "id": "fc-1", "name": "get_weather", "arguments": arguments},
                {"type": "server_tool_call", "name": "code_execution", "server_tool_call":
                    {"type": "code_execution", "language": "PYTHON", "code": "print(2 + 2)"}},
                {"type": "server_tool_call_response", "server_tool_call_response":
                    {"type": "code_execution", "outcome": "OUTCOME_OK", "output": "4\n"}},
            ]},
            {"role": "tool", "parts": [
                {"type": "tool_call_response", "id": "fc-1", "response": {"temperature": 4}},
            ]},
        ])
    );
    assert_eq!(facts["tool_results"], json!([["fc-1", {"temperature": 4}]]));
    assert_eq!(
        facts["system_instructions"],
        json!([{"type": "text", "content": "Be brief."}])
    );
    assert_eq!(
        facts["tools"],
        json!([
            {"type": "function", "name": "get_weather", "description": "The weather of a city.",
                "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}}},
            {"type": "googleSearch", "name": "googleSearch"},
        ])
    );
    assert_eq!(
        facts["parameters"],
        json!({
            "temperature": 0.5, "topP": 0.9, "topK": 40.0, "maxOutputTokens": 256, "seed": 7,
            "stopSequences": ["##"], "responseMimeType": "application/json",
            "includeThoughts": true, "thinkingBudget": 512,
            "toolConfig": {"functionCallingConfig": {"mode": "AUTO"}},
            "safetySettings": [
                {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_ONLY_HIGH"},
            ],
            "cachedContent": "cachedContents/tides",
        })
    );
    assert_eq!(
        facts["content_parameters"],
        json!({"responseSchema": {"title": "Answer", "type": "OBJECT"}})
    );
    assert_eq!(facts["output_type"], "json");
    assert_eq!(facts["schema_name"], "Answer");
    assert_eq!(facts["model"], "gemini-2.5-flash");
}

#[test]
fn both_ways_to_write_names_are_read() {
    let facts = request(
        STREAM,
        br#"{"contents":{"parts":{"inline_data":{"mime_type":"audio/wav","data":"UklGRg=="}}},
            "system_instruction":{"parts":[{"text":"s"}]},
            "generation_config":{"max_output_tokens":5,"thinking_config":{"thinking_level":"LOW"},
                "response_modalities":["AUDIO"]},
            "tools":[{"function_declarations":[{"name":"f","parameters_json_schema":{"type":"object"}}]}],
            "labels":{"team":"tides","api_key":"Zx81QpLm22Vv"}}"#,
    );
    assert_eq!(facts["stream"], true);
    assert_eq!(facts["messages"][0]["role"], "user");
    assert_eq!(facts["messages"][0]["parts"][0]["mime_type"], "audio/wav");
    assert_eq!(facts["system_instructions"][0]["content"], "s");
    assert_eq!(
        facts["parameters"],
        json!({"max_output_tokens": 5, "thinking_level": "LOW", "response_modalities": ["AUDIO"]})
    );
    assert_eq!(facts["output_type"], "speech");
    assert_eq!(
        facts["tools"],
        json!([{"type": "function", "name": "f", "parameters": {"type": "object"}}])
    );
    assert_eq!(facts["metadata"], json!({"team": "tides"}));
}

#[test]
fn arguments_keep_their_digits_and_their_order() {
    let endpoint = Endpoint::of("POST", GENERATE);
    let body = fixture("request.json");
    let facts = RequestFacts::read(&endpoint, JSON, &body, Limits::default());
    let text = serde_json::to_string(&facts.messages).unwrap();
    let arguments = r#"{"unit":"celsius","city":"Oslo","precision":1.10}"#;
    assert!(text.contains(arguments), "{text}");
}

#[test]
fn results_without_an_id_are_those_of_a_function() {
    let facts = request(
        GENERATE,
        br#"{"contents":[{"role":"user","parts":[
            {"functionResponse":{"name":"f","response":{"a":1}}},
            {"function_response":{"name":"g","response":{"b":2}}}]}]}"#,
    );
    assert_eq!(
        facts["tool_results"],
        json!([["f", {"a": 1}], ["g", {"b": 2}]])
    );
    assert_eq!(
        facts["messages"][0]["parts"][0],
        json!({"type": "tool_call_response", "response": {"a": 1}})
    );
}

#[test]
fn texts_to_embed_are_the_input() {
    let facts = request(EMBED, &fixture("embed_request.json"));
    assert_eq!(facts["input"], "sea");
    assert_eq!(
        facts["parameters"],
        json!({"taskType": "RETRIEVAL_QUERY", "outputDimensionality": 3})
    );
    let facts = request(BATCH_EMBED, &fixture("batch_embed_request.json"));
    assert_eq!(facts["input"], json!(["sea", "tide"]));
    assert_eq!(facts["model"], "gemini-embedding-001");
}

#[test]
fn what_is_no_request_asks_for_nothing() {
    for body in [
        "",
        "null",
        "[]",
        r#"{"contents":5,"tools":[1],"generationConfig":[]}"#,
    ] {
        let facts = request(GENERATE, body.as_bytes());
        assert_eq!(facts["model"], "gemini-2.5-flash", "{body}");
    }
}
