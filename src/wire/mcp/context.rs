//! Hands the context of a span to the server, in the message.
//!
//! The contract: what carries the context stands in `params._meta` under the names of its headers. The body is
//! not written anew: these members are added or replaced, and every other byte stays.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::value::RawValue;

const PARAMS: &str = "params";
const META: &str = "_meta";
const PARENT: &str = "traceparent";

/// What an object consists of; no value is copied.
type Members<'a> = BTreeMap<String, &'a RawValue>;

/// Adds the context, names with values, to the metadata of a message.
pub(super) fn with_context(body: &[u8], context: &[(String, String)]) -> Option<Vec<u8>> {
    let text = str::from_utf8(body).ok()?;
    let message = members(text)?;
    let Some(params) = message.get(PARAMS) else {
        let added = format!(r#""{PARAMS}":{{"{META}":{{{}}}}}"#, written(context)?);
        return changed(text, vec![addition(text, text, &message, added)?]);
    };
    let inner = members(params.get())?;
    let Some(meta) = inner.get(META) else {
        let added = format!(r#""{META}":{{{}}}"#, written(context)?);
        return changed(text, vec![addition(text, params.get(), &inner, added)?]);
    };
    let there = members(meta.get())?;
    let mut changes = Vec::new();
    let mut new = Vec::new();
    for (name, value) in context {
        match there.get(name) {
            Some(old) => {
                changes.push((place(text, old.get())?, serde_json::to_string(value).ok()?))
            }
            None => new.push((name.clone(), value.clone())),
        }
    }
    if !new.is_empty() {
        changes.push(addition(text, meta.get(), &there, written(&new)?)?);
    }
    changed(text, changes)
}

/// The parent that a message names already: clients that send from a task of their own leave it there.
pub(super) fn parent(body: &[u8]) -> Option<String> {
    let message = members(str::from_utf8(body).ok()?)?;
    let params = members(message.get(PARAMS)?.get())?;
    let meta = members(params.get(META)?.get())?;
    serde_json::from_str(meta.get(PARENT)?.get()).ok()
}

fn members(object: &str) -> Option<Members<'_>> {
    serde_json::from_str(object).ok()
}

/// Members of an object, without its braces.
fn written(members: &[(String, String)]) -> Option<String> {
    let members = members.iter().map(|(name, value)| {
        let (name, value) = (serde_json::to_string(name), serde_json::to_string(value));
        Some(format!("{}:{}", name.ok()?, value.ok()?))
    });
    Some(members.collect::<Option<Vec<_>>>()?.join(","))
}

/// A change that adds members to the end of an object in the text.
fn addition(
    text: &str,
    object: &str,
    members: &Members<'_>,
    added: String,
) -> Option<(Range<usize>, String)> {
    let end = place(text, object)?.start + object.rfind('}')?;
    let comma = if members.is_empty() { "" } else { "," };
    Some((end..end, format!("{comma}{added}")))
}

/// Where a part of a text stands in it.
fn place(text: &str, part: &str) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    Some(start..start + part.len())
}

/// The text with other pieces in these places.
fn changed(text: &str, mut changes: Vec<(Range<usize>, String)>) -> Option<Vec<u8>> {
    // From the back, so that the places before stay where they are.
    changes.sort_by_key(|(place, _)| Reverse(place.start));
    let mut changed = text.to_owned();
    for (place, piece) in changes {
        changed.get(place.clone())?;
        changed.replace_range(place, &piece);
    }
    Some(changed.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::{parent, with_context};

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn changed(body: &str) -> Option<String> {
        let context = [("traceparent", PARENT), ("baggage", "a=1")];
        let context = context.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let body = with_context(body.as_bytes(), &context)?;
        Some(String::from_utf8_lossy(&body).into_owned())
    }

    #[test]
    fn the_context_stands_in_the_metadata_and_every_other_byte_stays() {
        let both = format!(r#""traceparent":"{PARENT}","baggage":"a=1""#);
        for (body, expected) in [
            (
                r#"{"id":1, "method":"tools/list"} "#,
                format!(r#"{{"id":1, "method":"tools/list","params":{{"_meta":{{{both}}}}}}} "#),
            ),
            (
                r#"{"params": { }, "id":1.0}"#,
                format!(r#"{{"params": {{ "_meta":{{{both}}}}}, "id":1.0}}"#),
            ),
            (
                r#"{"params":{"name":"a}","arguments":{"b":1e3,"a":"\u00e9"} },"id":1}"#,
                format!(
                    r#"{{"params":{{"name":"a}}","arguments":{{"b":1e3,"a":"\u00e9"}} ,"_meta":{{{both}}}}},"id":1}}"#
                ),
            ),
            (
                r#"{"params":{"_meta":{"progressToken": 7},"name":"a"}}"#,
                format!(r#"{{"params":{{"_meta":{{"progressToken": 7,{both}}},"name":"a"}}}}"#),
            ),
            (
                r#"{"params":{"_meta":{"baggage":"b=2","traceparent" : "x", "z":[]}}}"#,
                format!(
                    r#"{{"params":{{"_meta":{{"baggage":"a=1","traceparent" : "{PARENT}", "z":[]}}}}}}"#
                ),
            ),
        ] {
            assert_eq!(changed(body), Some(expected), "{body}");
        }
    }

    #[test]
    fn the_parent_is_found_where_it_is_put() {
        let body = changed(r#"{"method":"tools/list"}"#).unwrap_or_default();
        assert_eq!(parent(body.as_bytes()).as_deref(), Some(PARENT));
        for body in ["", "{}", r#"{"params":{"_meta":{"traceparent":1}}}"#] {
            assert_eq!(parent(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn what_has_no_place_for_it_stays_as_it_is() {
        for body in [
            "",
            "no json",
            "[]",
            r#"{"params":null}"#,
            r#"{"params":[1]}"#,
            r#"{"params":{"_meta":null}}"#,
            r#"{"params":{}"#,
        ] {
            assert_eq!(changed(body), None, "{body}");
        }
    }
}
