//! Code with its output, searches with their results, and unknown tools.

use serde_json::{Value, json};
use tracing_genai::Mapping;

use crate::support::assistants::{Caller, Spans};
use crate::support::json_of;
use crate::support::simulator::{Wire, run_path};

async fn exported(mapping: Option<Mapping>) -> Spans {
    let wire = Wire::instant().await;
    let caller = Caller::mapped(wire.url(""), mapping);
    let tools = json!([{"type": "code_interpreter"}, {"type": "file_search"}]);
    let body = json!({"model": "gpt-4o", "tools": tools});
    let assistant = caller.assistant(body).await;
    let question = "Plot 3x + 11 = 14 as in the book.";
    let run = caller.ask(&assistant, question).await;
    caller.until_it_stops(&run).await;
    let content = "include[]=step_details.tool_calls[*].file_search.results[*].content";
    caller
        .get(&format!("{}/steps?{content}", run_path(&run)))
        .await;
    caller.shutdown().await
}

#[tokio::test]
async fn with_input_and_output() {
    let spans = exported(None).await;
    let named = |name: &str| spans.named(&format!("execute_tool {name}"));
    let (code, search) = (named("code_interpreter"), named("file_search"));
    for tool in [code, search] {
        assert_eq!(tool.parent_span_id, spans.agent().span_id);
        assert_eq!(tool.kind, "INTERNAL");
        assert!(tool.text("gen_ai.tool.call.id").is_some());
    }
    assert_eq!(code.text("gen_ai.tool.type"), Some("extension"));
    assert_eq!(search.text("gen_ai.tool.type"), Some("datastore"));
    let arguments = json_of(code, "gen_ai.tool.call.arguments");
    assert!(arguments["code"].is_string(), "{arguments}");
    let result = json_of(code, "gen_ai.tool.call.result");
    assert!(result["logs"].is_string() && result["images"][0].is_string());
    let found = json_of(search, "gen_ai.tool.call.result");
    assert_eq!(found[0]["file_name"], "algebra.md");
    let content = found[0]["content"][0]["text"].as_str().unwrap();
    assert!(content.contains("equation"), "{content}");
    spans.assert_only_generations_count();
}

#[tokio::test]
async fn for_langfuse_as_tool_and_retriever() {
    let spans = exported(Some(Mapping::Langfuse)).await;
    let kind = |name: &str| spans.named(name).text("langfuse.observation.type");
    assert_eq!(kind("execute_tool code_interpreter"), Some("tool"));
    assert_eq!(kind("execute_tool file_search"), Some("retriever"));
    let code = spans.named("execute_tool code_interpreter");
    let input = json_of(code, "langfuse.observation.input");
    assert!(input["code"].is_string());
    let search = spans.named("execute_tool file_search");
    let output: Value = json_of(search, "langfuse.observation.output");
    assert_eq!(output[0]["file_name"], "algebra.md");
}
