//! The Assistants API: its objects, wherever they are shown.
//!
//! The contract: what a body is, its `object` field says, never the path alone, because other
//! products serve other things under the same paths. The same object is read alike from an answer,
//! from a list and from an event. Times are those of the server; some servers count milliseconds.

mod call;
mod request;
mod run;
mod stream;

use std::time::Duration;

use serde_json::Value;

pub(crate) use call::StepCall;
pub(super) use request::request;
pub(crate) use run::{RunObject, StepObject};
pub(super) use stream::Stream;

use super::content;
use crate::model::message::{Message, Part};
use crate::wire::fields::{Fields, Object, objects};

/// Seconds beyond this are milliseconds: as seconds they would lie in the year 5138.
const GREATEST_SECONDS: f64 = 1e11;

/// One thing that an answer showed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shown {
    Assistant(AssistantObject),
    /// A thread, by its id.
    Thread(String),
    Message(MessageObject),
    Run(Box<RunObject>),
    Step(Box<StepObject>),
    /// The first piece of a message or step of this id has come on a stream.
    Begun(String),
    /// Whatever the path names is no more.
    Deleted,
    /// Something of the API in which there is nothing to see: a page with nothing on it.
    Nothing,
}

/// Who answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AssistantObject {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
}

/// A message of a thread.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct MessageObject {
    pub(crate) id: Option<String>,
    pub(crate) thread_id: Option<String>,
    /// The run that wrote it.
    pub(crate) run_id: Option<String>,
    pub(crate) created_at: Option<Duration>,
    pub(crate) role: String,
    pub(crate) parts: Vec<Part>,
    /// Whether more of it may come.
    pub(crate) is_partial: bool,
}

impl MessageObject {
    pub(crate) fn message(&self) -> Message {
        Message::new(self.role.as_str(), self.parts.iter().cloned())
    }
}

/// Everything that a whole answer shows.
pub(super) fn shown(mut fields: Object) -> Vec<Shown> {
    if fields.peek("object") == Some("list") {
        let is_empty = matches!(fields.get("data"), Some(Value::Array(data)) if data.is_empty());
        if is_empty {
            return vec![Shown::Nothing];
        }
        return objects(fields.list("data")).filter_map(one).collect();
    }
    one(fields).into_iter().collect()
}

/// One object of an answer, a list or an event.
fn one(mut fields: Object) -> Option<Shown> {
    Some(match fields.peek("object")? {
        "assistant" => Shown::Assistant(AssistantObject {
            id: fields.id("id")?,
            name: fields.word("name"),
        }),
        "thread" => Shown::Thread(fields.id("id")?),
        "thread.message" => Shown::Message(message(fields)),
        "thread.run" => Shown::Run(Box::new(run::run(fields)?)),
        "thread.run.step" => Shown::Step(Box::new(run::step(fields)?)),
        "assistant.deleted" | "thread.deleted" | "thread.message.deleted" => Shown::Deleted,
        _ => return None,
    })
}

/// A message of an answer or of a request, where it has no id yet.
fn message(mut fields: Object) -> MessageObject {
    MessageObject {
        id: fields.id("id"),
        thread_id: fields.id("thread_id"),
        run_id: fields.id("run_id"),
        created_at: time(&mut fields, "created_at"),
        role: fields.word("role").unwrap_or_else(|| "user".into()),
        parts: fields
            .value("content")
            .map(content::parts)
            .unwrap_or_default(),
        is_partial: fields.peek("status") == Some("in_progress"),
    }
}

/// A time of the server, since the epoch.
fn time(fields: &mut Object, key: &str) -> Option<Duration> {
    let seconds = match fields.remove(key)? {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    let seconds = if seconds > GREATEST_SECONDS {
        seconds / 1000.0
    } else {
        seconds
    };
    // A time that is no time, or beyond every clock.
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|time| time.as_secs_f64() <= GREATEST_SECONDS && !time.is_zero())
}
