//! Other providers' APIs, in their own words: one file a dialect.
//!
//! Contract: the tutor answers, whatever the model is called; counts are those of its tokens. Nothing is
//! remembered, nothing fails, and no key is asked for.

mod anthropic;
mod bedrock;
mod cohere;
mod gemini;
mod mcp;
mod mistral;
mod ollama;
mod tgi;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::state::Simulator;
use super::{tokens, tutor};

pub(super) fn routes() -> Router<Simulator> {
    Router::new()
        .merge(anthropic::routes())
        .merge(bedrock::routes())
        .merge(cohere::routes())
        .merge(gemini::routes())
        .merge(mcp::routes())
        .merge(mistral::routes())
        .merge(ollama::routes())
        .merge(tgi::routes())
}

/// What the tutor says, and how long question and answer are in tokens.
struct Reply {
    text: String,
    input: u64,
    output: u64,
}

impl Reply {
    /// To the text that the request ends with.
    fn to(request: &Value) -> Self {
        let question = last_text(request).unwrap_or_default();
        let text = tutor::answer(question);
        Self {
            input: tokens::count(question),
            output: tokens::count(&text),
            text,
        }
    }

    /// The answer in pieces, as a model writes them.
    fn pieces(&self) -> Vec<&str> {
        tokens::pieces(&self.text)
    }
}

/// The last text of a conversation, however it is wrapped; a text without spaces is a word of the API.
fn last_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text.as_str()).filter(|text| text.contains(' ')),
        Value::Array(items) => items.iter().rev().find_map(last_text),
        Value::Object(fields) => fields.values().rev().find_map(last_text),
        _ => None,
    }
}

/// A stream of events, with their names where the API gives them some.
fn events(events: impl IntoIterator<Item = (&'static str, Value)>) -> Response {
    let written = events.into_iter().map(|(name, data)| match name {
        "" => format!("data: {data}\n\n"),
        name => format!("event: {name}\ndata: {data}\n\n"),
    });
    let body: String = written.collect();
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}
