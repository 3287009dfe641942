//! The caller gets 50 MB unchanged, faster than JSON can be parsed. The span has the counts and the finish
//! reason from the end, and reports whether content was lost.

use tracing_genai::testing::{ReceivedSpan, Value};

use crate::support::outcome::{client, traced};
use crate::support::raw_server::{RawServer, Step};
use crate::support::versions::{Version, with_each_version};
use crate::support::{SOON, memory, within_async};

const BYTES: usize = 50_000_000;

/// A response with its head.
fn sent(content_type: &str, body: &[u8]) -> Vec<Step> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    vec![Step::Send([head.as_bytes(), body].concat())]
}

fn whole_answer() -> Vec<u8> {
    let words = "x = 1, and \\\"usage\\\":{\\\"prompt_tokens\\\":1}} ".repeat(BYTES / 44);
    format!(
        r#"{{"id":"chatcmpl-1","model":"gpt-4o-mini","choices":[{{"index":0,"message":{{"role":"assistant","content":"{words}"}},"finish_reason":"length"}}],"usage":{{"prompt_tokens":19,"completion_tokens":12500000,"total_tokens":12500019}}}}"#
    )
    .into_bytes()
}

fn streamed_answer() -> Vec<u8> {
    let words = "x = 1 ".repeat(1_000);
    let chunk = format!(
        "data: {{\"id\":\"chatcmpl-1\",\"model\":\"gpt-4o-mini\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{words}\"}}}}]}}\n\n"
    );
    let mut body = chunk.repeat(BYTES / chunk.len());
    body += "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]}\n\n";
    body += "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":12500000}}\n\n";
    body += "data: [DONE]\n\n";
    body.into_bytes()
}

/// The span of a response, and the number of calls whose content was lost.
async fn recorded(version: Version, content_type: &str, body: Vec<u8>) -> (ReceivedSpan, u64) {
    let server = RawServer::start(vec![sent(content_type, &body)]).await;
    let (memory, telemetry) = memory(None);
    let call = async {
        let answer = traced(version, client().build().unwrap(), server.url());
        let answer = answer.await.unwrap();
        answer.bytes().await.unwrap()
    };
    let read = within_async(&telemetry, call).await;
    assert!(read == body, "the caller got other bytes");
    let report = telemetry.flush_async(SOON).await;
    assert_eq!(report.dropped() + report.pending(), 0, "{report}");
    (memory.spans().remove(0), report.content_lost)
}

fn assert_is_known((span, lost): (ReceivedSpan, u64)) {
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(19));
    assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(12_500_000));
    let reasons = Value::Array(vec!["length".into()]);
    assert_eq!(span.attributes["gen_ai.response.finish_reasons"], reasons);
    assert_eq!(span.text("gen_ai.response.id"), Some("chatcmpl-1"));
    assert_eq!((&span.error, span.text("error.type")), (&None, None));
    let messages = span.text("gen_ai.output.messages").unwrap();
    assert!(messages.contains("x = 1") && messages.len() < 2_500_000);
    let level = span.text("tracing_genai.observation.level");
    assert_eq!(level, (lost > 0).then_some("WARNING"), "{lost}");
    assert!(lost <= 1);
}

async fn whole(version: Version) {
    assert_is_known(recorded(version, "application/json", whole_answer()).await);
}

async fn streamed(version: Version) {
    let (span, lost) = recorded(version, "text/event-stream", streamed_answer()).await;
    assert_eq!(span.text("tracing_genai.stream.end"), Some("finished"));
    assert_is_known((span, lost));
}

with_each_version!(whole, streamed);
