//! The Responses API, whole and streamed.

use futures_util::StreamExt;
use serde_json::{Value, json};
use tracing_genai::testing::{InMemory, ReceivedSpan};

use super::reference::Recorded;
use super::{assert_has_what_the_wrapper_exports, only_call, replayed, shown};
use crate::support::only;
use crate::support::reply_server::{Ending, Reply};
use crate::support::versions::{Version, with_each_version};

const TEXT: &str = "2 + 2 equals 4.";

async fn whole(version: Version, call: Recorded) -> ReceivedSpan {
    let reply = Reply::json(200, call.response("completed"));
    let memory = replayed(reply, async |url| {
        let client = version.client(url);
        client.respond(&call.response_request()).await.unwrap();
    })
    .await;
    checked(&memory, call)
}

async fn streamed(version: Version, call: Recorded, ending: Ending, items: usize) -> ReceivedSpan {
    let memory = replayed(call.response_stream(TEXT, ending), async |url| {
        let client = version.client(url);
        let mut request = call.response_request();
        request["stream"] = true.into();
        let stream = client.respond_stream(&request).await.unwrap();
        stream.take(items).for_each(async |_| ()).await;
    })
    .await;
    let span = checked(&memory, call);
    assert!(
        span.text("langfuse.observation.completion_start_time")
            .is_some()
    );
    span
}

fn checked(memory: &InMemory, call: Recorded) -> ReceivedSpan {
    let span = only(memory);
    assert_eq!(span.name, "chat gpt-5");
    assert_has_what_the_wrapper_exports(&span, call);
    assert_eq!(span.text("gen_ai.response.id"), Some("resp_ref"));
    span
}

fn question() -> Value {
    json!([{"role": "user", "content": "What is 2+2?"}])
}

async fn plain(version: Version) {
    let call = only_call("responses_plain");
    let span = whole(version, call).await;
    // Instructions are a system message, as in the export of the wrapper.
    assert_eq!(shown(&span, "input"), call.json("input").unwrap());
    let output = &shown(&span, "output")[0];
    assert_eq!(output["content"], TEXT);
    assert_eq!(output["thinking"][0]["content"], "Adding two numbers.");
    assert_eq!(shown(&span, "output").as_array().unwrap().len(), 1);
}

async fn with_tools(version: Version) {
    let call = only_call("responses_tools");
    let span = whole(version, call).await;
    let input = shown(&span, "input");
    assert_eq!(
        input["messages"],
        json!([{"role": "user", "content": "Weather?"}])
    );
    let expected = &call.tools().unwrap()[0];
    for name in ["name", "description", "parameters"] {
        assert_eq!(input["tools"][0]["function"][name], expected[name]);
    }
    let tool = &shown(&span, "output")[0]["tool_calls"][0];
    let expected = &call.outputs()[0];
    assert_eq!(tool["id"], expected["call_id"]);
    assert_eq!(tool["function"]["name"], expected["name"]);
    assert_eq!(tool["function"]["arguments"], expected["arguments"]);
}

async fn streamed_to_the_end(version: Version, case: &str) {
    let call = only_call(case);
    let span = streamed(version, call, Ending::Whole, usize::MAX).await;
    assert_eq!(shown(&span, "input"), question());
    assert_eq!(
        shown(&span, "output"),
        shown(&whole(version, call).await, "output")
    );
    assert_eq!(shown(&span, "output")[0]["content"], TEXT);
    assert_eq!(span.text("gen_ai.response.status"), Some("completed"));
    // The wrapper turns every field of the response into metadata.
    for noise in ["object", "tools", "truncation", "temperature", "background"] {
        let key = format!("langfuse.observation.metadata.{noise}");
        assert_eq!(span.attributes.get(&key), None);
    }
}

async fn streamed_and_read_to_the_end(version: Version) {
    streamed_to_the_end(version, "responses_stream").await;
}

async fn streamed_as_a_helper_does(version: Version) {
    streamed_to_the_end(version, "responses_stream_helper").await;
}

/// The wrapper loses the text that had arrived.
async fn streamed_and_left(version: Version) {
    let call = only_call("responses_stream_break");
    assert!(call.outputs().is_empty());
    let span = streamed(version, call, Ending::Hangs, 6).await;
    assert_eq!(span.text("langfuse.observation.level"), Some("WARNING"));
    assert_eq!(span.error, None);
    let output = shown(&span, "output");
    let text = output[0]["content"].as_str().unwrap();
    assert!(
        TEXT.starts_with(text) && text.starts_with("2 + 2"),
        "{text}"
    );
}

with_each_version!(
    plain,
    with_tools,
    streamed_and_read_to_the_end,
    streamed_as_a_helper_does,
    streamed_and_left
);
