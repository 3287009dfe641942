//! A response as a stream of events.
//!
//! Contract: pure; the same response gives the same events with the same numbers, so that a
//! stream can be taken up again behind any of them. What the events add up to is the response.

use serde_json::{Value, json};

use super::super::stream::Event;
use super::super::tokens;
use super::response::unfinished;

/// The events of the finished `response` behind number `after`.
pub(super) fn of(response: &Value, background: bool, after: Option<u64>) -> Vec<Event> {
    let mut writer = Writer {
        events: Vec::new(),
        number: 0,
        after,
    };
    let first = if background { "queued" } else { "in_progress" };
    writer.response("response.created", unfinished(response, first));
    if background {
        writer.response("response.queued", unfinished(response, first));
    }
    writer.response("response.in_progress", unfinished(response, "in_progress"));
    for (index, item) in response["output"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        writer.item(index, item);
    }
    let last = match response["status"].as_str() {
        Some("incomplete") => "response.incomplete",
        Some("failed") => "response.failed",
        _ => "response.completed",
    };
    writer.response(last, response.clone());
    writer.events
}

struct Writer {
    events: Vec<Event>,
    number: u64,
    after: Option<u64>,
}

impl Writer {
    fn write(&mut self, kind: &str, fields: Value) {
        let mut fields = fields;
        fields["sequence_number"] = json!(self.number);
        if self.after.is_none_or(|after| self.number > after) {
            self.events.push(Event::typed(kind, fields));
        }
        self.number += 1;
    }

    fn response(&mut self, kind: &str, response: Value) {
        self.write(kind, json!({"response": response}));
    }

    fn item(&mut self, index: usize, item: &Value) {
        let mut begun = item.clone();
        match item["type"].as_str() {
            Some("message") => begun["content"] = json!([]),
            Some("function_call") => begun["arguments"] = json!(""),
            Some("custom_tool_call") => begun["input"] = json!(""),
            Some("reasoning") => begun["summary"] = json!([]),
            _ => {}
        }
        if !item["status"].is_null() {
            begun["status"] = json!("in_progress");
        }
        let added = json!({"output_index": index, "item": begun});
        self.write("response.output_item.added", added);
        let place = json!({"item_id": item["id"], "output_index": index});
        match item["type"].as_str() {
            Some("message") => self.parts(&place, item),
            Some("function_call") => {
                let name = "response.function_call_arguments";
                let done = json!({"arguments": item["arguments"], "name": item["name"]});
                self.pieces(name, &place, &item["arguments"], tokens::fragments, done);
            }
            Some("custom_tool_call") => {
                let name = "response.custom_tool_call_input";
                let done = json!({"input": item["input"]});
                self.pieces(name, &place, &item["input"], tokens::fragments, done);
            }
            Some("reasoning") => self.summary(&place, item),
            _ => {}
        }
        let done = json!({"output_index": index, "item": item});
        self.write("response.output_item.done", done);
    }

    /// The content of a message.
    fn parts(&mut self, place: &Value, item: &Value) {
        for (index, part) in item["content"].as_array().into_iter().flatten().enumerate() {
            let place = with(place, json!({"content_index": index}));
            let (name, field) = match part["type"].as_str() {
                Some("refusal") => ("response.refusal", "refusal"),
                _ => ("response.output_text", "text"),
            };
            let mut empty = part.clone();
            empty[field] = json!("");
            let added = with(&place, json!({"part": empty}));
            self.write("response.content_part.added", added);
            let mut done = json!({field: part[field]});
            if field == "text" {
                done["logprobs"] = json!([]);
            }
            self.pieces(name, &place, &part[field], tokens::pieces, done);
            let done = with(&place, json!({"part": part}));
            self.write("response.content_part.done", done);
        }
    }

    /// The summary of what was thought.
    fn summary(&mut self, place: &Value, item: &Value) {
        for (index, part) in item["summary"].as_array().into_iter().flatten().enumerate() {
            let place = with(place, json!({"summary_index": index}));
            let empty = with(
                &place,
                json!({"part": {"type": "summary_text", "text": ""}}),
            );
            self.write("response.reasoning_summary_part.added", empty);
            let name = "response.reasoning_summary_text";
            let done = json!({"text": part["text"]});
            self.pieces(name, &place, &part["text"], tokens::pieces, done);
            let whole = with(&place, json!({"part": part}));
            self.write("response.reasoning_summary_part.done", whole);
        }
    }

    /// The deltas of `text` and the event that says `done`.
    fn pieces(
        &mut self,
        name: &str,
        place: &Value,
        text: &Value,
        split: fn(&str) -> Vec<&str>,
        done: Value,
    ) {
        for piece in split(text.as_str().unwrap_or_default()) {
            let mut delta = with(
                place,
                json!({"delta": piece, "obfuscation": padding(piece)}),
            );
            if name == "response.output_text" {
                delta["logprobs"] = json!([]);
            }
            self.write(&format!("{name}.delta"), delta);
        }
        self.write(&format!("{name}.done"), with(place, done));
    }
}

/// `place` and `fields` in one object.
fn with(place: &Value, fields: Value) -> Value {
    let mut both = place.clone();
    if let (Value::Object(both), Value::Object(fields)) = (&mut both, fields) {
        both.extend(fields);
    }
    both
}

/// What hides the length of `piece` from those who see encrypted packets.
fn padding(piece: &str) -> &'static str {
    const PADDING: &str = "q7Zk2Vw9xT4bNs1L";
    &PADDING[piece.len() % PADDING.len()..]
}
