//! A model calls the tool that fits the question, once for each city, and answers when it has the results.

use async_openai_041::types::chat::{
    ChatCompletionMessageToolCalls, CreateChatCompletionRequest, FinishReason,
};
use serde_json::{Value, json};

use crate::requests::{collect, parsed, shape};
use crate::simulator::{Event, Wire};

const PATH: &str = "/chat/completions";
const QUESTION: &str = "What is the weather in Oslo and in Bergen?";

fn weather() -> Value {
    json!({"type": "function", "function": {"name": "get_weather", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
    }}})
}

fn body(question: &str) -> Value {
    json!({
        "model": "gpt-4o", "tools": [weather()],
        "messages": [{"role": "user", "content": question}],
    })
}

fn arguments(answer: &Value) -> Vec<Value> {
    let calls = answer["choices"][0]["message"]["tool_calls"].as_array();
    calls
        .into_iter()
        .flatten()
        .map(|call| serde_json::from_str(call["function"]["arguments"].as_str().unwrap()).unwrap())
        .collect()
}

#[tokio::test]
async fn the_round_trip_of_the_typed_client() {
    let wire = Wire::instant().await;
    let client = wire.typed();
    let mut body = body(QUESTION);
    let request: CreateChatCompletionRequest = serde_json::from_value(body.clone()).unwrap();
    let asked = client.chat().create(request).await.unwrap();
    let choice = &asked.choices[0];
    assert_eq!(choice.finish_reason, Some(FinishReason::ToolCalls));
    assert_eq!(choice.message.content, None);
    let calls = choice.message.tool_calls.as_deref().unwrap();
    let messages = body["messages"].as_array_mut().unwrap();
    messages.push(json!({"role": "assistant", "tool_calls": calls}));
    for (call, (city, output)) in calls.iter().zip([("Oslo", "4 °C"), ("Bergen", "7 °C")]) {
        let ChatCompletionMessageToolCalls::Function(call) = call else {
            panic!("not a function: {call:?}")
        };
        assert_eq!(call.function.name, "get_weather");
        assert_eq!(call.function.arguments, json!({"city": city}).to_string());
        messages.push(json!({"role": "tool", "tool_call_id": call.id, "content": output}));
    }
    let request: CreateChatCompletionRequest = serde_json::from_value(body).unwrap();
    let answer = client.chat().create(request).await.unwrap();
    let text = answer.choices[0].message.content.as_deref();
    assert_eq!(text, Some("Oslo: 4 °C; Bergen: 7 °C."));
}

#[tokio::test]
async fn streamed_calls_come_in_pieces() {
    let wire = Wire::instant().await;
    let client = wire.typed();
    let mut body = body(QUESTION);
    body["stream"] = json!(true);
    let request: CreateChatCompletionRequest = serde_json::from_value(body).unwrap();
    let stream = client.chat().create_stream(request).await.unwrap();
    let mut calls = vec![(String::new(), String::new(), String::new()); 2];
    let mut pieces = 0;
    for chunk in collect(stream).await {
        for choice in chunk.unwrap().choices {
            for part in choice.delta.tool_calls.unwrap_or_default() {
                let call = &mut calls[usize::try_from(part.index).unwrap()];
                call.0.push_str(part.id.as_deref().unwrap_or_default());
                let function = part.function.unwrap();
                call.1
                    .push_str(function.name.as_deref().unwrap_or_default());
                call.2
                    .push_str(function.arguments.as_deref().unwrap_or_default());
                pieces += 1;
            }
        }
    }
    assert!(pieces > 4, "{pieces}");
    for (call, city) in calls.iter().zip(["Oslo", "Bergen"]) {
        assert!(call.0.starts_with("call_"));
        assert_eq!(call.1, "get_weather");
        assert_eq!(call.2, json!({"city": city}).to_string());
    }
}

#[tokio::test]
async fn what_is_asked_decides_which_tool_is_called() {
    let wire = Wire::instant().await;
    let time = json!({"type": "function", "function": {"name": "get_time", "parameters": {
        "type": "object", "properties": {"location": {"type": "string"}},
    }}});
    let multiply = json!({"type": "function", "function": {"name": "multiply", "parameters": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
    }}});
    for (question, name, expected) in [
        (
            "What time is it in Tokyo?",
            "get_time",
            json!({"location": "Tokyo"}),
        ),
        (
            "And the weather in paris?",
            "get_weather",
            json!({"city": "Paris"}),
        ),
        (
            "Tell me about Rome.",
            "get_weather",
            json!({"city": "Rome"}),
        ),
        (
            "Please multiply 6 by 7.",
            "multiply",
            json!({"a": 6, "b": 7}),
        ),
    ] {
        let mut body = body(question);
        body["tools"] = json!([weather(), time, multiply]);
        let answer = wire.create(PATH, body).await;
        assert_eq!(arguments(&answer), [expected], "{question}");
        let call = &answer["choices"][0]["message"]["tool_calls"][0];
        assert_eq!(call["function"]["name"], name);
    }
    let answer = wire.create(PATH, body("Solve 3x + 11 = 14")).await;
    assert_eq!(arguments(&answer), [json!(null); 0]);
}

#[tokio::test]
async fn the_choice_of_tools_is_obeyed() {
    let wire = Wire::instant().await;
    let named = json!({"type": "function", "function": {"name": "get_weather"}});
    for (choice, question, calls) in [
        (json!("none"), QUESTION, 0),
        (json!("auto"), "Hello!", 0),
        (json!("required"), "Hello!", 1),
        (named, "Hello!", 1),
    ] {
        let mut body = body(question);
        body["tool_choice"] = choice;
        let answer = wire.create(PATH, body).await;
        assert_eq!(arguments(&answer).len(), calls, "{answer}");
    }
    let mut body = body(QUESTION);
    body["parallel_tool_calls"] = json!(false);
    let answer = wire.create(PATH, body).await;
    assert_eq!(arguments(&answer), [json!({"city": "Oslo"})]);
}

#[tokio::test]
async fn custom_tools_take_text_and_old_functions_have_their_own_fields() {
    let wire = Wire::instant().await;
    let mut custom = body("Run this sql: select 1");
    custom["tools"] = json!([{"type": "custom", "custom": {"name": "sql"}}]);
    let answer = wire.create(PATH, custom).await;
    let call = &answer["choices"][0]["message"]["tool_calls"][0];
    let recorded: Value = parsed(include_str!("../fixtures/chat_response_tools_n2.json"));
    let recorded = &recorded["choices"][0]["message"]["tool_calls"][1];
    assert_eq!(shape(call), shape(recorded));
    assert_eq!(call["custom"]["input"], "Run this sql: select 1");

    let mut old = body(QUESTION);
    old["functions"] = json!([weather()["function"]]);
    old.as_object_mut().unwrap().remove("tools");
    let answer = wire.create(PATH, old.clone()).await;
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "function_call");
    let expected = json!({"name": "get_weather", "arguments": "{\"city\":\"Oslo\"}"});
    assert_eq!(choice["message"]["function_call"], expected);
    old["stream"] = json!(true);
    let events = wire.stream(PATH, &old).await;
    let chunks = events.iter().filter(|event| event.data != "[DONE]");
    let streamed: String = chunks
        .map(Event::json)
        .filter_map(|chunk| {
            let call = &chunk["choices"][0]["delta"]["function_call"];
            call["arguments"].as_str().map(str::to_owned)
        })
        .collect();
    assert_eq!(streamed, "{\"city\":\"Oslo\"}");
}
