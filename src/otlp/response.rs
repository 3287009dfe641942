//! What a backend's answer says of the request.
//!
//! Pure. Only a 2xx of an OTLP receiver is a success: a redirect has stored nothing, and neither has a
//! proxy, a portal or a login page that answers every request with a page of its own.
//!
//! An answer whose body does not end, or breaks off, is judged by what has arrived of it. The specification
//! asks for a retry where there is no response, and leaves open what a 2xx without the rest of it means. It
//! counts as taken: a receiver answers 2xx once it has the request, so a retry would store every span twice,
//! and again and again at a receiver whose answers never end. The price is that spans which such a receiver
//! refuses at the end of its answer (`partialSuccess`) are counted as delivered.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{StatusCode, Url};
use serde_json::Value;

use super::explain;
use super::outcome::SendOutcome;

/// How much of an answer is read, in bytes.
pub(crate) const MOST: usize = 64 << 10;

/// An answer as far as it was read.
#[derive(Debug)]
pub(crate) struct Response<'a> {
    pub(crate) url: &'a Url,
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    /// At most the first [`MOST`] bytes.
    pub(crate) body: &'a [u8],
    /// Whether that is all of it.
    pub(crate) is_whole: bool,
    /// What `Retry-After` asks for.
    pub(crate) retry_after: Option<Duration>,
}

impl Response<'_> {
    /// What became of the request. `credentials` names what to check after a 401 or 403.
    pub(crate) fn outcome(&self, credentials: &str) -> SendOutcome {
        if self.status.is_success() {
            return match accepted(self.content_type(), self.body, self.is_whole) {
                Ok(Accepted { rejected, message }) => SendOutcome::Delivered {
                    rejected,
                    message: explain::sentence(&message),
                },
                Err(found) => SendOutcome::Misconfigured {
                    message: explain::sentence(&format!(
                        "{} answered {} with {found} instead of an OTLP response, so it stored nothing: \
                         check the address, and whether a proxy or a login page answers in its place",
                        origin(self.url),
                        self.status
                    )),
                },
            };
        }
        let message = explain::sentence(&self.refusal(credentials));
        match self.status.as_u16() {
            300..=399 | 401 | 403 | 404 | 405 => SendOutcome::Misconfigured { message },
            413 => SendOutcome::TooLarge { message },
            408 | 429 | 500..=599 => SendOutcome::Unavailable {
                message,
                retry_after: self.retry_after,
            },
            _ => SendOutcome::Rejected { message },
        }
    }

    fn content_type(&self) -> &str {
        let value = self.headers.get(CONTENT_TYPE);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    fn refusal(&self, credentials: &str) -> String {
        let (origin, status) = (origin(self.url), self.status);
        let text = String::from_utf8_lossy(self.body);
        match status.as_u16() {
            401 | 403 => {
                format!("{origin} answered {status}: check {credentials}; it said: {text}")
            }
            300..=399 => {
                format!("{origin} answered {status}, a redirect: configure the address it leads to")
            }
            404 | 405 => format!(
                "{origin} answered {status}: nothing takes OTLP at {}",
                self.url.path()
            ),
            _ => format!("{origin} answered {status}: {text}"),
        }
    }
}

/// Scheme, host and port: an address without user, password, path or query.
pub(crate) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// What an OTLP receiver says of a request that it has taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Accepted {
    /// Spans or data points that it refused.
    pub(super) rejected: u64,
    pub(super) message: String,
}

/// What a body of a 2xx says, or what it is instead of an OTLP response.
pub(super) fn accepted(
    content_type: &str,
    body: &[u8],
    is_whole: bool,
) -> Result<Accepted, &'static str> {
    let content_type = content_type.to_ascii_lowercase();
    let text = body.trim_ascii_start();
    let is_page = content_type.contains("html");
    if body.is_empty() && (is_whole || !is_page) {
        Ok(Accepted::default())
    } else if is_page || text.starts_with(b"<") {
        Err("a web page")
    } else if content_type.contains("json") || text.starts_with(b"{") {
        match serde_json::from_slice(body) {
            Ok(Value::Object(answer)) => from_json(&answer),
            Err(_) if !is_whole => Ok(Accepted::default()),
            _ => Err("JSON of another kind"),
        }
    } else if content_type.is_empty() || content_type.contains("protobuf") {
        // Responses for traces and for metrics look alike.
        match ExportTraceServiceResponse::decode(body) {
            Ok(answer) => {
                let partial = answer.partial_success.unwrap_or_default();
                Ok(Accepted {
                    rejected: partial.rejected_spans.try_into().unwrap_or(0),
                    message: partial.error_message,
                })
            }
            Err(_) if !is_whole => Ok(Accepted::default()),
            Err(_) => Err("other bytes"),
        }
    } else {
        Err("text")
    }
}

/// Backends answer with objects of their own as well, Langfuse with the job that it has queued.
fn from_json(answer: &serde_json::Map<String, Value>) -> Result<Accepted, &'static str> {
    let get = |keys: [&str; 2]| keys.into_iter().find_map(|key| answer.get(key));
    if get(["error", "errors"]).is_some_and(|error| !is_nothing(error)) {
        return Err("an error in JSON");
    }
    let Some(partial) = get(["partialSuccess", "partial_success"]) else {
        return Ok(Accepted::default());
    };
    let field = |keys: [&str; 4]| keys.into_iter().find_map(|key| partial.get(key));
    let rejected = field([
        "rejectedSpans",
        "rejected_spans",
        "rejectedDataPoints",
        "rejected_data_points",
    ]);
    // Protobuf's JSON writes such integers as strings.
    let rejected = rejected.and_then(|count| match count {
        Value::String(digits) => digits.parse().ok(),
        count => count.as_u64(),
    });
    let message = field(["errorMessage", "error_message", "message", "error"]);
    Ok(Accepted {
        rejected: rejected.unwrap_or(0),
        message: message.and_then(Value::as_str).unwrap_or("").to_owned(),
    })
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;
    use proptest::prelude::*;

    use super::*;

    fn partial() -> Vec<u8> {
        let partial = ExportTracePartialSuccess {
            rejected_spans: 2,
            error_message: "too old".into(),
        };
        let response = ExportTraceServiceResponse {
            partial_success: Some(partial),
        };
        response.encode_to_vec()
    }

    #[test]
    fn what_an_otlp_receiver_answers_is_a_success() {
        let job = br#"{"name":"otel-ingestion-job","id":"1","data":{"error":"of the data"}}"#;
        for (content_type, body) in [
            ("", &b""[..]),
            ("application/x-protobuf", b""),
            ("text/html", b""),
            ("application/json", b"{}"),
            (
                "application/json; charset=utf-8",
                b" {\"partialSuccess\":{}}",
            ),
            ("application/json", br#"{"partialSuccess":null}"#),
            ("application/json", br#"{"error":null,"errors":[]}"#),
            ("application/json; charset=utf-8", job),
            ("text/plain; charset=utf-8", b"{}"),
        ] {
            let text = String::from_utf8_lossy(body);
            assert_eq!(
                accepted(content_type, body, true),
                Ok(Accepted::default()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_was_rejected_is_counted() {
        let numbers = br#"{"partialSuccess":{"rejectedSpans":2,"errorMessage":"too old"}}"#;
        let texts = br#"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}"#;
        for (content_type, body) in [
            ("application/json", &numbers[..]),
            ("application/json", texts),
            ("application/x-protobuf", &partial()),
            ("", &partial()),
        ] {
            let expected = Accepted {
                rejected: 2,
                message: "too old".into(),
            };
            assert_eq!(accepted(content_type, body, true), Ok(expected));
        }
    }

    #[test]
    fn what_anybody_else_answers_is_not() {
        for (content_type, body, found) in [
            (
                "text/html; charset=utf-8",
                &b"<!doctype html><p>Sign in"[..],
                "a web page",
            ),
            ("text/html", b"Sign in", "a web page"),
            ("", b"\r\n<html>", "a web page"),
            (
                "application/xhtml+xml",
                b"<?xml version=\"1.0\"?>",
                "a web page",
            ),
            ("text/plain", b"It works!", "text"),
            ("application/json", b"[]", "JSON of another kind"),
            ("application/json", b"{\"partial", "JSON of another kind"),
            (
                "application/json",
                br#"{"error":"unauthorized"}"#,
                "an error in JSON",
            ),
            ("application/x-protobuf", b"\xff\xff", "other bytes"),
        ] {
            let text = String::from_utf8_lossy(body);
            assert_eq!(accepted(content_type, body, true), Err(found), "{text}");
        }
    }

    #[test]
    fn of_an_answer_that_does_not_end_the_beginning_decides() {
        for (content_type, body) in [
            ("", &b""[..]),
            ("", b"\x0a"),
            ("application/x-protobuf", b""),
            ("application/json", b"   "),
            ("application/json", br#"{"partialSuccess":{"rejec"#),
        ] {
            let text = String::from_utf8_lossy(body);
            assert_eq!(
                accepted(content_type, body, false),
                Ok(Accepted::default()),
                "{text}"
            );
        }
        for (content_type, body, found) in [
            ("text/html", &b""[..], "a web page"),
            ("", b"<!doctype", "a web page"),
            ("text/plain", b"It works", "text"),
        ] {
            assert_eq!(accepted(content_type, body, false), Err(found));
        }
    }

    #[test]
    fn a_web_page_is_a_refusal_that_says_what_to_look_at() {
        let url = Url::parse("http://host:4318/v1/traces").expect("an address");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "text/html".parse().expect("a header"));
        let response = Response {
            url: &url,
            status: StatusCode::OK,
            headers: &headers,
            body: b"<html>Sign in",
            is_whole: true,
            retry_after: None,
        };
        let SendOutcome::Misconfigured { message } = response.outcome("the keys") else {
            panic!("taken for a success");
        };
        assert!(
            message.starts_with("http://host:4318 answered 200 OK with a web page"),
            "{message}"
        );
        assert!(
            message.contains("proxy") && message.contains("login"),
            "{message}"
        );
    }

    proptest! {
        #[test]
        fn no_body_is_too_odd(content_type in ".{0,20}", body: Vec<u8>, is_whole: bool) {
            let _ = accepted(&content_type, &body, is_whole);
        }
    }
}
