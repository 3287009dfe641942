//! Reads the objects of the API, from an answer, a list or an event.

use serde_json::Value;

use super::run;
use super::time::time;
use crate::wire::facts::{AssistantObject, AssistantsObject, MessageObject};
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::openai::parts;

/// All objects of a whole answer.
pub(in crate::wire::openai) fn objects_of(mut fields: Object) -> Vec<AssistantsObject> {
    // Some servers leave out what it is.
    let is_list = fields.peek("object").is_none_or(|kind| kind == "list");
    if is_list && matches!(fields.get("data"), Some(Value::Array(_))) {
        let is_empty = matches!(fields.get("data"), Some(Value::Array(data)) if data.is_empty());
        if is_empty {
            return vec![AssistantsObject::Nothing];
        }
        return objects(fields.list("data")).filter_map(one).collect();
    }
    one(fields).into_iter().collect()
}

/// One object of an answer, a list or an event.
pub(super) fn one(mut fields: Object) -> Option<AssistantsObject> {
    Some(match fields.peek("object")? {
        "assistant" => AssistantsObject::Assistant(AssistantObject {
            id: fields.id("id")?,
            name: fields.word("name"),
            description: fields.word("description"),
        }),
        "thread" => AssistantsObject::Thread(fields.id("id")?),
        "thread.message" => AssistantsObject::Message(message(fields)),
        "thread.run" => AssistantsObject::Run(Box::new(run::run(fields)?)),
        "thread.run.step" => AssistantsObject::Step(Box::new(run::step(fields)?)),
        "assistant.deleted" | "thread.deleted" | "thread.message.deleted" => {
            AssistantsObject::Deleted
        }
        _ => return None,
    })
}

/// A message of an answer or of a request, where it has no id yet.
pub(super) fn message(mut fields: Object) -> MessageObject {
    MessageObject {
        id: fields.id("id"),
        thread_id: fields.id("thread_id"),
        run_id: fields.id("run_id"),
        created_at: time(&mut fields, "created_at"),
        role: fields.word("role").unwrap_or_else(|| "user".into()),
        parts: fields.value("content").map(parts::all).unwrap_or_default(),
        is_partial: fields.peek("status") == Some("in_progress"),
    }
}
