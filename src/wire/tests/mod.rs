mod dump;

use super::*;
use std::fs;
#[test]
fn show() {
    for (file, method, path, kind) in [
        ("chat_request.json", "POST", "/v1/chat/completions", "q"),
        ("chat_response.json", "POST", "/v1/chat/completions", "a"),
        (
            "chat_response_tools_n2.json",
            "POST",
            "/v1/chat/completions",
            "a",
        ),
        ("chat_stream.sse", "POST", "/v1/chat/completions", "s"),
        ("chat_stream_tools.sse", "POST", "/v1/chat/completions", "s"),
        (
            "azure_stream.sse",
            "POST",
            "/openai/deployments/d/chat/completions",
            "s",
        ),
        ("completion_request.json", "POST", "/v1/completions", "q"),
        ("completion_response.json", "POST", "/v1/completions", "a"),
        ("responses_request.json", "POST", "/v1/responses", "q"),
        ("responses_response.json", "POST", "/v1/responses", "a"),
        ("responses_incomplete.json", "POST", "/v1/responses", "a"),
        ("responses_failed.json", "POST", "/v1/responses", "a"),
        ("responses_stream.sse", "POST", "/v1/responses", "s"),
        ("responses_stream_error.sse", "POST", "/v1/responses", "s"),
        (
            "conversation_create_request.json",
            "POST",
            "/v1/conversations",
            "q",
        ),
        (
            "conversation_create_response.json",
            "POST",
            "/v1/conversations",
            "a",
        ),
        (
            "conversation_items_response.json",
            "GET",
            "/v1/conversations/conv_9/items",
            "a",
        ),
        ("embeddings_request.json", "POST", "/v1/embeddings", "q"),
        ("embeddings_response.json", "POST", "/v1/embeddings", "a"),
        ("image_response.json", "POST", "/v1/images/generations", "a"),
        (
            "transcription_response_duration.json",
            "POST",
            "/v1/audio/transcriptions",
            "a",
        ),
        (
            "transcription_response_tokens.json",
            "POST",
            "/v1/audio/transcriptions",
            "a",
        ),
        ("moderation_response.json", "POST", "/v1/moderations", "a"),
        ("error_openai.json", "POST", "/v1/chat/completions", "e"),
        (
            "error_azure_filter.json",
            "POST",
            "/v1/chat/completions",
            "e",
        ),
        (
            "assistant_create_request.json",
            "POST",
            "/v1/assistants",
            "q",
        ),
        ("assistant_stream.sse", "POST", "/v1/threads/t/runs", "s"),
        (
            "assistant_stream_step_delta.sse",
            "POST",
            "/v1/threads/t/runs",
            "s",
        ),
        ("run_completed.json", "GET", "/v1/threads/t/runs/r", "a"),
    ] {
        let body = fs::read(format!("tests/fixtures/{file}")).unwrap();
        let e = Endpoint::of(method, path);
        let v = if kind == "q" {
            dump::request(&RequestFacts::read(
                &e,
                Some("application/json"),
                &body,
                Limits::default(),
            ))
        } else {
            dump::response(&ResponseFacts::read(
                &e,
                Head {
                    status: if kind == "e" { 400 } else { 200 },
                    content_type: Some(if kind == "s" {
                        "text/event-stream"
                    } else {
                        "application/json"
                    }),
                    stream_requested: kind == "s",
                },
                &body,
                Limits::default(),
            ))
        };
        println!("### {file}\n{}", serde_json::to_string_pretty(&v).unwrap());
    }
}
