//! Tools that a step used.
//!
//! The contract: a tool that nobody here knows is kept with all that the wire says of it, under the
//! name of its type.

use serde_json::{Value, json};

use crate::wire::facts::ToolCall;
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::openai::content;

/// A tool that a step used.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StepCall {
    pub(crate) id: Option<String>,
    /// `function`, `code_interpreter`, `file_search` or what else the server has.
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) arguments: Option<Value>,
    /// Absent until it has come.
    pub(crate) result: Option<Value>,
}

impl StepCall {
    /// Whether the caller runs it, between two requests.
    pub(crate) fn is_function(&self) -> bool {
        self.kind == "function"
    }
}

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
            call.arguments = details.text("arguments").and_then(content::arguments);
            call.result = details.value("output").map(content::result);
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
        arguments: function.text("arguments").and_then(content::arguments),
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
