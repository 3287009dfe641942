//! A run of an assistant as attributes: the agent, its generations, its tools.
//!
//! Pure. Model and usage belong to the generations and to nothing else: backends add up what they find.

use std::time::{Duration, SystemTime};

use opentelemetry::KeyValue;
use opentelemetry::trace::Event;
use serde_json::Value;

use super::report::{Generation, Tool, answer, finish_reason, written};
use super::run::{Event as RunEvent, Run};
use crate::conventions as names;
use crate::conventions::error_type;
use crate::model::ObservationType;
use crate::model::message::Part;
use crate::span;
use crate::span::{AttributeSet, AttributeSink as _, ToolRun};
use crate::text::timestamp;
use crate::wire::{AssistantsEndpoint, RequestFacts, RunObject};

/// `invoke_agent` and the agent's name, if it is known.
pub(super) fn agent_name(agent: Option<&str>) -> String {
    named(names::operation::INVOKE_AGENT, agent)
}

/// An operation and what it was done with.
pub(super) fn named(operation: &str, with: Option<&str>) -> String {
    match with {
        Some(with) => format!("{operation} {with}"),
        None => operation.to_owned(),
    }
}

/// The attributes of a call that hold for everything its server does.
pub(super) fn of_server(set: &AttributeSet) -> AttributeSet {
    const KEYS: [&str; 4] = [
        names::PROVIDER_NAME,
        names::SERVER_ADDRESS,
        names::SERVER_PORT,
        names::OPENAI_API_TYPE,
    ];
    let mut set = set.clone();
    set.retain(|key| KEYS.contains(&key));
    set
}

/// The span of a run.
pub(super) fn agent<C>(set: &mut AttributeSet, run: &Run<C>) {
    set.observation_type(ObservationType::Agent);
    set.push_some(names::AGENT_NAME, run.agent.clone());
    set.push_some(names::AGENT_DESCRIPTION, run.agent_description.clone());
    asked_for(set, run.object.model.as_deref(), &run.object.parameters);
    state(set, &run.object);
    let polls = i64::try_from(run.polls).unwrap_or(i64::MAX);
    set.push(names::run::POLLS, polls);
    instructions(set, run);
    if !run.input.is_empty() {
        set.messages(names::INPUT_MESSAGES, run.input.iter().cloned());
    }
    let answers: Vec<_> = written(run)
        .into_iter()
        .map(|message| answer(run, message))
        .collect();
    if !answers.is_empty() {
        set.messages(names::OUTPUT_MESSAGES, answers);
    }
    if run.is_over() {
        set.finish_reasons([finish_reason(run)]);
    }
    outcome(set, run);
}

/// The model and the parameters that the conventions declare for an agent. Those of its generations say the
/// rest.
fn asked_for(set: &mut AttributeSet, model: Option<&str>, parameters: &[(String, Value)]) {
    const DECLARED: [&str; 4] = [
        "temperature",
        "top_p",
        "max_tokens",
        "max_completion_tokens",
    ];
    set.push_some(names::REQUEST_MODEL, model.map(str::to_owned));
    for (name, value) in parameters {
        if DECLARED.contains(&name.as_str()) {
            set.parameter(name, value);
        }
    }
}

/// What a run says of itself, without the content.
fn state(set: &mut AttributeSet, run: &RunObject) {
    set.push(names::run::ID, run.id.clone());
    set.push_some(names::AGENT_ID, run.assistant_id.clone());
    set.push_some(names::CONVERSATION_ID, run.thread_id.clone());
    set.push_some(names::run::STATUS, run.status.clone());
    set.push_some(names::run::INCOMPLETE_REASON, run.incomplete_reason.clone());
    set.push_some(names::run::CREATED_AT, run.created_at.and_then(text));
    set.push_some(names::run::STARTED_AT, run.started_at.and_then(text));
    set.push_some(names::run::ENDED_AT, run.ended_at.and_then(text));
    for (key, value) in &run.metadata {
        set.request_metadata(key, value);
    }
}

/// A time of the server.
fn text(time: Duration) -> Option<String> {
    timestamp::rfc3339(SystemTime::UNIX_EPOCH.checked_add(time)?)
}

fn instructions<C>(set: &mut AttributeSet, run: &Run<C>) {
    let mut parts: Vec<Part> = Vec::new();
    let of_run = run.object.instructions.as_deref();
    parts.extend(of_run.map(Part::text));
    // Most servers show the run's instructions with what was added to them.
    let is_in_run = |text: &str| of_run.is_some_and(|of_run| of_run.contains(text));
    let is_new = |part: &&Part| !matches!(part, Part::Text { content } if is_in_run(content));
    parts.extend(run.instructions.iter().filter(is_new).cloned());
    if !parts.is_empty() {
        set.system_instructions(&parts);
    }
}

/// How the run ended, as far as that is known.
fn outcome<C>(set: &mut AttributeSet, run: &Run<C>) {
    let status = run.status();
    if !run.is_over() {
        if let Some(error) = &run.stream_error {
            let kind = error.name().unwrap_or(error_type::OTHER);
            set.error(kind, error.message.clone().unwrap_or_default());
        } else {
            let seen = format!("still {status} when last seen");
            set.warning(if run.is_lost {
                format!("{seen}; the server could not say more")
            } else {
                seen
            });
        }
        return;
    }
    match status {
        "failed" => {
            let error = run.object.error.as_ref();
            let kind = error.and_then(|error| error.name()).unwrap_or("run_failed");
            let message = error.and_then(|error| error.message.clone());
            set.error(kind, message.unwrap_or_default());
        }
        "expired" => set.error("run_expired", "the run expired before it was done"),
        "cancelled" if run.is_cancelled_here => set.warning("cancelled by caller"),
        "cancelled" => set.warning("cancelled"),
        "incomplete" => {
            let reason = run.object.incomplete_reason.as_deref();
            set.warning(match reason {
                Some(reason) => format!("incomplete: {reason}"),
                None => "incomplete".to_owned(),
            });
        }
        _ => {}
    }
}

/// A run that somebody else has created: its state, without what it counts, since its creator counts that.
pub(super) fn foreign(set: &mut AttributeSet, run: &RunObject) {
    set.observation_type(ObservationType::Span);
    state(set, run);
}

/// What was asked of an assistant, or of the server that creates one.
pub(super) fn requested(set: &mut AttributeSet, request: &RequestFacts, kind: AssistantsEndpoint) {
    set.observation_type(ObservationType::Agent);
    set.push_some(names::AGENT_ID, request.agent_id.clone());
    set.push_some(names::AGENT_NAME, request.agent_name.clone());
    set.push_some(names::AGENT_DESCRIPTION, request.agent_description.clone());
    if !request.system_instructions.is_empty() {
        set.system_instructions(&request.system_instructions);
    }
    if !request.messages.is_empty() {
        set.messages(names::INPUT_MESSAGES, &request.messages);
    }
    for (key, value) in &request.metadata {
        set.request_metadata(key, value);
    }
    if kind == AssistantsEndpoint::AssistantCreate {
        set.push_some(names::REQUEST_MODEL, request.model.clone());
        for (name, value) in &request.parameters {
            set.parameter(name, value);
        }
        if !request.tools.is_empty() {
            set.tools(&request.tools);
        }
    } else {
        asked_for(set, request.model.as_deref(), &request.parameters);
    }
}

/// An assistant was created.
pub(super) fn created(set: &mut AttributeSet, id: String) {
    let output = serde_json::json!({ "id": id });
    set.push(names::AGENT_ID, id);
    set.content(names::observation::OUTPUT, output);
}

/// What happened to a run on the way.
pub(super) fn events<C>(run: &Run<C>) -> impl Iterator<Item = Event> {
    run.events.iter().map(|event| match event {
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
    })
}

/// `chat` and the model.
pub(super) fn generation_name(model: Option<&str>) -> String {
    named(names::operation::CHAT, model)
}

/// What all generations of a run have in common, without the content.
pub(super) fn generation_head<C>(set: &mut AttributeSet, run: &Run<C>) {
    set.observation_type(ObservationType::Generation);
    set.push(names::OPERATION_NAME, names::operation::CHAT);
    set.push_some(names::REQUEST_MODEL, run.object.model.clone());
    set.push_some(names::CONVERSATION_ID, run.object.thread_id.clone());
    set.push(names::observation::DERIVED, true);
}

/// What all generations of a run have in common besides the head.
pub(super) fn generation_content<C>(set: &mut AttributeSet, run: &Run<C>) {
    for (name, value) in &run.object.parameters {
        set.parameter(name, value);
    }
    if !run.object.tools.is_empty() {
        set.tools(&run.object.tools);
    }
    instructions(set, run);
}

/// One call of the model.
pub(super) fn generation(set: &mut AttributeSet, generation: &Generation) {
    set.push_some(names::run::STEP_ID, generation.step.clone());
    if !generation.input.is_empty() {
        set.messages(names::INPUT_MESSAGES, generation.input.iter().cloned());
    }
    if !generation.output.is_empty() {
        set.messages(names::OUTPUT_MESSAGES, &generation.output);
    }
    if let Some(reason) = &generation.finish_reason {
        set.finish_reasons([reason.clone()]);
    }
    if let Some(at) = generation.first_token {
        set.completion_start(at);
        set.push(names::REQUEST_STREAM, true);
        let began = generation.times.map(|(began, _)| began);
        let after = began.and_then(|began| at.duration_since(began).ok());
        let after = after.map(|after| after.as_secs_f64());
        set.push_some(names::RESPONSE_TIME_TO_FIRST_CHUNK, after);
    }
    if let Some(counts) = generation.usage {
        set.usage(counts);
    }
    if let Some((code, message)) = &generation.error {
        let code = if code.is_empty() {
            error_type::OTHER
        } else {
            code
        };
        set.error(code, message.clone());
    }
}

/// What all tools of a run have in common.
pub(super) fn tool_head<C>(set: &mut AttributeSet, run: &Run<C>) {
    set.push_some(names::AGENT_NAME, run.agent.clone());
    set.push_some(names::CONVERSATION_ID, run.object.thread_id.clone());
}

/// One tool. Its times are those at which the wire showed its beginning and end.
pub(super) fn tool(set: &mut AttributeSet, tool: &Tool) {
    let kind = match tool.kind.as_str() {
        "function" => names::tool_type::FUNCTION,
        "file_search" => names::tool_type::DATASTORE,
        _ => names::tool_type::EXTENSION,
    };
    set.observation_type(if kind == names::tool_type::DATASTORE {
        ObservationType::Retriever
    } else {
        ObservationType::Tool
    });
    set.tool_run(ToolRun {
        name: &tool.name,
        kind,
        id: tool.id.as_deref(),
        arguments: tool.arguments.as_ref().map(span::text),
        result: tool.result.as_ref().map(span::text),
    });
    set.push(names::observation::DERIVED, true);
}
