//! A response, whole or as an event among other messages.
//!
//! The contract: before the response, a server may send notifications and requests of its own on the same
//! stream; the response is the last message. A stream that ends without one has not failed: the client may ask
//! for the rest on another one.

use std::time::Duration;

use serde_json::Value;

use crate::conventions::error_type::TOOL_ERROR;
use crate::wire::content;
use crate::wire::content::scrubbed;
use crate::wire::dialect::{Activity, Assembler, StreamEnd};
use crate::wire::error;
use crate::wire::facts::ResponseFacts;
use crate::wire::fields::{Fields, Object, objects};

const FAILED: &str = "the tool answered with an error";
const ELSEWHERE: &str = "the stream ended before the answer, which may come on another one";

/// The facts of a response; of a tool's, what it returned.
pub(super) fn read(is_tool: bool, mut fields: Object) -> ResponseFacts {
    let mut facts = ResponseFacts {
        complete: true,
        ..ResponseFacts::default()
    };
    match fields.value("error") {
        Some(Value::Object(error)) => facts.error = Some(error::of_fields(error)),
        Some(error) => facts.error = Some(error::of_body(error)),
        None => {}
    }
    match fields.value("result") {
        Some(Value::Object(mut result)) => {
            result.remove("_meta");
            let version = result.peek("protocolVersion");
            facts.protocol_version = version.map(str::to_owned);
            if is_tool {
                if result.flag("isError") == Some(true) {
                    facts.error = Some(error::of_ours(TOOL_ERROR, FAILED));
                }
                facts.output = returned(result);
            } else {
                facts.output = Some(scrubbed(Value::Object(result)));
            }
        }
        other => facts.output = other,
    }
    facts
}

/// What a tool returned: as a structure, as a text, or as all that its answer consists of.
fn returned(mut result: Object) -> Option<Value> {
    if let Some(structure) = result.value("structuredContent") {
        return Some(structure);
    }
    let mut blocks: Vec<Value> = objects(result.list("content")).map(block).collect();
    match blocks.as_mut_slice() {
        [] if result.is_empty() => None,
        // A result of another kind, such as a task that goes on.
        [] => Some(scrubbed(Value::Object(result))),
        [Value::String(text)] => Some(Value::String(std::mem::take(text))),
        _ => Some(Value::Array(blocks)),
    }
}

/// A text as such; inline bytes as a marker.
fn block(mut fields: Object) -> Value {
    let kind = fields.text("type").unwrap_or_default();
    if kind == "text"
        && let Some(text) = fields.text("text")
    {
        return Value::String(text);
    }
    if let Some(data) = fields.text("data") {
        return blob(&kind, &data, fields.text("mimeType"));
    }
    if let Some(Value::Object(resource)) = fields.get_mut("resource")
        && let Some(data) = resource.text("blob")
    {
        let media_type = resource.peek("mimeType").map(str::to_owned);
        let data = blob("document", &data, media_type);
        resource.insert("blob".into(), data);
    }
    fields.insert("type".into(), kind.into());
    scrubbed(Value::Object(fields))
}

fn blob(modality: &str, data: &str, media_type: Option<String>) -> Value {
    let part = content::blob(modality, data, media_type.as_deref());
    serde_json::to_value(part).unwrap_or_default()
}

/// The response among the messages of a stream.
#[derive(Debug)]
pub(super) struct Answer {
    is_tool: bool,
    response: Option<ResponseFacts>,
}

impl Answer {
    pub(super) fn new(is_tool: bool) -> Self {
        Self {
            is_tool,
            response: None,
        }
    }
}

impl Assembler for Answer {
    fn event(&mut self, _name: &str, event: Object, _at: Duration) -> Activity {
        let has = |key: &str| event.contains_key(key);
        if self.response.is_none() && !has("method") && (has("result") || has("error")) {
            self.response = Some(read(self.is_tool, event));
        }
        // Nothing of it is a token of a model.
        Activity::Nothing
    }

    fn is_over(&self) -> bool {
        self.response.is_some()
    }

    fn finish(self: Box<Self>, _end: StreamEnd) -> ResponseFacts {
        self.response.unwrap_or_else(|| ResponseFacts {
            warning: Some(ELSEWHERE.into()),
            ..ResponseFacts::default()
        })
    }
}
