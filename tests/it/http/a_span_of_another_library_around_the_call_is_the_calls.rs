//! Libraries such as rig make a span around each call. Where their client is traced as well, the call is recorded on
//! that span: one generation, its tokens once.

use tracing::Instrument;
use tracing::field::Empty;
use tracing_genai::Mapping;
use tracing_genai::testing::InMemory;

use crate::support::versions::{Version, with_each_version};
use crate::support::{chat_request, traced};

async fn ask(version: Version, url: String) {
    let request = chat_request("gpt-4o");
    version.client(url).chat(&request).await.unwrap();
}

/// As rig does it: counts are recorded when the answer is there.
async fn agent(version: Version, url: String) {
    let agent = tracing::info_span!(
        "invoke_agent",
        gen_ai.operation.name = "invoke_agent",
        gen_ai.agent.name = "tutor",
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
    );
    let chat = tracing::info_span!(
        parent: &agent,
        "chat",
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = "openai",
        gen_ai.request.model = "gpt-4o",
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
    );
    async {
        ask(version, url).await;
        let current = tracing::Span::current();
        current.record("gen_ai.usage.input_tokens", 14_u64);
        current.record("gen_ai.usage.output_tokens", 18_u64);
    }
    .instrument(chat)
    .await;
    agent.record("gen_ai.usage.input_tokens", 14_u64);
    agent.record("gen_ai.usage.output_tokens", 18_u64);
}

/// The sum of a count over all spans.
fn total(memory: &InMemory, key: &str) -> i64 {
    memory.spans().iter().filter_map(|span| span.int(key)).sum()
}

async fn with_its_tokens_once(version: Version) {
    for mapping in [None, Some(Mapping::OpenInference), Some(Mapping::Langfuse)] {
        let memory = traced(mapping, |url| agent(version, url)).await;
        let names: Vec<_> = memory.spans().into_iter().map(|span| span.name).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        let call = memory.span("chat gpt-4o");
        let agent = memory.span("invoke_agent tutor");
        assert_eq!(call.parent_span_id, agent.span_id);
        assert_eq!(total(&memory, "gen_ai.usage.input_tokens"), 14);
        assert_eq!(total(&memory, "gen_ai.usage.output_tokens"), 18);
        assert_eq!(
            call.text("gen_ai.response.model"),
            Some("gpt-4o-2024-11-20")
        );
        assert!(call.error.is_none());
    }
    let memory = traced(None, |url| agent(version, url)).await;
    let messages = memory.span("chat gpt-4o");
    assert!(messages.text("gen_ai.output.messages").is_some());
}

/// A second call in the same span is one of its own.
async fn unless_it_has_one(version: Version) {
    let memory = traced(None, async |url| {
        let chat = tracing::info_span!(
            "chat",
            gen_ai.operation.name = "chat",
            gen_ai.request.model = "gpt-4o"
        );
        async {
            ask(version, url.clone()).await;
            ask(version, url).await;
        }
        .instrument(chat)
        .await;
    })
    .await;
    let spans = memory.spans();
    assert_eq!(spans.len(), 2);
    let parents: Vec<_> = spans
        .iter()
        .map(|span| span.parent_span_id.is_empty())
        .collect();
    assert!(
        parents.contains(&true) && parents.contains(&false),
        "{parents:?}"
    );
}

/// A tool or an agent is no call of a model.
async fn unless_it_stands_for_something_else(version: Version) {
    let memory = traced(None, async |url| {
        let tool = tracing::info_span!("tool", gen_ai.operation.name = "execute_tool");
        ask(version, url).instrument(tool).await;
    })
    .await;
    assert_eq!(memory.spans().len(), 2);
}

with_each_version!(
    with_its_tokens_once,
    unless_it_has_one,
    unless_it_stands_for_something_else,
);
