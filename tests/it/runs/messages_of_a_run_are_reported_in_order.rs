//! However they were listed, messages from before the run are its input, and messages that it wrote are its
//! output.

use serde_json::{Value, json};

use crate::support::assistants::{
    Caller, INPUT, OUTPUT, ScriptedCaller, counts, list, message_object, role_texts, texts,
};
use crate::support::simulator::{Wire, id};

/// The messages of a thread, oldest first.
fn messages() -> Vec<Value> {
    vec![
        message_object("msg_0", None, 0, "Hello"),
        message_object("msg_1", None, 0, "3x + 11 = 14"),
        message_object("msg_2", Some("run_1"), 1, "Subtract 11."),
        message_object("msg_3", Some("run_1"), 2, "x = 1"),
    ]
}

async fn assert_in_order(path: &str, messages: Vec<Value>) {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    script.poll("run_1", "completed", counts(10, 5)).await;
    script.get(path, list(messages)).await;
    let spans = script.caller.shutdown().await;
    let (agent, generation) = (spans.agent(), spans.generations()[0]);
    let input = role_texts(&[("user", "Hello"), ("user", "3x + 11 = 14")]);
    let output = role_texts(&[("assistant", "Subtract 11."), ("assistant", "x = 1")]);
    for span in [agent, generation] {
        assert_eq!(texts(span, INPUT), input, "{path} {}", span.name);
        assert_eq!(texts(span, OUTPUT), output, "{path} {}", span.name);
    }
    let instructions = agent.text("gen_ai.system_instructions").unwrap();
    assert!(instructions.contains("Be brief."), "{instructions}");
}

#[tokio::test]
async fn newest_first() {
    let mut messages = messages();
    messages.reverse();
    assert_in_order("/threads/t/messages", messages).await;
}

#[tokio::test]
async fn oldest_first() {
    assert_in_order("/threads/t/messages?order=asc&limit=100", messages()).await;
}

#[tokio::test]
async fn a_page_of_older_ones_that_comes_last() {
    let script = ScriptedCaller::start().await;
    let question = message_object("msg_9", None, 0, "And 5x = 10?");
    script
        .post(
            "/threads/t/messages",
            json!({"role": "user", "content": "And 5x = 10?"}),
            question.clone(),
        )
        .await;
    let mut page = messages();
    page.push(question);
    page.reverse();
    for message in &mut page[1..] {
        message["created_at"] = json!(message["created_at"].as_u64().unwrap() - 100);
        message["run_id"] = message["run_id"]
            .as_str()
            .map_or(Value::Null, |_| json!("run_0"));
    }
    script.get("/threads/t/messages", list(page)).await;
    script.create("run_1").await;
    script.poll("run_1", "completed", counts(10, 5)).await;
    let spans = script.caller.shutdown().await;
    let expected = role_texts(&[
        ("user", "Hello"),
        ("user", "3x + 11 = 14"),
        ("assistant", "Subtract 11."),
        ("assistant", "x = 1"),
        ("user", "And 5x = 10?"),
    ]);
    assert_eq!(texts(spans.agent(), INPUT), expected);
}

#[tokio::test]
async fn as_they_were_sent_and_not_once_more() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let assistant = caller.assistant(json!({"model": "gpt-4o"})).await;
    let first = json!({"role": "assistant", "content": "How can I help?"});
    let thread = id(&caller
        .create("/threads", json!({"messages": [first]}))
        .await);
    let path = format!("/threads/{thread}/messages");
    caller
        .create(&path, json!({"role": "user", "content": "Hello"}))
        .await;
    caller.get(&path).await;
    let body = json!({"assistant_id": assistant, "instructions": "Be brief.",
        "additional_instructions": "Speak like a pirate.",
        "additional_messages": [{"role": "user", "content": "3x + 11 = 14"}]});
    let run = caller
        .create(&format!("/threads/{thread}/runs"), body)
        .await;
    caller.until_it_stops(&run).await;
    caller.get(&path).await;
    let spans = caller.shutdown().await;
    let agent = spans.agent();
    let expected = [
        ("assistant", "How can I help?"),
        ("user", "Hello"),
        ("user", "3x + 11 = 14"),
    ];
    assert_eq!(texts(agent, INPUT), role_texts(&expected));
    assert_eq!(texts(agent, OUTPUT).len(), 1);
    let instructions = agent.text("gen_ai.system_instructions").unwrap();
    for text in ["Be brief.", "Speak like a pirate."] {
        assert_eq!(instructions.matches(text).count(), 1, "{instructions}");
    }
}
