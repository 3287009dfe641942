//! The end of a body whose middle was not read.
//!
//! The contract: what the end holds is found without what precedes it, or not at all. In JSON that is
//! what the outermost object ends with: a member is its own only if the text from there on closes
//! exactly one object, and a quoted name cannot be part of a text, where quotes are escaped. Content is not
//! put together again over the gap; counts replace, they are never added.

use crate::wire::fields::Object;

/// How much of the end of a body is looked at.
pub(crate) const BYTES: usize = 64 << 10;
/// A name may occur in other places too.
const ATTEMPTS: usize = 16;
/// Members that follow the large ones, of every API.
const MEMBERS: [&str; 9] = [
    "created",
    "done",
    "finish_reason",
    "id",
    "model",
    "modelVersion",
    "responseId",
    "usage",
    "usageMetadata",
];

/// The members that the outermost object of a whole body ends with.
pub(crate) fn members(tail: &[u8]) -> Object {
    // Of most bodies all was read.
    if tail.is_empty() {
        return Object::new();
    }
    let ends = MEMBERS.iter().filter_map(|name| end_of("{", name, tail));
    ends.max_by_key(Object::len).unwrap_or_default()
}

/// The end of the objects that `opening` opens, from their member `name` on.
pub(crate) fn end_of(opening: &str, name: &str, tail: &[u8]) -> Option<Object> {
    let tail = str::from_utf8(after_partial_character(tail)).ok()?;
    let quoted = format!("\"{name}\"");
    let places = tail.rmatch_indices(&quoted).map(|(place, _)| place);
    places.take(ATTEMPTS).find_map(|place| {
        let end = tail.get(place..)?;
        let value = end.get(quoted.len()..)?.trim_start();
        if !value.starts_with(':') {
            return None;
        }
        serde_json::from_str(&format!("{opening}{end}")).ok()
    })
}

/// Without the rest of a character in which the tail begins.
fn after_partial_character(tail: &[u8]) -> &[u8] {
    let is_inside = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
    let partial = tail.iter().take(3).take_while(|byte| is_inside(byte));
    tail.get(partial.count()..).unwrap_or_default()
}

/// Adds the end of an object to its beginning.
pub(crate) fn put_members(fields: &mut Object, end: Object) {
    for (name, value) in end {
        fields.entry(name).or_insert(value);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::{Value, json};

    use super::{end_of, members};

    fn found(tail: &str) -> Value {
        Value::Object(members(tail.as_bytes()))
    }

    #[test]
    fn only_members_of_the_outermost_object_count() {
        let usage = json!({"prompt_tokens": 7, "completion_tokens": 9});
        for (tail, expected) in [
            (
                r#"ext"}}],"usage":{"prompt_tokens":7,"completion_tokens":9}}"#,
                json!({"usage": usage}),
            ),
            (
                r#"]}],"model":"m","usage" : {"prompt_tokens":7,"completion_tokens":9}, "user":null } "#,
                json!({"model": "m", "usage": usage, "user": null}),
            ),
            // Of a choice, of a text, of an object that breaks off, and no member at all.
            (r#"x"},"usage":{"prompt_tokens":7}}]}"#, json!({})),
            (r#"say \"usage\":{\"prompt_tokens\":7}}"#, json!({})),
            (r#"}],"usage":{"prompt_tokens":7}"#, json!({})),
            (r#"}],"kind":"usage"}"#, json!({})),
            ("", json!({})),
            ("\u{FEFF}", json!({})),
        ] {
            assert_eq!(found(tail), expected, "{tail}");
        }
        let mut cut = "ü".as_bytes().get(1..).unwrap().to_vec();
        cut.extend(br#""}],"usage":{"a":1}}"#);
        assert_eq!(Value::Object(members(&cut)), json!({"usage": {"a": 1}}));
    }

    #[test]
    fn an_inner_object_is_known_by_what_it_closes() {
        let inner = |tail: &[u8]| end_of(r#"{"response":{"#, "usage", tail);
        let event = br#"end"}]}],"usage":{"a":1},"metadata":{}}}"#;
        let expected = json!({"response": {"usage": {"a": 1}, "metadata": {}}});
        assert_eq!(inner(event).map(Value::Object), Some(expected));
        assert_eq!(inner(br#"end"}],"usage":{"a":1}}"#), None);
    }
}
