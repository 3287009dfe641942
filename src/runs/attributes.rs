//! A run of an assistant as attributes: the agent, its generations, its tools.
//!
//! Pure. Model and usage stand on the generations and nowhere else: backends add up what they find,
//! and Langfuse drops both on an agent's span.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::KeyValue;
use opentelemetry::trace::Event;

use crate::conventions as names;
use crate::model::message::{Message, Part, Usage};
use crate::model::{Level, ObservationType};
use crate::runs::report::{Generation, Tool, finish_reason, written};
use crate::runs::run::{Event as RunEvent, Run};
use crate::span::{
    Fact, attribute, error, finish_reasons, json, level, messages, metadata, parameter, tools,
    usage,
};
use crate::text::timestamp;
use crate::wire::{AssistantsEndpoint, RequestFacts, RunObject};

/// `invoke_agent` and the agent's name, where it is known.
pub(crate) fn agent_name(agent: Option<&str>) -> String {
    named(names::operation::INVOKE_AGENT, agent)
}

/// An operation and what it was done with.
fn named(operation: &str, with: Option<&str>) -> String {
    match with {
        Some(with) => format!("{operation} {with}"),
        None => operation.to_owned(),
    }
}

/// The span of a run.
pub(crate) fn agent<O>(run: &Run<O>) -> Vec<Fact> {
    let mut facts = crate::span::observation_type(ObservationType::Agent);
    if let Some(name) = &run.agent {
        facts.extend(attribute(names::AGENT_NAME, name.clone()));
    }
    facts.extend(state(&run.object));
    let polls = i64::try_from(run.polls).unwrap_or(i64::MAX);
    facts.extend(attribute(names::run::POLLS, polls));
    facts.extend(instructions(run));
    if !run.input.is_empty() {
        facts.extend(json(names::INPUT_MESSAGES, &unshared(&run.input)));
    }
    let answers: Vec<_> = written(run)
        .into_iter()
        .map(|message| crate::runs::report::answer(run, message))
        .collect();
    if !answers.is_empty() {
        facts.extend(messages(names::OUTPUT_MESSAGES, answers));
    }
    if run.is_over() {
        facts.extend(finish_reasons([finish_reason(run)]));
    }
    facts.extend(outcome(run));
    facts
}

/// What a run says of itself, without what was said in it.
pub(crate) fn state(run: &RunObject) -> Vec<Fact> {
    let mut facts = attribute(names::run::ID, run.id.clone());
    let texts = [
        (names::AGENT_ID, run.assistant_id.clone()),
        (names::CONVERSATION_ID, run.thread_id.clone()),
        (names::run::STATUS, run.status.clone()),
        (names::run::INCOMPLETE_REASON, run.incomplete_reason.clone()),
        (names::run::CREATED_AT, run.created_at.and_then(text)),
        (names::run::STARTED_AT, run.started_at.and_then(text)),
        (names::run::ENDED_AT, run.ended_at.and_then(text)),
    ];
    for (key, value) in texts {
        facts.extend(value.map(|value| attribute(key, value)).unwrap_or_default());
    }
    for (key, value) in &run.metadata {
        facts.extend(metadata(key, value));
    }
    facts
}

/// A time of the server.
fn text(time: Duration) -> Option<String> {
    timestamp::rfc3339(SystemTime::UNIX_EPOCH.checked_add(time)?)
}

fn instructions<O>(run: &Run<O>) -> Vec<Fact> {
    let mut parts: Vec<Part> = Vec::new();
    let of_run = run.object.instructions.as_deref();
    parts.extend(of_run.map(Part::text));
    // Most servers show the run's instructions with what was added to them.
    let is_in_run = |text: &str| of_run.is_some_and(|of_run| of_run.contains(text));
    let is_new = |part: &&Part| !matches!(part, Part::Text { content } if is_in_run(content));
    parts.extend(run.instructions.iter().filter(is_new).cloned());
    if parts.is_empty() {
        return Vec::new();
    }
    json(names::SYSTEM_INSTRUCTIONS, &parts)
}

fn unshared(messages: &[Arc<Message>]) -> Vec<&Message> {
    messages.iter().map(Arc::as_ref).collect()
}

/// How it ended, as far as that is known.
fn outcome<O>(run: &Run<O>) -> Vec<Fact> {
    let status = run.status();
    let fault = run.object.error.as_ref();
    let warning = |message: String| {
        let mut facts = level(Level::Warning);
        facts.extend(attribute(names::observation::STATUS_MESSAGE, message));
        facts
    };
    if let (false, Some(fault)) = (run.is_over(), &run.fault) {
        let kind = fault.name().unwrap_or(names::error_type::OTHER);
        let said = fault.message.clone().unwrap_or_default();
        return error(kind.to_owned(), said);
    }
    if !run.is_over() {
        let seen = format!("still {status} when last seen");
        return warning(if run.is_lost {
            format!("{seen}; the server could not say more")
        } else {
            seen
        });
    }
    match status {
        "failed" => {
            let kind = fault.and_then(|fault| fault.name()).unwrap_or("run_failed");
            let said = fault.and_then(|fault| fault.message.clone());
            error(kind.to_owned(), said.unwrap_or_default())
        }
        "expired" => error("run_expired", "the run expired before it was done"),
        "cancelled" if run.is_cancelled_here => warning("cancelled by caller".into()),
        "cancelled" => warning("cancelled".into()),
        "incomplete" => {
            let reason = run.object.incomplete_reason.as_deref();
            warning(match reason {
                Some(reason) => format!("incomplete: {reason}"),
                None => "incomplete".into(),
            })
        }
        _ => Vec::new(),
    }
}

/// An answer that is made in the background, and of which nobody saw the end.
pub(crate) fn unfinished(status: &str) -> Vec<Fact> {
    let mut facts = level(Level::Warning);
    let message = format!("still {status} when last seen");
    facts.extend(attribute(names::observation::STATUS_MESSAGE, message));
    facts
}

/// A run that somebody else has made: what became of it, without what it counts, since whoever made it
/// counts that.
pub(crate) fn elsewhere(run: &RunObject) -> Vec<Fact> {
    let mut facts = crate::span::observation_type(ObservationType::Span);
    facts.extend(state(run));
    facts
}

/// What was asked of an assistant, or of the one who makes it.
pub(crate) fn asked(request: &RequestFacts, endpoint: Option<AssistantsEndpoint>) -> Vec<Fact> {
    let mut facts = crate::span::observation_type(ObservationType::Agent);
    let texts = [
        (names::AGENT_ID, request.agent_id.clone()),
        (names::AGENT_NAME, request.agent_name.clone()),
    ];
    for (key, value) in texts {
        facts.extend(value.map(|value| attribute(key, value)).unwrap_or_default());
    }
    if !request.system_instructions.is_empty() {
        facts.extend(json(
            names::SYSTEM_INSTRUCTIONS,
            &request.system_instructions,
        ));
    }
    if !request.messages.is_empty() {
        facts.extend(json(names::INPUT_MESSAGES, &request.messages));
    }
    for (key, value) in &request.metadata {
        facts.extend(metadata(key, value));
    }
    if endpoint == Some(AssistantsEndpoint::AssistantCreate) {
        if let Some(model) = &request.model {
            facts.extend(attribute(names::REQUEST_MODEL, model.clone()));
        }
        for (name, value) in &request.parameters {
            facts.extend(parameter(name, value));
        }
        if !request.tools.is_empty() {
            facts.extend(tools(request.tools.clone()));
        }
        // No model has worked, and a server that finds no counts estimates them.
        facts.extend(usage(Usage::default()));
    }
    facts
}

/// An assistant was made.
pub(crate) fn made(id: String) -> Vec<Fact> {
    let mut facts = attribute(names::AGENT_ID, id.clone());
    let output = serde_json::json!({ "id": id });
    facts.extend(crate::span::content(names::observation::OUTPUT, output));
    facts
}

/// What happened to a run on the way.
pub(crate) fn events<O>(run: &Run<O>) -> Vec<Event> {
    let events = run.events.iter().map(|event| match event {
        RunEvent::Status { at, from, to } => {
            let attributes = vec![
                KeyValue::new(names::run::STATUS_FROM, from.clone()),
                KeyValue::new(names::run::STATUS_TO, to.clone()),
            ];
            Event::new(names::run::STATUS_EVENT, *at, attributes, 0)
        }
        RunEvent::PollFailed { at, kind } => {
            let attributes = vec![KeyValue::new(names::ERROR_TYPE, kind.clone())];
            Event::new(names::run::POLL_FAILED_EVENT, *at, attributes, 0)
        }
    });
    events.collect()
}

/// `chat` and the model.
pub(crate) fn generation_name(model: Option<&str>) -> String {
    named(names::operation::CHAT, model)
}

/// What all generations of a run have in common.
pub(crate) fn of_every_generation<O>(run: &Run<O>) -> Vec<Fact> {
    let mut facts = head_of_generation(run);
    for (name, value) in &run.object.parameters {
        facts.extend(parameter(name, value));
    }
    if !run.object.tools.is_empty() {
        facts.extend(tools(run.object.tools.clone()));
    }
    facts.extend(instructions(run));
    facts
}

/// Of that what is no content.
pub(crate) fn head_of_generation<O>(run: &Run<O>) -> Vec<Fact> {
    let mut facts = crate::span::observation_type(ObservationType::Generation);
    facts.extend(attribute(names::OPERATION_NAME, names::operation::CHAT));
    let texts = [
        (names::REQUEST_MODEL, run.object.model.clone()),
        (names::AGENT_ID, run.object.assistant_id.clone()),
        (names::AGENT_NAME, run.agent.clone()),
        (names::CONVERSATION_ID, run.object.thread_id.clone()),
    ];
    for (key, value) in texts {
        facts.extend(value.map(|value| attribute(key, value)).unwrap_or_default());
    }
    facts
}

/// One call of the model.
pub(crate) fn generation(generation: &Generation) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(step) = &generation.step {
        facts.extend(attribute(names::run::STEP_ID, step.clone()));
    }
    if !generation.input.is_empty() {
        facts.extend(json(names::INPUT_MESSAGES, &unshared(&generation.input)));
    }
    if !generation.output.is_empty() {
        facts.extend(json(names::OUTPUT_MESSAGES, &generation.output));
    }
    if let Some(reason) = &generation.finish_reason {
        facts.extend(finish_reasons([reason.clone()]));
    }
    if let Some(at) = generation.first_token {
        facts.extend(crate::span::completion_start(at));
    }
    if let Some(counts) = generation.usage {
        facts.extend(usage(counts));
    }
    if let Some((code, message)) = &generation.error {
        let code = if code.is_empty() {
            names::error_type::OTHER
        } else {
            code
        };
        facts.extend(error(code.to_owned(), message.clone()));
    }
    facts
}

/// One tool. Its times are those at which the wire showed beginning and end.
pub(crate) fn tool(tool: &Tool) -> Vec<Fact> {
    let is_search = tool.kind == "file_search";
    let mut facts = crate::span::observation_type(if is_search {
        ObservationType::Retriever
    } else {
        ObservationType::Tool
    });
    let kind = match tool.kind.as_str() {
        "function" => names::tool_type::FUNCTION,
        "file_search" => names::tool_type::DATASTORE,
        _ => names::tool_type::EXTENSION,
    };
    let texts = [
        (
            names::OPERATION_NAME,
            Some(names::operation::EXECUTE_TOOL.to_owned()),
        ),
        (names::TOOL_NAME, Some(tool.name.clone())),
        (names::TOOL_TYPE, Some(kind.to_owned())),
        (names::TOOL_CALL_ID, tool.id.clone()),
        (
            names::TOOL_CALL_ARGUMENTS,
            tool.arguments.as_ref().map(crate::span::text),
        ),
        (
            names::TOOL_CALL_RESULT,
            tool.result.as_ref().map(crate::span::text),
        ),
    ];
    for (key, value) in texts {
        facts.extend(value.map(|value| attribute(key, value)).unwrap_or_default());
    }
    facts.extend(attribute(names::observation::DERIVED, true));
    facts
}
