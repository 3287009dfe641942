//! Calls are closed on a thread of the library, and the span around them ends all the same when the
//! subscriber is not the global one.

use tracing::Instrument;

use crate::every_call_of_a_client_is_a_span_with_what_the_wire_knew::{client_of, traced};

#[tokio::test]
async fn after_several_calls_of_one_client() {
    let memory = traced(None, async |url| {
        let client = client_of!(async_openai, url);
        let calls = async {
            for _ in 0..5 {
                let request = serde_json::json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]});
                let _answer: serde_json::Value = client.chat().create_byot(request).await.unwrap();
            }
        };
        calls.instrument(tracing::info_span!("caller")).await;
    })
    .await;
    let caller = memory.span("caller");
    let spans = memory.spans();
    assert_eq!(spans.len(), 6);
    let children = spans
        .iter()
        .filter(|span| span.parent_span_id == caller.span_id);
    assert_eq!(children.count(), 5);
}
