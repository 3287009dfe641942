//! Requests of the Assistants API.

use serde_json::Value;

use super::object::message;
use super::run::parameters;
use crate::wire::facts::{AssistantsEndpoint, MessageObject, RequestFacts, ToolResult};
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::openai::parts;
use crate::wire::openai::tools;

pub(in crate::wire::openai) fn request(
    mut fields: Object,
    endpoint: AssistantsEndpoint,
    facts: &mut RequestFacts,
) {
    match endpoint {
        AssistantsEndpoint::AssistantCreate
        | AssistantsEndpoint::RunCreate
        | AssistantsEndpoint::ThreadAndRun => {
            facts.agent_id = fields.id("assistant_id");
            facts.agent_name = fields.word("name");
            facts.agent_description = fields.word("description");
            for key in ["instructions", "additional_instructions"] {
                let text = fields.value(key).map(parts::all);
                facts.system_instructions.extend(text.unwrap_or_default());
            }
            facts.tools = tools::definitions(fields.list("tools"));
            let mut thread = fields.object("thread").unwrap_or_default();
            let messages = match endpoint {
                AssistantsEndpoint::ThreadAndRun => thread.list("messages"),
                _ => fields.list("additional_messages"),
            };
            facts.messages = of_thread(messages);
            facts.parameters = parameters(&mut fields);
        }
        AssistantsEndpoint::ThreadCreate => facts.messages = of_thread(fields.list("messages")),
        AssistantsEndpoint::RunSubmitToolOutputs => {
            let results = objects(fields.list("tool_outputs")).filter_map(|mut output| {
                Some(ToolResult {
                    call_id: output.id("tool_call_id")?,
                    output: parts::result(output.value("output").unwrap_or_default()),
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
