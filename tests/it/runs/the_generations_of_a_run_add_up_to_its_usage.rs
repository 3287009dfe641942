//! Once, whenever its steps are seen: before its end, after, twice or never, and also where the server's
//! own numbers contradict each other.

use serde_json::{Value, json};

use crate::support::assistants::{
    OUTPUT, Script, Told, counts, run_object, said, texts, using, writing,
};

fn steps() -> Vec<Value> {
    let call = json!([{"id": "call_1", "type": "code_interpreter",
        "code_interpreter": {"input": "print(1)", "outputs": [{"type": "logs", "logs": "1"}]}}]);
    vec![
        using("step_1", "run_1", 1, call, counts(60, 12)),
        writing("step_2", "run_1", 5, "msg_1", counts(40, 8)),
    ]
}

fn answer() -> Vec<Value> {
    vec![said("msg_1", Some("run_1"), 5, "x = 1")]
}

fn assert_whole(told: &Told) {
    assert_eq!(told.usage(), (100, 20), "{:?}", told.names());
    told.counts_only_where_models_work();
    let agent = told.agent();
    assert_eq!(texts(agent, OUTPUT).len(), 1);
    let below = told.below(agent);
    let tools = told.tools();
    assert_eq!(tools.len(), 1);
    assert_eq!(below.len(), told.0.len() - 1);
}

#[tokio::test]
async fn seen_before_its_end() {
    let script = Script::start().await;
    script.create("run_1").await;
    script.steps("run_1", steps()).await;
    script.messages(answer()).await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    let told = script.caller.flushed().await;
    assert_whole(&told);
    assert_eq!(told.generations().len(), 2);
}

#[tokio::test]
async fn seen_after_its_end() {
    let script = Script::start().await;
    script.create("run_1").await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    script.messages(answer()).await;
    script.steps("run_1", steps()).await;
    let told = script.caller.flushed().await;
    assert_whole(&told);
    let of_step = |step: &str| {
        let generations = told.generations().into_iter();
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
    let script = Script::start().await;
    script.create("run_1").await;
    for _ in 0..3 {
        script.steps("run_1", steps()).await;
        script.messages(answer()).await;
        script.poll("run_1", "completed", counts(100, 20)).await;
        script.caller.flushed().await;
    }
    assert_whole(&script.caller.told().await);
}

#[tokio::test]
async fn seen_by_nobody() {
    let script = Script::start().await;
    script.create("run_1").await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    script.messages(answer()).await;
    let told = script.caller.told().await;
    assert_eq!((told.usage(), told.generations().len()), ((100, 20), 1));
    let generation = told.generations()[0];
    assert_eq!(texts(generation, OUTPUT), texts(told.agent(), OUTPUT));
    let agent = told.agent();
    assert_eq!((generation.start, generation.end), (agent.start, agent.end));
}

#[tokio::test]
async fn seen_when_the_run_had_been_told() {
    let script = Script::start().await;
    script.create("run_1").await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    script.caller.flushed().await;
    script.steps("run_1", steps()).await;
    script.steps("run_1", steps()).await;
    let told = script.caller.told().await;
    assert_eq!((told.usage(), told.generations().len()), ((100, 20), 1));
    // What the tool did is news, what its model counted is not.
    assert_eq!(told.tools().len(), 1);
    assert_eq!(told.tools()[0].parent_span_id, told.agent().span_id);
}

#[tokio::test]
async fn some_of_them_never_seen() {
    let script = Script::start().await;
    script.create("run_1").await;
    script.steps("run_1", vec![steps().remove(0)]).await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    script.messages(answer()).await;
    let told = script.caller.told().await;
    assert_whole(&told);
    assert_eq!(told.generations().len(), 2);
}

#[tokio::test]
async fn that_count_more_than_their_run() {
    let script = Script::start().await;
    script.create("run_1").await;
    let step = writing("step_1", "run_1", 1, "msg_1", counts(500, 1));
    script.steps("run_1", vec![step]).await;
    script.poll("run_1", "completed", counts(100, 20)).await;
    let told = script.caller.told().await;
    assert_eq!(told.usage(), (100, 20));
}

#[tokio::test]
async fn of_a_run_that_counts_nothing() {
    let script = Script::start().await;
    script.create("run_1").await;
    let mut step = steps().remove(1);
    step["usage"] = Value::Null;
    script.steps("run_1", vec![step]).await;
    script.poll("run_1", "completed", Value::Null).await;
    let told = script.caller.told().await;
    assert_eq!(told.generations().len(), 1);
    assert_eq!(told.generations()[0].int("gen_ai.usage.input_tokens"), None);
}

#[tokio::test]
async fn with_what_was_cached_under_either_spelling() {
    for key in ["prompt_token_details", "prompt_tokens_details"] {
        let script = Script::start().await;
        script.create("run_1").await;
        let mut usage = counts(100, 20);
        usage[key] = json!({"cached_tokens": 64});
        let answer = run_object("run_1", "completed", usage);
        script.get("/threads/t/runs/run_1", answer).await;
        let told = script.caller.told().await;
        let cached = told.generations()[0].int("gen_ai.usage.cache_read.input_tokens");
        assert_eq!(cached, Some(64), "{key}");
    }
}
