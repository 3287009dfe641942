//! Its counts belong to the call that created it.

use serde_json::json;
use tracing_genai::Mapping;

use crate::support::assistants::{Caller, Spans};
use crate::support::simulator::Wire;

async fn exported(mapping: Option<Mapping>) -> Spans {
    let wire = Wire::instant().await;
    let caller = Caller::mapped(wire.url(""), mapping);
    let body = json!({"model": "gpt-4o", "store": true,
        "messages": [{"role": "user", "content": "Solve 3x + 11 = 14"}]});
    let chat = caller.create("/chat/completions", body).await;
    let path = format!("/chat/completions/{}", chat["id"].as_str().unwrap());
    for path in [
        &path,
        &path,
        &format!("{path}/messages"),
        "/chat/completions",
    ] {
        assert_eq!(caller.get(path).await.0, 200, "{path}");
    }
    caller.shutdown().await
}

#[tokio::test]
async fn for_any_backend() {
    let spans = exported(None).await;
    assert_eq!(spans.all.len(), 5);
    assert_eq!(spans.generations().len(), 1);
    spans.assert_only_generations_count();
}

#[tokio::test]
async fn for_langfuse() {
    let spans = exported(Some(Mapping::Langfuse)).await;
    let is_generation = |key: &str| key.ends_with("usage_details") || key.ends_with("model.name");
    let counting = spans
        .all
        .iter()
        .filter(|span| span.attributes.keys().any(|key| is_generation(key)));
    let names: Vec<_> = counting.map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["chat gpt-4o"]);
}
