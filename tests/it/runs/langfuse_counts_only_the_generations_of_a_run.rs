//! Langfuse ignores the usage of agents and adds up the generations below them.

use serde_json::{Value, json};
use tracing_genai::Mapping;

use crate::support::assistants::{Caller, Spans};
use crate::support::json_of;
use crate::support::simulator::{Wire, run_path};

const USAGE: &str = "langfuse.observation.usage_details";

async fn lesson(model: &str, has_steps: bool) -> (Value, Spans) {
    let wire = Wire::instant().await;
    let caller = Caller::mapped(wire.url(""), Some(Mapping::Langfuse));
    let tools = json!([{"type": "code_interpreter"}]);
    let body =
        json!({"model": model, "name": "Tutor", "instructions": "Be brief.", "tools": tools});
    let assistant = caller.assistant(body).await;
    let run = caller.ask(&assistant, "3x + 11 = 14").await;
    let run = caller.until_it_stops(&run).await;
    if has_steps {
        caller.get(&format!("{}/steps", run_path(&run))).await;
    }
    let thread = run["thread_id"].as_str().unwrap();
    caller.get(&format!("/threads/{thread}/messages")).await;
    (run, caller.shutdown().await)
}

#[tokio::test]
async fn with_or_without_steps() {
    for (has_steps, generations) in [(true, 2), (false, 1)] {
        let (run, spans) = lesson("gpt-4o", has_steps).await;
        let (counting, silent): (Vec<_>, Vec<_>) = spans
            .all
            .iter()
            .partition(|span| span.text(USAGE).is_some());
        let mut total = 0;
        for span in &counting {
            let usage = json_of(span, USAGE);
            total += usage["total"].as_u64().unwrap();
            match span.text("langfuse.observation.type") {
                Some("generation") => {
                    assert_eq!(span.text("langfuse.observation.model.name"), Some("gpt-4o"));
                }
                // Creating the assistant has an explicit usage of zero.
                Some("agent") => assert_eq!(usage["total"], 0),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(counting.len(), generations + 1);
        assert_eq!(total, run["usage"]["total_tokens"].as_u64().unwrap());
        for span in silent {
            assert_eq!(
                span.text("langfuse.observation.model.name"),
                None,
                "{span:?}"
            );
            assert!(span.attributes.keys().all(|key| !key.contains("usage")));
        }
        let agent = spans.named("invoke_agent Tutor");
        assert_eq!(agent.text("langfuse.observation.type"), Some("agent"));
        let input = json_of(agent, "langfuse.observation.input");
        assert_eq!(input[0], json!({"role": "system", "content": "Be brief."}));
        assert_eq!(input[1], json!({"role": "user", "content": "3x + 11 = 14"}));
        let output = json_of(agent, "langfuse.observation.output");
        assert_eq!(output[0]["role"], "assistant");
        let metadata = |key: &str| agent.text(&format!("langfuse.observation.metadata.{key}"));
        assert_eq!(metadata("run_id"), run["id"].as_str());
        assert_eq!(metadata("run_status"), Some("completed"));
        assert!(
            agent
                .attributes
                .contains_key("langfuse.observation.metadata.polls")
        );
    }
}

#[tokio::test]
async fn with_the_level_of_their_end() {
    for (model, level) in [
        ("run-failed", "ERROR"),
        ("run-expired", "ERROR"),
        ("run-incomplete", "WARNING"),
    ] {
        let (_, spans) = lesson(model, false).await;
        let agent = spans.named("invoke_agent Tutor");
        assert_eq!(
            agent.text("langfuse.observation.level"),
            Some(level),
            "{model}"
        );
        assert!(
            agent.text("langfuse.observation.status_message").is_some(),
            "{model}"
        );
    }
}
