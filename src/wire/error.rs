//! What went wrong, of every shape that servers and the proxies before them give it.
//!
//! The contract: never a whole body; a message of at most [`MESSAGE_CHARACTERS`], and from a page
//! of HTML no more than its title. Keys are removed before it is truncated: servers repeat what they were sent,
//! and half a key is no longer recognised.

use serde_json::Value;

use super::facts::ErrorFacts;
use super::fields::{Fields, Object};
use crate::text::{secrets, truncate};

const MESSAGE_CHARACTERS: usize = 1000;

/// Of the body of a response that failed.
pub(super) fn of_body(body: Value) -> ErrorFacts {
    match body {
        // Gemini answers with an array of one.
        Value::Array(items) => items.into_iter().next().map(of_body).unwrap_or_default(),
        Value::Object(mut body) => of_object(&mut body).unwrap_or_else(|| of_fields(body)),
        Value::String(text) => of_text(&text),
        _ => ErrorFacts::default(),
    }
}

/// Of an object that may be an answer: only what calls itself an error.
pub(super) fn of_object(body: &mut Object) -> Option<ErrorFacts> {
    let declared = matches!(body.peek("object"), Some("error"));
    match body.value("error") {
        Some(Value::Object(mut error)) => {
            inherit(&mut error, body);
            Some(of_fields(error))
        }
        // xAI has the code beside the text.
        Some(Value::String(text)) if !text.is_empty() => {
            let mut error = of_fields(std::mem::take(body));
            error.message = Some(shorten(&text));
            Some(error)
        }
        _ if declared => Some(of_fields(std::mem::take(body))),
        _ => None,
    }
}

/// Of an object that is the error itself.
pub(super) fn of_fields(mut error: Object) -> ErrorFacts {
    let nested = error.object("error");
    if let Some(mut nested) = nested {
        inherit(&mut nested, &mut error);
        return of_fields(nested);
    }
    let status = error.word("status");
    ErrorFacts {
        // A type that is only `error` adds nothing; Gemini has its name in `status`.
        kind: error.word("type").filter(|kind| kind != "error").or(status),
        code: error.id("code").map(|code| shorten(&code)),
        message: message(&mut error),
        param: error.id("param").map(|param| shorten(&param)),
        request_id: error.word("request_id").map(|id| shorten(&id)),
    }
}

fn message(error: &mut Object) -> Option<String> {
    for key in ["message", "detail", "error_description", "title"] {
        match error.value(key) {
            Some(Value::String(text)) if !text.is_empty() => return Some(shorten(&text)),
            // FastAPI lists what is wrong with each field.
            Some(value @ (Value::Array(_) | Value::Object(_))) => {
                return Some(shorten(&value.to_string()));
            }
            _ => {}
        }
    }
    None
}

/// Copies what stands beside the error and belongs to it.
fn inherit(error: &mut Object, outside: &mut Object) {
    if let Some(id) = outside.value("request_id") {
        error.entry("request_id").or_insert(id);
    }
}

/// Of a body that is no JSON.
pub(super) fn of_text(text: &str) -> ErrorFacts {
    let text = text.trim();
    let message = if text.starts_with('<') {
        title(text)
    } else {
        Some(text)
    };
    ErrorFacts {
        message: message.filter(|text| !text.is_empty()).map(shorten),
        ..ErrorFacts::default()
    }
}

/// The title of a page, or its first heading.
fn title(page: &str) -> Option<&str> {
    ["title", "h1"].iter().find_map(|element| {
        let lower = page.to_ascii_lowercase();
        let start = lower.find(&format!("<{element}"))?;
        let start = start + lower.get(start..)?.find('>')? + 1;
        let end = start + lower.get(start..)?.find(&format!("</{element}"))?;
        Some(page.get(start..end)?.trim())
    })
}

fn shorten(text: &str) -> String {
    let text = secrets::redacted(text);
    let head = truncate::head_of_characters(&text, MESSAGE_CHARACTERS);
    match head.len() < text.len() {
        true => format!("{head}…"),
        false => text.into_owned(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::{Value, json};

    use super::{of_body, of_object, of_text};
    use crate::wire::facts::ErrorFacts;
    use crate::wire::fields::into_object;

    fn check(error: &ErrorFacts, name: Option<&str>, message: Option<&str>) {
        assert_eq!(error.name(), name, "{error:?}");
        assert_eq!(error.message.as_deref(), message, "{error:?}");
    }

    #[test]
    fn every_vendor_has_its_own_shape() {
        for (body, name, message) in [
            // OpenAI.
            (
                json!({"error": {"message": "Bad key.", "type": "invalid_request_error",
                    "param": null, "code": "invalid_api_key"}}),
                Some("invalid_api_key"),
                "Bad key.",
            ),
            // Azure's gateway.
            (
                json!({"error": {"code": "404", "message": "Resource not found"}}),
                Some("404"),
                "Resource not found",
            ),
            // OpenRouter and llama.cpp have integers.
            (
                json!({"error": {"code": 500, "message": "m", "type": "server_error"}}),
                Some("server_error"),
                "m",
            ),
            // Gemini.
            (
                json!([{"error": {"code": 400, "message": "m", "status": "INVALID_ARGUMENT"}}]),
                Some("INVALID_ARGUMENT"),
                "m",
            ),
            // Mistral.
            (
                json!({"object": "error", "message": "m", "type": "invalid_model", "param": null,
                    "code": "1500", "raw_status_code": 400}),
                Some("invalid_model"),
                "m",
            ),
            // xAI.
            (
                json!({"code": "bad-credentials", "error": "m"}),
                Some("bad-credentials"),
                "m",
            ),
            // FastAPI.
            (json!({"detail": "Not Found"}), None, "Not Found"),
            (
                json!({"detail": [{"loc": ["a"]}]}),
                None,
                r#"[{"loc":["a"]}]"#,
            ),
            // Anthropic.
            (
                json!({"type": "error", "request_id": "req_1",
                    "error": {"type": "overloaded_error", "message": "m"}}),
                Some("overloaded_error"),
                "m",
            ),
            (json!({"error": "model not found"}), None, "model not found"),
            (
                json!({"message": "Service Unavailable"}),
                None,
                "Service Unavailable",
            ),
            (json!("plain"), None, "plain"),
        ] {
            check(&of_body(body), name, Some(message));
        }
        for body in [
            json!({}),
            json!([]),
            json!(null),
            json!(5),
            json!({"error": null}),
        ] {
            assert_eq!(of_body(body), ErrorFacts::default());
        }
    }

    #[test]
    fn the_id_of_the_request_is_found_inside_and_outside() {
        for body in [
            json!({"request_id": "r", "error": {"message": "m"}}),
            json!({"error": {"message": "m", "request_id": "r"}}),
            json!({"message": "m", "request_id": "r"}),
        ] {
            assert_eq!(of_body(body).request_id.as_deref(), Some("r"));
        }
    }

    #[test]
    fn an_answer_is_no_error() {
        for body in [
            json!({"id": "a", "error": null}),
            json!({"message": "m", "code": 1}),
            json!({"error": ""}),
            json!({"error": 5}),
        ] {
            assert_eq!(of_object(&mut into_object(body).unwrap()), None);
        }
    }

    #[test]
    fn text_is_never_copied_whole() {
        let page = "<!DOCTYPE html><HTML><head><Title>\n 502 Bad Gateway </title></head>secret";
        check(&of_text(page), None, Some("502 Bad Gateway"));
        check(&of_text("<html><h1 a=b>Oops</h1>"), None, Some("Oops"));
        check(&of_text("<html>secret"), None, None);
        check(&of_text("<title"), None, None);
        check(&of_text(" upstream error \n"), None, Some("upstream error"));
        check(&of_text("  "), None, None);
        let long = "ü".repeat(5000);
        let message = |error: ErrorFacts| error.message.unwrap().chars().count();
        assert_eq!(message(of_text(&long)), 1001);
        assert_eq!(message(of_body(json!({"error": {"message": long}}))), 1001);
        let details: Vec<Value> = (0..5000).map(Value::from).collect();
        assert_eq!(message(of_body(json!({"detail": details}))), 1001);
    }
}
