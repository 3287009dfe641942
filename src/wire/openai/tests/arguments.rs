//! Arguments keep digits, order and spelling, whether a server wraps them in a text or not.

use std::time::Duration;

use super::{EVENTS, JSON, endpoint};
use crate::wire::{
    BodyEnd, Limits, RequestFacts, RequestReader, ResponseFacts, ResponseHead, ResponseReader,
};

const ARGUMENTS: &str = r#"{"z": 1.10, "big": 12345678901234567890123, "a": { "é": [ 2.0 ] }}"#;

const CHAT: &str = "POST /v1/chat/completions";
const RESPONSES: &str = "POST /v1/responses";
const FUNCTION: &str =
    r#"{"id":"c","type":"function","function":{"name":"f","arguments":ARGUMENTS}}"#;
const ITEM: &str = r#"{"type":"function_call","id":"i","call_id":"c","name":"f","status":"completed","arguments":ARGUMENTS}"#;
const BLOCK: &str = r#"{"type":"tool_use","id":"c","name":"f","input":ARGUMENTS}"#;

fn answers() -> Vec<(&'static str, bool, String)> {
    let choice =
        |key: &str, calls: String| format!(r#"{{"choices":[{{"index":0,"{key}":{calls}}}]}}"#);
    let stream = |events: &[String]| -> String {
        events
            .iter()
            .map(|event| format!("data: {event}\n\n"))
            .collect()
    };
    let of_calls = format!(r#"{{"role":"assistant","tool_calls":[{FUNCTION}]}}"#);
    let bare = r#"{"tool_calls":[{"id":"c","name":"f","arguments":ARGUMENTS}]}"#.to_owned();
    let blocks = format!(r#"{{"role":"assistant","content":[{BLOCK}]}}"#);
    let response =
        format!(r#"{{"id":"r","object":"response","status":"completed","output":[{ITEM}]}}"#);
    let item = |kind: &str| {
        format!(r#"{{"type":"response.output_item.{kind}","output_index":0,"item":{ITEM}}}"#)
    };
    vec![
        (CHAT, false, choice("message", of_calls.clone())),
        (CHAT, false, choice("message", bare)),
        (CHAT, false, choice("message", blocks)),
        (CHAT, true, stream(&[choice("delta", of_calls)])),
        (RESPONSES, false, response.clone()),
        (RESPONSES, true, stream(&[item("done")])),
        (
            RESPONSES,
            true,
            stream(&[format!(
                r#"{{"type":"response.completed","response":{response}}}"#
            )]),
        ),
    ]
}

fn written(facts: &ResponseFacts) -> Vec<&str> {
    let calls = facts.tool_calls.iter();
    calls.filter_map(|call| call.arguments.as_deref()).collect()
}

#[test]
fn of_answers_whole_and_streamed() {
    let wrapped = serde_json::Value::from(ARGUMENTS).to_string();
    for (call, is_stream, body) in answers() {
        for arguments in [ARGUMENTS, &wrapped] {
            let body = body.replace("ARGUMENTS", arguments);
            for length in [1, 5, 64, body.len()] {
                let head = ResponseHead {
                    status: 200,
                    content_type: if is_stream { EVENTS } else { JSON },
                    stream_requested: is_stream,
                };
                let mut reader = ResponseReader::new(&endpoint(call), head, Limits::default());
                for piece in body.as_bytes().chunks(length) {
                    reader.push(piece, Duration::ZERO);
                }
                let facts = reader.finish(BodyEnd::Reached);
                assert_eq!(written(&facts), [ARGUMENTS], "{body}");
                let messages = serde_json::to_string(&facts.messages).unwrap();
                assert!(messages.contains(ARGUMENTS), "{messages}");
            }
        }
    }
}

#[test]
fn of_the_history_in_a_request() {
    for (call, body) in [
        (
            CHAT,
            format!(
                r#"{{"model":"m","messages":[{{"role":"assistant","tool_calls":[{FUNCTION}]}}]}}"#
            ),
        ),
        (
            CHAT,
            format!(r#"{{"model":"m","messages":[{{"role":"assistant","content":[{BLOCK}]}}]}}"#),
        ),
        (RESPONSES, format!(r#"{{"model":"m","input":[{ITEM}]}}"#)),
    ] {
        let body = body.replace("ARGUMENTS", ARGUMENTS);
        let endpoint = endpoint(call);
        let mut reader = RequestReader::new(&endpoint, JSON, Limits::default());
        reader.push(body.as_bytes());
        let facts: RequestFacts = reader.finish(&endpoint);
        let messages = serde_json::to_string(&facts.messages).unwrap();
        assert!(messages.contains(ARGUMENTS), "{messages}");
    }
}
