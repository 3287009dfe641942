//! A chat completion is the same whole and streamed, has the recorded shape, and follows the request:
//! choices, limits, formats, usage.

use async_openai_041::types::chat::{
    ChatCompletionRequestUserMessageArgs, CreateChatCompletionRequest,
    CreateChatCompletionRequestArgs, FinishReason,
};
use serde_json::{Value, json};

use crate::requests::{collect, parsed, shape};
use crate::simulator::{Wire, events};

const QUESTION: &str = "I need to solve the equation `3x + 11 = 14`. Can you help me?";
const ANSWER: &str = "Subtract 11 from both sides to get 3x = 3, so x = 1.";
const PATH: &str = "/chat/completions";

fn request(model: &str, question: &str) -> CreateChatCompletionRequest {
    let user = ChatCompletionRequestUserMessageArgs::default()
        .content(question)
        .build()
        .unwrap();
    CreateChatCompletionRequestArgs::default()
        .model(model)
        .messages([user.into()])
        .build()
        .unwrap()
}

fn body(model: &str, question: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": question}]})
}

/// The chunks of a stream, without the end mark.
async fn chunks(wire: &Wire, mut body: Value) -> Vec<Value> {
    body["stream"] = json!(true);
    let mut events = wire.stream(PATH, &body).await;
    assert_eq!(events.pop().unwrap().data, "[DONE]");
    events.iter().map(crate::simulator::Event::json).collect()
}

fn content(chunks: &[Value], index: usize) -> String {
    chunks
        .iter()
        .flat_map(|chunk| chunk["choices"].as_array().unwrap())
        .filter(|choice| choice["index"] == index)
        .filter_map(|choice| choice["delta"]["content"].as_str())
        .collect()
}

#[tokio::test]
async fn the_typed_client_reads_both() {
    let wire = Wire::instant().await;
    let client = wire.typed();
    let whole = client
        .chat()
        .create(request("gpt-4.1-mini", QUESTION))
        .await
        .unwrap();
    let [choice] = whole.choices.as_slice() else {
        panic!("not one choice: {whole:?}")
    };
    assert_eq!(choice.message.content.as_deref(), Some(ANSWER));
    assert_eq!(choice.finish_reason, Some(FinishReason::Stop));
    assert_eq!(whole.model, "gpt-4.1-mini-2025-04-14");

    let mut asked = request("gpt-4.1-mini", QUESTION);
    asked.stream = Some(true);
    let stream = client.chat().create_stream(asked).await.unwrap();
    let mut text = String::new();
    let mut finish = None;
    for chunk in collect(stream).await {
        let chunk = chunk.unwrap();
        assert_eq!(chunk.usage, None, "nobody asked for it");
        for choice in chunk.choices {
            text.push_str(choice.delta.content.as_deref().unwrap_or_default());
            finish = finish.or(choice.finish_reason);
        }
    }
    assert_eq!((text.as_str(), finish), (ANSWER, Some(FinishReason::Stop)));
}

#[tokio::test]
async fn both_have_the_recorded_shape() {
    let wire = Wire::instant().await;
    let recorded: Value = parsed(include_str!("../fixtures/chat_response.json"));
    let whole = wire.create(PATH, body("gpt-4.1-mini", QUESTION)).await;
    assert_eq!(shape(&whole), shape(&recorded));
    assert_eq!(whole["object"], recorded["object"]);

    let recorded = events(include_str!("../fixtures/chat_stream.sse"));
    let mut asked = body("gpt-4.1-mini", QUESTION);
    asked["stream_options"] = json!({"include_usage": true});
    let chunks = chunks(&wire, asked).await;
    let usage = chunks.len() - 1;
    // The first recorded chunk is padded, which clients can switch off.
    let mut first = recorded[0].json();
    first.as_object_mut().unwrap().remove("obfuscation");
    for (mine, recorded) in [
        (&chunks[0], first),
        (&chunks[1], recorded[1].json()),
        (&chunks[usage - 1], recorded[3].json()),
        (&chunks[usage], recorded[4].json()),
    ] {
        assert_eq!(shape(mine), shape(&recorded));
        assert_eq!(mine["object"], recorded["object"]);
    }
    assert_eq!(
        whole["usage"]["completion_tokens"],
        chunks[usage]["usage"]["completion_tokens"]
    );
}

#[tokio::test]
async fn the_recorded_request_is_answered() {
    let wire = Wire::instant().await;
    let mut recorded: Value = parsed(include_str!("../fixtures/chat_request.json"));
    let answered = content(&chunks(&wire, recorded.clone()).await, 0);
    // Its last message is the result of a tool, and its format is a schema with one string.
    assert_eq!(answered, r#"{"a":"Oslo: 4 °C."}"#);
    recorded["stream"] = json!(false);
    recorded.as_object_mut().unwrap().remove("stream_options");
    let whole = wire.create(PATH, recorded).await;
    assert_eq!(whole["choices"][0]["message"]["content"], answered);
}

#[tokio::test]
async fn choices_differ_and_take_turns() {
    let wire = Wire::instant().await;
    let mut asked = body("gpt-4o", QUESTION);
    asked["n"] = json!(3);
    let whole = wire.create(PATH, asked.clone()).await;
    let chunks = chunks(&wire, asked).await;
    for index in 0..3 {
        let choice = &whole["choices"][index];
        assert_eq!(choice["index"], index);
        assert_eq!(choice["message"]["content"], content(&chunks, index));
    }
    assert_ne!(content(&chunks, 0), content(&chunks, 1));
    assert_eq!(chunks[0]["choices"][0]["index"], 0);
    assert_eq!(chunks[1]["choices"][0]["index"], 1);
}

#[tokio::test]
async fn a_limit_truncates_the_answer_and_a_stop_word_ends_it() {
    let wire = Wire::instant().await;
    let mut asked = body("gpt-4o", QUESTION);
    asked["max_completion_tokens"] = json!(4);
    let cut = wire.create(PATH, asked).await;
    assert_eq!(cut["choices"][0]["finish_reason"], "length");
    assert_eq!(cut["choices"][0]["message"]["content"], "Subtract 11 from");
    assert_eq!(cut["usage"]["completion_tokens"], 4);

    let mut asked = body("gpt-4o", QUESTION);
    asked["stop"] = json!(" to get");
    let stopped = wire.create(PATH, asked).await;
    let choice = &stopped["choices"][0];
    assert_eq!(choice["finish_reason"], "stop");
    assert_eq!(choice["message"]["content"], "Subtract 11 from both sides");
}

#[tokio::test]
async fn a_reasoning_model_spends_tokens_before_it_speaks() {
    let wire = Wire::instant().await;
    let mut asked = body("o4-mini", QUESTION);
    asked["reasoning_effort"] = json!("low");
    let usage = wire.create(PATH, asked.clone()).await["usage"].clone();
    assert_eq!(usage["completion_tokens_details"]["reasoning_tokens"], 32);
    assert!(usage["completion_tokens"].as_u64().unwrap() > 32);

    asked["max_completion_tokens"] = json!(20);
    let spent = wire.create(PATH, asked).await;
    assert_eq!(spent["choices"][0]["message"]["content"], "");
    assert_eq!(spent["choices"][0]["finish_reason"], "length");
    let usage = &spent["usage"];
    assert_eq!(usage["completion_tokens"], 20);
    assert_eq!(usage["completion_tokens_details"]["reasoning_tokens"], 20);
}

#[tokio::test]
async fn a_prompt_read_before_is_cached_as_far_as_it_is_the_same() {
    let wire = Wire::instant().await;
    let mut asked = body("gpt-4o", "Hello, who are you?");
    let cached = |answer: &Value| answer["usage"]["prompt_tokens_details"]["cached_tokens"].clone();
    let first = wire.create(PATH, asked.clone()).await;
    assert_eq!(cached(&first), 0);
    let text = first["choices"][0]["message"]["content"].as_str().unwrap();
    assert_eq!(
        text,
        "You asked \"Hello, who are you?\" in message 1 of our conversation."
    );
    let messages = asked["messages"].as_array_mut().unwrap();
    messages.push(first["choices"][0]["message"].clone());
    messages.push(json!({"role": "user", "content": "And what can you do?"}));
    let second = wire.create(PATH, asked).await;
    assert!(cached(&second).as_u64().unwrap() > 0);
    assert!(cached(&second).as_u64() < second["usage"]["prompt_tokens"].as_u64());
}

#[tokio::test]
async fn formats_are_kept() {
    let wire = Wire::instant().await;
    let mut asked = body("gpt-4o", QUESTION);
    asked["response_format"] = json!({"type": "json_object"});
    let answer = wire.create(PATH, asked.clone()).await;
    let text = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(text).unwrap(),
        json!({"answer": ANSWER})
    );

    let schema = json!({
        "type": "object",
        "properties": {
            "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}},
            "solution": {"type": "number"},
            "kind": {"enum": ["linear", "quadratic"]},
            "sure": {"type": ["boolean", "null"]},
        },
        "$defs": {"step": {"type": "object", "properties": {"text": {"type": "string"}}}},
    });
    asked["response_format"] =
        json!({"type": "json_schema", "json_schema": {"name": "solution", "schema": schema}});
    let answer = wire.create(PATH, asked).await;
    let text = answer["choices"][0]["message"]["content"].as_str().unwrap();
    let expected = json!({
        "steps": [{"text": ANSWER}], "solution": 1.0, "kind": "linear", "sure": true,
    });
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), expected);
}

#[tokio::test]
async fn bad_requests_are_refused_with_the_parameter_at_fault() {
    let wire = Wire::instant().await;
    let with = |name: &str, value: Value| {
        let mut body = body("gpt-4o", "x");
        body[name] = value;
        body
    };
    let lost_result = json!([{"role": "tool", "tool_call_id": "call_1", "content": "x"}]);
    for (body, param) in [
        (json!({"messages": []}), "model"),
        (json!({"model": "gpt-4o"}), "messages"),
        (with("messages", json!([])), "messages"),
        (
            with("messages", json!([{"content": "x"}])),
            "messages[0].role",
        ),
        (
            with("messages", json!([{"role": "king", "content": "x"}])),
            "messages[0].role",
        ),
        (
            with("messages", json!([{"role": "user"}])),
            "messages[0].content",
        ),
        (
            with("messages", json!([{"role": "user", "content": 1}])),
            "messages[0].content",
        ),
        (with("messages", lost_result), "messages[0].role"),
        (with("n", json!(0)), "n"),
        (with("stream", json!("yes")), "stream"),
        (
            with("stream_options", json!({"include_usage": true})),
            "stream_options",
        ),
        (with("tools", json!([{"type": "hammer"}])), "tools[0].type"),
        (
            with("tools", json!([{"type": "function", "function": {}}])),
            "tools[0].function.name",
        ),
        (with("stop", json!(1)), "stop"),
    ] {
        let (status, answer) = wire.post(PATH, &body).await;
        assert_eq!(
            (status, &answer["error"]["param"]),
            (400, &json!(param)),
            "{body}"
        );
    }
}
