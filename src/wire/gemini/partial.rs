//! A function call whose arguments come piece by piece, each with its place.
//!
//! The contract: an event opens the call with its name, others add values at paths, and the first that does
//! not announce more closes it. A path that cannot be followed is left out, and so is what no budget is left
//! for.

use serde_json::{Map, Value};

use super::parts::take;
use crate::model::message::Part;
use crate::wire::dialect::Activity;
use crate::wire::fields::{Fields, Object, into_object, objects};
use crate::wire::limits::Budget;

/// What a value costs beside its text.
const ENTRY_BYTES: usize = 64;
/// No path has more steps.
const MOST_STEPS: usize = 32;

/// A call that is still being written.
#[derive(Debug, Default)]
pub(super) struct PartialCall {
    id: Option<String>,
    name: String,
    arguments: Value,
}

impl PartialCall {
    /// Takes a part that opens, continues or closes a call; returns any other.
    pub(super) fn take(
        open: &mut Option<Self>,
        part: Value,
        budget: &mut Budget,
    ) -> Result<(Activity, Option<Part>), Value> {
        let call = part.get("functionCall").and_then(Value::as_object);
        let announces = call.is_some_and(|call| {
            call.contains_key("partialArgs") || call.get("willContinue") == Some(&Value::Bool(true))
        });
        let continues = open.is_some() && call.is_some_and(|call| !call.contains_key("name"));
        let Some(mut call) = (announces || continues)
            .then(|| part.get("functionCall").cloned().and_then(into_object))
            .flatten()
        else {
            return Err(part);
        };
        // One that was never closed ends where the next begins.
        let last = if continues { None } else { open.take() };
        let own = open.get_or_insert_default();
        own.id = own.id.take().or_else(|| call.word("id"));
        if let Some(name) = call.word("name") {
            own.name = name;
        }
        let mut activity = Activity::Call;
        for piece in objects(call.list("partialArgs")) {
            activity = Activity::Content;
            own.add(piece, budget);
        }
        let is_closed = call.flag("willContinue") != Some(true);
        let closed = if is_closed { open.take() } else { None };
        Ok((activity, last.or(closed).map(Self::finish)))
    }

    fn add(&mut self, mut piece: Object, budget: &mut Budget) {
        let Some(path) = piece.word("jsonPath") else {
            return;
        };
        let text = piece.text("stringValue");
        let other = ["numberValue", "boolValue"];
        let other = other.iter().find_map(|name| take(&mut piece, name));
        let cost = text.as_ref().map_or(0, String::len) + path.len() + ENTRY_BYTES;
        if !budget.affords(cost) {
            return;
        }
        let Some(place) = place(&mut self.arguments, &path) else {
            return;
        };
        match (text, place) {
            (Some(text), Value::String(known)) => known.push_str(&text),
            (Some(text), place) => *place = text.into(),
            (None, place) => *place = other.unwrap_or_default(),
        }
    }

    pub(super) fn finish(self) -> Part {
        let arguments = match self.arguments {
            Value::Null => Value::Object(Map::new()),
            arguments => arguments,
        };
        Part::ToolCall {
            id: self.id,
            name: self.name,
            arguments: Some(arguments.to_string()),
        }
    }
}

/// The value at a path such as `$.stops[0].city` or `$['city']`, which is made where it is missing.
fn place<'a>(root: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    let mut rest = path.strip_prefix('$')?;
    let mut value = root;
    for _ in 0..MOST_STEPS {
        if rest.is_empty() {
            return Some(value);
        }
        if let Some(index) = rest
            .strip_prefix('[')
            .filter(|step| !step.starts_with('\''))
        {
            let (index, after) = index.split_once(']')?;
            rest = after;
            let index: usize = index.parse().ok()?;
            if value.is_null() {
                *value = Value::Array(Vec::new());
            }
            let items = value.as_array_mut()?;
            if index == items.len() {
                items.push(Value::Null);
            }
            value = items.get_mut(index)?;
            continue;
        }
        let name;
        if let Some(quoted) = rest.strip_prefix("['") {
            (name, rest) = quoted.split_once("']")?;
        } else {
            let step = rest.strip_prefix('.')?;
            let end = step.find(['.', '[']).unwrap_or(step.len());
            (name, rest) = step.split_at_checked(end)?;
        }
        if value.is_null() {
            *value = Value::Object(Map::new());
        }
        value = value.as_object_mut()?.entry(name).or_insert(Value::Null);
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::PartialCall;
    use crate::wire::limits::Limits;

    fn read(calls: &[Value]) -> Vec<Value> {
        let mut budget = Limits::default().budget();
        let mut open = None;
        let mut parts = Vec::new();
        for call in calls {
            let part = json!({"functionCall": call});
            match PartialCall::take(&mut open, part, &mut budget) {
                Ok((_, part)) => parts.extend(part),
                Err(other) => assert_eq!(other, json!({"functionCall": call})),
            }
        }
        parts.extend(open.map(PartialCall::finish));
        parts
            .into_iter()
            .map(|part| serde_json::to_value(part).unwrap_or_default())
            .collect()
    }

    #[test]
    fn pieces_are_put_where_they_belong() {
        let text = |path: &str, text: &str| json!({"jsonPath": path, "stringValue": text});
        let more = |pieces: Value| json!({"partialArgs": pieces, "willContinue": true});
        assert_eq!(
            read(&[
                json!({"id": "c", "name": "f", "willContinue": true}),
                more(json!([text("$.city", "New "), {"jsonPath": "$.days", "numberValue": 3}])),
                more(json!([
                    text("$.city", "Delhi"),
                    text("$.stops[0].name", "a")
                ])),
                more(
                    json!([text("$['stops'][1]", "b"), {"jsonPath": "$.x", "nullValue": "NULL_VALUE"}])
                ),
                more(json!([
                    text("$.stops[9]", "lost"),
                    text("city", "lost"),
                    text("$.city.a", "lost")
                ])),
                json!({}),
                json!({"name": "whole", "args": "{}"}),
            ]),
            [
                json!({"type": "tool_call", "id": "c", "name": "f", "arguments": {
                    "city": "New Delhi", "days": 3, "stops": [{"name": "a"}, "b"], "x": null,
                }})
            ]
        );
    }

    #[test]
    fn a_call_ends_where_the_next_begins() {
        let open = |name: &str| json!({"name": name, "willContinue": true});
        let call = |name: &str| json!({"type": "tool_call", "name": name, "arguments": {}});
        assert_eq!(read(&[open("f"), open("g")]), [call("f"), call("g")]);
    }
}
