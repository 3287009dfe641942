//! What is shown of one span.
//!
//! Contract: an entry is small whatever the span carries, and every text in it is one safe line
//! (see [`super::text`]). It is made when the span ends and held until its trace is complete.
//! Attributes are read by their neutral names only; a destination's own names mean nothing here.

use std::fmt::Write as _;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Event, SpanId, Status, TraceId};
use opentelemetry::{Array, Value};
use opentelemetry_sdk::trace::SpanData;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::content::{Side, preview};
use super::figures::duration;
use super::text::{first_line, one_line};
use crate::conventions;
use crate::conventions::{observation, operation, trace};
use crate::functions::LogLine;
use crate::model::{Level, ObservationType};

/// So many lines of a log are shown, the last ones.
const LOG_LINES: usize = 20;

/// One span of a trace.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    /// The parent, here or elsewhere.
    pub(crate) parent: Option<SpanId>,
    /// Whether the trace began in this process with it.
    pub(crate) is_local_root: bool,
    pub(crate) name: String,
    /// The kind of observation, unless it is a plain span.
    pub(crate) kind: Option<String>,
    pub(crate) start: SystemTime,
    pub(crate) end: SystemTime,
    pub(crate) time_to_first_token: Option<Duration>,
    pub(crate) model: Option<String>,
    pub(crate) used: Option<Used>,
    pub(crate) problem: Option<Problem>,
    pub(crate) input: Option<String>,
    pub(crate) output: Option<String>,
    /// Whom its trace is about; content, like input and output.
    pub(crate) user: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) tags: Option<String>,
    /// Its log, a line each.
    pub(crate) log: Vec<(Level, String)>,
}

/// Token counts, of which the details are parts of input and output, and what they cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Used {
    pub(crate) input: Option<u64>,
    pub(crate) output: Option<u64>,
    pub(crate) cache_read: Option<u64>,
    pub(crate) cache_write: Option<u64>,
    pub(crate) reasoning: Option<u64>,
    pub(crate) audio_input: Option<u64>,
    pub(crate) audio_output: Option<u64>,
    /// In US dollars.
    pub(crate) cost: Option<f64>,
}

impl Used {
    fn slot(&mut self, name: &str) -> Option<&mut Option<u64>> {
        Some(match name {
            conventions::USAGE_INPUT_TOKENS => &mut self.input,
            conventions::USAGE_OUTPUT_TOKENS => &mut self.output,
            conventions::USAGE_CACHE_READ_INPUT_TOKENS => &mut self.cache_read,
            conventions::USAGE_CACHE_WRITE_INPUT_TOKENS => &mut self.cache_write,
            conventions::USAGE_REASONING_OUTPUT_TOKENS => &mut self.reasoning,
            conventions::USAGE_AUDIO_INPUT_TOKENS => &mut self.audio_input,
            conventions::USAGE_AUDIO_OUTPUT_TOKENS => &mut self.audio_output,
            _ => return None,
        })
    }

    /// Whether there is anything to show; a call that used nothing is not worth a word.
    fn is_something(&self) -> bool {
        self.input.unwrap_or(0) > 0 || self.output.unwrap_or(0) > 0 || self.cost.is_some()
    }
}

/// What did not go as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) level: Level,
    pub(crate) message: String,
}

impl Entry {
    /// Reads a finished span; its content only `with_content`.
    pub(crate) fn read(span: &SpanData, with_content: bool) -> Self {
        let found = Found::among(span);
        let has_parent = span.parent_span_id != SpanId::INVALID;
        let content = |candidates: &[Option<&Value>], side| {
            let value = candidates.iter().find_map(|candidate| *candidate);
            value
                .filter(|_| with_content)
                .and_then(|value| preview(&value.as_str(), side))
        };
        let about = |value: Option<&Value>| {
            let text = one_line(&value.filter(|_| with_content)?.as_str());
            (!text.is_empty()).then_some(text)
        };
        Self {
            trace_id: span.span_context.trace_id(),
            span_id: span.span_context.span_id(),
            parent: has_parent.then_some(span.parent_span_id),
            is_local_root: !has_parent || span.parent_span_is_remote,
            name: one_line(&span.name),
            kind: found.kind(),
            start: span.start_time,
            end: span.end_time,
            time_to_first_token: found.time_to_first_token(span.start_time),
            model: [found.response_model, found.request_model]
                .into_iter()
                .flatten()
                .map(|model| one_line(&model.as_str()))
                .find(|model| !model.is_empty()),
            used: Some(found.used()).filter(Used::is_something),
            problem: found.problem(span),
            input: content(
                &[found.input, found.input_messages, found.tool_arguments],
                Side::Input,
            ),
            output: content(
                &[found.output, found.output_messages, found.tool_result],
                Side::Output,
            ),
            user: about(found.user),
            session: about(found.session),
            tags: found.tags.filter(|_| with_content).and_then(tags),
            log: log(&span.events.events),
        }
    }

    /// How long it took; nothing if the clock was set back meanwhile.
    pub(crate) fn duration(&self) -> Duration {
        self.end.duration_since(self.start).unwrap_or_default()
    }
}

/// Tags, one after the other.
fn tags(value: &Value) -> Option<String> {
    let text = match value {
        Value::Array(Array::String(tags)) => {
            let tags: Vec<&str> = tags.iter().map(|tag| tag.as_str()).collect();
            one_line(&tags.join(", "))
        }
        other => one_line(&other.as_str()),
    };
    (!text.is_empty()).then_some(text)
}

/// The last lines of a span's log.
fn log(events: &[Event]) -> Vec<(Level, String)> {
    let mut lines: Vec<_> = LogLine::among(events)
        .rev()
        .take(LOG_LINES)
        .map(log_line)
        .collect();
    lines.reverse();
    lines
}

fn log_line(line: LogLine<'_>) -> (Level, String) {
    let level = match line.level() {
        "ERROR" => Level::Error,
        "WARN" => Level::Warning,
        _ => Level::Default,
    };
    let mut text = format!("{} {}", line.level(), first_line(line.message()));
    for field in line.fields() {
        let _ = match (field.key.as_str(), &field.value) {
            (conventions::call::ATTEMPT_WAIT, Value::F64(seconds)) => {
                let wait = Duration::try_from_secs_f64(*seconds).unwrap_or_default();
                write!(text, " wait={}", duration(wait))
            }
            (key, value) => write!(text, " {key}={}", value.as_str()),
        };
    }
    (level, one_line(&text))
}

/// The attributes that matter here, found in one pass.
#[derive(Default)]
struct Found<'a> {
    observation_type: Option<&'a Value>,
    operation: Option<&'a Value>,
    request_model: Option<&'a Value>,
    response_model: Option<&'a Value>,
    tokens: Used,
    cost: Option<&'a Value>,
    /// By bucket.
    costs: Vec<(&'a str, f64)>,
    user: Option<&'a Value>,
    session: Option<&'a Value>,
    tags: Option<&'a Value>,
    seconds_to_first_chunk: Option<&'a Value>,
    completion_start_time: Option<&'a Value>,
    level: Option<&'a Value>,
    status_message: Option<&'a Value>,
    error_type: Option<&'a Value>,
    input: Option<&'a Value>,
    input_messages: Option<&'a Value>,
    tool_arguments: Option<&'a Value>,
    output: Option<&'a Value>,
    output_messages: Option<&'a Value>,
    tool_result: Option<&'a Value>,
}

impl<'a> Found<'a> {
    fn among(span: &'a SpanData) -> Self {
        let mut found = Self::default();
        for attribute in &span.attributes {
            let value = &attribute.value;
            let slot = match attribute.key.as_str() {
                observation::TYPE => &mut found.observation_type,
                observation::INPUT => &mut found.input,
                observation::OUTPUT => &mut found.output,
                observation::LEVEL => &mut found.level,
                observation::STATUS_MESSAGE => &mut found.status_message,
                observation::COMPLETION_START_TIME => &mut found.completion_start_time,
                conventions::OPERATION_NAME => &mut found.operation,
                conventions::REQUEST_MODEL => &mut found.request_model,
                conventions::RESPONSE_MODEL => &mut found.response_model,
                conventions::RESPONSE_TIME_TO_FIRST_CHUNK => &mut found.seconds_to_first_chunk,
                conventions::INPUT_MESSAGES => &mut found.input_messages,
                conventions::OUTPUT_MESSAGES => &mut found.output_messages,
                conventions::TOOL_CALL_ARGUMENTS => &mut found.tool_arguments,
                conventions::TOOL_CALL_RESULT => &mut found.tool_result,
                conventions::ERROR_TYPE => &mut found.error_type,
                conventions::USAGE_COST => &mut found.cost,
                conventions::USER_ID => &mut found.user,
                conventions::SESSION_ID => &mut found.session,
                trace::TAGS => &mut found.tags,
                name => {
                    // Unsigned numbers and those of other libraries may arrive as text.
                    if let Some(count) = found.tokens.slot(name) {
                        *count = number(value);
                    } else if let Some(bucket) = name.strip_prefix(observation::COST_PREFIX) {
                        found.costs.push((bucket, number(value).unwrap_or(0.0)));
                    }
                    continue;
                }
            };
            *slot = Some(value);
        }
        found
    }

    fn kind(&self) -> Option<String> {
        let kind = match self.observation_type {
            Some(kind) => one_line(&kind.as_str()),
            None => of_operation(&self.operation?.as_str())?.as_str().to_owned(),
        };
        (!kind.is_empty() && kind != ObservationType::Span.as_str()).then_some(kind)
    }

    /// The counts, and the cost: the total, else the sum of its parts.
    fn used(&self) -> Used {
        let total = self.costs.iter().find(|(bucket, _)| *bucket == "total");
        let parts = self.costs.iter().map(|(_, cost)| cost).sum();
        let cost = match total {
            Some((_, total)) => Some(*total),
            None if self.costs.is_empty() => self.cost.and_then(number),
            None => Some(parts),
        };
        Used {
            cost: cost.filter(|cost| cost.is_finite() && *cost > 0.0),
            ..self.tokens
        }
    }

    fn time_to_first_token(&self, start: SystemTime) -> Option<Duration> {
        if let Some(seconds) = self.seconds_to_first_chunk {
            return Duration::try_from_secs_f64(seconds.as_str().parse().ok()?).ok();
        }
        let text = self.completion_start_time?.as_str();
        let first = OffsetDateTime::parse(&text, &Rfc3339).ok()?;
        SystemTime::from(first).duration_since(start).ok()
    }

    fn problem(&self, span: &SpanData) -> Option<Problem> {
        let level = match self.level.map(Value::as_str).as_deref() {
            Some("ERROR") => Level::Error,
            Some("WARNING") => Level::Warning,
            _ if matches!(span.status, Status::Error { .. }) => Level::Error,
            _ => return None,
        };
        let message = self
            .status_message
            .map(|message| first_line(&message.as_str()))
            .or_else(|| match &span.status {
                Status::Error { description } => Some(first_line(description)),
                _ => None,
            })
            .filter(|message| !message.is_empty())
            .or_else(|| exception_message(span))
            .unwrap_or_default();
        let class = self
            .error_type
            .map(|class| one_line(&class.as_str()))
            .filter(|class| class != conventions::error_type::OTHER)
            .unwrap_or_default();
        // The class is often the beginning of the message already.
        let message = if class.is_empty() || message.contains(&class) {
            message
        } else if message.is_empty() {
            class
        } else {
            format!("{class}: {message}")
        };
        Some(Problem { level, message })
    }
}

fn number<T: FromStr>(value: &Value) -> Option<T> {
    value.as_str().trim().parse().ok()
}

fn of_operation(operation: &str) -> Option<ObservationType> {
    match operation {
        operation::CHAT | operation::TEXT_COMPLETION | operation::GENERATE_CONTENT => {
            Some(ObservationType::Generation)
        }
        operation::EMBEDDINGS => Some(ObservationType::Embedding),
        operation::CREATE_AGENT | operation::INVOKE_AGENT => Some(ObservationType::Agent),
        operation::EXECUTE_TOOL => Some(ObservationType::Tool),
        _ => None,
    }
}

fn exception_message(span: &SpanData) -> Option<String> {
    span.events
        .iter()
        .rev()
        .filter(|event| event.name == conventions::EXCEPTION_EVENT)
        .flat_map(|event| &event.attributes)
        .find(|attribute| attribute.key.as_str() == conventions::EXCEPTION_MESSAGE)
        .map(|attribute| first_line(&attribute.value.as_str()))
}
