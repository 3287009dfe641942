//! What requests ask for, of every kind and in odd forms.

use serde_json::{Value, json};

use super::{dump, endpoint, request};
use crate::wire::{Limits, RequestFacts};

fn ask(call: &str, body: Value) -> Value {
    request(call, body.to_string().as_bytes())
}

#[test]
fn nothing_is_made_up() {
    assert_eq!(ask("POST /v1/chat/completions", json!({})), json!({}));
    assert_eq!(
        ask(
            "POST /v1/chat/completions",
            json!({"model": "m", "temperature": null, "stream": null, "reasoning": {"effort": null}})
        ),
        json!({"model": "m"})
    );
    assert_eq!(request("POST /v1/responses", b""), json!({}));
    assert_eq!(request("POST /v1/responses", b"null"), json!({}));
    assert_eq!(
        request("POST /v1/responses", b"no json"),
        json!({"incomplete": true})
    );
}

#[test]
fn the_deployment_stands_for_the_model() {
    let call = "POST /openai/deployments/my-gpt/chat/completions?api-version=1";
    assert_eq!(ask(call, json!({}))["model"], "my-gpt");
    assert_eq!(ask(call, json!({"model": "m"}))["model"], "m");
}

#[test]
fn content_is_no_parameter() {
    let facts = ask(
        "POST /v1/chat/completions",
        json!({
            "model": "m", "messages": [], "metadata": {"a": 1}, "functions": [{"name": "f"}],
            "prediction": {"type": "content", "content": "secret"}, "logit_bias": {"5": 1},
            "vendor_switch": [1], "user": "u",
        }),
    );
    assert_eq!(
        facts,
        json!({
            "model": "m",
            "metadata": {"a": 1},
            "tools": [{"type": "function", "name": "f"}],
            "content_parameters": {
                "prediction": {"type": "content", "content": "secret"}, "vendor_switch": [1], "user": "u",
            },
            "parameters": {"logit_bias": {"5": 1}},
        })
    );
}

#[test]
fn the_form_of_the_answer_is_told() {
    for (call, body, expected) in [
        (
            "chat/completions",
            json!({"response_format": {"type": "json_object"}}),
            (Some("json"), None),
        ),
        (
            "chat/completions",
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "s"}}}),
            (Some("json"), Some("s")),
        ),
        (
            "chat/completions",
            json!({"modalities": ["text", "audio"]}),
            (Some("speech"), None),
        ),
        (
            "chat/completions",
            json!({"response_format": "json"}),
            (None, None),
        ),
        (
            "responses",
            json!({"text": {"format": {"type": "json_schema", "name": "s"}}}),
            (Some("json"), Some("s")),
        ),
        (
            "images/generations",
            json!({"prompt": "p"}),
            (Some("image"), None),
        ),
        (
            "audio/speech",
            json!({"input": "p"}),
            (Some("speech"), None),
        ),
        ("completions", json!({"prompt": "p"}), (None, None)),
    ] {
        let facts = ask(&format!("POST /v1/{call}"), body.clone());
        let found = (facts["output_type"].as_str(), facts["schema_name"].as_str());
        assert_eq!(found, expected, "{body}");
    }
}

#[test]
fn tools_show_name_and_schema_but_no_settings() {
    let tools = json!([
        {"type": "custom", "custom": {"name": "sql", "description": "d", "format": {"type": "text"}}},
        {"type": "custom", "name": "sql2"},
        {"type": "mcp", "server_label": "docs", "server_url": "https://x", "authorization": "secret", "headers": {"a": "secret"}},
        {"type": "file_search", "vector_store_ids": ["vs_1"]},
        {"type": "function", "function": {}},
        {"function": {"name": "f"}},
        5,
    ]);
    assert_eq!(
        ask("POST /v1/responses", json!({"tools": tools})),
        json!({"tools": [
            {"type": "custom", "name": "sql", "description": "d"},
            {"type": "custom", "name": "sql2"},
            {"type": "mcp", "name": "docs"},
            {"type": "file_search", "name": "file_search"},
            {"type": "function", "name": "f"},
        ]})
    );
}

#[test]
fn items_become_the_messages_that_they_stand_for() {
    let items = json!([
        {"role": "developer", "content": "Be brief."},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes?"}]},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "custom_tool_call", "call_id": "c2", "name": "g", "input": "x"},
        {"type": "function_call_output", "call_id": "c1", "output": "1"},
        {"type": "computer_call_output", "call_id": "c2", "output": {"type": "computer_screenshot", "file_id": "f1"}},
        {"type": "message", "role": "assistant", "content": "One"},
        {"type": "message", "role": "assistant", "content": "Two"},
        {"type": "item_reference", "id": "msg_1"},
    ]);
    let facts = ask(
        "POST /v1/responses",
        json!({"input": items, "conversation": "conv_1"}),
    );
    let text = |text: &str| json!({"type": "text", "content": text});
    assert_eq!(
        facts["messages"],
        json!([
            {"role": "developer", "parts": [text("Be brief.")]},
            {"role": "user", "parts": [text("Hi")]},
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, text("Yes?"),
                {"type": "tool_call", "id": "c1", "name": "f", "arguments": {}},
                {"type": "tool_call", "id": "c2", "name": "g", "arguments": "x"}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "1"}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c2",
                "response": [{"type": "file", "modality": "image", "file_id": "f1"}]}]},
            {"role": "assistant", "parts": [text("One")]},
            {"role": "assistant", "parts": [text("Two"), {"type": "item_reference", "id": "msg_1"}]},
        ])
    );
    assert_eq!(facts["tool_results"][0], json!(["c1", "1"]));
    assert_eq!(facts["conversation"], "conv_1");
}

#[test]
fn messages_of_older_forms_are_read() {
    let facts = ask(
        "POST /v1/chat/completions",
        json!({"messages": [
            {"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "1"},
            {"role": "assistant", "content": "a", "reasoning_content": "r", "refusal": "n", "audio": {"id": "audio_1"}},
            {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "x"}]},
            {"content": "no role"},
            "no message", 5,
        ]}),
    );
    assert_eq!(
        facts["messages"],
        json!([
            {"role": "assistant", "parts": [{"type": "tool_call", "name": "f", "arguments": {}}]},
            {"role": "function", "name": "f", "parts": [{"type": "tool_call_response", "response": "1"}]},
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "r"}, {"type": "text", "content": "a"},
                {"type": "refusal", "content": "n"}, {"type": "file", "modality": "audio", "file_id": "audio_1"}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": "x"}]},
            {"role": "user", "parts": [{"type": "text", "content": "no role"}]},
            {"role": "user", "parts": [{"type": "text", "content": "no message"}]},
        ])
    );
}

#[test]
fn input_without_messages_is_told_as_it_was() {
    for (call, body, input) in [
        ("embeddings", json!({"input": "a"}), json!("a")),
        (
            "embeddings",
            json!({"input": ["a", "b"]}),
            json!(["a", "b"]),
        ),
        (
            "embeddings",
            json!({"input": [1, 2, 3]}),
            json!("<3 tokens>"),
        ),
        (
            "embeddings",
            json!({"input": [[1, 2], [3]]}),
            json!(["<2 tokens>", "<1 tokens>"]),
        ),
        (
            "images/generations",
            json!({"prompt": "a cat"}),
            json!("a cat"),
        ),
        ("audio/speech", json!({"input": "hello"}), json!("hello")),
        (
            "moderations",
            json!({"input": ["a", "b"]}),
            json!(["a", "b"]),
        ),
        (
            "moderations",
            json!({"input": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]}),
            json!([{"type": "text", "content": "a"}, {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "<image/png, 8 bytes, sha256 4c4b6a3be131>"}]),
        ),
    ] {
        assert_eq!(
            ask(&format!("POST /v1/{call}"), body.clone())["input"],
            input,
            "{body}"
        );
    }
    let long: Vec<u64> = (0..500).collect();
    let facts = ask("POST /v1/completions", json!({"prompt": [long]}));
    assert_eq!(facts["messages"][0]["parts"][0]["content"], "<500 tokens>");
}

#[test]
fn forms_are_read_like_json_and_their_files_become_markers() {
    let body = "--XX\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ngpt-image-1\r\n\
        --XX\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n2\r\n\
        --XX\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n\
        --XX\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\n42\r\n\
        --XX\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\u{1}\r\n--XX--\r\n";
    let facts = RequestFacts::read(
        &endpoint("POST /v1/images/edits"),
        Some("multipart/form-data; boundary=XX"),
        body.as_bytes(),
        Limits::default(),
    );
    assert_eq!(
        dump::request(&facts),
        json!({
            "model": "gpt-image-1",
            "parameters": {"n": 2, "stream": true},
            "stream": true,
            "output_type": "image",
            "input": {"prompt": "42", "image": {"filename": "a.png", "content": "<image/png, 1 bytes, sha256 4bf5122f3445>"}},
        })
    );
}

#[test]
fn other_calls_are_not_read() {
    let body =
        json!({"model": "m", "messages": [{"role": "user", "content": "secret"}], "stream": true});
    assert_eq!(
        ask("POST /v1/fine_tuning/jobs", body),
        json!({"stream": true})
    );
}

#[test]
fn a_long_schema_hides_neither_the_form_nor_whether_it_is_strict() {
    let schema = |bytes: usize| json!({"type": "object", "description": "d".repeat(bytes), "enum": vec!["e"; 20_000]});
    for (call, body) in [
        (
            "chat/completions",
            format!(
                r#"{{"model":"m","response_format":{{"json_schema":{{"schema":{},"name":"s","strict":true}},"type":"json_schema"}}}}"#,
                schema(1_700_000)
            ),
        ),
        (
            "responses",
            format!(
                r#"{{"model":"m","text":{{"format":{{"schema":{},"name":"s","strict":true,"type":"json_schema"}}}}}}"#,
                schema(1_700_000)
            ),
        ),
    ] {
        let facts = request(&format!("POST /v1/{call}"), body.as_bytes());
        assert_eq!(facts["output_type"], "json", "{call}");
        assert_eq!(facts["schema_name"], "s", "{call}");
        let name = match call {
            "responses" => "text_format_strict",
            _ => "response_format_strict",
        };
        assert_eq!(facts["parameters"][name], true, "{call}");
    }
}

#[test]
fn empty_content_is_no_absent_content() {
    let facts = ask(
        "POST /v1/chat/completions",
        json!({"messages": [{"role": "user", "content": ""}, {"role": "assistant", "content": null}]}),
    );
    assert_eq!(
        facts["messages"],
        json!([
            {"role": "user", "parts": [{"type": "text", "content": ""}]},
            {"role": "assistant", "parts": []},
        ])
    );
}

#[test]
fn blocks_of_another_api_are_read_like_their_own() {
    let facts = ask(
        "POST /v1/chat/completions",
        json!({"messages": [
            {"role": "assistant", "reasoning_text": "h", "content": [{"type": "thinking", "thinking": "m", "signature": "c2ln"},
                {"type": "tool_use", "id": "t", "name": "f", "input": {"q": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "r"}]},
        ], "tools": [{"name": "f", "input_schema": {"type": "object"}}]}),
    );
    assert_eq!(
        facts["messages"],
        json!([
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"},
                {"type": "tool_call", "id": "t", "name": "f", "arguments": {"q": 1}}]},
            {"role": "user", "parts": [{"type": "tool_call_response", "id": "t", "response": "r"}]},
        ])
    );
    assert_eq!(facts["tool_results"], json!([["t", "r"]]));
    assert_eq!(facts["tools"][0]["parameters"], json!({"type": "object"}));
}
