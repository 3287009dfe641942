//! The end of a body whose middle was not read.
//!
//! The contract: what stands at the end is found without what stands before it, or not at all. Of JSON
//! that is what the outermost object ends with: a member is its own only if the text from there on closes
//! exactly one object, and a quoted name cannot be part of a text, where quotes are escaped. Of a stream it
//! is the events that came whole. Content is not put together again over the gap; counts replace, they are
//! never added.

use crate::wire::fields::Object;

/// As much of a body's end is looked at.
pub(crate) const BYTES: usize = 64 << 10;
/// A name may stand in other places too.
const ATTEMPTS: usize = 16;
/// Members that stand behind what is large.
const MEMBERS: [&str; 4] = ["created", "id", "model", "usage"];

/// The members that the outermost object of a whole body ends with.
pub(crate) fn members(tail: &[u8]) -> Object {
    let ends = MEMBERS.iter().filter_map(|name| end_of("{", name, tail));
    ends.max_by_key(Object::len).unwrap_or_default()
}

/// The objects that are opened by `opening` and go on with the member `name` somewhere in the tail.
pub(crate) fn end_of(opening: &str, name: &str, tail: &[u8]) -> Option<Object> {
    let tail = str::from_utf8(after_cut_character(tail)).ok()?;
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

/// The tail may begin within a character.
fn after_cut_character(tail: &[u8]) -> &[u8] {
    let is_inside = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
    let cut = tail.iter().take(3).take_while(|byte| is_inside(byte));
    tail.get(cut.count()..).unwrap_or_default()
}

/// The event that the tail begins within, and the events after it.
pub(crate) fn events(tail: &[u8]) -> (&[u8], &[u8]) {
    let ends = [b"\n\n".as_slice(), b"\r\n\r\n", b"\r\r"];
    let place = |end: &[u8]| {
        let place = tail.windows(end.len()).position(|bytes| bytes == end)?;
        Some((place, place + end.len()))
    };
    match ends.into_iter().filter_map(place).min() {
        Some((before, after)) => (
            tail.get(..before).unwrap_or_default(),
            tail.get(after..).unwrap_or_default(),
        ),
        None => (tail, &[]),
    }
}

/// Puts the end of an object behind its beginning.
pub(crate) fn put_members(fields: &mut Object, end: Object) {
    for (name, value) in end {
        fields.entry(name).or_insert(value);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::{Value, json};

    use super::{end_of, events, members};

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
            // Of a choice, of a text, of an object that was cut, and no member at all.
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

    #[test]
    fn events_begin_after_an_empty_line() {
        let none = b"".as_slice();
        for (tail, expected) in [
            (
                b"rest\n\ndata: a\n\n".as_slice(),
                (b"rest".as_slice(), b"data: a\n\n".as_slice()),
            ),
            (b"rest\r\n\r\ndata: a", (b"rest", b"data: a")),
            (b"rest\r\rdata: a\n\n", (b"rest", b"data: a\n\n")),
            (b"rest", (b"rest", none)),
            (b"", (none, none)),
        ] {
            assert_eq!(events(tail), expected);
        }
    }
}
