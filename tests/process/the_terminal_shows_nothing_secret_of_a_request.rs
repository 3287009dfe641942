//! What a request holds beside its parameters is shown only where content is, and secrets never.

use serde_json::json;

use crate::leaky_request::{CONTENT, SECRET, request, send};
use crate::net::unused_address;
use crate::program::{run, stderr};
use crate::reply_server::{Reply, ReplyServer};

/// Makes four calls: one that succeeds, one that is refused, one to an API that is none of a model's, one that
/// finds no server.
pub fn program() {
    let _telemetry = tracing_genai::init().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let leaky = request();
        let answer = json!({"id": "1", "model": "gpt-4o", "choices": [{"index": 0,
            "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}]});
        // Some servers repeat what they were sent.
        let sent = &leaky.body["extra_headers"];
        let refusal = json!({"error": {"message": format!("not with these headers: {sent}")}});
        let replies = [
            Reply::json(200, &answer),
            Reply::json(400, &refusal),
            Reply::json(200, &answer),
        ];
        let server = ReplyServer::start(replies).await;
        let url = server.url();
        let host = url.trim_start_matches("http://").trim_end_matches("/v1");
        for path in ["/v1/chat/completions", "/v1/chat/completions", "/v1/orders"] {
            send(host, path, &leaky.body).await.1.unwrap();
        }
        let nobody = unused_address().to_string();
        let answer = send(&nobody, "/v1/chat/completions", &leaky.body).await.1;
        assert!(answer.is_err());
    });
}

/// What the process prints with these settings.
fn printed(variables: &[(&str, &str)]) -> String {
    let output = run("sends a request full of secrets", variables);
    let printed = stderr(&output);
    assert!(output.status.success(), "{printed}");
    let calls = printed.matches("chat gpt-4o").count();
    assert!(calls >= 3 && printed.contains("orders"), "{printed}");
    printed
}

const CONSOLE: &str = "TRACING_GENAI_CONSOLE";
const CAPTURE: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

#[test]
fn without_content_neither_secrets_nor_content() {
    for variables in [
        &[(CONSOLE, "content"), (CAPTURE, "NO_CONTENT")][..],
        &[(CONSOLE, "on"), (CAPTURE, "NO_CONTENT")],
        &[(CONSOLE, "on"), ("LANGFUSE_DEBUG", "true")],
    ] {
        let printed = printed(variables);
        assert!(!printed.contains(SECRET), "{variables:?}: {printed}");
        assert!(!printed.contains(CONTENT), "{variables:?}: {printed}");
    }
}

#[test]
fn with_content_no_secrets() {
    for variables in [
        &[(CONSOLE, "content")][..],
        &[(CONSOLE, "content"), ("LANGFUSE_DEBUG", "true")],
    ] {
        let printed = printed(variables);
        assert!(!printed.contains(SECRET), "{variables:?}: {printed}");
        assert!(printed.contains(CONTENT), "{variables:?}: {printed}");
    }
}
