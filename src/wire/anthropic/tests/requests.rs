//! What a request asks for.

use serde_json::json;

use super::{fixture, request};

#[test]
fn everything_a_request_can_say() {
    let facts = request(&fixture("request.json"));
    assert_eq!(
        facts,
        json!({
            "model": "claude-opus-4-1",
            "stream": true,
            "metadata": {"user_id": "u-77"},
            "parameters": {
                "max_tokens": 2048, "temperature": 1, "top_p": 0.95, "top_k": 40,
                "stop_sequences": ["\n\nHuman:"], "stream": true, "service_tier": "auto",
                "thinking": {"type": "enabled", "budget_tokens": 1500}, "effort": "high",
                "tool_choice": {"type": "auto", "disable_parallel_tool_use": true},
            },
            "system_instructions": [
                {"type": "text", "content": "You plan trips."},
                {"type": "text", "content": "Answer in one sentence."},
            ],
            "tools": [
                {"type": "function", "name": "find_trains", "description": "Trains between two towns",
                    "parameters": {"type": "object", "properties":
                        {"input": {"type": "object"}, "from": {"type": "string"}}}},
                {"type": "web_search_20250305", "name": "web_search"},
                {"type": "function", "name": "book", "parameters": {"type": "object"}, "strict": true},
            ],
            "messages": [
                {"role": "user", "parts": [{"type": "text", "content": "From Bern to Brig?"}]},
                {"role": "assistant", "parts": [
                    {"type": "reasoning", "content": "Look it up."},
                    {"type": "redacted_thinking",
                        "data": "<application/octet-stream, 14 bytes, sha256 c154da95408a>"},
                    {"type": "tool_call", "id": "toolu_1", "name": "find_trains",
                        "arguments": {"from": "Bern", "price": 49.9, "to": "Brig"}},
                ]},
                {"role": "tool", "parts": [
                    {"type": "tool_call_response", "id": "toolu_1", "response": "IC 6 at 8:07"},
                ]},
                {"role": "user", "parts": [
                    {"type": "tool_call_response", "id": "toolu_0", "response": "no such line",
                        "is_error": true},
                    {"type": "text", "content": "And this?"},
                    {"type": "blob", "modality": "image", "mime_type": "image/png",
                        "content": "<image/png, 8 bytes, sha256 4c4b6a3be131>"},
                    {"type": "uri", "modality": "document", "uri": "https://example.com/map.pdf"},
                    {"type": "file", "modality": "image", "file_id": "file_9"},
                ]},
            ],
            "tool_results": [["toolu_1", "IC 6 at 8:07"], ["toolu_0", "no such line"]],
        })
    );
}

#[test]
fn what_is_of_another_type_is_kept_or_absent() {
    let facts = request(
        br#"{"model":5,"system":"Be brief.","messages":[{"content":[{"type":"search_result","title":"T","source":"s"},
            {"type":"document","source":{"type":"text","media_type":"text/plain","data":"Plain."}},
            {"type":"document","source":{"type":"content","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}},
            {"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"x"},
                {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]},
            {"type":"tool_result","tool_use_id":"u"}, 7]}, 7, {"role":"assistant"}],
            "output_format":{"type":"json_schema","schema":{"title":"S"}},
            "mcp_servers":[{"type":"url","url":"https://mcp.example.com","name":"m","authorization_token":"Zx81QpLm22Vv"}],
            "tools":[{"type":"mcp_toolset","mcp_server_name":"m"},{},5]}"#,
    );
    let image = "<image/png, 8 bytes, sha256 4c4b6a3be131>";
    let response = json!([{"type": "text", "content": "x"},
        {"type": "blob", "modality": "image", "mime_type": "image/png", "content": image}]);
    assert_eq!(
        facts,
        json!({
            "system_instructions": [{"type": "text", "content": "Be brief."}],
            "output_type": "json",
            "content_parameters": {
                "output_format": {"type": "json_schema", "schema": {"title": "S"}},
                "mcp_servers": [{"type": "url", "url": "https://mcp.example.com", "name": "m"}],
            },
            "tools": [{"type": "mcp_toolset", "name": "m"}],
            "messages": [
                {"role": "user", "parts": [
                    {"type": "search_result", "title": "T", "source": "s"},
                    {"type": "text", "content": "Plain."},
                    {"type": "text", "content": "a\nb"},
                    {"type": "tool_call_response", "id": "t", "response": response},
                    {"type": "tool_call_response", "id": "u", "response": ""},
                ]},
                {"role": "assistant", "parts": []},
            ],
            "tool_results": [["t", response], ["u", ""]],
        })
    );
}
