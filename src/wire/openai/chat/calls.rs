//! Tool calls of a chat answer, whole or put together from deltas.
//!
//! The contract: in a whole message each element is a call. In a stream a new call begins with a new
//! index, or with a name after arguments that are complete; never by its id alone, since some servers
//! send a new id with every delta, one id for all calls, or the same index for all.

use serde_json::Value;

use crate::wire::dialect::Activity;
use crate::wire::facts::ToolCall;
use crate::wire::fields::{Fields, Object};
use crate::wire::limits::{Budget, Text};

/// What a call costs beside its text.
const ENTRY_BYTES: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Calls(Vec<Call>);

#[derive(Debug, Default)]
struct Call {
    index: Option<u64>,
    id: Option<String>,
    name: Option<String>,
    arguments: Text,
    /// Whether there were any, if only empty ones.
    has_arguments: bool,
    structure: Structure,
}

/// What an element of `tool_calls` says.
struct Delta {
    index: Option<u64>,
    id: Option<String>,
    name: Option<String>,
    arguments: Option<String>,
}

impl Calls {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes an element of a whole message, which is a call.
    pub(super) fn whole(&mut self, element: Object, budget: &mut Budget) -> Activity {
        let delta = Delta::of(element);
        let position = self.begin(delta.index, budget);
        self.add(position, delta, budget)
    }

    /// Takes an element of a delta.
    pub(super) fn delta(&mut self, element: Object, budget: &mut Budget) -> Activity {
        let delta = Delta::of(element);
        let position = match self.continued(&delta) {
            Some(position) => Some(position),
            None => self.begin(delta.index, budget),
        };
        self.add(position, delta, budget)
    }

    pub(super) fn finish(self) -> Vec<ToolCall> {
        self.0.into_iter().filter_map(Call::finish).collect()
    }

    fn begin(&mut self, index: Option<u64>, budget: &mut Budget) -> Option<usize> {
        if !budget.affords(ENTRY_BYTES) {
            return None;
        }
        self.0.push(Call {
            index,
            ..Call::default()
        });
        self.0.len().checked_sub(1)
    }

    fn add(&mut self, position: Option<usize>, delta: Delta, budget: &mut Budget) -> Activity {
        let Some(call) = position.and_then(|position| self.0.get_mut(position)) else {
            return Activity::Nothing;
        };
        call.id = call.id.take().or(delta.id);
        call.name = call.name.take().or(delta.name);
        call.has_arguments |= delta.arguments.is_some();
        let arguments = delta.arguments.unwrap_or_default();
        call.structure.push(&arguments);
        call.arguments.push(&arguments, budget);
        if arguments.is_empty() {
            Activity::Call
        } else {
            Activity::Content
        }
    }

    /// The call that a delta continues, if it does not begin one.
    fn continued(&self, delta: &Delta) -> Option<usize> {
        let has_index = |call: &Call| call.index == delta.index;
        let has_id = |call: &Call| delta.id.is_some() && call.id == delta.id;
        let position = match delta.index {
            Some(_) => self.0.iter().rposition(has_index)?,
            None => match self.0.iter().rposition(has_id) {
                Some(known) => known,
                None => self.0.len().checked_sub(1)?,
            },
        };
        let call = self.0.get(position)?;
        (!call.is_followed_by(delta)).then_some(position)
    }
}

impl Call {
    /// Whether a delta that could continue this call begins another.
    fn is_followed_by(&self, delta: &Delta) -> bool {
        let Some(name) = &delta.name else {
            return false;
        };
        if self.structure.is_complete() {
            return true;
        }
        // A call has one name; under another name and another id it is another call.
        let has_other_name = self.name.as_ref().is_some_and(|own| own != name);
        let has_other_id = match (&self.id, &delta.id) {
            (Some(own), Some(id)) => own != id,
            (None, None) => true,
            _ => false,
        };
        has_other_name && has_other_id
    }

    fn finish(self) -> Option<ToolCall> {
        let arguments = self.arguments.into_option();
        if self.id.is_none() && self.name.is_none() && arguments.is_none() {
            return None;
        }
        Some(ToolCall {
            id: self.id,
            name: self.name.unwrap_or_default(),
            arguments: arguments.or_else(|| self.has_arguments.then(String::new)),
        })
    }
}

impl Delta {
    fn of(mut fields: Object) -> Self {
        let index = fields.count("index");
        let id = fields.id("id");
        let (mut function, arguments) = match fields.object("custom") {
            Some(custom) => (custom, "input"),
            // Some servers do not nest it.
            None => (fields.object("function").unwrap_or(fields), "arguments"),
        };
        Self {
            index,
            id,
            name: function.word("name"),
            arguments: function.value(arguments).map(text),
        }
    }
}

/// Arguments as the text that the model wrote; some servers do not wrap them in a text.
pub(super) fn text(arguments: Value) -> String {
    match arguments {
        Value::String(text) => text,
        structure => structure.to_string(),
    }
}

/// How far a JSON object or array has come, whatever the pieces.
#[derive(Debug, Default)]
struct Structure {
    depth: usize,
    has_begun: bool,
    in_text: bool,
    is_escaped: bool,
    is_other: bool,
}

impl Structure {
    fn push(&mut self, piece: &str) {
        for byte in piece.bytes() {
            match byte {
                _ if self.is_other => return,
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.in_text => self.is_escaped = true,
                b'"' if self.has_begun => self.in_text = !self.in_text,
                _ if self.in_text => {}
                b'{' | b'[' => {
                    self.has_begun = true;
                    self.depth += 1;
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                byte if byte.is_ascii_whitespace() => {}
                _ => self.is_other = !self.has_begun,
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.has_begun && self.depth == 0 && !self.in_text
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::Calls;
    use crate::wire::fields::into_object;
    use crate::wire::limits::Limits;

    fn read(deltas: impl IntoIterator<Item = Value>) -> Value {
        let mut calls = Calls::default();
        let mut budget = Limits::default().budget();
        for delta in deltas {
            calls.delta(into_object(delta).unwrap(), &mut budget);
        }
        let calls = calls.finish();
        calls
            .iter()
            .map(|call| json!([call.id, call.name, call.arguments]))
            .collect()
    }

    fn delta(index: Value, id: Value, name: Value, arguments: &str) -> Value {
        json!({"index": index, "id": id, "function": {"name": name, "arguments": arguments}})
    }

    #[test]
    fn servers_have_their_ways_to_begin_a_call() {
        let none = || json!(null);
        for (way, deltas, expected) in [
            (
                "a new id with every delta",
                vec![
                    delta(json!(0), json!("a"), json!("f"), ""),
                    delta(json!(0), json!("b"), none(), "{\"q\":"),
                    delta(json!(0), json!("c"), none(), "1}"),
                ],
                json!([["a", "f", "{\"q\":1}"]]),
            ),
            (
                "a new id with every delta and no index",
                vec![
                    delta(none(), json!("a"), json!("f"), "{\"q\":"),
                    delta(none(), json!("b"), json!("f"), "1}"),
                ],
                json!([["a", "f", "{\"q\":1}"]]),
            ),
            (
                "the same index for all",
                vec![
                    delta(json!(0), json!(""), json!("f"), "{\"q\":1}"),
                    delta(json!(0), json!(""), json!("f"), "{\"q\":2}"),
                    delta(json!(0), json!(""), json!("g"), "{}"),
                ],
                json!([
                    [null, "f", "{\"q\":1}"],
                    [null, "f", "{\"q\":2}"],
                    [null, "g", "{}"]
                ]),
            ),
            (
                "the same id for all",
                vec![
                    delta(json!(0), json!("a"), json!("f"), "{\"q\":1}"),
                    delta(json!(1), json!("a"), json!("g"), "{}"),
                ],
                json!([["a", "f", "{\"q\":1}"], ["a", "g", "{}"]]),
            ),
            (
                "neither index nor id",
                vec![
                    delta(none(), none(), json!("f"), "{\"q\":"),
                    delta(none(), none(), none(), "\"}{\"}"),
                    delta(none(), none(), json!("g"), "[]"),
                ],
                json!([[null, "f", "{\"q\":\"}{\"}"], [null, "g", "[]"]]),
            ),
            (
                "calls without arguments",
                vec![
                    delta(json!(0), json!("a"), json!("f"), ""),
                    delta(json!(0), json!("b"), json!("g"), ""),
                ],
                json!([["a", "f", ""], ["b", "g", ""]]),
            ),
            (
                "by turns",
                vec![
                    delta(json!(0), json!("a"), json!("f"), "{"),
                    delta(json!(1), json!("b"), json!("g"), "{"),
                    delta(json!(0), none(), none(), "}"),
                    delta(json!(1), none(), none(), "}"),
                ],
                json!([["a", "f", "{}"], ["b", "g", "{}"]]),
            ),
        ] {
            assert_eq!(read(deltas), expected, "{way}");
        }
    }

    #[test]
    fn each_element_of_a_whole_message_is_a_call() {
        let mut calls = Calls::default();
        let mut budget = Limits::default().budget();
        for element in [
            delta(json!(0), json!("a"), json!("f"), "{"),
            delta(json!(0), json!("a"), json!("f"), "{"),
            json!({"id": 7, "name": "g", "arguments": {"a": 1}}),
        ] {
            calls.whole(into_object(element).unwrap(), &mut budget);
        }
        let read: Vec<_> = calls
            .finish()
            .into_iter()
            .map(|call| (call.name, call.arguments.unwrap()))
            .collect();
        let pair = |name: &str, arguments: &str| (name.to_owned(), arguments.to_owned());
        assert_eq!(
            read,
            [pair("f", "{"), pair("f", "{"), pair("g", "{\"a\":1}")]
        );
    }

    proptest! {
        #[test]
        fn any_split_of_the_arguments_gives_the_same_calls(
            texts in prop::collection::vec("[a-z{}\\[\\]\"\\\\ 0-9ä]{0,12}", 1..4),
            piece in 1_usize..9,
            same_index: bool,
            new_ids: bool,
        ) {
            let arguments: Vec<String> = texts.iter().map(|text| json!({"q": text, "n": [1, {}]}).to_string()).collect();
            let mut deltas = Vec::new();
            for (place, text) in arguments.iter().enumerate() {
                let index = if same_index { 0 } else { place };
                let mut rest: &str = text;
                let mut name = json!("f");
                while !rest.is_empty() {
                    let end = (piece..=rest.len()).find(|end| rest.is_char_boundary(*end)).unwrap_or(rest.len());
                    let (head, tail) = rest.split_at(end);
                    let id = if new_ids { json!(format!("id_{}", deltas.len())) } else { json!("one") };
                    deltas.push(delta(json!(index), id, name, head));
                    (rest, name) = (tail, Value::Null);
                }
            }
            let read = read(deltas);
            let found: Vec<&str> = read.as_array().unwrap().iter().map(|call| call[2].as_str().unwrap()).collect();
            prop_assert_eq!(found, arguments);
        }
    }
}
