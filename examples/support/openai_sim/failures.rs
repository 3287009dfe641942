//! Failures on demand: the name of the model says what goes wrong.
//!
//! Contract: any endpoint of the model fails the same way for the same name; nothing else in
//! the simulator knows of it. A name may stand behind a vendor's: `groq-style/error-stream`.
//!
//! | model | what happens |
//! |---|---|
//! | `error-NNN` | status NNN with OpenAI's error object; 429 and 503 say when to retry |
//! | `error-NNN-once`, `error-NNN-twice` | the first one or two of equal requests fail so, then one succeeds, and so on; requests are equal if their `x-test-id` or, without that, path and body are |
//! | `error-NNN-html` | status NNN with a proxy's page |
//! | `error-quota` | 429 that no retry will heal |
//! | `error-empty` | status 502 with nothing in it |
//! | `error-stream` | an error event in the midst of a stream with status 200; a whole response has the status `failed`, anything else is a 500 |
//! | `slow` | waits before the headers and before every chunk |
//! | `cut` | the connection closes half-way |
//! | `hang` | nothing ever comes |
//! | `bad-json` | status 200 with JSON that breaks off |
//! | `bad-types` | status 200 with JSON whose fields have other types than they should |
//! | `lying-length` | a `content-length` larger than the body |
//! | `refusal`, `content-filter` | no failure: the model refuses, or is stopped by a filter |

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use super::error::ApiError;
use super::state::Simulator;
use super::stream::{Answer, Event};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// So many times of as many and one; always without a number.
    Refused {
        status: StatusCode,
        times: Option<u32>,
    },
    Page {
        status: StatusCode,
    },
    Quota,
    Empty,
    Stream,
    Slow,
    Cut,
    Hang,
    BadJson,
    BadTypes,
    LyingLength,
}

impl Failure {
    /// The failure `model` names.
    pub(super) fn of(model: &str) -> Option<Self> {
        model.split('/').find_map(|name| match name {
            "error-quota" => Some(Self::Quota),
            "error-empty" => Some(Self::Empty),
            "error-stream" => Some(Self::Stream),
            "slow" => Some(Self::Slow),
            "cut" => Some(Self::Cut),
            "hang" => Some(Self::Hang),
            "bad-json" => Some(Self::BadJson),
            "bad-types" => Some(Self::BadTypes),
            "lying-length" => Some(Self::LyingLength),
            other => Self::refused(other.strip_prefix("error-")?),
        })
    }

    fn refused(name: &str) -> Option<Self> {
        let (status, rest) = name.split_at_checked(3)?;
        let status = StatusCode::from_bytes(status.as_bytes()).ok()?;
        if !(status.is_client_error() || status.is_server_error()) {
            return None;
        }
        let times = match rest {
            "" => None,
            "-once" => Some(1),
            "-twice" => Some(2),
            "-html" => return Some(Self::Page { status }),
            _ => return None,
        };
        Some(Self::Refused { status, times })
    }

    /// What is answered in place of the model; nothing if the model is to answer.
    pub(super) fn refuse(self, simulator: &Simulator, asked: &Asked<'_>) -> Option<Response> {
        match self {
            Self::Refused { status, times } => {
                if times.is_some_and(|times| !simulator.fails_again(asked.key(), times)) {
                    return None;
                }
                Some(refusal(simulator, status, asked))
            }
            Self::Page { status } => Some((status, Html(page(status))).into_response()),
            Self::Quota => {
                let message = "You exceeded your current quota, please check your plan and \
                               billing details.";
                let kind = "insufficient_quota";
                let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, kind, message);
                Some(error.with_code(kind).into_response())
            }
            Self::Empty => Some(StatusCode::BAD_GATEWAY.into_response()),
            Self::Stream if !asked.stream && !asked.path.ends_with("/responses") => {
                Some(refusal(simulator, StatusCode::INTERNAL_SERVER_ERROR, asked))
            }
            _ => None,
        }
    }

    /// Changes what the model answers.
    pub(super) fn spoil(self, answer: &mut Answer) {
        match (self, answer) {
            (Self::Stream, Answer::Streamed(stream)) => fail_midway(&mut stream.events),
            (Self::Slow, Answer::Streamed(stream)) => keep_alive(&mut stream.events),
            (Self::BadTypes, Answer::Whole(value)) => confuse(value),
            (Self::BadTypes, Answer::Streamed(stream)) => {
                stream
                    .events
                    .iter_mut()
                    .filter_map(Event::data_mut)
                    .for_each(confuse);
            }
            _ => {}
        }
    }
}

/// Whether a response of `model` fails after it has been accepted.
pub(super) fn fails_late(model: &str) -> bool {
    Failure::of(model) == Some(Failure::Stream)
}

/// What of a request decides how it fails.
#[derive(Debug)]
pub(super) struct Asked<'request> {
    pub(super) path: &'request str,
    pub(super) model: &'request str,
    pub(super) stream: bool,
    /// The `x-test-id` header.
    pub(super) test: Option<&'request [u8]>,
    pub(super) body: &'request Bytes,
}

impl Asked<'_> {
    /// Equal for equal requests.
    fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        match self.test {
            Some(test) => (test, self.model).hash(&mut hasher),
            None => (self.path, self.body).hash(&mut hasher),
        }
        hasher.finish()
    }
}

fn refusal(simulator: &Simulator, status: StatusCode, asked: &Asked<'_>) -> Response {
    let model = asked.model;
    let refused = |message: String| ApiError::refused(status, message);
    let server = |message: &str| ApiError::new(status, "server_error", message);
    let error = match status.as_u16() {
        400 => refused(
            "This model's maximum context length is 8192 tokens. However, your messages \
             resulted in 9001 tokens. Please reduce the length of the messages."
                .to_owned(),
        )
        .with_param("messages")
        .with_code("context_length_exceeded"),
        401 => refused(
            "Incorrect API key provided: sk-...wxyz. You can find your API key at \
             https://platform.openai.com/account/api-keys."
                .to_owned(),
        )
        .with_code("invalid_api_key"),
        403 => refused(format!("Project does not have access to model `{model}`"))
            .with_code("model_not_found"),
        404 => refused(format!(
            "The model `{model}` does not exist or you do not have access to it."
        ))
        .with_code("model_not_found"),
        429 => {
            let message = format!(
                "Rate limit reached for {model} on requests per min (RPM): Limit 3, Used 3, \
                 Requested 1. Please try again later."
            );
            ApiError::new(status, "requests", message).with_code("rate_limit_exceeded")
        }
        503 => server("The engine is currently overloaded, please try again later."),
        500.. => server("The server had an error while processing your request. Sorry about that!"),
        _ => refused(format!("The request was refused with status {status}.")),
    };
    let mut response = error.into_response();
    let headers = response.headers_mut();
    if matches!(status.as_u16(), 429 | 503) {
        let wait = simulator.retry_after().as_secs();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        headers.insert("x-ratelimit-limit-requests", HeaderValue::from(3));
        headers.insert("x-ratelimit-remaining-requests", HeaderValue::from(0));
        let reset = HeaderValue::from_static("20s");
        headers.insert("x-ratelimit-reset-requests", reset);
    }
    // Recorded so: the JSON of this one is called text.
    if status == StatusCode::UNAUTHORIZED && asked.path.ends_with("/responses") {
        let kind = HeaderValue::from_static("text/plain");
        headers.insert(header::CONTENT_TYPE, kind);
    }
    response
}

fn page(status: StatusCode) -> String {
    format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1>\
         </center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
}

/// The error every late failure reports.
fn late_error() -> Value {
    json!({"code": "server_error", "message": "The model failed to generate a response."})
}

/// Makes `response` one whose model has failed.
pub(super) fn fail(response: &mut Value) {
    response["status"] = json!("failed");
    response["error"] = late_error();
    response["output"] = json!([]);
    response["usage"] = Value::Null;
    response["completed_at"] = Value::Null;
}

fn fail_midway(events: &mut Vec<Event>) {
    let last = events.iter_mut().rev().find_map(Event::data_mut);
    let response = last
        .map(|last| last["response"].clone())
        .unwrap_or_default();
    let typed = matches!(events.first(), Some(Event::Typed(_)));
    events.truncate((events.len() / 2).max(1));
    let number = events.len();
    let error = late_error();
    if !typed {
        events.push(Event::Data(json!({"error": {
            "message": error["message"], "type": "server_error", "param": null, "code": null,
        }})));
        return;
    }
    events.push(Event::typed(
        "error",
        json!({
            "code": error["code"], "message": error["message"], "param": null,
            "sequence_number": number,
        }),
    ));
    if response.is_object() {
        let mut response = response;
        fail(&mut response);
        let fields = json!({"response": response, "sequence_number": number + 1});
        events.push(Event::typed("response.failed", fields));
    }
}

/// What OpenAI says in a stream of events while the model is silent.
fn keep_alive(events: &mut Vec<Event>) {
    let numbered = |event: &mut Event| {
        event
            .data_mut()
            .is_some_and(|data| data["sequence_number"].is_u64())
    };
    if events.len() < 2 || !events.iter_mut().all(numbered) {
        return;
    }
    events.insert(2, Event::typed("keepalive", json!({})));
    for (number, event) in events.iter_mut().enumerate() {
        if let Some(data) = event.data_mut() {
            data["sequence_number"] = json!(number);
        }
    }
}

/// Gives fields types that no client expects, and leaves what a patient reader can still use.
fn confuse(value: &mut Value) {
    for name in ["created", "created_at"] {
        if !value[name].is_null() {
            value[name] = json!("yesterday");
        }
    }
    if let Some(response) = value.get_mut("response") {
        confuse(response);
    }
    for list in ["choices", "data"] {
        let items = value.get_mut(list).and_then(Value::as_array_mut);
        for item in items.into_iter().flatten() {
            item["index"] = json!("first");
        }
    }
    let usage = value.get_mut("usage").and_then(Value::as_object_mut);
    for (_, count) in usage.into_iter().flatten() {
        if count.is_u64() {
            *count = json!(count.to_string());
        }
    }
}
