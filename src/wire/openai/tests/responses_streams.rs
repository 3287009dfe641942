//! Streams of the Responses API, whole and cut, and the items that answers are made of.

use std::time::Duration;

use serde_json::{Value, json};

use super::{EVENTS, JSON, answer, cut, events, fixture, stream_of};

const RESPONSES: &str = "POST /v1/responses";

fn event(name: &str, fields: Value) -> Value {
    let mut event = fields;
    event["type"] = format!("response.{name}").into();
    event
}

fn created() -> Value {
    event(
        "created",
        json!({"response": {"id": "resp_1", "model": "m", "status": "in_progress",
        "instructions": "Be brief.", "conversation": {"id": "conv_1"}, "output": []}}),
    )
}

#[test]
fn a_stream_that_ends_is_read_like_a_whole_answer() {
    let whole = fixture("responses_response.json");
    let response: Value = serde_json::from_slice(&whole).unwrap();
    let body = events(&[created(), event("completed", json!({"response": response}))]);
    assert_eq!(
        answer(RESPONSES, 200, EVENTS, &body),
        answer(RESPONSES, 200, JSON, &whole)
    );
}

#[test]
fn a_last_event_without_output_leaves_the_items() {
    let item = json!({"id": "msg_1", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]});
    let body = events(&[
        created(),
        event("output_item.done", json!({"output_index": 0, "item": item})),
        event(
            "completed",
            json!({"response": {"id": "resp_1", "status": "completed", "output": [],
            "usage": {"input_tokens": 1, "output_tokens": 2}}}),
        ),
    ]);
    assert_eq!(
        answer(RESPONSES, 200, EVENTS, &body),
        json!({
            "id": "resp_1",
            "status": "completed",
            "finish_reasons": ["stop"],
            "messages": [{"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": "Hi"}]}],
            "usage": {"input": 1, "output": 2},
        })
    );
}

#[test]
fn a_cut_stream_is_put_together_from_its_items() {
    let text = |name: &str, item: u64, content: u64, delta: &str| {
        event(
            name,
            json!({"output_index": item, "content_index": content, "summary_index": content, "delta": delta}),
        )
    };
    let body = events(&[
        created(),
        event(
            "output_item.added",
            json!({"output_index": 0, "item": {"type": "reasoning", "id": "rs_1", "summary": []}}),
        ),
        text("reasoning_summary_text.delta", 0, 0, "So"),
        text("reasoning_summary_text.delta", 0, 0, "."),
        text("reasoning_summary_text.delta", 0, 1, "Then."),
        event(
            "output_item.done",
            json!({"output_index": 0, "item": {"type": "reasoning", "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "So."}, {"type": "summary_text", "text": "Then."}]}}),
        ),
        event(
            "output_item.added",
            json!({"output_index": 1, "item": {"type": "message", "id": "msg_1", "role": "assistant", "content": []}}),
        ),
        text("output_text.delta", 1, 0, "He"),
        text("output_text.delta", 1, 0, "i!"),
        event(
            "output_text.done",
            json!({"output_index": 1, "content_index": 0, "text": "Hei!"}),
        ),
        text("refusal.delta", 1, 1, "No."),
        event(
            "output_item.added",
            json!({"output_index": 2, "item": {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": ""}}),
        ),
        text("function_call_arguments.delta", 2, 0, "{\"x\""),
        event(
            "output_item.added",
            json!({"output_index": 3, "item": {"type": "code_interpreter_call", "id": "ci_1", "code": ""}}),
        ),
        text("code_interpreter_call_code.delta", 3, 0, "print(1)"),
    ]);
    let expected = json!({
        "id": "resp_1",
        "model": "m",
        "status": "in_progress",
        "conversation": "conv_1",
        "finish_reasons": ["error"],
        "messages": [{"role": "assistant", "finish_reason": "error", "parts": [
            {"type": "reasoning", "content": "So."},
            {"type": "reasoning", "content": "Then."},
            {"type": "text", "content": "Hei!"},
            {"type": "refusal", "content": "No."},
            {"type": "tool_call", "id": "call_1", "name": "f", "arguments": "{\"x\""},
            {"type": "server_tool_call", "id": "ci_1", "name": "code_interpreter",
                "server_tool_call": {"type": "code_interpreter", "code": "print(1)"}},
        ]}],
        "tool_calls": [["call_1", "f", "{\"x\""]],
        "incomplete": true,
    });
    assert_eq!(cut(RESPONSES, &body), expected);
    assert_eq!(answer(RESPONSES, 200, EVENTS, &body), expected);
}

#[test]
fn a_cut_stream_of_a_server_that_sends_little_more_than_deltas() {
    let body = events(&[
        event("output_text.delta", json!({"item_id": "a", "delta": "Hi"})),
        event("output_text.delta", json!({"item_id": "a", "delta": "!"})),
        event(
            "function_call_arguments.done",
            json!({"item_id": "b", "arguments": "{}"}),
        ),
    ]);
    let facts = cut(RESPONSES, &body);
    assert_eq!(
        facts["messages"][0]["parts"][0],
        json!({"type": "text", "content": "Hi!"})
    );
    let bare = events(&[event("output_text.delta", json!({"delta": "Hi"}))]);
    assert_eq!(
        cut(RESPONSES, &bare),
        json!({
            "finish_reasons": ["error"],
            "messages": [{"role": "assistant", "finish_reason": "error", "parts": [{"type": "text", "content": "Hi"}]}],
            "incomplete": true,
        })
    );
}

#[test]
fn every_way_to_end_is_an_end() {
    for (last, reason, is_error) in [
        (
            event("completed", json!({"response": {"status": "completed"}})),
            "stop",
            false,
        ),
        (
            event(
                "incomplete",
                json!({"response": {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}}),
            ),
            "content_filter",
            false,
        ),
        (
            event(
                "failed",
                json!({"response": {"status": "failed", "error": {"code": "c", "message": "m"}}}),
            ),
            "error",
            true,
        ),
        (
            json!({"type": "error", "code": "c", "message": "m", "param": null}),
            "error",
            true,
        ),
        (
            json!({"error": {"code": "c", "message": "m"}}),
            "error",
            true,
        ),
    ] {
        let mut stream = stream_of(RESPONSES);
        stream.push(&events(&[created()]), Duration::ZERO);
        assert!(!stream.is_terminal());
        stream.push(&events(std::slice::from_ref(&last)), Duration::ZERO);
        assert!(stream.is_terminal(), "{last}");
        let facts = stream.finish(crate::wire::BodyEnd::Cut);
        assert!(facts.complete, "{last}");
        assert_eq!(facts.finish_reasons, [reason], "{last}");
        let name = facts.error.as_ref().and_then(|error| error.name());
        assert_eq!(name, is_error.then_some("c"), "{last}");
    }
}

#[test]
fn the_name_of_an_event_may_stand_outside_of_its_data() {
    let body = b"event: response.output_text.delta\ndata: {\"delta\":\"Hi\"}\n\n";
    let facts = cut(RESPONSES, body);
    assert_eq!(facts["messages"][0]["parts"][0]["content"], "Hi");
}

#[test]
fn the_first_token_is_the_first_content() {
    let at = Duration::from_millis;
    for content in [
        event("output_text.delta", json!({"delta": "a"})),
        event("refusal.delta", json!({"delta": "a"})),
        event("function_call_arguments.delta", json!({"delta": "{"})),
        event("reasoning_summary_text.delta", json!({"delta": "a"})),
        event("audio.delta", json!({"delta": "YQ=="})),
        event("shell_call_command.delta", json!({"delta": "ls"})),
        event(
            "image_generation_call.partial_image",
            json!({"partial_image_b64": "YQ=="}),
        ),
    ] {
        let mut stream = stream_of(RESPONSES);
        stream.push(&events(&[created()]), at(1));
        let added = json!({"item": {"type": "message", "content": []}});
        stream.push(&events(&[event("output_item.added", added)]), at(2));
        stream.push(
            &events(&[event("output_text.delta", json!({"delta": ""}))]),
            at(3),
        );
        assert_eq!(stream.first_content_at(), None);
        stream.push(&events(std::slice::from_ref(&content)), at(4));
        assert_eq!(stream.first_content_at(), Some(at(4)), "{content}");
        assert_eq!(stream.first_chunk_at(), Some(at(1)));
    }
}

#[test]
fn every_item_has_its_place_in_the_message() {
    let image = "iVBORw0KGgo=";
    let body = json!({"id": "r", "status": "completed", "output": [
        {"type": "custom_tool_call", "call_id": "c1", "name": "sql", "input": "42"},
        {"type": "computer_call", "call_id": "c2", "action": {"type": "click", "x": 1}},
        {"type": "local_shell_call", "call_id": "c3", "action": {"command": ["ls"]}},
        {"type": "apply_patch_call", "call_id": "c4", "operation": {"path": "a"}},
        {"type": "shell_call", "call_id": "c5", "action": {"commands": ["ls"]}},
        {"type": "shell_call_output", "call_id": "c5", "output": [{"stdout": "a"}]},
        {"type": "file_search_call", "id": "fs", "queries": ["q"], "results": null, "status": "completed"},
        {"type": "image_generation_call", "id": "ig", "result": image},
        {"type": "mcp_call", "id": "m1", "server_label": "s", "name": "roll", "arguments": "{\"n\":1}", "output": "4", "error": null},
        {"type": "mcp_list_tools", "id": "m2", "server_label": "s", "tools": [{"name": "roll", "input_schema": {"type": "object"}}]},
        {"type": "compaction", "id": "cm", "encrypted_content": "secret"},
        {"type": "hologram", "depth": 3},
        {"type": "reasoning", "id": "rs", "summary": [], "content": [{"type": "reasoning_text", "text": "open"}], "encrypted_content": "secret"},
        {"type": "message", "role": "assistant", "content": [
            {"type": "output_text", "text": "Hi", "annotations": [{"type": "url_citation", "url": "https://a"}], "logprobs": [{"token": "Hi"}]},
            {"type": "refusal", "refusal": "No."}]},
    ]});
    let facts = answer(RESPONSES, 200, JSON, body.to_string().as_bytes());
    assert_eq!(
        facts["messages"][0]["parts"],
        json!([
            {"type": "tool_call", "id": "c1", "name": "sql", "arguments": "42"},
            {"type": "tool_call", "id": "c2", "name": "computer", "arguments": {"type": "click", "x": 1}},
            {"type": "tool_call", "id": "c3", "name": "local_shell", "arguments": {"command": ["ls"]}},
            {"type": "tool_call", "id": "c4", "name": "apply_patch", "arguments": {"path": "a"}},
            {"type": "tool_call", "id": "c5", "name": "shell", "arguments": {"commands": ["ls"]}},
            {"type": "tool_call_response", "id": "c5", "response": [{"stdout": "a"}]},
            {"type": "server_tool_call", "id": "fs", "name": "file_search",
                "server_tool_call": {"type": "file_search", "queries": ["q"], "status": "completed"}},
            {"type": "server_tool_call", "id": "ig", "name": "image_generation", "server_tool_call":
                {"type": "image_generation", "result": "<image/png, 8 bytes, sha256 4c4b6a3be131>"}},
            {"type": "server_tool_call", "id": "m1", "name": "roll", "server_tool_call":
                {"type": "mcp_call", "server_label": "s", "arguments": {"n": 1}, "output": 4}},
            {"type": "server_tool_call", "id": "m2", "name": "mcp_list_tools", "server_tool_call":
                {"type": "mcp_list_tools", "server_label": "s", "tools": ["roll"]}},
            {"type": "compaction", "id": "cm"},
            {"type": "hologram", "depth": 3},
            {"type": "reasoning", "content": "open"},
            {"type": "text", "content": "Hi"},
            {"type": "refusal", "content": "No."},
        ])
    );
    assert_eq!(facts["finish_reasons"], json!(["tool_calls"]));
    assert_eq!(
        facts["annotations"],
        json!([{"type": "url_citation", "url": "https://a"}])
    );
    let calls: Vec<&Value> = facts["tool_calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| &call[0])
        .collect();
    assert_eq!(calls, ["c1", "c2", "c3", "c4"]);
    assert!(!facts.to_string().contains("secret"));
    assert!(!facts.to_string().contains(image));
}

#[test]
fn an_answer_in_the_background_has_a_status_and_no_end() {
    let body =
        json!({"id": "r", "status": "queued", "background": true, "output": [], "usage": null});
    assert_eq!(
        answer(RESPONSES, 200, JSON, body.to_string().as_bytes()),
        json!({"id": "r", "status": "queued", "background": "true"})
    );
}

#[test]
fn an_image_in_a_stream_is_a_marker_however_large() {
    let image = "iVBORw0KGgo".repeat(200_000);
    let item = json!({"type": "image_generation_call", "id": "ig", "result": image});
    let body = events(&[
        created(),
        event(
            "image_generation_call.partial_image",
            json!({"output_index": 0, "partial_image_b64": image}),
        ),
        event("output_item.done", json!({"output_index": 0, "item": item})),
    ]);
    let facts = cut(RESPONSES, &body);
    let result = &facts["messages"][0]["parts"][0]["server_tool_call"]["result"];
    assert!(
        result
            .as_str()
            .unwrap()
            .starts_with("<image/png, 1650000 bytes, sha256 "),
        "{result}"
    );
}
