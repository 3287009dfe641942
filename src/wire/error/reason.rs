//! The most specific sentence of an error, with its code and its type.
//!
//! The contract: what stands deeper is more specific, and JSON that stands in a text is read as JSON. A
//! field that has no value hides none that has one.

use serde_json::Value;

use super::{markup, shorten};
use crate::wire::facts::ErrorFacts;
use crate::wire::fields::{Fields, Object};

/// Errors that quote errors that quote errors are not followed for ever.
const DEPTH: u8 = 8;
/// Longer texts are not looked into.
const JSON_BYTES: usize = 64 << 10;
/// As many errors of a list are named.
const MOST_OF_LIST: usize = 4;

/// Where an error holds the error that caused it, the most specific first.
const CAUSES: [&str; 6] = [
    "errors",
    "fault",
    "Error",
    "exception",
    "base_resp",
    "x_groq",
];
/// Where the sentence stands, the most specific first.
const SENTENCES: [&str; 17] = [
    "message",
    "Message",
    "msg",
    "error_message",
    "error_msg",
    "errorMessage",
    "errmsg",
    "error_description",
    "detail",
    "details",
    "faultstring",
    "reason",
    "status_msg",
    "err",
    "description",
    "title",
    "Description",
];
const CODES: [&str; 8] = [
    "code",
    "error_code",
    "errorCode",
    "errcode",
    "err_code",
    "errorcode",
    "Code",
    "status_code",
];
const KINDS: [&str; 4] = ["type", "__type", "error_type", "errorType"];
/// Words that name no kind of error.
const NO_KIND: [&str; 6] = ["error", "Error", "failed", "fail", "failure", "ok"];

/// Of anything.
pub(super) fn of(value: Value) -> ErrorFacts {
    read(value, 0)
}

/// Of a text, which may be JSON or markup.
pub(super) fn of_text(text: &str) -> ErrorFacts {
    read_text(text, 0)
}

fn read(value: Value, depth: u8) -> ErrorFacts {
    match value {
        _ if depth > DEPTH => ErrorFacts::default(),
        Value::Object(fields) => read_fields(fields, depth),
        Value::Array(items) => read_list(items, depth),
        Value::String(text) => read_text(&text, depth),
        _ => ErrorFacts::default(),
    }
}

fn read_text(text: &str, depth: u8) -> ErrorFacts {
    let text = text.trim();
    if depth < DEPTH && text.len() <= JSON_BYTES && text.starts_with(['{', '[']) {
        let value = serde_json::from_str(text).unwrap_or_default();
        let facts = read(value, depth + 1);
        if facts.message.is_some() {
            return facts;
        }
    }
    if text.starts_with('<') {
        return ErrorFacts {
            message: markup::sentence(text).as_deref().map(shorten),
            code: markup::code(text).as_deref().map(shorten),
            ..ErrorFacts::default()
        };
    }
    ErrorFacts {
        message: (!text.is_empty()).then(|| shorten(text)),
        ..ErrorFacts::default()
    }
}

/// What each of the list says; code and type are those of the first.
fn read_list(items: Vec<Value>, depth: u8) -> ErrorFacts {
    let mut all = items
        .into_iter()
        .map(|item| read(item, depth + 1))
        .filter(|facts| *facts != ErrorFacts::default())
        .take(MOST_OF_LIST);
    let Some(mut first) = all.next() else {
        return ErrorFacts::default();
    };
    let mut sentences: Vec<String> = first.message.take().into_iter().collect();
    for sentence in all.filter_map(|facts| facts.message) {
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    first.message = (!sentences.is_empty()).then(|| shorten(&sentences.join("; ")));
    first
}

fn read_fields(mut fields: Object, depth: u8) -> ErrorFacts {
    let kinds = KINDS.iter().filter_map(|key| fields.word(key));
    let kind = kinds.reduce(|first, _| first);
    let codes = CODES.iter().filter_map(|key| fields.id(key));
    let code = codes.filter(|code| code != "0").reduce(|first, _| first);
    let mut own = ErrorFacts {
        // Gemini has its name in `status`.
        kind: [kind, fields.word("status")]
            .into_iter()
            .flatten()
            .find(|kind| !NO_KIND.contains(&kind.as_str()))
            .map(|kind| shorten(&kind)),
        code: code.map(|code| shorten(&code)),
        message: None,
        param: fields.id("param").map(|param| shorten(&param)),
        request_id: fields.word("request_id").map(|id| shorten(&id)),
    };
    // OpenRouter quotes what the provider behind it has said.
    let raw = fields
        .object("metadata")
        .and_then(|mut metadata| metadata.value("raw"))
        .map(|raw| read(raw, depth + 1));
    if let Some(raw) = raw.filter(|raw| raw.message.is_some()) {
        return merged(raw, own);
    }
    let error = match fields.value("error") {
        Some(Value::String(text)) => Some(text).filter(|text| !text.trim().is_empty()),
        Some(error) => {
            let inner = read(error, depth + 1);
            own = merged(inner, own);
            None
        }
        None => None,
    };
    for cause in CAUSES {
        if own.message.is_none()
            && let Some(value) = fields.value(cause)
        {
            own = merged(read(value, depth + 1), own);
        }
    }
    if own.message.is_none() {
        own = merged(sentence(&mut fields, depth), own);
    }
    match error {
        Some(error) => beside(error, own, depth),
        None => own,
    }
}

/// The first sentence that an object has itself.
fn sentence(fields: &mut Object, depth: u8) -> ErrorFacts {
    let mut as_json = None;
    for key in SENTENCES {
        let Some(value) = fields.value(key) else {
            continue;
        };
        let text = match &value {
            Value::Array(items) if !items.is_empty() => Some(value.to_string()),
            Value::Object(inner) if !inner.is_empty() => Some(value.to_string()),
            _ => None,
        };
        let facts = read(value, depth + 1);
        if facts.message.is_some() {
            return facts;
        }
        as_json = as_json.or(text);
    }
    ErrorFacts {
        message: as_json.map(|text| shorten(&text)),
        ..ErrorFacts::default()
    }
}

/// An `error` that is a text: the code of the sentence beside it, or the sentence itself.
fn beside(error: String, mut own: ErrorFacts, depth: u8) -> ErrorFacts {
    let inner = read_text(&error, depth + 1);
    match &own.message {
        Some(_) if !error.trim().contains(char::is_whitespace) => {
            own.code = own.code.or_else(|| Some(shorten(error.trim())));
            own
        }
        Some(message) if message.len() >= inner.message.as_deref().unwrap_or_default().len() => own,
        _ => merged(inner, own),
    }
}

/// What is more specific, with what else is known outside of it.
fn merged(inner: ErrorFacts, outer: ErrorFacts) -> ErrorFacts {
    ErrorFacts {
        kind: inner.kind.or(outer.kind),
        code: inner.code.or(outer.code),
        message: inner.message.or(outer.message),
        param: inner.param.or(outer.param),
        request_id: inner.request_id.or(outer.request_id),
    }
}
