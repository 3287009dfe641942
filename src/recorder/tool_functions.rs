//! Functions of the program that may be tools which a model has asked for.
//!
//! Contract: a span is kept from its end until the results of the calls are sent, since only then it is clear
//! which call it was made for; at the latest until the telemetry is flushed, the trace's root ends or a minute
//! is over. It is exported once, as the tool or as the function that it is. Bounded in number and bytes: of too
//! many the oldest is exported as it is.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::trace::TraceId;
use opentelemetry_sdk::trace::SpanData;

use super::tool_match::{Fit, Ran, Wanted, matched};
use super::tool_names::KnownTool;
use crate::conventions as names;
use crate::conventions::observation;
use crate::export::fan_out::FanOut;
use crate::functions;
use crate::model::ObservationType;

/// How many functions are kept.
const FUNCTIONS: usize = 256;
/// How many bytes they may have.
const BYTES: usize = 4 << 20;
/// How long a function is kept.
const PATIENCE: Duration = Duration::from_secs(60);

/// A span of a function, and where it goes.
#[derive(Debug)]
pub(super) struct FunctionSpan {
    pub(super) span: Box<SpanData>,
    pub(super) fan_out: FanOut,
    pub(super) bytes: usize,
}

/// A call that a function may have been made for.
#[derive(Clone, Debug)]
pub(super) struct OpenTool<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) tool: KnownTool<'a>,
    /// The arguments as the model wrote them.
    pub(super) written: Option<String>,
    pub(super) wanted: Wanted<'a>,
}

#[derive(Debug)]
struct Kept {
    function: FunctionSpan,
    ran: Ran,
    since: Instant,
}

/// The functions that are kept, oldest first.
#[derive(Debug, Default)]
pub(super) struct ToolFunctions {
    kept: VecDeque<Kept>,
    bytes: usize,
}

/// What a span is called that may be a tool's.
pub(super) fn name_of(span: &SpanData) -> &str {
    let mut attributes = span.attributes.iter().rev();
    let named = attributes.find(|one| one.key.as_str() == names::TOOL_NAME);
    match named.map(|one| &one.value) {
        Some(opentelemetry::Value::String(name)) => name.as_str(),
        _ => &span.name,
    }
}

impl ToolFunctions {
    /// Keeps a function; gives back those for which there is no room.
    pub(super) fn keep(&mut self, function: FunctionSpan) -> Vec<FunctionSpan> {
        let span = &function.span;
        let ran = Ran {
            name: name_of(span).to_owned(),
            arguments: functions::recorded_arguments(span),
            output: functions::recorded_result(span),
            start: span.start_time,
            span: span.span_context.span_id(),
            parent: span.parent_span_id,
        };
        self.bytes += function.bytes;
        self.kept.push_back(Kept {
            function,
            ran,
            since: Instant::now(),
        });
        let mut over = Vec::new();
        while self.kept.len() > FUNCTIONS || self.bytes > BYTES {
            over.extend(self.kept.pop_front().map(|oldest| self.given(oldest)));
        }
        over
    }

    fn given(&mut self, kept: Kept) -> FunctionSpan {
        self.bytes -= kept.function.bytes;
        kept.function
    }

    /// The traces of functions that are kept, or only of those that were kept long enough.
    pub(super) fn traces(&self, overdue_at: Option<Instant>) -> Vec<TraceId> {
        let is_overdue = |kept: &&Kept| {
            overdue_at.is_none_or(|now| now.saturating_duration_since(kept.since) >= PATIENCE)
        };
        let due = self.kept.iter().filter(is_overdue);
        let mut traces: Vec<TraceId> = due.map(Kept::trace).collect();
        traces.dedup();
        traces
    }

    /// When a function will have been kept long enough.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.kept.front().map(|oldest| oldest.since + PATIENCE)
    }

    /// Takes out the functions of a trace, those that are tools described as such, and says which calls they
    /// were made for. A function for which `stays` holds and that is no tool of these calls is kept on.
    pub(super) fn resolve(
        &mut self,
        trace: TraceId,
        calls: &[OpenTool<'_>],
        stays: impl Fn(&str) -> bool,
    ) -> (Vec<FunctionSpan>, Vec<Fit>) {
        let (mine, others): (VecDeque<Kept>, VecDeque<Kept>) = std::mem::take(&mut self.kept)
            .into_iter()
            .partition(|kept| kept.trace() == trace);
        self.kept = others;
        let wanted: Vec<Wanted<'_>> = calls.iter().map(|call| call.wanted.clone()).collect();
        let ran: Vec<Ran> = mine.iter().map(|kept| kept.ran.clone()).collect();
        let fits = matched(&wanted, &ran);
        let mut done = Vec::new();
        for (mut kept, fit) in mine.into_iter().zip(&fits) {
            let call = fit.and_then(|fit| Some((calls.get(fit.call)?, fit.is_certain)));
            match call {
                Some((call, is_certain)) => {
                    call.describe(&mut kept.function.span, is_certain);
                    done.push(self.given(kept));
                }
                None if stays(&kept.ran.name) => self.kept.push_back(kept),
                None => done.push(self.given(kept)),
            }
        }
        (done, fits.into_iter().flatten().collect())
    }
}

impl Kept {
    fn trace(&self) -> TraceId {
        self.function.span.span_context.trace_id()
    }
}

impl OpenTool<'_> {
    /// Makes the tool's span of a function's.
    fn describe(&self, span: &mut SpanData, is_certain: bool) {
        let operation = names::operation::EXECUTE_TOOL;
        let mut facts = vec![
            (observation::TYPE, Some(ObservationType::Tool.as_str())),
            (names::OPERATION_NAME, Some(operation)),
        ];
        if is_certain {
            facts.extend([
                (names::TOOL_CALL_ID, self.id),
                (names::TOOL_CALL_ARGUMENTS, self.written.as_deref()),
                (names::TOOL_CALL_RESULT, self.wanted.result.as_deref()),
            ]);
        }
        for (key, value) in facts {
            let is_there = span.attributes.iter().any(|one| one.key.as_str() == key);
            if let Some(value) = value.filter(|_| !is_there) {
                span.attributes.push(KeyValue::new(key, value.to_owned()));
            }
        }
        self.tool.describe(span);
    }
}
