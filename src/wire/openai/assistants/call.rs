//! Tools that a step used.
//!
//! The contract: an unknown tool is kept with everything that the wire says about it, under the name of
//! its type.

use serde_json::{Value, json};

use crate::wire::content;
use crate::wire::facts::{StepCall, ToolCall};
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::openai::parts;

pub(super) fn calls(items: Vec<Value>) -> Vec<StepCall> {
    objects(items).filter_map(call).collect()
}

fn call(mut fields: Object) -> Option<StepCall> {
    let kind = fields.word("type")?;
    let mut call = StepCall {
        id: fields.id("id"),
        name: kind.clone(),
        ..StepCall::default()
    };
    let mut details = fields.object(&kind).unwrap_or_default();
    match kind.as_str() {
        "function" => {
            call.name = details.word("name").unwrap_or_default();
            call.arguments = details.text("arguments").map(Value::String);
            call.result = details.value("output").map(parts::result);
        }
        "code_interpreter" => {
            let code = details.text("input");
            call.arguments = code.map(|code| json!({ "code": code }));
            call.result = interpreted(details.list("outputs"));
        }
        "file_search" => {
            call.result = details.value("results").map(content::scrubbed);
            call.arguments = whole(details);
        }
        _ => {
            let result = details.value("output").or_else(|| details.value("outputs"));
            call.result = result.map(content::scrubbed);
            call.arguments = whole(details);
        }
    }
    call.kind = kind;
    Some(call)
}

/// A tool that the caller has to run.
pub(super) fn required(mut fields: Object) -> Option<ToolCall> {
    let mut function = fields.object("function").unwrap_or_default();
    Some(ToolCall {
        id: fields.id("id"),
        name: function.word("name")?,
        arguments: function.text("arguments"),
    })
}

fn whole(details: Object) -> Option<Value> {
    (!details.is_empty()).then(|| content::scrubbed(Value::Object(details)))
}

/// What the code printed, and the files that it made.
fn interpreted(outputs: Vec<Value>) -> Option<Value> {
    let (mut logs, mut files) = (String::new(), Vec::new());
    for mut output in objects(outputs) {
        if let Some(text) = output.text("logs") {
            logs.push_str(&text);
        }
        if let Some(file) = output
            .object("image")
            .and_then(|mut image| image.id("file_id"))
        {
            files.push(Value::String(file));
        }
    }
    let mut result = Object::new();
    if !logs.is_empty() {
        result.insert("logs".into(), logs.into());
    }
    if !files.is_empty() {
        result.insert("images".into(), files.into());
    }
    (!result.is_empty()).then_some(Value::Object(result))
}
