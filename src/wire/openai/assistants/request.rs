//! Requests of the Assistants API.

use serde_json::Value;

use super::run::parameters;
use super::{MessageObject, message};
use crate::wire::facts::{RequestFacts, ToolResult};
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::openai::endpoint::Kind;
use crate::wire::openai::{content, request};

pub(in crate::wire) fn request(mut fields: Object, kind: Kind, facts: &mut RequestFacts) {
    match kind {
        Kind::AssistantCreate | Kind::RunCreate | Kind::ThreadAndRun => {
            facts.agent_id = fields.id("assistant_id");
            facts.agent_name = fields.word("name");
            for key in ["instructions", "additional_instructions"] {
                let text = fields.value(key).map(content::parts);
                facts.system_instructions.extend(text.unwrap_or_default());
            }
            facts.tools = request::tools(fields.list("tools"));
            let mut thread = fields.object("thread").unwrap_or_default();
            let messages = match kind {
                Kind::ThreadAndRun => thread.list("messages"),
                _ => fields.list("additional_messages"),
            };
            facts.messages = of_thread(messages);
            facts.parameters = parameters(&mut fields);
        }
        Kind::ThreadCreate => facts.messages = of_thread(fields.list("messages")),
        Kind::RunSubmitToolOutputs => {
            let results = objects(fields.list("tool_outputs")).filter_map(|mut output| {
                Some(ToolResult {
                    call_id: output.id("tool_call_id")?,
                    output: content::result(output.value("output").unwrap_or_default()),
                })
            });
            facts.tool_results = results.collect();
        }
        _ => {}
    }
}

fn of_thread(messages: Vec<Value>) -> Vec<crate::model::message::Message> {
    let messages = objects(messages).map(message);
    messages
        .map(|message: MessageObject| message.message())
        .collect()
}
