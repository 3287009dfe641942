//! Which result belongs to which call, and what is forgotten; the wire is tested in `tests/it`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt, TraceFlags, TraceState, TracerProvider};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use serde_json::json;

use crate::recorder::tool_spans::{TOOL_CALL_TIMEOUT, TOOL_CALLS};
use crate::recorder::tools::asked::BYTES;
use crate::recorder::tools::*;
use crate::span::SpanParent;

const HOST: &str = "api.openai.com";

struct Fixture {
    tools: Tools,
    tool_spans: Arc<ToolSpans>,
    tracer: SdkTracer,
}

impl Fixture {
    fn new() -> Self {
        let tool_spans = Arc::<ToolSpans>::default();
        Self {
            tools: Tools::new(Arc::clone(&tool_spans), false),
            tool_spans,
            tracer: SdkTracerProvider::default().tracer("test"),
        }
    }

    /// A model call in this trace; of none if it is zero.
    fn caller(&self, trace: u8) -> Caller {
        let context = Context::new().with_remote_span_context(span(trace));
        let parent = SpanParent::new(&self.tracer, context);
        let now = (Instant::now(), SystemTime::now());
        Caller::new(Some(&self.tool_spans), parent, now)
    }

    fn ask(&mut self, trace: u8, response: Option<&str>, id: &str) {
        let call = ToolCall {
            id: Some(id.to_owned()),
            name: "get_weather".into(),
            arguments: Some(r#"{"city":"Oslo"}"#.to_owned()),
        };
        let (caller, now) = (self.caller(trace), SystemTime::now());
        self.tools
            .ask(&caller, &span(trace), asking(response, call, now));
    }

    fn answer(&mut self, trace: u8, server: &str, ids: &[&str]) -> Vec<(String, String)> {
        let result = |(place, id): (usize, &&str)| ToolResult {
            call_id: (*id).to_owned(),
            output: json!(place),
        };
        let results: Vec<_> = ids.iter().enumerate().map(result).collect();
        let caller = self.caller(trace);
        let executions = self
            .tools
            .answer(&caller, server, &results, SystemTime::now());
        let reported = executions.into_iter();
        reported.map(|one| (one.id, one.result)).collect()
    }
}

fn asking(response: Option<&str>, call: ToolCall, ended: SystemTime) -> Asking<'_> {
    Asking {
        server: HOST,
        response,
        calls: vec![call],
        offered: &[],
        began: ended,
        ended,
    }
}

fn span(trace: u8) -> SpanContext {
    let trace = TraceId::from_bytes(u128::from(trace).to_be_bytes());
    let id = SpanId::from_bytes(7_u64.to_be_bytes());
    SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::NONE)
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs
        .map(|(id, result)| (id.to_owned(), result.to_owned()))
        .into()
}

#[test]
fn the_oldest_is_forgotten_over_the_bounds() {
    let mut this = Fixture::new();
    for number in 0..=TOOL_CALLS {
        this.ask(1, None, &format!("call_{number}"));
    }
    assert_eq!(this.tools.asked.len(), TOOL_CALLS);
    assert_eq!(this.answer(1, HOST, &["call_0"]), []);
    assert_eq!(this.answer(1, HOST, &["call_1"]), pairs([("call_1", "0")]));
    this.tools.asked.bytes += BYTES;
    this.ask(1, None, "call_large");
    assert_eq!(this.tools.asked.len(), 0);
}

#[test]
fn nobody_is_waited_for_forever() {
    let mut this = Fixture::new();
    this.ask(1, None, "call_1");
    let asked = this.tools.asked.front().unwrap().since;
    this.tools.asked.sweep(asked + TOOL_CALL_TIMEOUT / 2);
    assert_eq!(this.tools.asked.len(), 1);
    this.tools.asked.sweep(asked + TOOL_CALL_TIMEOUT);
    assert_eq!((this.tools.asked.len(), this.tools.asked.bytes), (0, 0));
}

#[test]
fn an_id_that_a_vendor_uses_again_means_its_own_trace() {
    let mut this = Fixture::new();
    this.ask(1, None, "call_0");
    this.ask(2, None, "call_0");
    assert_eq!(this.answer(1, HOST, &["call_0"]), pairs([("call_0", "0")]));
    // A repetition here, although the other trace waits for the same id.
    assert_eq!(this.answer(1, HOST, &["call_0"]), []);
    this.ask(1, None, "call_0");
    let results = ["call_0", "call_0"];
    assert_eq!(this.answer(1, HOST, &results), pairs([("call_0", "1")]));
    assert_eq!(this.answer(2, HOST, &["call_0"]), pairs([("call_0", "0")]));
}

#[test]
fn another_trace_may_bring_the_result_if_nothing_else_can_be_meant() {
    let mut this = Fixture::new();
    this.ask(1, None, "call_a");
    assert_eq!(this.answer(3, "elsewhere", &["call_a"]), []);
    assert_eq!(this.answer(0, HOST, &["call_a"]), pairs([("call_a", "0")]));
    this.ask(1, None, "call_0");
    this.ask(2, None, "call_0");
    assert_eq!(this.answer(3, HOST, &["call_0"]), []);
}

#[test]
fn an_answer_that_is_read_again_asks_for_nothing_new() {
    let mut this = Fixture::new();
    this.ask(1, Some("resp_1"), "call_a");
    this.ask(2, Some("resp_1"), "call_a");
    assert_eq!(this.answer(1, HOST, &["call_a"]).len(), 1);
    this.ask(1, Some("resp_1"), "call_a");
    assert_eq!(this.answer(1, HOST, &["call_a"]), []);
}

#[test]
fn calls_under_one_id_are_paired_with_their_results_by_order() {
    let mut this = Fixture::new();
    for _ in 0..2 {
        this.ask(1, None, "call_0");
    }
    let both = ["call_0", "call_0"];
    let expected = pairs([("call_0", "0"), ("call_0", "1")]);
    assert_eq!(this.answer(1, HOST, &both), expected);
    assert_eq!(this.answer(1, HOST, &both), []);
    // The history repeats what is known.
    this.ask(1, None, "call_0");
    let three = ["call_0"; 3];
    assert_eq!(this.answer(1, HOST, &three), pairs([("call_0", "2")]));
}

#[test]
fn one_result_for_two_calls_under_one_id_is_nobodys() {
    let mut this = Fixture::new();
    for _ in 0..2 {
        this.ask(1, None, "call_0");
    }
    assert_eq!(this.answer(1, HOST, &["call_0"]), []);
    let both = ["call_0", "call_0"];
    assert_eq!(this.answer(1, HOST, &both).len(), 2);
}

#[test]
fn a_call_is_found_by_what_it_is_called_in_its_trace_as_long_as_it_waits() {
    let mut this = Fixture::new();
    this.ask(1, None, "call_a");
    this.ask(2, None, "call_a");
    let traces = [1, 2].map(|trace| span(trace).trace_id());
    let waiting = |this: &Fixture| {
        traces.map(|trace| {
            let named = this.tools.asked.waiting_for(trace, "getWeather").count();
            assert_eq!(named, this.tools.asked.waiting(trace).len());
            named
        })
    };
    assert_eq!(waiting(&this), [1, 1]);
    assert_eq!(this.answer(1, HOST, &["call_a"]).len(), 1);
    assert_eq!(waiting(&this), [0, 1]);
    let since = this.tools.asked.front().unwrap().since;
    this.tools.asked.sweep(since + 2 * TOOL_CALL_TIMEOUT);
    assert_eq!(waiting(&this), [0, 0]);
    assert_eq!(this.tools.asked.of_id("call_a").len(), 0);
}
