//! From when the call is first seen until the request that submits its output. There is none if the program
//! makes a span itself, or if derived tools are switched off.

use serde_json::{Value, json};
use tracing_genai::observation;

use crate::support::assistants::{Caller, ScriptedCaller, counts, run_object, tool_step};
use crate::support::simulator::{Wire, function, run_path};
use crate::support::{WORK, take_time};

/// A run that calls a function, and the id of the call.
async fn asking(caller: &Caller) -> (Value, String) {
    let body = json!({"model": "gpt-4o", "tools": [function("get_weather", "city")]});
    let assistant = caller.assistant(body).await;
    let body = json!({"assistant_id": assistant, "thread": {"messages": [
        {"role": "user", "content": "What is the weather in Oslo?"}]}});
    let run = caller.create("/threads/runs", body).await;
    let run = caller.until_it_stops(&run).await;
    let calls = &run["required_action"]["submit_tool_outputs"]["tool_calls"];
    let call = calls[0]["id"].as_str().unwrap().to_owned();
    (run, call)
}

async fn answer(caller: &Caller, run: &Value, call: &str) -> Value {
    let outputs = json!({"tool_outputs": [{"tool_call_id": call, "output": "4 °C"}]});
    caller
        .create(&format!("{}/submit_tool_outputs", run_path(run)), outputs)
        .await;
    caller.until_it_stops(run).await
}

#[tokio::test]
async fn as_long_as_the_function_takes() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let (run, call) = asking(&caller).await;
    take_time().await;
    answer(&caller, &run, &call).await;
    let spans = caller.shutdown().await;
    let [tool] = spans.tools()[..] else {
        panic!("{:?}", spans.names());
    };
    assert_eq!(tool.name, "execute_tool get_weather");
    assert_eq!(tool.kind, "INTERNAL");
    assert_eq!(tool.parent_span_id, spans.agent().span_id);
    assert!(tool.end - tool.start >= WORK.as_nanos() as u64);
    let text = |key: &str| tool.text(key);
    assert_eq!(text("gen_ai.tool.name"), Some("get_weather"));
    assert_eq!(text("gen_ai.tool.type"), Some("function"));
    assert_eq!(text("gen_ai.tool.call.id"), Some(call.as_str()));
    assert_eq!(text("gen_ai.tool.call.result"), Some("4 °C"));
    let arguments = text("gen_ai.tool.call.arguments").unwrap();
    assert_eq!(arguments, r#"{"city":"Oslo"}"#);
    assert_eq!(
        tool.attributes["tracing_genai.derived"],
        tracing_genai::testing::Value::Bool(true)
    );
}

#[tokio::test]
async fn also_where_its_steps_are_seen() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let (run, call) = asking(&caller).await;
    caller.get(&format!("{}/steps", run_path(&run))).await;
    take_time().await;
    let run = answer(&caller, &run, &call).await;
    caller.get(&format!("{}/steps", run_path(&run))).await;
    let spans = caller.shutdown().await;
    assert_eq!(spans.tools().len(), 1);
    assert_eq!(
        spans.tools()[0].text("gen_ai.tool.call.result"),
        Some("4 °C")
    );
    assert!(spans.tools()[0].end - spans.tools()[0].start >= WORK.as_nanos() as u64);
    assert_eq!(spans.generations().len(), 2);
    let asks = spans.below(spans.agent())[0];
    assert!(
        asks.text("gen_ai.output.messages")
            .unwrap()
            .contains("get_weather")
    );
    // The model waits while the function runs.
    assert!(asks.end <= spans.tools()[0].start);
}

#[tokio::test]
async fn unless_the_program_makes_a_span_itself() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let (run, call) = asking(&caller).await;
    observation::tool("by hand")
        .with_tool_call_id(call.as_str())
        .start();
    answer(&caller, &run, &call).await;
    let spans = caller.shutdown().await;
    assert_eq!(spans.tools().len(), 1);
    assert!(spans.tools()[0].name.ends_with("by hand"));
}

#[tokio::test]
async fn unless_a_function_has_the_id_as_a_field() {
    #[tracing::instrument(skip_all, fields(gen_ai.tool.call.id = %id))]
    fn get_weather(id: &str) {}

    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let (run, call) = asking(&caller).await;
    get_weather(&call);
    answer(&caller, &run, &call).await;
    let spans = caller.shutdown().await;
    assert_eq!(spans.tools(), [] as [&_; 0]);
    assert!(spans.names().contains(&"get_weather"));
}

#[tokio::test]
async fn although_nobody_has_answered_it() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    asking(&caller).await;
    let spans = caller.shutdown().await;
    assert_eq!(spans.tools().len(), 1);
    assert_eq!(spans.tools()[0].text("gen_ai.tool.call.result"), None);
}

#[tokio::test]
async fn once_for_each_call_of_several_requests() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}});
    for id in ["call_1", "call_2"] {
        let mut run = run_object("run_1", "requires_action", Value::Null);
        run["required_action"] = json!({"type": "submit_tool_outputs",
            "submit_tool_outputs": {"tool_calls": [call(id)]}});
        for _ in 0..3 {
            script.get("/threads/t/runs/run_1", run.clone()).await;
        }
        let outputs = json!({"tool_outputs": [{"tool_call_id": id, "output": format!("of {id}")}]});
        let queued = run_object("run_1", "queued", Value::Null);
        let path = "/threads/t/runs/run_1/submit_tool_outputs";
        script.post(path, outputs, queued).await;
    }
    script.poll("run_1", "completed", counts(10, 5)).await;
    let mut calls = json!([call("call_1"), call("call_2")]);
    calls[0]["function"]["output"] = json!("of call_1");
    let step = tool_step("step_1", "run_1", 1, calls, counts(10, 5));
    script.steps("run_1", vec![step.clone()]).await;
    script.caller.flush().await;
    script.steps("run_1", vec![step]).await;
    let spans = script.caller.shutdown().await;
    let mut results: Vec<_> = spans
        .tools()
        .iter()
        .map(|tool| tool.text("gen_ai.tool.call.result"))
        .collect();
    results.sort_unstable();
    assert_eq!(results, [Some("of call_1"), Some("of call_2")]);
    assert_eq!(spans.usage(), (10, 5));
}
