//! Server-sent events, and bytes that take their time.
//!
//! Contract: an endpoint of the model says all it has to say at once, as an [`Answer`]; what a
//! model's name changes is changed there, where it is data; [`play`] is the only place where
//! time passes. The bytes of an event leave in one piece unless the network splits them. A
//! client that goes away stops its stream.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_channel::mpsc;
use serde_json::{Map, Value};

/// What an endpoint of the model answers, before it is delivered.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Whole(Value),
    Streamed(Streamed),
    /// What is no JSON: sound, or a transcript as text.
    Bytes {
        kind: &'static str,
        content: Bytes,
    },
}

/// A stream and what it may not tell: clients see the usage only if they ask, vendors and
/// their habits need it always.
#[derive(Clone, Debug)]
pub(super) struct Streamed {
    pub(super) events: Vec<Event>,
    pub(super) usage: Value,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(self);
        response
    }
}

/// One event of a stream, or what stands between two.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Event {
    /// A `data:` line alone, as Chat Completions writes it.
    Data(Value),
    /// An `event:` line with the type of the data, as Responses writes it.
    Typed(Value),
    Comment(&'static str),
    /// `data: [DONE]`
    Done,
}

impl Event {
    /// An event of `kind`, which its data repeats.
    pub(super) fn typed(kind: &str, fields: Value) -> Self {
        let mut fields = match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        fields.insert("type".to_owned(), Value::from(kind));
        Self::Typed(Value::Object(fields))
    }

    /// Its data, if it has any.
    pub(super) fn data_mut(&mut self) -> Option<&mut Value> {
        match self {
            Self::Data(data) | Self::Typed(data) => Some(data),
            Self::Comment(_) | Self::Done => None,
        }
    }

    /// As on the wire.
    pub(super) fn bytes(&self) -> Bytes {
        let text = match self {
            Self::Data(data) => format!("data: {data}\n\n"),
            Self::Typed(data) => {
                let kind = data["type"].as_str().unwrap_or_default();
                format!("event: {kind}\ndata: {}\n\n", type_first(kind, data))
            }
            Self::Comment(comment) => format!(": {comment}\n\n"),
            Self::Done => "data: [DONE]\n\n".to_owned(),
        };
        Bytes::from(text)
    }
}

/// OpenAI writes the type before everything else, and readers in a hurry rely on it.
fn type_first(kind: &str, data: &Value) -> String {
    let mut rest = data.clone();
    if let Some(fields) = rest.as_object_mut() {
        fields.remove("type");
    }
    let kind = Value::from(kind);
    match rest.to_string().strip_prefix('{') {
        Some("}") | None => format!("{{\"type\":{kind}}}"),
        Some(rest) => format!("{{\"type\":{kind},{rest}"),
    }
}

/// How a body ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ending {
    #[default]
    Regular,
    /// The connection closes where the body ought to go on.
    Cut,
    /// The body is over while its length says there is more.
    Short,
}

/// Time for what was sent to leave before the connection is closed.
const LEAVING: Duration = Duration::from_millis(30);

/// A body that brings `frames` one by one, each `between` after the other.
pub(super) fn play(frames: Vec<Bytes>, between: Duration, ending: Ending) -> Body {
    let (sender, receiver) = mpsc::unbounded::<io::Result<Bytes>>();
    tokio::spawn(async move {
        for frame in frames {
            if between.is_zero() {
                tokio::task::yield_now().await;
            } else {
                tokio::time::sleep(between).await;
            }
            // The client has gone.
            if sender.unbounded_send(Ok(frame)).is_err() {
                return;
            }
        }
        if ending != Ending::Regular {
            tokio::time::sleep(LEAVING).await;
        }
        if ending == Ending::Cut {
            let _ = sender.unbounded_send(Err(io::Error::other("cut")));
        }
    });
    Body::from_stream(receiver)
}

/// The header of a stream of events.
pub(super) fn mark_as_stream(response: &mut Response) {
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("text/event-stream; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    let fresh = HeaderValue::from_static("no-cache");
    headers.insert(header::CACHE_CONTROL, fresh);
}
