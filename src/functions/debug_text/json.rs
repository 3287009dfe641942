//! The JSON side: strings written, object keys kept apart, and text that was JSON to begin with.
//!
//! JSON is written straight into one `String`, so fields keep the order in which they were declared
//! whatever features of `serde_json` the build happens to have.

use std::collections::HashMap;

/// The deepest nesting of the JSON written. `serde_json` reads 127 levels; the rest is for whatever the
/// value is put into.
pub(super) const MAX_DEPTH: usize = 120;

/// `text` without insignificant whitespace if it is a JSON object or array. Strict `Debug` text and JSON
/// overlap, but `null`, `\u0041` and `1E5` are JSON only.
pub(super) fn compact(text: &str) -> Option<String> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    // A full read, because a shallow one lets lone surrogates and out-of-range numbers through.
    serde_json::from_str::<serde_json::Value>(text).ok()?;
    let mut json = String::with_capacity(text.len());
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for character in text.chars() {
        if in_string {
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
        } else {
            match character {
                ' ' | '\n' | '\r' | '\t' => continue,
                '"' => in_string = true,
                '{' | '[' => depth += 1,
                '}' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if depth > MAX_DEPTH {
            return None;
        }
        json.push(character);
    }
    Some(json)
}

/// Appends `text` as a JSON string.
pub(super) fn push_string(json: &mut String, text: &str) {
    json.push('"');
    push_text(json, text);
    json.push('"');
}

/// Appends a part of a JSON string.
pub(super) fn push_text(json: &mut String, text: &str) {
    let is_special = |byte| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_special) {
        json.push_str(&rest[..at]);
        push_escaped(json, rest.as_bytes()[at]);
        rest = &rest[at + 1..];
    }
    json.push_str(rest);
}

fn push_escaped(json: &mut String, special: u8) {
    match special {
        b'"' => json.push_str("\\\""),
        b'\\' => json.push_str("\\\\"),
        b'\n' => json.push_str("\\n"),
        b'\r' => json.push_str("\\r"),
        b'\t' => json.push_str("\\t"),
        control => {
            json.push_str(if control < 0x10 { "\\u000" } else { "\\u001" });
            json.extend(char::from_digit(u32::from(control % 0x10), 0x10));
        }
    }
}

/// The keys of one object. A repeated key gets a number, because readers of JSON keep only the last of
/// equal keys, and multimaps such as HTTP headers print theirs repeatedly.
#[derive(Default)]
pub(super) struct Keys(HashMap<String, usize>);

impl Keys {
    /// `key`, a JSON string with its quotes, made unlike all keys before.
    pub(super) fn unique(&mut self, key: String) -> String {
        let Some(&seen) = self.0.get(&key) else {
            self.0.insert(key.clone(), 1);
            return key;
        };
        let body = key.strip_suffix('"').unwrap_or(&key);
        let mut copy = seen;
        let numbered = loop {
            copy += 1;
            let numbered = format!("{body}#{copy}\"");
            if !self.0.contains_key(&numbered) {
                break numbered;
            }
        };
        // The count is kept, so that a thousand equal keys do not search from 2 a thousand times.
        self.0.insert(key, copy);
        self.0.insert(numbered.clone(), 1);
        numbered
    }
}
