//! What is asked, and what a whole answer says.

use serde_json::json;

use super::{JSON, answer, call, fixture, request};

#[test]
fn a_tool_is_asked_with_what_the_model_wrote() {
    assert_eq!(
        request(&fixture("tool_request.json")),
        json!({
            "mcp": {"request_id": "3", "tool": "get_weather"},
            "input": r#"{"city":"Oslo","days":1.10,"asked":12345678901234567890123}"#,
        })
    );
}

#[test]
fn other_messages_are_asked_with_their_parameters() {
    assert_eq!(
        request(&fixture("initialize_request.json")),
        json!({
            "mcp": {"request_id": "0", "protocol_version": "2025-06-18"},
            "input": {"protocolVersion": "2025-06-18", "capabilities": {"sampling": {}},
                "clientInfo": {"name": "weather-agent", "version": "1.0.0"}},
        })
    );
    let prompt = br#"{"jsonrpc":"1.0","id":"p","method":"prompts/get","params":{"name":"greet","arguments":{"to":"you"}}}"#;
    assert_eq!(
        request(prompt),
        json!({
            "mcp": {"request_id": "p", "rpc_version": "1.0", "prompt": "greet"},
            "input": r#"{"to":"you"}"#,
        })
    );
    let silent = br#"{"jsonrpc":"2.0","id":null,"method":"tools/list","params":{"_meta":{"a":1}}}"#;
    assert_eq!(request(silent), json!({}));
}

#[test]
fn the_address_of_a_resource_has_no_password() {
    let facts = request(&fixture("resource_request.json")).to_string();
    assert!(facts.contains("db.example/schema"), "{facts}");
    assert!(!facts.contains("hunter2"), "{facts}");
}

#[test]
fn a_tool_returns_a_structure_a_text_or_all_of_its_content() {
    let tool = call(&fixture("tool_request.json"));
    let output = |body: &[u8]| answer(&tool, 200, JSON, body)["output"].clone();
    assert_eq!(
        output(&fixture("tool_response.json")),
        r#"{"temperature": 4.50, "at": "noon"}"#
    );
    let text = br#"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"cold"}]}}"#;
    assert_eq!(output(text), "cold");
    let several = br#"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"a"},
        {"type":"resource","resource":{"uri":"file:///a.pdf","mimeType":"application/pdf","blob":"JVBERi0="}}]}}"#;
    let several = output(several);
    assert_eq!(several[0], "a");
    assert_eq!(several[1]["resource"]["blob"]["modality"], "document");
    assert!(!several.to_string().contains("JVBERi0="), "{several}");
    let nothing = br#"{"jsonrpc":"2.0","id":3,"result":{"content":[]}}"#;
    assert_eq!(answer(&tool, 200, JSON, nothing), json!({}));
    let task = br#"{"jsonrpc":"2.0","id":3,"result":{"task":{"taskId":"t1","status":"working"}}}"#;
    assert_eq!(output(task)["task"]["status"], "working");
}

#[test]
fn a_failure_has_its_code_or_is_the_tools() {
    let tool = call(&fixture("tool_request.json"));
    let read = |status, body: &[u8]| answer(&tool, status, JSON, body);
    assert_eq!(
        read(200, &fixture("tool_error.json")),
        json!({
            "output": "no station in Atlantis",
            "error": {"kind": "tool_error", "message": "the tool answered with an error"},
        })
    );
    let failed = json!({"error": {"code": "-32602", "message": "Unknown tool: get_wether"}});
    assert_eq!(read(200, &fixture("rpc_error.json")), failed);
    assert_eq!(read(400, &fixture("rpc_error.json")), failed);
    let gone =
        br#"{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}"#;
    assert_eq!(read(404, gone)["error"]["code"], "-32001");
    assert_eq!(read(200, b"{}")["error"]["kind"], "no_answer");
    assert_eq!(read(200, b"")["error"]["kind"], "no_answer");
    assert_eq!(
        read(200, br#"{"jsonrpc":"2.0","id":3,"result":{"conte"#)["error"]["kind"],
        "no_answer"
    );
}

#[test]
fn a_server_says_which_version_it_speaks() {
    let initialize = call(&fixture("initialize_request.json"));
    let facts = answer(&initialize, 200, JSON, &fixture("initialize_response.json"));
    assert_eq!(facts["protocol_version"], "2025-06-18");
    assert_eq!(facts["output"]["serverInfo"]["name"], "weather");
    let resource = call(&fixture("resource_request.json"));
    let facts = answer(&resource, 200, JSON, &fixture("resource_response.json"));
    assert_eq!(
        facts["output"]["contents"][0]["mimeType"],
        "application/json"
    );
}

#[test]
fn what_is_accepted_is_no_failure() {
    let notification = br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    assert_eq!(answer(&call(notification), 202, None, b""), json!({}));
    // The older transport answers on another stream.
    let tool = call(&fixture("tool_request.json"));
    assert_eq!(answer(&tool, 202, None, b"Accepted"), json!({}));
}
