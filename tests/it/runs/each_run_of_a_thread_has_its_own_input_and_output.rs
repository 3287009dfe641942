//! What the first run wrote is input of the second; nothing of the second is told of the first.

use serde_json::{Value, json};

use crate::support::assistants::{
    Caller, INPUT, OUTPUT, Script, counts, list, said, spoken, texts,
};
use crate::support::wire_client::{Wire, id};

#[tokio::test]
async fn on_a_thread_that_was_made_here() {
    let wire = Wire::instant().await;
    let caller = Caller::of(wire.url(""));
    let assistant = id(&caller
        .create("/assistants", json!({"model": "gpt-4o"}))
        .await);
    let thread = id(&caller.create("/threads", json!({})).await);
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
    let told = caller.told().await;
    let (first, second) = (told.agent_of(&runs[0]), told.agent_of(&runs[1]));
    let asked = spoken(&[("user", "3x + 11 = 14")]);
    assert_eq!(texts(first, INPUT), asked);
    let answered = texts(first, OUTPUT);
    assert!(answered[0].1.ends_with("x = 1."), "{answered:?}");
    let expected = [asked, answered, spoken(&[("user", "2x = 8")])].concat();
    assert_eq!(texts(second, INPUT), expected);
    let answered = texts(second, OUTPUT);
    assert_eq!(answered.len(), 1);
    assert!(answered[0].1.ends_with("x = 4."), "{answered:?}");
}

/// The process has not seen the thread's beginning, and everything happens within the server's second.
#[tokio::test]
async fn on_a_thread_of_which_only_the_end_is_known() {
    let script = Script::start().await;
    let ask = async |id: &str, text: &str| {
        let body = json!({"role": "user", "content": text});
        let answer = said(id, None, 0, text);
        script.post("/threads/t/messages", body, answer).await;
    };
    ask("msg_1", "3x + 11 = 14").await;
    script.create("run_1").await;
    script.poll("run_1", "completed", counts(10, 5)).await;
    ask("msg_3", "2x = 8").await;
    script.create("run_2").await;
    script.poll("run_2", "completed", counts(20, 5)).await;
    let known = [
        said("msg_0", None, 0, "Hello"),
        said("msg_1", None, 0, "3x + 11 = 14"),
        said("msg_2", Some("run_1"), 0, "x = 1"),
        said("msg_3", None, 0, "2x = 8"),
        said("msg_4", Some("run_2"), 0, "x = 4"),
    ];
    let newest_first: Vec<Value> = known.iter().rev().cloned().collect();
    script.get("/threads/t/messages", list(newest_first)).await;
    let told = script.caller.told().await;
    let (first, second) = (told.agent_of("run_1"), told.agent_of("run_2"));
    assert_eq!(texts(first, OUTPUT), spoken(&[("assistant", "x = 1")]));
    assert_eq!(texts(second, OUTPUT), spoken(&[("assistant", "x = 4")]));
    let told_before = |run, text: &str| {
        let input = texts(run, INPUT);
        input.iter().any(|(_, said)| said == text)
    };
    assert!(told_before(first, "3x + 11 = 14") && !told_before(first, "2x = 8"));
    assert!(told_before(second, "3x + 11 = 14") && told_before(second, "2x = 8"));
    assert!(!told_before(first, "x = 4") && !told_before(second, "x = 4"));
}
