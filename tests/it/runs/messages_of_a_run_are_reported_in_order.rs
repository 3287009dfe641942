//! Whichever way they were listed: what was said before the run is its input, what it wrote its output.

use serde_json::{Value, json};

use crate::support::assistants::{
    Caller, INPUT, OUTPUT, Script, counts, list, said, spoken, texts,
};
use crate::support::wire_client::{Wire, id};

/// Oldest first.
fn messages() -> Vec<Value> {
    vec![
        said("msg_0", None, 0, "Hello"),
        said("msg_1", None, 0, "3x + 11 = 14"),
        said("msg_2", Some("run_1"), 1, "Subtract 11."),
        said("msg_3", Some("run_1"), 2, "x = 1"),
    ]
}

async fn told(path: &str, messages: Vec<Value>) {
    let script = Script::start().await;
    script.create("run_1").await;
    script.poll("run_1", "completed", counts(10, 5)).await;
    script.get(path, list(messages)).await;
    let told = script.caller.told().await;
    let (agent, generation) = (told.agent(), told.generations()[0]);
    let input = spoken(&[("user", "Hello"), ("user", "3x + 11 = 14")]);
    let output = spoken(&[("assistant", "Subtract 11."), ("assistant", "x = 1")]);
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
    told("/threads/t/messages", messages).await;
}

#[tokio::test]
async fn oldest_first() {
    told("/threads/t/messages?order=asc&limit=100", messages()).await;
}

#[tokio::test]
async fn a_page_of_older_ones_that_comes_last() {
    let script = Script::start().await;
    let question = said("msg_9", None, 0, "And 5x = 10?");
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
    let told = script.caller.told().await;
    let expected = spoken(&[
        ("user", "Hello"),
        ("user", "3x + 11 = 14"),
        ("assistant", "Subtract 11."),
        ("assistant", "x = 1"),
        ("user", "And 5x = 10?"),
    ]);
    assert_eq!(texts(told.agent(), INPUT), expected);
}

#[tokio::test]
async fn as_they_were_sent_and_not_once_more() {
    let wire = Wire::instant().await;
    let caller = Caller::of(wire.url(""));
    let assistant = id(&caller
        .create("/assistants", json!({"model": "gpt-4o"}))
        .await);
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
    let told = caller.told().await;
    let agent = told.agent();
    let expected = [
        ("assistant", "How can I help?"),
        ("user", "Hello"),
        ("user", "3x + 11 = 14"),
    ];
    assert_eq!(texts(agent, INPUT), spoken(&expected));
    assert_eq!(texts(agent, OUTPUT).len(), 1);
    let instructions = agent.text("gen_ai.system_instructions").unwrap();
    for text in ["Be brief.", "Speak like a pirate."] {
        assert_eq!(instructions.matches(text).count(), 1, "{instructions}");
    }
}
