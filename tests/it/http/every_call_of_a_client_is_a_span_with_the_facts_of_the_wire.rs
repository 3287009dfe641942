//! One line on the client is enough: model, messages, parameters, usage, ids and status are read from the
//! wire. The same holds for both versions of the client.

use tracing_genai::Mapping;
use tracing_genai::testing::{ReceivedSpan, Value};

use crate::support::versions::{Version, with_each_version};
use crate::support::{json_of, traced};

#[tracing::instrument(skip_all)]
async fn ask(version: Version, url: String) {
    let answer = version.client(url).chat(&request()).await.unwrap();
    assert!(answer["choices"][0]["message"]["content"].is_string());
}

fn request() -> serde_json::Value {
    serde_json::json!({
        "model": "gpt-4o-mini",
        "temperature": 0.5,
        "seed": 7,
        "stop": "END",
        "messages": [
            {"role": "system", "content": "You are a math tutor."},
            {"role": "user", "content": "Solve 3x + 11 = 14"},
        ],
    })
}

fn assert_is_complete(span: &ReceivedSpan) {
    assert_eq!(span.name, "chat gpt-4o-mini");
    assert_eq!(span.kind, "CLIENT");
    assert_eq!((&span.error, span.ok), (&None, false));
    let text = |key| span.text(key);
    assert_eq!(text("gen_ai.operation.name"), Some("chat"));
    assert_eq!(text("gen_ai.provider.name"), Some("openai"));
    assert_eq!(text("openai.api.type"), Some("chat_completions"));
    assert_eq!(text("gen_ai.request.model"), Some("gpt-4o-mini"));
    assert_eq!(
        span.attributes["gen_ai.request.temperature"],
        Value::Double(0.5)
    );
    assert_eq!(span.int("gen_ai.request.seed"), Some(7));
    let stop = Value::Array(vec!["END".into()]);
    assert_eq!(span.attributes["gen_ai.request.stop_sequences"], stop);
    assert_eq!(text("server.address"), Some("127.0.0.1"));
    assert!(span.int("server.port").is_some_and(|port| port > 0));
    assert!(text("gen_ai.response.id").is_some_and(|id| id.starts_with("chatcmpl")));
    let reasons = Value::Array(vec!["stop".into()]);
    assert_eq!(span.attributes["gen_ai.response.finish_reasons"], reasons);
    assert!(
        span.int("gen_ai.usage.input_tokens")
            .is_some_and(|tokens| tokens > 0)
    );
    assert!(
        span.int("gen_ai.usage.output_tokens")
            .is_some_and(|tokens| tokens > 0)
    );
    assert_eq!(span.int("http.response.status_code"), Some(200));
    let input = json_of(span, "gen_ai.input.messages");
    assert_eq!(input[1]["role"], "user");
    assert_eq!(input[1]["parts"][0]["content"], "Solve 3x + 11 = 14");
    let output = json_of(span, "gen_ai.output.messages");
    assert!(
        output[0]["parts"][0]["content"]
            .as_str()
            .unwrap()
            .contains("x = 1")
    );
    assert_eq!(output[0]["finish_reason"], "stop");
    // It was not sent.
    assert_eq!(span.attributes.get("gen_ai.request.top_p"), None);
    assert!(!format!("{span:?}").contains("sk-simulated"));
}

async fn chat(version: Version) {
    let memory = traced(None, |url| ask(version, url)).await;
    let span = memory.span("chat gpt-4o-mini");
    assert_is_complete(&span);
    assert_eq!(span.parent_span_id, memory.span("ask").span_id);
    assert_eq!(memory.spans().len(), 2);
}

async fn for_langfuse_as_a_priced_generation(version: Version) {
    let memory = traced(Some(Mapping::Langfuse), |url| ask(version, url)).await;
    let span = memory.span("chat gpt-4o-mini");
    assert_eq!(span.text("langfuse.observation.type"), Some("generation"));
    assert_eq!(
        json_of(&span, "langfuse.observation.input")[1]["content"],
        "Solve 3x + 11 = 14"
    );
    let usage = json_of(&span, "langfuse.observation.usage_details");
    let count = |key: &str| usage[key].as_u64().unwrap_or(0);
    assert_eq!(
        count("total"),
        count("input")
            + count("input_cached_tokens")
            + count("output")
            + count("output_reasoning_tokens")
    );
    assert_eq!(
        json_of(&span, "langfuse.observation.model.parameters")["temperature"],
        0.5
    );
}

async fn embeddings_without_their_vectors(version: Version) {
    let memory = traced(None, async |url| {
        let client = version.client(url);
        let request = serde_json::json!({"model": "text-embedding-3-small", "input": ["a", "b"], "dimensions": 16});
        client.embed(&request).await.unwrap();
    })
    .await;
    let span = memory.span("embeddings text-embedding-3-small");
    assert_eq!(span.int("gen_ai.embeddings.dimension.count"), Some(16));
    assert!(
        span.int("gen_ai.usage.input_tokens")
            .is_some_and(|tokens| tokens > 0)
    );
    assert_eq!(
        span.attributes
            .get("gen_ai.usage.output_tokens")
            .cloned()
            .unwrap_or(Value::Int(0)),
        Value::Int(0)
    );
    assert!(format!("{span:?}").len() < 4_000, "{span:?}");
}

async fn responses_with_their_instructions(version: Version) {
    let memory = traced(None, async |url| {
        let client = version.client(url);
        let request = serde_json::json!({"model": "gpt-5-mini", "instructions": "Be brief.", "input": "Solve 5x = 10"});
        client.respond(&request).await.unwrap();
    })
    .await;
    let span = memory.span("chat gpt-5-mini");
    assert_eq!(span.text("openai.api.type"), Some("responses"));
    assert!(
        span.text("gen_ai.system_instructions")
            .unwrap()
            .contains("Be brief.")
    );
    assert!(
        span.text("gen_ai.output.messages")
            .unwrap()
            .contains("x = 2")
    );
    assert!(
        span.text("gen_ai.response.id")
            .unwrap()
            .starts_with("resp_")
    );
}

#[tokio::test]
#[expect(deprecated, reason = "async-openai marks all of Assistants so")]
async fn anything_else_by_method_and_route() {
    let memory = traced(None, async |url| {
        let config = async_openai_041::config::OpenAIConfig::new()
            .with_api_base(url)
            .with_api_key("sk-simulated");
        let client = async_openai_041::Client::with_config(config)
            .with_http_service(tracing_genai::openai::http_service());
        // The simulated server does not know models.
        let error = client.assistants().retrieve("asst_secret").await;
        assert!(error.is_err());
    })
    .await;
    let spans = memory.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].name, "GET /v1/assistants/{assistant_id}");
    assert_eq!(spans[0].attributes.get("gen_ai.operation.name"), None);
    assert!(!spans[0].name.contains("secret"));
    assert!(spans[0].error.is_some());
}

with_each_version!(
    chat,
    for_langfuse_as_a_priced_generation,
    embeddings_without_their_vectors,
    responses_with_their_instructions
);
