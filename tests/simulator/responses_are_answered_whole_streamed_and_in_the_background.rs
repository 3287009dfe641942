//! A response is the same whole, streamed and fetched later, and knows the one that it continues.

use std::time::Duration;

use async_openai_041::types::responses::{
    CreateResponse, CreateResponseArgs, OutputItem, ResponseStreamEvent, Status,
};
use serde_json::{Value, json};

use crate::requests::{collect, keys, parsed, shape};
use crate::simulator::{Event, Wire, events, id};
use crate::wait::wait_for_async;

const QUESTION: &str = "I need to solve the equation `3x + 11 = 14`. Can you help me?";
const ANSWER: &str = "Subtract 11 from both sides to get 3x = 3, so x = 1.";
const PATH: &str = "/responses";

fn request(question: &str) -> CreateResponse {
    CreateResponseArgs::default()
        .model("gpt-5-mini")
        .input(question)
        .build()
        .unwrap()
}

fn text(response: &Value) -> &str {
    let output = response["output"].as_array().unwrap();
    let message = output.iter().find(|item| item["type"] == "message");
    message.unwrap()["content"][0]["text"].as_str().unwrap()
}

fn kinds(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|event| event.name.clone().unwrap())
        .collect()
}

#[tokio::test]
async fn the_typed_client_reads_both() {
    let wire = Wire::instant().await;
    let client = wire.typed();
    let whole = client.responses().create(request(QUESTION)).await.unwrap();
    assert_eq!(whole.status, Status::Completed);
    assert_eq!(whole.output_text().as_deref(), Some(ANSWER));
    assert!(matches!(whole.output[0], OutputItem::Reasoning(_)));
    let usage = whole.usage.as_ref().unwrap();
    assert_eq!(usage.output_tokens_details.reasoning_tokens, 64);
    let fetched = client.responses().retrieve(&whole.id).await.unwrap();
    assert_eq!(fetched, whole);

    let mut asked = request(QUESTION);
    asked.stream = Some(true);
    let stream = client.responses().create_stream(asked).await.unwrap();
    let mut text = String::new();
    let mut last = None;
    for event in collect(stream).await {
        match event.unwrap() {
            ResponseStreamEvent::ResponseOutputTextDelta(delta) => text.push_str(&delta.delta),
            ResponseStreamEvent::ResponseCompleted(completed) => last = Some(completed.response),
            _ => {}
        }
    }
    assert_eq!(text, ANSWER);
    let streamed = last.unwrap();
    let again = client.responses().retrieve(&streamed.id).await.unwrap();
    assert_eq!(again, streamed);
}

#[tokio::test]
async fn both_have_the_recorded_shape() {
    let wire = Wire::instant().await;
    let body = json!({"model": "gpt-4.1-mini", "input": QUESTION, "stream": true});
    let mine = wire.stream(PATH, &body).await;
    let theirs = events(include_str!("../fixtures/responses_stream.sse"));
    let mut expected = kinds(&theirs);
    // The recorded server had to wait.
    expected.retain(|kind| kind != "keepalive");
    let mut got = kinds(&mine);
    got.dedup();
    assert_eq!(got, expected);
    for (number, event) in mine.iter().enumerate() {
        let name = event.name.as_deref().unwrap();
        assert!(event.data.starts_with(&format!("{{\"type\":\"{name}\"")));
        let data = event.json();
        assert_eq!(data["sequence_number"], number);
        // The responses in the recording are abridged.
        if data["response"].is_null() {
            let recorded = theirs
                .iter()
                .find(|event| event.name.as_deref() == Some(name));
            assert_eq!(shape(&data), shape(&recorded.unwrap().json()), "{name}");
        }
    }

    let whole = wire
        .create(PATH, json!({"model": "gpt-4.1-mini", "input": QUESTION}))
        .await;
    let theirs = parsed(include_str!("../fixtures/responses_response.json"));
    assert_eq!(keys(&whole), keys(&theirs));
    assert_eq!(shape(&whole["usage"]), shape(&theirs["usage"]));
    let message = &theirs["output"][3];
    assert_eq!(shape(&whole["output"][0]), shape(message));
    let last = mine.last().unwrap().json();
    assert_eq!(keys(&last["response"]), keys(&theirs));
}

#[tokio::test]
async fn the_recorded_request_is_answered() {
    let wire = Wire::instant().await;
    let mut body = parsed(include_str!("../fixtures/responses_request.json"));
    let (status, error) = wire.post(PATH, &body).await;
    assert_eq!(
        (status, &error["error"]["code"]),
        (400, &json!("previous_response_not_found"))
    );
    body["previous_response_id"] = Value::Null;
    let response = wire.create(PATH, body.clone()).await;
    assert_eq!(text(&response), "Oslo: 4 C.");
    for name in [
        "instructions",
        "max_output_tokens",
        "metadata",
        "prompt",
        "reasoning",
        "text",
    ] {
        assert_eq!(response[name], body[name], "{name}");
    }
    let items = wire
        .fetch(&format!("{PATH}/{}/input_items?order=asc", id(&response)))
        .await;
    assert_eq!(items["data"][0]["content"], body["input"][0]["content"]);
    assert_eq!(items["data"][2]["output"], "4 C");
}

#[tokio::test]
async fn a_limit_makes_it_incomplete() {
    let wire = Wire::instant().await;
    let body = json!({"model": "gpt-4.1", "input": QUESTION, "max_output_tokens": 4});
    let cut = wire.create(PATH, body.clone()).await;
    let theirs = parsed(include_str!("../fixtures/responses_incomplete.json"));
    assert_eq!(cut["status"], theirs["status"]);
    assert_eq!(cut["incomplete_details"], theirs["incomplete_details"]);
    assert_eq!(cut["usage"]["output_tokens"], 4);
    assert_eq!(text(&cut), "Subtract 11 from");
    let mut streamed = body;
    streamed["stream"] = json!(true);
    let events = wire.stream(PATH, &streamed).await;
    assert_eq!(
        events.last().unwrap().name.as_deref(),
        Some("response.incomplete")
    );
}

#[tokio::test]
async fn earlier_messages_are_remembered() {
    let wire = Wire::instant().await;
    let first = wire
        .create(PATH, json!({"model": "gpt-4.1", "input": "Hello there"}))
        .await;
    assert_eq!(
        text(&first),
        "You said \"Hello there\" in message 1 of our conversation."
    );
    let body = json!({
        "model": "gpt-4.1", "input": "Still there", "previous_response_id": id(&first),
    });
    let second = wire.create(PATH, body.clone()).await;
    assert_eq!(second["previous_response_id"], id(&first));
    assert!(text(&second).contains("in message 2"));
    assert!(
        second["usage"]["input_tokens_details"]["cached_tokens"]
            .as_u64()
            .unwrap()
            > 0
    );

    let path = format!("{PATH}/{}", id(&first));
    let gone = json!({"id": id(&first), "object": "response", "deleted": true});
    assert_eq!(wire.delete(&path).await, (200, gone));
    assert_eq!(wire.get(&path).await.0, 404);
    assert_eq!(wire.post(PATH, &body).await.0, 400);

    let unkept = json!({"model": "gpt-4.1", "input": "Hello", "store": false});
    let unkept = wire.create(PATH, unkept).await;
    assert_eq!(wire.get(&format!("{PATH}/{}", id(&unkept))).await.0, 404);
}

#[tokio::test]
async fn functions_are_called_and_their_outputs_read() {
    let wire = Wire::instant().await;
    let tools = json!([{"type": "function", "name": "get_weather", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
    }}, {"type": "web_search"}]);
    let body = json!({
        "model": "gpt-4.1", "tools": tools, "input": "What is the weather in Oslo and Bergen?",
    });
    let request: CreateResponse = serde_json::from_value(body.clone()).unwrap();
    let asked = wire.typed().responses().create(request).await.unwrap();
    let mut outputs = Vec::new();
    for (item, (city, output)) in asked
        .output
        .iter()
        .zip([("Oslo", "4 °C"), ("Bergen", "7 °C")])
    {
        let OutputItem::FunctionCall(call) = item else {
            panic!("not a call: {item:?}")
        };
        assert_eq!(call.name, "get_weather");
        assert_eq!(call.arguments, json!({"city": city}).to_string());
        outputs.push(json!({
            "type": "function_call_output", "call_id": call.call_id, "output": output,
        }));
    }
    assert_eq!(outputs.len(), 2);
    let answer = json!({
        "model": "gpt-4.1", "tools": tools, "input": outputs, "previous_response_id": asked.id,
    });
    assert_eq!(
        text(&wire.create(PATH, answer).await),
        "Oslo: 4 °C; Bergen: 7 °C."
    );

    let mut body = body;
    body["stream"] = json!(true);
    let events = wire.stream(PATH, &body).await;
    let streamed: String = events
        .iter()
        .filter(|event| {
            event.name.as_deref() == Some("response.function_call_arguments.delta")
                && event.json()["output_index"] == 1
        })
        .map(|event| event.json()["delta"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(streamed, json!({"city": "Bergen"}).to_string());
    let request: CreateResponse = serde_json::from_value(body).unwrap();
    let stream = wire
        .typed()
        .responses()
        .create_stream(request)
        .await
        .unwrap();
    for event in collect(stream).await {
        event.unwrap();
    }
}

#[tokio::test]
async fn background_responses_are_polled() {
    let wire = Wire::with_run_duration(Duration::from_millis(240)).await;
    let client = wire.typed();
    let mut asked = request(QUESTION);
    asked.background = Some(true);
    let mut response = client.responses().create(asked).await.unwrap();
    assert_eq!(
        (&response.status, &response.usage),
        (&Status::Queued, &None)
    );
    let mut seen = Vec::new();
    wait_for_async(async || {
        response = client.responses().retrieve(&response.id).await.unwrap();
        seen.push(response.status.clone());
        (response.status == Status::Completed).then_some(())
    })
    .await;
    assert!(seen.contains(&Status::InProgress), "{seen:?}");
    assert_eq!(response.output_text().as_deref(), Some(ANSWER));
    assert!(response.usage.is_some());
    let (status, error) = wire
        .post(&format!("{PATH}/{}/cancel", response.id), &json!({}))
        .await;
    assert_eq!(status, 400, "{error}");
}

#[tokio::test]
async fn background_responses_can_be_cancelled_and_others_cannot() {
    let wire = Wire::endless().await;
    let client = wire.typed();
    let mut asked = request(QUESTION);
    asked.background = Some(true);
    let response = client.responses().create(asked).await.unwrap();
    let cancelled = client.responses().cancel(&response.id).await.unwrap();
    assert_eq!(
        (&cancelled.status, &cancelled.usage),
        (&Status::Cancelled, &None)
    );
    let fetched = client.responses().retrieve(&response.id).await.unwrap();
    assert_eq!(fetched, cancelled);
    let again = client.responses().cancel(&response.id).await.unwrap();
    assert_eq!(again, cancelled);
    let synchronous = client.responses().create(request(QUESTION)).await.unwrap();
    assert!(client.responses().cancel(&synchronous.id).await.is_err());
}

#[tokio::test]
async fn a_stream_can_be_taken_up_again() {
    let wire = Wire::instant().await;
    let body = json!({"model": "o4-mini", "input": QUESTION, "stream": true,
        "background": true, "reasoning": {"summary": "auto"}});
    let all = wire.stream(PATH, &body).await;
    assert_eq!(all[1].name.as_deref(), Some("response.queued"));
    let response = id(&all[0].json()["response"]);
    for after in [None, Some(0), Some(7)] {
        let after_query = after.map(|after: usize| format!("&starting_after={after}"));
        let path = format!(
            "{PATH}/{response}?stream=true{}",
            after_query.unwrap_or_default()
        );
        let request = wire.request(reqwest::Method::GET, &path);
        let text = request.send().await.unwrap().text().await.unwrap();
        assert_eq!(events(&text), all[after.map_or(0, |after| after + 1)..]);
    }
    let summed: String = all
        .iter()
        .filter(|event| event.name.as_deref() == Some("response.reasoning_summary_text.delta"))
        .map(|event| event.json()["delta"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(summed, "**Thinking** about what was asked.");
    let stream = wire
        .typed()
        .responses()
        .retrieve_stream(&response)
        .await
        .unwrap();
    for event in collect(stream).await {
        // The typed client of this version has no name for the queue.
        if let Err(error) = event {
            assert!(error.to_string().contains("response.queued"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_conversation_is_compacted_and_counted() {
    let wire = Wire::instant().await;
    let first = wire
        .create(PATH, json!({"model": "gpt-4.1", "input": "Hello there"}))
        .await;
    let body = json!({"model": "gpt-4.1", "previous_response_id": id(&first)});
    let compacted = wire.create("/responses/compact", body.clone()).await;
    assert_eq!(compacted["object"], "response.compaction");
    assert_eq!(compacted["output"][0]["role"], "user");
    assert_eq!(compacted["output"][1]["type"], "compaction");
    assert_eq!(shape(&compacted["usage"]), shape(&first["usage"]));
    let next = json!({"model": "gpt-4.1", "input": compacted["output"]});
    wire.create(PATH, next.clone()).await;

    let counted = wire.create("/responses/input_tokens", next.clone()).await;
    assert_eq!(counted["object"], "response.input_tokens");
    let used = wire.create(PATH, next).await;
    assert_eq!(counted["input_tokens"], used["usage"]["input_tokens"]);
}

#[tokio::test]
async fn bad_requests_are_refused_with_the_parameter_at_fault() {
    let wire = Wire::instant().await;
    let model = |mut body: Value| {
        body["model"] = json!("gpt-4.1");
        body
    };
    for (body, param) in [
        (json!({"input": "x"}), json!("model")),
        (model(json!({"input": 3})), json!("input")),
        (model(json!({"input": [3]})), json!("input[0]")),
        (
            model(json!({"input": [{"role": "king", "content": ""}]})),
            json!("input[0].role"),
        ),
        (
            model(json!({"input": [{"role": "user"}]})),
            json!("input[0].content"),
        ),
        (
            model(json!({"background": true, "store": false})),
            json!("store"),
        ),
        (model(json!({"conversation": 3})), json!("conversation")),
        (
            model(json!({"conversation": "c", "previous_response_id": "r"})),
            Value::Null,
        ),
        (
            model(json!({"tools": [{"name": "x"}]})),
            json!("tools[0].type"),
        ),
    ] {
        let (status, answer) = wire.post(PATH, &body).await;
        assert_eq!((status, &answer["error"]["param"]), (400, &param), "{body}");
    }
    assert_eq!(
        wire.post(PATH, &model(json!({"conversation": "conv_x"})))
            .await
            .0,
        404
    );
    assert_eq!(wire.get("/responses/resp_x").await.0, 404);
    assert_eq!(wire.get("/responses/resp_x/input_items").await.0, 404);
}
