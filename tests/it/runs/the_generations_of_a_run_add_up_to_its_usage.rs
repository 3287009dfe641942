//! Exactly once, whether its steps are listed before its end, after it, twice or never, and even if the
//! numbers of the server contradict each other.

use serde_json::{Value, json};

use crate::support::assistants::{
    OUTPUT, ScriptedCaller, Spans, counts, message_object, message_step, run_object, texts,
    tool_step,
};

fn steps() -> Vec<Value> {
    let call = json!([{"id": "call_1", "type": "code_interpreter",
        "code_interpreter": {"input": "print(1)", "outputs": [{"type": "logs", "logs": "1"}]}}]);
    vec![
        tool_step("step_1", "run_1", 1, call, counts(60, 12)),
        message_step("step_2", "run_1", 5, "msg_1", counts(40, 8)),
    ]
}

fn answer() -> Vec<Value> {
    vec![message_object("msg_1", Some("run_1"), 5, "x = 1")]
}

fn assert_whole(spans: &Spans) {
    assert_eq!(spans.usage(), (100, 20), "{:?}", spans.names());
    spans.assert_only_generations_count();
    let agent = spans.agent();
    assert_eq!(texts(agent, OUTPUT).len(), 1);
    let below = spans.below(agent);
    let tools = spans.tools();
    assert_eq!(tools.len(), 1);
    assert_eq!(below.len(), spans.all.len() - 1);
}

#[tokio::test]
async fn seen_before_its_end() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    script.steps("run_1", steps()).await;
    script.messages(answer()).await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    let spans = script.caller.flush().await;
    assert_whole(&spans);
    assert_eq!(spans.generations().len(), 2);
}

#[tokio::test]
async fn seen_after_its_end() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    script.messages(answer()).await;
    script.steps("run_1", steps()).await;
    let spans = script.caller.flush().await;
    assert_whole(&spans);
    let of_step = |step: &str| {
        let generations = spans.generations().into_iter();
        let mut of_step =
            generations.filter(|one| one.text("tracing_genai.run.step_id") == Some(step));
        of_step.next().unwrap()
    };
    let input = |step| of_step(step).int("gen_ai.usage.input_tokens");
    assert_eq!((input("step_1"), input("step_2")), (Some(60), Some(40)));
    assert_eq!(
        texts(of_step("step_2"), OUTPUT),
        [("assistant".to_owned(), "x = 1".to_owned())]
    );
}

#[tokio::test]
async fn seen_again_and_again() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    for _ in 0..3 {
        script.steps("run_1", steps()).await;
        script.messages(answer()).await;
        script.poll("run_1", "completed", counts(100, 20)).await;
        script.caller.flush().await;
    }
    assert_whole(&script.caller.shutdown().await);
}

#[tokio::test]
async fn never_seen() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    script.messages(answer()).await;
    let spans = script.caller.shutdown().await;
    assert_eq!((spans.usage(), spans.generations().len()), ((100, 20), 1));
    let generation = spans.generations()[0];
    assert_eq!(texts(generation, OUTPUT), texts(spans.agent(), OUTPUT));
    let agent = spans.agent();
    assert_eq!((generation.start, generation.end), (agent.start, agent.end));
}

#[tokio::test]
async fn seen_when_the_run_had_been_exported() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    script.caller.flush().await;
    script.steps("run_1", steps()).await;
    script.steps("run_1", steps()).await;
    let spans = script.caller.shutdown().await;
    assert_eq!((spans.usage(), spans.generations().len()), ((100, 20), 1));
    // The tool is new, but the usage of its step has been counted.
    assert_eq!(spans.tools().len(), 1);
    assert_eq!(spans.tools()[0].parent_span_id, spans.agent().span_id);
}

#[tokio::test]
async fn some_of_them_never_seen() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    script.steps("run_1", vec![steps().remove(0)]).await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    script.messages(answer()).await;
    let spans = script.caller.shutdown().await;
    assert_whole(&spans);
    assert_eq!(spans.generations().len(), 2);
}

#[tokio::test]
async fn that_count_more_than_their_run() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    let step = message_step("step_1", "run_1", 1, "msg_1", counts(500, 1));
    script.steps("run_1", vec![step]).await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    let spans = script.caller.shutdown().await;
    assert_eq!(spans.usage(), (100, 20));
}

#[tokio::test]
async fn of_a_run_that_counts_nothing() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    let mut step = steps().remove(1);
    step["usage"] = Value::Null;
    script.steps("run_1", vec![step]).await;
    script.poll("run_1", "completed", Value::Null).await;
    let spans = script.caller.shutdown().await;
    assert_eq!(spans.generations().len(), 1);
    assert_eq!(
        spans.generations()[0].int("gen_ai.usage.input_tokens"),
        None
    );
}

#[tokio::test]
async fn with_what_was_cached_under_either_spelling() {
    for key in ["prompt_token_details", "prompt_tokens_details"] {
        let script = ScriptedCaller::start().await;
        script.create("run_1").await;
        let mut usage = counts(100, 20);
        usage[key] = json!({"cached_tokens": 64});
        let answer = run_object("run_1", "completed", usage);
        script.get("/threads/t/runs/run_1", answer).await;
        let spans = script.caller.shutdown().await;
        let cached = spans.generations()[0].int("gen_ai.usage.cache_read.input_tokens");
        assert_eq!(cached, Some(64), "{key}");
    }
}
