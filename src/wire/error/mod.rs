//! What went wrong, of every shape that servers and the proxies before them give it.
//!
//! The contract: the most specific sentence, wherever it stands: in nested objects, in lists, in JSON inside
//! of a text, in markup. Never a whole body; a message of at most [`MESSAGE_CHARACTERS`], and from a page
//! of HTML no more than its title. Keys are removed before it is truncated: servers repeat what they were sent,
//! and half a key is no longer recognised.

mod markup;
mod reason;

use serde_json::Value;

use super::facts::ErrorFacts;
use super::fields::{Fields, Object, as_count};
use crate::text::{secrets, truncate};

const MESSAGE_CHARACTERS: usize = 1000;
/// What stands beside an `error` that is no object and belongs to it.
const BESIDE: [&str; 19] = [
    "code",
    "detail",
    "details",
    "err",
    "errcode",
    "errmsg",
    "error",
    "errorCode",
    "errorMessage",
    "error_code",
    "error_description",
    "error_msg",
    "error_type",
    "message",
    "msg",
    "param",
    "request_id",
    "status",
    "type",
];

/// Of the body of a response that failed.
pub(super) fn of_body(body: Value) -> ErrorFacts {
    reason::of(body)
}

/// Of an object that may be an answer: only what calls itself an error. What else the object holds stays.
pub(super) fn of_object(body: &mut Object) -> Option<ErrorFacts> {
    match body.get("error") {
        Some(Value::Object(error)) if !error.is_empty() => {
            let mut error = body.object("error")?;
            if let Some(id) = body.value("request_id") {
                error.entry("request_id").or_insert(id);
            }
            return Some(of_fields(error));
        }
        Some(Value::Array(errors)) if !errors.is_empty() => {
            return body.value("error").map(reason::of);
        }
        _ => {}
    }
    // MiniMax says in every answer whether it is one.
    if let Some(Value::Object(outcome)) = body.get("base_resp")
        && outcome
            .get("status_code")
            .is_some_and(|code| as_count(code) != Some(0))
    {
        return body.object("base_resp").map(of_fields);
    }
    if let Some(Value::Object(groq)) = body.get_mut("x_groq")
        && groq.get("error").is_some_and(is_something)
    {
        return groq.value("error").map(reason::of);
    }
    if !is_declared(body) {
        return None;
    }
    let errors = body
        .value("errors")
        .map(|errors| ("errors".to_owned(), errors));
    let beside = BESIDE.iter().filter_map(|key| {
        let value = body.get(*key)?;
        Some(((*key).to_owned(), value.clone()))
    });
    Some(of_fields(beside.chain(errors).collect()))
}

/// Whether an object says of itself that it is an error. One look at each member: nearly every chunk of a stream has
/// none that does.
fn is_declared(body: &Object) -> bool {
    body.iter().any(|(key, value)| match key.as_str() {
        "object" | "type" => value == "error",
        "error" => {
            value == &Value::Bool(true) || value.as_str().is_some_and(|text| !text.is_empty())
        }
        "ok" | "success" => value == &Value::Bool(false),
        "errcode" | "error_code" | "error_msg" | "errors" => is_something(value),
        _ => false,
    })
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty() && text != "0",
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        number => as_count(number) != Some(0),
    }
}

/// Of an object that is the error itself.
pub(super) fn of_fields(error: Object) -> ErrorFacts {
    reason::of(Value::Object(error))
}

/// Of a body that is no JSON.
pub(super) fn of_text(text: &str) -> ErrorFacts {
    reason::of_text(text)
}

/// Whether a text is a page, or another document of markup.
pub(super) fn is_markup(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// An error in our own words.
pub(super) fn of_ours(kind: &'static str, message: impl AsRef<str>) -> ErrorFacts {
    ErrorFacts {
        kind: Some(kind.to_owned()),
        message: Some(shorten(message.as_ref())),
        ..ErrorFacts::default()
    }
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
    fn the_most_specific_sentence_counts() {
        let raw = json!({"error": {"message": "Provider returned error", "code": 400,
            "metadata": {"raw": r#"{"error":{"type":"t","message":"At most 1 image."}}"#}}});
        let raw_text = json!({"error": {"message": "Provider returned error", "code": 429,
            "metadata": {"raw": "slow down"}}});
        for (body, name, message) in [
            (raw, Some("t"), "At most 1 image."),
            (raw_text, Some("429"), "slow down"),
            (
                json!({"errors": [{"code": 7003, "message": "a"}, {"message": "b"}], "messages": []}),
                Some("7003"),
                "a; b",
            ),
            (json!({"errors": ["a", "b"]}), None, "a; b"),
            (
                json!({"error_code": "AIAE.31001702", "error_msg": "m"}),
                Some("AIAE.31001702"),
                "m",
            ),
            (json!({"code": 10012, "msg": "m"}), Some("10012"), "m"),
            (json!({"Message": "m"}), None, "m"),
            (
                json!({"__type": "Denied", "message": "m"}),
                Some("Denied"),
                "m",
            ),
            (
                json!({"error": {"type": "t", "reason": "m", "root_cause": []}, "status": 404}),
                Some("t"),
                "m",
            ),
            (
                json!({"fault": {"faultstring": "m", "detail": {"errorcode": "c"}}}),
                None,
                "m",
            ),
            (json!({"err": "m"}), None, "m"),
            (
                json!({"error": "bad_thing", "error_description": "explained", "reason": "why"}),
                Some("bad_thing"),
                "explained",
            ),
            (
                json!({"error": "Bad Request", "message": ["must be a text", "must not be empty"]}),
                None,
                "must be a text; must not be empty",
            ),
            (
                json!({"error": "no model called x", "message": "Not Found"}),
                None,
                "no model called x",
            ),
            (
                json!({"error": {"message": "", "code": "x", "details": "m"}}),
                Some("x"),
                "m",
            ),
            (
                json!({"detail": [{"loc": ["a"], "msg": "field required"}]}),
                None,
                "field required",
            ),
            (
                json!({"message": r#"{"error":{"message":"inner"}}"#}),
                None,
                "inner",
            ),
            (
                json!({"error": {"message": "<html><title>502</title></html>"}}),
                None,
                "502",
            ),
            (
                json!({"base_resp": {"status_code": 1008, "status_msg": "m"}}),
                Some("1008"),
                "m",
            ),
        ] {
            check(&of_body(body), name, Some(message));
        }
        let xml = "<?xml version=\"1.0\"?><Error><Code>AuthFailed</Code><Message>Signature &lt;wrong&gt;</Message></Error>";
        check(&of_text(xml), Some("AuthFailed"), Some("Signature <wrong>"));
        let deep = (0..100).fold(json!("m"), |inner, _| json!({"error": inner}));
        check(&of_body(deep), None, None);
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
