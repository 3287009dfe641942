//! Definitions of tools, of every API of OpenAI.
//!
//! The contract: name and schema only, since tools of the provider are configured with addresses and
//! secrets.

use serde_json::Value;

use crate::model::message::ToolDefinition;
use crate::wire::fields::{Fields, Object, objects};

/// What an array of tools defines.
pub(in crate::wire) fn definitions(items: Vec<Value>) -> Vec<ToolDefinition> {
    objects(items).filter_map(any_tool).collect()
}

fn any_tool(mut fields: Object) -> Option<ToolDefinition> {
    let kind = fields.word("type").unwrap_or_else(|| "function".into());
    match fields.object(&kind) {
        // Chat Completions nests what the others have at the top.
        Some(nested) if nested.contains_key("name") => tool(&kind, nested),
        _ => tool(&kind, fields),
    }
}

/// A tool of this kind, if it has a name.
pub(super) fn tool(kind: &str, mut fields: Object) -> Option<ToolDefinition> {
    let name = fields
        .word("name")
        .or_else(|| fields.word("server_label"))
        .or_else(|| (kind != "function").then(|| kind.to_owned()))?;
    let mut tool = ToolDefinition::function(name);
    tool.kind = kind.to_owned();
    tool.description = fields.word("description");
    // Anthropic's name for it.
    let schema = fields.value("input_schema");
    tool.parameters = fields.value("parameters").or(schema);
    tool.strict = fields.flag("strict");
    Some(tool)
}
