//! The setters of observations.
//!
//! Each of them stands here once and becomes two methods: `with_…` before the start and `set_…`
//! while the observation runs. The span room decides which attributes they write.

use std::error::Error;
use std::time::SystemTime;

use serde::Serialize;

use super::builder::ObservationBuilder;
use super::live::Observation;
use crate::conventions as names;
use crate::model::message::{Message, Part, ToolDefinition, Usage};
use crate::model::{Level, ObservationType};
use crate::span::AttributeSink as _;

/// Makes `with_…` and `set_…` of each row.
macro_rules! setters {
    ($(
        $(#[$doc:meta])*
        $with:ident, $set:ident $(<$generic:ident: $bound:path>)? ($($argument:ident: $type:ty),*) => $write:expr;
    )*) => {
        impl ObservationBuilder {
            $(
                $(#[$doc])*
                pub fn $with$(<$generic: $bound>)?(self, $($argument: $type),*) -> Self {
                    self.write($write)
                }
            )*
        }

        impl Observation {
            $(
                $(#[$doc])*
                pub fn $set$(<$generic: $bound>)?(&self, $($argument: $type),*) -> &Self {
                    self.write($write)
                }
            )*
        }
    };
}

setters! {
    /// The type of observation.
    with_type, set_type(kind: ObservationType) => |to| to.observation_type(kind);

    /// The provider, one of [`provider`](crate::conventions::provider) or any other text.
    with_provider, set_provider(provider: impl Into<String>) =>
        |to| to.push(names::PROVIDER_NAME, provider.into());

    /// The model that is asked.
    with_model, set_model(model: impl Into<String>) =>
        |to| to.push(names::REQUEST_MODEL, model.into());

    /// The model that answered, where the provider says so.
    with_response_model, set_response_model(model: impl Into<String>) =>
        |to| to.push(names::RESPONSE_MODEL, model.into());

    /// The server that is called.
    with_server, set_server(address: impl Into<String>, port: u16) => |to| to.server(address, port);

    /// The provider's id of the response.
    with_response_id, set_response_id(id: impl Into<String>) =>
        |to| to.push(names::RESPONSE_ID, id.into());

    /// The id of the thread or conversation that this belongs to.
    with_conversation, set_conversation(id: impl Into<String>) =>
        |to| to.push(names::CONVERSATION_ID, id.into());

    /// A parameter of the request, under the name that the provider's API gives it.
    with_parameter, set_parameter(name: &str, value: impl Serialize) =>
        |to| to.parameter(name, value);

    /// The sequences at which the model stops.
    with_stop_sequences, set_stop_sequences<T: Into<String>>(sequences: impl IntoIterator<Item = T>) =>
        |to| to.stop_sequences(sequences);

    /// Why the model stopped, one reason a choice.
    with_finish_reasons, set_finish_reasons<T: Into<String>>(reasons: impl IntoIterator<Item = T>) =>
        |to| to.finish_reasons(reasons);

    /// The messages sent, all of them, in order.
    with_input_messages, set_input_messages(messages: impl IntoIterator<Item = Message>) =>
        |to| to.messages(names::INPUT_MESSAGES, messages);

    /// The messages received, one a choice. Why the model stopped follows from those that say it.
    with_output_messages, set_output_messages(messages: impl IntoIterator<Item = Message>) =>
        |to| to.output_messages(messages.into_iter().collect());

    /// Instructions apart from the messages.
    with_system_instructions, set_system_instructions(text: impl Into<String>) =>
        |to| to.system_instructions(&[Part::text(text)]);

    /// The tools that the model may call.
    with_tools, set_tools(tools: impl IntoIterator<Item = ToolDefinition>) =>
        |to| to.tools(tools);

    /// The id under which the model asked for the tool.
    with_tool_call_id, set_tool_call_id(id: impl Into<String>) =>
        |to| to.push(names::TOOL_CALL_ID, id.into());

    /// The arguments of the tool, an object where possible: text as it is, anything else as JSON.
    with_tool_arguments, set_tool_arguments(arguments: impl Serialize) =>
        |to| to.content(names::TOOL_CALL_ARGUMENTS, arguments);

    /// The result of the tool: text as it is, anything else as JSON.
    with_tool_result, set_tool_result(result: impl Serialize) =>
        |to| to.content(names::TOOL_CALL_RESULT, result);

    /// The provider's id of a hosted agent, such as `asst_…`.
    with_agent_id, set_agent_id(id: impl Into<String>) =>
        |to| to.push(names::AGENT_ID, id.into());

    /// The agent's name.
    with_agent_name, set_agent_name(name: impl Into<String>) =>
        |to| to.push(names::AGENT_NAME, name.into());

    /// What the agent is for.
    with_agent_description, set_agent_description(description: impl Into<String>) =>
        |to| to.push(names::AGENT_DESCRIPTION, description.into());

    /// The input, in place of messages or of a function's arguments: text as it is, anything else as
    /// JSON.
    with_input, set_input(input: impl Serialize) =>
        |to| to.content(names::observation::INPUT, input);

    /// The output, in place of messages or of a function's result: text as it is, anything else as
    /// JSON.
    with_output, set_output(output: impl Serialize) =>
        |to| to.content(names::observation::OUTPUT, output);

    /// Token counts. Give them once: counts on an observation and on its children add up.
    with_usage, set_usage(usage: Usage) => |to| to.usage(usage);

    /// The cost in US dollars: of a bucket such as `input` or `output`, or the `total`. Without a
    /// total, Langfuse gets the sum.
    with_cost, set_cost(bucket: &str, dollars: f64) =>
        |to| to.cost(bucket, dollars);

    /// The prompt, managed by the backend, that this generation used.
    with_prompt, set_prompt(name: impl Into<String>, version: i64) =>
        |to| to.prompt(name, version);

    /// When the first token arrived.
    with_completion_start, set_completion_start(time: SystemTime) => |to| to.completion_start(time);

    /// How it went. [`Level::Error`] is an error for every backend.
    with_level, set_level(level: Level) => |to| to.level(level);

    /// A sentence that explains the level.
    with_status_message, set_status_message(message: impl Into<String>) =>
        |to| to.push(names::observation::STATUS_MESSAGE, message.into());

    /// Marks it as failed. `kind` is a name of low cardinality, such as the provider's error code;
    /// `message` explains it.
    with_error, set_error(kind: impl Into<String>, message: impl Into<String>) =>
        |to| to.error(kind, message);

    /// Marks it as failed with this error: its message and those of its sources, at most 1,000 bytes,
    /// and the name of its type. A `dyn Error` has no useful name.
    with_error_from, set_error_from(error: &(impl Error + ?Sized)) =>
        |to| to.error_from(error);

    /// Metadata of this observation: scalars keep their type, anything else becomes JSON.
    with_metadata, set_metadata(key: &str, value: impl Serialize) => |to| to.metadata(key, value);
}
