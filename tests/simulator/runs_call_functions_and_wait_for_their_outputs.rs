//! queued → in_progress → requires_action, and from the queue to the end when the outputs are submitted. The
//! usage of the steps adds up to that of the run.
#![expect(
    deprecated,
    reason = "the last release with Assistants marks all of it"
)]

use std::time::Duration;

use async_openai_041::types::assistants::{
    RunObject, RunStatus, RunStepDetailsToolCalls, StepDetails, SubmitToolOutputsRunRequest,
    ToolsOutputs,
};
use serde_json::{Value, json};

use crate::openai_sim::Builder;
use crate::requests::shape;
use crate::simulator::{Wire, function, id, run_path};

const QUESTION: &str = "I need to solve the equation `3x + 11 = 14`. Can you help me?";

fn calls(run: &Value) -> &Vec<Value> {
    let action = &run["required_action"];
    assert_eq!(action["type"], "submit_tool_outputs", "{run}");
    action["submit_tool_outputs"]["tool_calls"]
        .as_array()
        .unwrap()
}

fn outputs(run: &Value, output: &str) -> Value {
    let outputs: Vec<Value> = calls(run)
        .iter()
        .map(|call| json!({"tool_call_id": call["id"], "output": output}))
        .collect();
    json!({"tool_outputs": outputs})
}

fn assert_sums(run: &Value, steps: &[Value]) {
    for name in ["prompt_tokens", "completion_tokens", "total_tokens"] {
        let sum: u64 = steps
            .iter()
            .filter_map(|step| step["usage"][name].as_u64())
            .sum();
        assert!(sum > 0, "{name}");
        assert_eq!(run["usage"][name], sum, "{name}");
    }
    let cached: u64 = steps
        .iter()
        .filter_map(|step| step["usage"]["prompt_token_details"]["cached_tokens"].as_u64())
        .sum();
    assert_eq!(
        run["usage"]["prompt_token_details"]["cached_tokens"],
        cached
    );
}

#[tokio::test]
async fn a_function_is_asked_for_and_its_output_is_in_the_step() {
    let wire = Wire::with_run_duration(Duration::from_millis(60)).await;
    let tools = json!([function("python", "code")]);
    let assistant = wire.assistant_with("gpt-4", tools).await;
    let run = wire.asked(&assistant, QUESTION, json!({})).await;
    assert_eq!(
        (&run["status"], &run["usage"]),
        (&json!("queued"), &Value::Null)
    );

    let run = wire.until(&run, &["requires_action"]).await;
    let fixture = include_str!("../fixtures/run_requires_action.json");
    let mut recorded: Value = serde_json::from_str(fixture).unwrap();
    recorded["tools"] = run["tools"].clone();
    assert_eq!(shape(&run), shape(&recorded));
    let [call] = calls(&run).as_slice() else {
        panic!("not one: {run}")
    };
    let asked = json!({"name": "python", "arguments": "{\"code\":\"(14-11)/3\"}"});
    assert_eq!(
        (&call["type"], &call["function"]),
        (&json!("function"), &asked)
    );
    let steps = wire.steps(&run).await;
    let details = &steps[0]["step_details"]["tool_calls"][0];
    assert_eq!(details["function"]["output"], Value::Null);
    assert_eq!(details["id"], call["id"]);
    assert_eq!(
        (&steps[0]["status"], &steps[0]["usage"], steps.len()),
        (&json!("in_progress"), &Value::Null, 1)
    );

    let path = format!("{}/submit_tool_outputs", run_path(&run));
    let continued = wire.create(&path, outputs(&run, "1.0")).await;
    assert_eq!(continued["status"], "queued");
    assert_eq!(continued["started_at"], run["started_at"]);
    assert_eq!(continued["required_action"], Value::Null);
    let run = wire.until(&run, &["completed"]).await;
    let steps = wire.steps(&run).await;
    let kinds: Vec<_> = steps.iter().map(|step| &step["type"]).collect();
    assert_eq!(kinds, ["tool_calls", "message_creation"]);
    let details = &steps[0]["step_details"]["tool_calls"][0];
    assert_eq!(details["function"]["output"], "1.0");
    assert_sums(&run, &steps);
    let message = &steps[1]["step_details"]["message_creation"]["message_id"];
    let thread = run["thread_id"].as_str().unwrap();
    let messages = format!("/threads/{thread}/messages/{}", message.as_str().unwrap());
    assert_eq!(
        wire.fetch(&messages).await["content"][0]["text"]["value"],
        "Subtract 11 from both sides to get 3x = 3, so x = 1."
    );
}

#[tokio::test]
async fn the_answer_contains_what_the_functions_returned() {
    let wire = Wire::instant().await;
    let tools = json!([
        function("get_time", "city"),
        function("get_weather", "city")
    ]);
    let assistant = wire.assistant_with("gpt-4o", tools).await;
    for (fields, rounds) in [(json!({}), 1), (json!({"parallel_tool_calls": false}), 2)] {
        let question = "What is the weather in Oslo and in Bergen?";
        let run = wire.asked(&assistant, question, fields).await;
        let mut run = wire.until(&run, &["requires_action"]).await;
        for _ in 0..rounds {
            assert_eq!(calls(&run).len(), 2 / rounds, "{run}");
            assert_eq!(calls(&run)[0]["function"]["name"], "get_weather");
            let path = format!("{}/submit_tool_outputs", run_path(&run));
            wire.create(&path, outputs(&run, "4 °C")).await;
            run = wire.until(&run, &["requires_action", "completed"]).await;
        }
        let thread = run["thread_id"].as_str().unwrap();
        let messages = wire.fetch(&format!("/threads/{thread}/messages")).await;
        let output = &messages["data"][0]["content"][0]["text"]["value"];
        assert_eq!(output, "Oslo: 4 °C; Bergen: 4 °C.");
        assert_sums(&run, &wire.steps(&run).await);
    }
}

#[tokio::test]
async fn no_function_is_called_if_the_tool_choice_forbids_it() {
    let wire = Wire::instant().await;
    let tools = json!([function("get_weather", "city"), {"type": "code_interpreter"}]);
    let assistant = wire.assistant_with("gpt-4o", tools).await;
    let none = json!({"tool_choice": "none"});
    let run = wire.asked(&assistant, QUESTION, none).await;
    let run = wire.until(&run, &["requires_action", "completed"]).await;
    assert_eq!(run["status"], "completed");
    assert_eq!(wire.steps(&run).await.len(), 1);
    let forced = json!({"tool_choice": {"type": "function", "function": {"name": "get_weather"}}});
    let run = wire.asked(&assistant, QUESTION, forced).await;
    let run = wire.until(&run, &["requires_action", "completed"]).await;
    assert_eq!(calls(&run)[0]["function"]["name"], "get_weather");
    assert_eq!(wire.steps(&run).await.len(), 1);
}

#[tokio::test]
async fn unexpected_outputs_are_refused() {
    let wire = Wire::instant().await;
    let assistant = wire
        .assistant_with("gpt-4o", json!([function("get_weather", "city")]))
        .await;
    let run = wire.asked(&assistant, "Oslo?", json!({})).await;
    let run = wire.until(&run, &["requires_action"]).await;
    let path = format!("{}/submit_tool_outputs", run_path(&run));
    let call = id(&calls(&run)[0]);
    for (body, expected) in [
        (
            json!({"tool_outputs": []}),
            format!("Expected tool outputs for call_ids ['{call}'], got []"),
        ),
        (
            json!({"tool_outputs": [{"tool_call_id": "call_x", "output": ""}]}),
            format!("Expected tool outputs for call_ids ['{call}'], got ['call_x']"),
        ),
        (
            json!({}),
            "Missing required parameter: 'tool_outputs'.".to_owned(),
        ),
    ] {
        let (status, answer) = wire.post(&path, &body).await;
        assert_eq!(
            (status, answer["error"]["message"].as_str()),
            (400, Some(expected.as_str()))
        );
    }
    wire.create(&path, outputs(&run, "4 °C")).await;
    let (status, answer) = wire.post(&path, &outputs(&run, "4 °C")).await;
    assert_eq!(
        (status, answer["error"]["message"].as_str()),
        (
            400,
            Some("Runs in status \"completed\" do not accept tool outputs.")
        )
    );
}

#[tokio::test]
async fn a_run_that_waits_in_vain_expires() {
    let builder = Builder::default()
        .with_run_duration(Duration::ZERO)
        .with_run_expiry(Duration::from_millis(150));
    let wire = Wire::with(builder).await;
    let assistant = wire
        .assistant_with("gpt-4o", json!([function("get_weather", "city")]))
        .await;
    let run = wire.asked(&assistant, "Oslo?", json!({})).await;
    let waiting = wire.until(&run, &["requires_action", "expired"]).await;
    let run = wire.until(&run, &["expired"]).await;
    assert_eq!(run["usage"], Value::Null);
    assert_eq!(run["required_action"], Value::Null);
    let steps = wire.steps(&run).await;
    assert_eq!((&steps[0]["status"], steps.len()), (&json!("expired"), 1));
    if waiting["status"] == "requires_action" {
        let path = format!("{}/submit_tool_outputs", run_path(&run));
        let (status, answer) = wire.post(&path, &outputs(&waiting, "4 °C")).await;
        assert_eq!(status, 400, "{answer}");
    }
    let thread = run["thread_id"].as_str().unwrap();
    wire.say(thread, "The thread is free again.").await;
}

#[tokio::test]
async fn the_typed_client_goes_through_it_all() {
    let wire = Wire::instant().await;
    let client = wire.typed();
    let assistant = wire
        .assistant_with("gpt-4", json!([function("python", "code")]))
        .await;
    let created = wire.asked(&assistant, QUESTION, json!({})).await;
    let created: RunObject = serde_json::from_value(created).unwrap();
    let threads = client.threads();
    let runs = threads.runs(&created.thread_id);
    let run = runs.retrieve(&created.id).await.unwrap();
    assert_eq!(run.status, RunStatus::RequiresAction);
    let action = run.required_action.unwrap();
    let [call] = action.submit_tool_outputs.tool_calls.as_slice() else {
        panic!("not one")
    };
    assert_eq!(call.function.arguments, r#"{"code":"(14-11)/3"}"#);
    let request = SubmitToolOutputsRunRequest {
        tool_outputs: vec![ToolsOutputs {
            tool_call_id: Some(call.id.clone()),
            output: Some("1.0".to_owned()),
        }],
        stream: None,
    };
    let run = runs.submit_tool_outputs(&run.id, request).await.unwrap();
    assert_eq!(run.status, RunStatus::Queued);
    let run = runs.retrieve(&run.id).await.unwrap();
    assert_eq!(run.status, RunStatus::Completed);
    let steps = runs.steps(&run.id).list().await.unwrap().data;
    let [message, tool] = steps.as_slice() else {
        panic!("not two: {steps:?}")
    };
    let sum =
        message.usage.as_ref().unwrap().total_tokens + tool.usage.as_ref().unwrap().total_tokens;
    assert_eq!(run.usage.unwrap().total_tokens, sum);
    let StepDetails::ToolCalls(details) = &tool.step_details else {
        panic!("{tool:?}")
    };
    let [RunStepDetailsToolCalls::Function(function)] = details.tool_calls.as_slice() else {
        panic!("{details:?}")
    };
    assert_eq!(function.function.output.as_deref(), Some("1.0"));
}
