//! What vendors do to the chunks of a chat.
//!
//! Contract: pure edits of a stream as the simulator makes it, in which a chunk has one choice
//! or, for usage, none.

use serde_json::{Value, json};

use super::super::stream::{Event, Streamed};
use super::super::tokens;

/// What a model that shows its thinking thinks.
pub(super) const THOUGHT: &str = "The user wants an answer. I give a short one.";

pub(super) fn is_chat(stream: &Streamed) -> bool {
    stream.events.iter().any(|event| match event {
        Event::Data(data) => data["object"] == "chat.completion.chunk",
        _ => false,
    })
}

/// All chunks.
pub(super) fn each(stream: &mut Streamed) -> impl Iterator<Item = &mut Value> {
    stream.events.iter_mut().filter_map(Event::data_mut)
}

/// The choices of a chunk or of a completion.
pub(super) fn choices(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    let choices = value.get_mut("choices").and_then(Value::as_array_mut);
    choices.into_iter().flatten()
}

/// The calls in a choice, of its message or its delta.
pub(super) fn calls(choice: &mut Value) -> impl Iterator<Item = &mut Value> {
    let place = if choice["delta"].is_object() {
        "delta"
    } else {
        "message"
    };
    choice[place]
        .as_object_mut()
        .and_then(|place| place.get_mut("tool_calls"))
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

pub(super) fn remove(value: &mut Value, name: &str) {
    if let Some(fields) = value.as_object_mut() {
        fields.remove(name);
    }
}

/// A chunk like the others with one choice that brings `delta`.
pub(super) fn chunk(stream: &Streamed, delta: &Value) -> Value {
    let first = stream.events.iter().find_map(|event| match event {
        Event::Data(data) => Some(data.clone()),
        _ => None,
    });
    let mut chunk = first.unwrap_or_default();
    remove(&mut chunk, "usage");
    chunk["choices"] =
        json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": null}]);
    chunk
}

fn finishes(data: &Value) -> bool {
    !data["choices"][0]["finish_reason"].is_null()
}

fn is_usage(event: &Event) -> bool {
    match event {
        Event::Data(data) => data["choices"].as_array().is_some_and(Vec::is_empty),
        _ => false,
    }
}

/// Takes the chunk of usage out; whether it was there.
pub(super) fn take_usage(stream: &mut Streamed) -> bool {
    let before = stream.events.len();
    stream.events.retain(|event| !is_usage(event));
    for chunk in each(stream) {
        remove(chunk, "usage");
    }
    stream.events.len() < before
}

/// The chunk that finishes the last choice.
pub(super) fn last(stream: &mut Streamed) -> Option<&mut Value> {
    let chunks = stream.events.iter_mut().rev().filter_map(Event::data_mut);
    chunks.into_iter().find(|data| finishes(data))
}

/// Puts thinking before the answer, in pieces made by `delta`.
pub(super) fn think(stream: &mut Streamed, delta: impl Fn(&str) -> Value) {
    let thoughts: Vec<Event> = tokens::pieces(THOUGHT)
        .into_iter()
        .map(|piece| Event::Data(chunk(stream, &delta(piece))))
        .collect();
    stream.events.splice(1..1, thoughts);
}

/// Puts `comment` before the stream and behind its second chunk.
pub(super) fn comment(stream: &mut Streamed, comment: &'static str) {
    let middle = stream.events.len().min(2);
    stream.events.insert(middle, Event::Comment(comment));
    stream.events.insert(0, Event::Comment(comment));
}

/// Writes on every chunk the usage so far.
pub(super) fn usage_so_far(stream: &mut Streamed) {
    let usage = stream.usage.clone();
    let input = usage["prompt_tokens"].as_u64().unwrap_or_default();
    let output = usage["completion_tokens"].as_u64().unwrap_or_default();
    let chunks = each(stream).count();
    for (position, chunk) in each(stream).enumerate() {
        let so_far = output * (position as u64 + 1) / chunks.max(1) as u64;
        let mut usage = usage.clone();
        usage["completion_tokens"] = json!(so_far);
        usage["total_tokens"] = json!(input + so_far);
        chunk["usage"] = usage;
    }
}

/// Makes every call one chunk.
pub(super) fn whole_calls(stream: &mut Streamed) {
    let mut kept: Vec<Event> = Vec::new();
    for mut event in std::mem::take(&mut stream.events) {
        let piece = event.data_mut().and_then(|data| {
            let choice = data["choices"].get(0)?;
            let call = choice["delta"]["tool_calls"].get(0)?;
            // The first piece of a call has its id and stays.
            call["id"].is_null().then(|| {
                let argument = |kind: &str, name: &str| call[kind][name].as_str();
                let function = argument("function", "arguments");
                let text = function.or_else(|| argument("custom", "input"));
                (
                    choice["index"].clone(),
                    call["index"].clone(),
                    text.unwrap_or_default().to_owned(),
                )
            })
        });
        match piece {
            Some((choice, call, text)) => append(&mut kept, &choice, &call, &text),
            None => kept.push(event),
        }
    }
    stream.events = kept;
}

fn append(events: &mut [Event], choice: &Value, call: &Value, text: &str) {
    let begun = events.iter_mut().rev().filter_map(Event::data_mut);
    for data in begun {
        if data["choices"][0]["index"] != *choice {
            continue;
        }
        for begun in calls(&mut data["choices"][0]) {
            if begun["index"] != *call {
                continue;
            }
            let (kind, name) = if begun["type"] == "custom" {
                ("custom", "input")
            } else {
                ("function", "arguments")
            };
            let so_far = begun[kind][name].as_str().unwrap_or_default();
            begun[kind][name] = json!(format!("{so_far}{text}"));
            return;
        }
    }
}
