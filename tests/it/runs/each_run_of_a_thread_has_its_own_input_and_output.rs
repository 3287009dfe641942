//! The output of the first run is input of the second; nothing of the second is part of the first.

use serde_json::{Value, json};

use crate::support::assistants::{
    Caller, INPUT, OUTPUT, ScriptedCaller, counts, list, message_object, role_texts, texts,
};
use crate::support::simulator::{Wire, id};

#[tokio::test]
async fn on_a_thread_that_was_made_here() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let assistant = caller.assistant(json!({"model": "gpt-4o"})).await;
    let thread = caller.thread().await;
    let messages = format!("/threads/{thread}/messages");
    let mut runs = Vec::new();
    for question in ["3x + 11 = 14", "2x = 8"] {
        let body = json!({"role": "user", "content": question});
        caller.create(&messages, body).await;
        let body = json!({"assistant_id": assistant});
        let run = caller
            .create(&format!("/threads/{thread}/runs"), body)
            .await;
        caller.until_it_stops(&run).await;
        caller.get(&messages).await;
        runs.push(id(&run));
    }
    let spans = caller.shutdown().await;
    let (first, second) = (spans.agent_of(&runs[0]), spans.agent_of(&runs[1]));
    let asked = role_texts(&[("user", "3x + 11 = 14")]);
    assert_eq!(texts(first, INPUT), asked);
    let answered = texts(first, OUTPUT);
    assert!(answered[0].1.ends_with("x = 1."), "{answered:?}");
    let expected = [asked, answered, role_texts(&[("user", "2x = 8")])].concat();
    assert_eq!(texts(second, INPUT), expected);
    let answered = texts(second, OUTPUT);
    assert_eq!(answered.len(), 1);
    assert!(answered[0].1.ends_with("x = 4."), "{answered:?}");
}

/// The process does not know the beginning of the thread, and everything happens within one second, which is
/// the precision of the server's times.
#[tokio::test]
async fn on_a_thread_of_which_only_the_end_is_known() {
    let script = ScriptedCaller::start().await;
    let ask = async |id: &str, text: &str| {
        let body = json!({"role": "user", "content": text});
        let answer = message_object(id, None, 0, text);
        script.post("/threads/t/messages", body, answer).await;
    };
    ask("msg_1", "3x + 11 = 14").await;
    script.create("run_1").await;
    script.poll("run_1", "completed", counts(10, 5)).await;
    ask("msg_3", "2x = 8").await;
    script.create("run_2").await;
    script.poll("run_2", "completed", counts(20, 5)).await;
    let known = [
        message_object("msg_0", None, 0, "Hello"),
        message_object("msg_1", None, 0, "3x + 11 = 14"),
        message_object("msg_2", Some("run_1"), 0, "x = 1"),
        message_object("msg_3", None, 0, "2x = 8"),
        message_object("msg_4", Some("run_2"), 0, "x = 4"),
    ];
    let newest_first: Vec<Value> = known.iter().rev().cloned().collect();
    script.get("/threads/t/messages", list(newest_first)).await;
    let spans = script.caller.shutdown().await;
    let (first, second) = (spans.agent_of("run_1"), spans.agent_of("run_2"));
    assert_eq!(texts(first, OUTPUT), role_texts(&[("assistant", "x = 1")]));
    assert_eq!(texts(second, OUTPUT), role_texts(&[("assistant", "x = 4")]));
    let has_input = |run, text: &str| {
        let input = texts(run, INPUT);
        input.iter().any(|(_, one)| one == text)
    };
    assert!(has_input(first, "3x + 11 = 14") && !has_input(first, "2x = 8"));
    assert!(has_input(second, "3x + 11 = 14") && has_input(second, "2x = 8"));
    assert!(!has_input(first, "x = 4") && !has_input(second, "x = 4"));
}
