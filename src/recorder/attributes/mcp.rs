//! A message of the Model Context Protocol and its answer, as attributes.

use crate::conventions as names;
use crate::conventions::{mcp, observation};
use crate::span::AttributeSink;
use crate::wire::{McpMessage, McpSubject, RequestFacts, ResponseFacts};

/// `tools/call get_weather`: the method and what it is about.
pub(super) fn name(message: &McpMessage, subject: Option<&McpSubject>) -> String {
    match subject.and_then(McpSubject::target) {
        Some(target) => format!("{} {target}", message.method),
        None => message.method.clone(),
    }
}

/// What is known before the body is read.
pub(super) fn message(set: &mut impl AttributeSink, message: &McpMessage) {
    set.push(mcp::METHOD_NAME, message.method.clone());
    set.push_some(mcp::SESSION_ID, message.session_id.clone());
    set.push_some(mcp::PROTOCOL_VERSION, message.protocol_version.clone());
    set.push(mcp::NETWORK_PROTOCOL, "http");
    set.push(mcp::NETWORK_TRANSPORT, "tcp");
}

/// What the head of an answer says.
#[derive(Debug)]
pub(in crate::recorder) struct AnswerHead<'a> {
    pub(in crate::recorder) is_success: bool,
    /// The session that the server has opened.
    pub(in crate::recorder) session_id: Option<&'a str>,
}

/// What was asked and answered. What a tool has returned is its result unless it has failed.
pub(in crate::recorder) fn exchange(
    set: &mut impl AttributeSink,
    request: &RequestFacts,
    answer: &ResponseFacts,
    head: &AnswerHead<'_>,
) {
    let subject = &request.mcp;
    set.push_some(mcp::REQUEST_ID, subject.request_id.clone());
    set.push_some(mcp::RPC_VERSION, subject.rpc_version.clone());
    set.push_some(names::TOOL_NAME, subject.tool.clone());
    set.push_some(names::PROMPT_NAME, subject.prompt.clone());
    set.push_some(mcp::RESOURCE_URI, subject.resource.clone());
    set.push_some(mcp::SESSION_ID, head.session_id.map(str::to_owned));
    let version = answer.protocol_version.as_ref();
    let version = version.or(subject.protocol_version.as_ref());
    set.push_some(mcp::PROTOCOL_VERSION, version.cloned());
    let code = answer.error.as_ref().and_then(|error| error.code.as_ref());
    // In place of an answer, a gateway has codes of its own, but they are not negative.
    let is_of_protocol = |code: &str| match code.parse() {
        Ok(code) => head.is_success || i64::is_negative(code),
        Err(_) => false,
    };
    let code = code.filter(|code| is_of_protocol(code));
    set.push_some(mcp::STATUS_CODE, code.cloned());
    let is_tool = subject.tool.is_some();
    let (input, output) = match is_tool {
        true if answer.error.is_some() => (names::TOOL_CALL_ARGUMENTS, observation::OUTPUT),
        true => (names::TOOL_CALL_ARGUMENTS, names::TOOL_CALL_RESULT),
        false => (observation::INPUT, observation::OUTPUT),
    };
    if let Some(content) = &request.input {
        set.content(input, content);
    }
    if let Some(content) = &answer.output {
        set.content(output, content);
    }
}
