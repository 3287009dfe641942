//! What is reported of a run: generations with their usage, and tools.
//!
//! Pure. The rule that everything here serves: the counts of the generations add up to those of the
//! run, once. A step without counts gets zeros, since a backend that finds no counts on a generation
//! estimates them.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::run::{Run, Step, Waiting};
use super::usage::{rest, sum};
use crate::model::message::{Message, Part, Usage};
use crate::span;
use crate::wire::{MessageObject, StepCall};

/// One call of the model within a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Generation {
    pub(super) step: Option<String>,
    pub(super) times: Option<(SystemTime, SystemTime)>,
    pub(super) first_token: Option<SystemTime>,
    pub(super) input: Vec<Arc<Message>>,
    pub(super) output: Vec<Message>,
    pub(super) finish_reason: Option<String>,
    pub(super) usage: Option<Usage>,
    /// Code and message of a step that failed.
    pub(super) error: Option<(String, String)>,
}

/// One tool that was used within a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tool {
    pub(super) id: Option<String>,
    /// The tool's type: `function` and the like.
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) arguments: Option<Value>,
    pub(super) result: Option<Value>,
    pub(super) times: (SystemTime, SystemTime),
}

/// What lies below the span of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct RunReport {
    pub(super) generations: Vec<Generation>,
    pub(super) tools: Vec<Tool>,
}

impl RunReport {
    pub(super) fn of<C>(run: &Run<C>) -> Self {
        let steps = in_order(run);
        let end = run.ended.unwrap_or(run.last_seen).max(run.began);
        let starts: Vec<SystemTime> = steps.iter().map(|step| start(run, step)).collect();
        let mut generations = Vec::new();
        let mut tools = Vec::new();
        let mut conversation = run.input.clone();
        for (index, step) in steps.iter().enumerate() {
            let start = starts.get(index).copied().unwrap_or(run.began);
            let next = starts.get(index + 1).copied().unwrap_or(end);
            let end = stop(run, step, start, next);
            let mut generation = Generation {
                step: Some(step.object.id.clone()),
                times: Some((start, end)),
                first_token: run.first_piece(&step.object),
                input: conversation.clone(),
                error: step.object.error.as_ref().map(|error| {
                    let code = error.name().unwrap_or_default().to_owned();
                    (code, error.message.clone().unwrap_or_default())
                }),
                ..Generation::default()
            };
            if !step.object.calls.is_empty() {
                let call = asks(&step.object.calls);
                conversation.push(Arc::new(call.clone()));
                generation.output.push(call);
                generation.finish_reason = Some("tool_calls".into());
                for call in &step.object.calls {
                    let tool = tool(run, call, (start, end.max(next)));
                    if call.is_function()
                        && let (Some(id), Some(result)) = (&tool.id, &tool.result)
                    {
                        conversation.push(Arc::new(Message::tool(id.as_str(), result.clone())));
                    }
                    tools.push(tool);
                }
            }
            let written = run
                .written
                .iter()
                .filter(|message| message.id.is_some() && message.id == step.object.message_id);
            for message in written {
                let message = answer(run, message);
                generation.finish_reason.clone_from(&message.finish_reason);
                conversation.push(Arc::new(message.clone()));
                generation.output.push(message);
            }
            if generation.error.is_some() {
                generation.finish_reason = Some("error".into());
            }
            generations.push(generation);
        }
        let in_steps = |waiting: &&Waiting| {
            let mut calls = steps.iter().flat_map(|step| &step.object.calls);
            !calls.any(|call| call.id == waiting.id)
        };
        let others = run.waiting.iter().filter(in_steps);
        tools.extend(others.map(|waiting| of_waiting(waiting, end)));

        let usages = steps.iter().map(|step| step.object.usage).collect();
        let (usages, rest) = spread(usages, run.object.usage, run.is_over());
        for (generation, usage) in generations.iter_mut().zip(usages) {
            generation.usage = usage;
        }
        let is_unseen = steps.is_empty() && has_worked(run);
        if rest.is_some() || is_unseen {
            let unreported = |message: &&MessageObject| {
                !steps
                    .iter()
                    .any(|step| step.object.message_id == message.id)
            };
            let output: Vec<Message> = written(run)
                .into_iter()
                .filter(unreported)
                .map(|message| answer(run, message))
                .collect();
            generations.push(Generation {
                times: Some((run.began, end)),
                first_token: steps.is_empty().then(|| run.first_of_all()).flatten(),
                input: conversation,
                finish_reason: Some(finish_reason(run)).filter(|_| run.is_over()),
                output,
                // Of a run that goes on, zeros for now.
                usage: rest
                    .or(run.object.usage)
                    .or((!run.is_over()).then(|| Usage::new(0, 0))),
                ..Generation::default()
            });
        }
        Self { generations, tools }
    }

    /// What the generations count in all.
    pub(super) fn usage(&self) -> Usage {
        sum(self
            .generations
            .iter()
            .filter_map(|generation| generation.usage))
        .unwrap_or_default()
    }
}

/// The messages that a run has written, in order.
pub(super) fn written<C>(run: &Run<C>) -> Vec<&MessageObject> {
    let mut written: Vec<&MessageObject> = run.written.iter().collect();
    written.sort_by_key(|message| message.created_at);
    written
}

/// A message of the run with the reason for which it ended.
pub(super) fn answer<C>(run: &Run<C>, message: &MessageObject) -> Message {
    let reason = if message.is_partial {
        "error".to_owned()
    } else {
        finish_reason(run)
    };
    message.message().with_finish_reason(reason)
}

/// Why the run stopped, in the words of Chat Completions.
pub(super) fn finish_reason<C>(run: &Run<C>) -> String {
    match (run.status(), run.object.incomplete_reason.as_deref()) {
        ("incomplete", Some("max_completion_tokens" | "max_prompt_tokens")) => "length",
        ("incomplete", Some(reason)) => reason,
        ("incomplete" | "failed" | "cancelled" | "expired", _) => "error",
        _ => "stop",
    }
    .to_owned()
}

/// Whether a model has worked, although no step was seen.
fn has_worked<C>(run: &Run<C>) -> bool {
    !run.written.is_empty() || matches!(run.status(), "completed" | "incomplete")
}

fn in_order<C>(run: &Run<C>) -> Vec<&Step> {
    let mut steps: Vec<&Step> = run.steps.iter().collect();
    steps.sort_by_key(|step| (step.object.created_at.is_none(), step.object.created_at));
    steps
}

fn start<C>(run: &Run<C>, step: &Step) -> SystemTime {
    let of_server = || run.local(step.object.created_at?);
    let start = step.begun.or_else(of_server).unwrap_or(run.began);
    start.max(run.began)
}

/// When the model had finished a step: functions run after that.
fn stop<C>(run: &Run<C>, step: &Step, start: SystemTime, next: SystemTime) -> SystemTime {
    let calls = step.object.calls.iter().filter(|call| call.is_function());
    let asked = calls
        .filter_map(|call| waiting(run, call))
        .map(|call| call.asked);
    let of_server = || run.local(step.object.ended_at?);
    let end = asked.min().or(step.done).or_else(of_server).unwrap_or(next);
    // The server's seconds are too coarse to show a short step.
    if end > start { end } else { next.max(start) }
}

fn waiting<'a, C>(run: &'a Run<C>, call: &StepCall) -> Option<&'a Waiting> {
    run.waiting.iter().find(|waiting| waiting.id == call.id)
}

/// The message by which the model asks for tools; those that the provider runs have answered in it.
fn asks(calls: &[StepCall]) -> Message {
    let parts = calls.iter().flat_map(|call| match call.is_function() {
        true => vec![Part::ToolCall {
            id: call.id.clone(),
            name: call.name.clone(),
            arguments: call.arguments.as_ref().map(span::text),
        }],
        false => run_by_server(call),
    });
    Message::new("assistant", parts).with_finish_reason("tool_call")
}

/// A tool that the provider ran, and its result.
fn run_by_server(call: &StepCall) -> Vec<Part> {
    let payload = |content: Option<&Value>, key: &str| {
        let mut payload = Map::new();
        payload.insert("type".into(), call.kind.as_str().into());
        match content {
            Some(Value::Object(fields)) => {
                let fields = fields.iter().filter(|(name, _)| *name != "type");
                payload.extend(fields.map(|(name, value)| (name.clone(), value.clone())));
            }
            Some(content) => _ = payload.insert(key.into(), content.clone()),
            None => {}
        }
        Value::Object(payload)
    };
    let result = call.result.as_ref();
    let answer = result.map(|result| Part::ServerToolCallResponse {
        id: call.id.clone(),
        server_tool_call_response: payload(Some(result), "result"),
    });
    let asked = Part::ServerToolCall {
        id: call.id.clone(),
        name: call.name.clone(),
        server_tool_call: payload(call.arguments.as_ref(), "arguments"),
    };
    [asked].into_iter().chain(answer).collect()
}

fn tool<C>(run: &Run<C>, call: &StepCall, times: (SystemTime, SystemTime)) -> Tool {
    let waiting = waiting(run, call).filter(|_| call.is_function());
    let end = run.ended.unwrap_or(run.last_seen);
    let times = waiting.map_or(times, |waiting| {
        (
            waiting.asked,
            waiting.answered.unwrap_or(end).max(waiting.asked),
        )
    });
    Tool {
        id: call.id.clone(),
        kind: call.kind.clone(),
        name: call.name.clone(),
        arguments: call.arguments.clone(),
        result: call
            .result
            .clone()
            .or_else(|| waiting.and_then(|waiting| waiting.result.clone())),
        times,
    }
}

fn of_waiting(waiting: &Waiting, end: SystemTime) -> Tool {
    Tool {
        id: waiting.id.clone(),
        kind: "function".into(),
        name: waiting.name.clone(),
        arguments: waiting.arguments.clone(),
        result: waiting.result.clone(),
        times: (
            waiting.asked,
            waiting.answered.unwrap_or(end).max(waiting.asked),
        ),
    }
}

/// Gives every step its counts so that all of them add up to the run's; what is left over belongs to
/// steps that were not seen.
fn spread(
    mut steps: Vec<Option<Usage>>,
    total: Option<Usage>,
    is_over: bool,
) -> (Vec<Option<Usage>>, Option<Usage>) {
    let Some(total) = total else {
        if !is_over {
            // The counts may come later; by then a backend would have estimated them.
            steps.iter_mut().for_each(|usage| {
                usage.get_or_insert_with(|| Usage::new(0, 0));
            });
        }
        return (steps, None);
    };
    let known = sum(steps.iter().flatten().copied()).unwrap_or_default();
    let Some(rest) = rest(total, known) else {
        // Counts that contradict those of the run do not count.
        return (vec![Some(Usage::new(0, 0)); steps.len()], Some(total));
    };
    let last_unknown = steps.iter().rposition(Option::is_none);
    if let Some(usage) = last_unknown.and_then(|index| steps.get_mut(index)) {
        *usage = Some(rest);
    }
    let steps_are_all = last_unknown.is_some() || rest.is_zero() && !steps.is_empty();
    steps.iter_mut().for_each(|usage| {
        usage.get_or_insert_with(|| Usage::new(0, 0));
    });
    let nothing = steps.is_empty() && total.is_zero();
    (steps, (!steps_are_all && !nothing).then_some(rest))
}

#[cfg(test)]
mod tests;
