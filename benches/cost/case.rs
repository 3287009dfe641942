//! One case: a kind of work under a stack of layers, in a process of its own.

use std::hint::black_box;
use std::time::Duration;

use allocation_counter::AllocationInfo;
use cpu_time::{ProcessTime, ThreadTime};
use serde::{Deserialize, Serialize};
use tracing::dispatcher;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::call;
pub use super::stack::Stack;
use crate::memory;

/// Tells this program to be a case.
pub const ROLE: &str = "SPAN_COST_CASE";

/// Spans that are made without a pause: fewer than the queue of the SDK's processor holds.
const BURST: u32 = 400;

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    /// A function with two arguments and a result.
    Function,
    /// A span with 50 kB of messages.
    Messages,
    /// A model call over HTTP.
    Call,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Case {
    pub work: Work,
    pub stack: Stack,
    pub address: String,
    /// Spans or calls.
    pub count: u32,
    /// Spans of one trace.
    pub in_trace: u32,
    /// Calls at once.
    pub at_once: u32,
    /// Of the request of a call.
    pub bytes: usize,
    /// Of the answer of a call; 0 for one that is not streamed.
    pub chunks: u32,
}

#[derive(Default, Serialize, Deserialize)]
pub struct Outcome {
    pub caller_us: f64,
    pub process_us: f64,
    pub peak_mib: f64,
    /// On the caller's thread.
    pub allocations: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub first_us: f64,
    /// What the backend must have got.
    pub spans: u64,
}

impl Case {
    pub fn new(work: Work, stack: Stack, count: u32) -> Self {
        Self {
            work,
            stack,
            address: String::new(),
            count,
            in_trace: BURST,
            at_once: 1,
            bytes: 0,
            chunks: 0,
        }
    }

    pub fn run(&self) -> Outcome {
        let running = self.stack.start(&self.address);
        let before = ProcessTime::now();
        let mut outcome = Outcome::default();
        let info = dispatcher::with_default(running.subscriber(), || self.work(&mut outcome));
        running.end();
        outcome.process_us = microseconds(before.elapsed());
        outcome.allocations = info.count_total as f64;
        outcome.peak_mib = memory::peak_mib() as f64;
        if !self.stack.records() {
            outcome.spans = 0;
        }
        outcome
    }

    /// How many spans are made without a pause, and the pause, which is for the SDK's processor: it drops what does
    /// not find room.
    fn rhythm(&self) -> (u32, Duration) {
        match self.work {
            Work::Messages => (50, Duration::from_millis(200)),
            Work::Function | Work::Call => (BURST, Duration::from_millis(10)),
        }
    }

    fn work(&self, outcome: &mut Outcome) -> AllocationInfo {
        if self.work == Work::Call {
            return allocation_counter::measure(|| call::run(self, outcome));
        }
        let messages = messages();
        let mut spans = 0;
        let mut allocations = AllocationInfo::default();
        let mut left = self.count;
        while left > 0 {
            // A trace may be longer than a burst.
            let mut of_trace = self.in_trace.min(left);
            left -= of_trace;
            let root = (self.in_trace != BURST).then(|| tracing::info_span!("trace"));
            spans += u64::from(root.is_some());
            let _entered = root.as_ref().map(tracing::Span::enter);
            let (burst, pause) = self.rhythm();
            while of_trace > 0 {
                let count = burst.min(of_trace);
                of_trace -= count;
                let before = ThreadTime::now();
                let info = allocation_counter::measure(|| match self.work {
                    Work::Messages => (0..count).for_each(|_| with_messages(&messages)),
                    _ => repeat(count),
                });
                outcome.caller_us += microseconds(before.elapsed());
                allocations += info;
                if count == burst && self.stack.records() {
                    std::thread::sleep(pause);
                }
            }
        }
        outcome.spans = spans + u64::from(self.count);
        allocations
    }
}

#[tracing::instrument(ret)]
fn solve(question: &str, number: u32) -> usize {
    black_box(question.len() + number as usize)
}

fn repeat(count: u32) {
    for number in 0..count {
        black_box(solve(black_box("Solve 3x + 11 = 14"), number));
    }
}

fn with_messages(messages: &str) {
    let span = tracing::info_span!("chat");
    span.set_attribute("gen_ai.operation.name", "chat");
    span.set_attribute("gen_ai.provider.name", "openai");
    span.set_attribute("gen_ai.request.model", "gpt-4o-mini");
    span.set_attribute("gen_ai.input.messages", messages.to_owned());
    span.in_scope(|| ());
}

/// 50 kB in the form of the conventions.
fn messages() -> String {
    let text = text(50_000 - 60);
    serde_json::json!([{"role": "user", "parts": [{"type": "text", "content": text}]}]).to_string()
}

/// Words, so that it compresses as text does.
pub fn text(bytes: usize) -> String {
    const WORDS: [&str; 8] = [
        "the ", "model ", "answers ", "with ", "number ", "because ", "sides ", "three. ",
    ];
    let mut state = 42_u64;
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        text.push_str(WORDS[(state >> 61) as usize]);
    }
    text.truncate(bytes);
    text
}

pub fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
