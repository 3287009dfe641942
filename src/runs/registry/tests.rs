//! Runs are reported once and count once, whatever is seen of them in whatever order.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::model::message::Usage;
use crate::runs::registry::*;
use crate::runs::report::{Generation, RunReport, Tool};
use crate::runs::run::Run;
use crate::runs::usage::sum;
use crate::wire::{Endpoint, Limits, RequestFacts, ResponseFacts, ResponseHead};

/// Keeps what is reported.
#[derive(Default)]
struct Reports {
    agents: Vec<(String, Option<String>, usize)>,
    generations: Vec<Generation>,
    tools: Vec<Tool>,
    foreign: Vec<String>,
}

impl ReportSink for Reports {
    type Creator = &'static str;
    type Agent = ();
    type Parent = ();

    fn begin(&mut self, _: &&'static str, _: &str, _: SystemTime) {}

    fn run(&mut self, (): (), run: &Run<&'static str>, report: &RunReport) {
        self.agents.push((
            run.object.id.clone(),
            run.object.status.clone(),
            run.events.len(),
        ));
        self.generations.extend(report.generations.iter().cloned());
        self.tools.extend(report.tools.iter().cloned());
    }

    fn late(&mut self, (): &(), late: RunReport) {
        self.generations.extend(late.generations);
        self.tools.extend(late.tools);
    }

    fn foreign(&mut self, _: &&'static str, _: (SystemTime, SystemTime), run: &RunObject) {
        self.foreign.push(run.id.clone());
    }
}

impl Reports {
    fn usage(&self) -> Usage {
        sum(self.generations.iter().filter_map(|one| one.usage)).unwrap_or_default()
    }
}

/// A registry with a clock.
struct World {
    registry: Registry<Reports>,
    reports: Reports,
    began: (SystemTime, Instant),
    seconds: u64,
}

impl World {
    fn new(limits: RunLimits) -> Self {
        Self {
            registry: Registry::new(limits),
            reports: Reports::default(),
            began: (
                SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000),
                Instant::now(),
            ),
            seconds: 0,
        }
    }

    fn now(&self) -> (SystemTime, Instant) {
        let passed = Duration::from_secs(self.seconds);
        (self.began.0 + passed, self.began.1 + passed)
    }

    /// A request and its answer.
    fn call(&mut self, method: &str, path: &str, asked: Value, answer: Value) {
        let endpoint = Endpoint::of(method, path);
        let asked = asked.to_string();
        let asked = RequestFacts::read(&endpoint, None, asked.as_bytes(), Limits::default());
        let head = ResponseHead {
            status: 200,
            content_type: Some("application/json"),
            stream_requested: false,
        };
        let body = answer.to_string();
        let facts = ResponseFacts::read(&endpoint, head, body.as_bytes(), Limits::default());
        let (server, now) = ("host:443".to_owned(), self.now());
        let kind = endpoint.assistants().unwrap();
        let called = (kind, &endpoint);
        let mut exchange = Exchange::of("caller", called, server, Arc::new(asked), now.0);
        if kind == AssistantsEndpoint::RunSubmitToolOutputs {
            self.registry.submitted(&exchange);
        }
        for (_, shown) in facts.objects {
            self.registry
                .show(&mut exchange, shown, now, &mut self.reports);
        }
    }

    fn create(&mut self, run: &str) {
        let answer = run_object(run, "queued", Value::Null);
        self.call(
            "POST",
            "/v1/threads/t/runs",
            json!({"assistant_id": "asst_1"}),
            answer,
        );
    }

    fn poll(&mut self, run: &str, status: &str, usage: Value) {
        let answer = run_object(run, status, usage);
        self.call(
            "GET",
            &format!("/v1/threads/t/runs/{run}"),
            Value::Null,
            answer,
        );
    }

    fn close(&mut self) {
        self.registry.close(&mut self.reports);
    }
}

fn run_object(id: &str, status: &str, usage: Value) -> Value {
    let required = (status == "requires_action").then(|| {
        json!({"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}})
    });
    json!({"id": id, "object": "thread.run", "created_at": 1_795_000_000, "thread_id": "t",
        "assistant_id": "asst_1", "status": status, "model": "gpt-4", "usage": usage,
        "required_action": required, "expires_at": 1_795_000_600})
}

fn counts(input: u64, output: u64) -> Value {
    json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output})
}

#[test]
fn thirty_polls_make_one_agent_and_few_events() {
    let mut world = World::new(RunLimits::default());
    world.create("run_1");
    for poll in 0..30 {
        world.poll("run_1", ["in_progress", "queued"][poll % 2], Value::Null);
    }
    world.poll("run_1", "completed", counts(30, 5));
    world.close();
    let [(_, status, events)] = world.reports.agents.as_slice() else {
        panic!("{:?}", world.reports.agents);
    };
    assert_eq!(status.as_deref(), Some("completed"));
    assert!(*events <= 8, "{events}");
    assert_eq!(world.reports.usage(), Usage::new(30, 5));
    assert_eq!(world.reports.generations.len(), 1);
}

#[test]
fn a_run_that_never_ends_is_reported_after_its_patience() {
    let limits = RunLimits {
        patience: Duration::from_secs(60),
        ..RunLimits::default()
    };
    let mut world = World::new(limits);
    world.create("run_1");
    world.poll("run_1", "in_progress", Value::Null);
    // It expires after ten minutes.
    for (seconds, reported) in [(659, 0), (660, 1)] {
        world.seconds = seconds;
        let now = world.now().1;
        world.registry.sweep(now, &mut world.reports);
        assert_eq!(world.reports.agents.len(), reported, "{seconds}");
    }
    assert_eq!(world.reports.agents[0].1.as_deref(), Some("in_progress"));
    // Whatever is seen of it afterwards counts as well, once.
    for _ in 0..3 {
        world.poll("run_1", "completed", counts(30, 5));
    }
    assert_eq!(
        (world.reports.agents.len(), world.reports.usage()),
        (1, Usage::new(30, 5))
    );
}

#[test]
fn of_too_many_runs_the_one_not_heard_of_is_reported() {
    let limits = RunLimits {
        runs: 2,
        ..RunLimits::default()
    };
    let mut world = World::new(limits);
    for run in ["run_1", "run_2"] {
        world.create(run);
    }
    world.poll("run_1", "in_progress", Value::Null);
    world.create("run_3");
    let reported: Vec<_> = world
        .reports
        .agents
        .iter()
        .map(|(id, ..)| id.as_str())
        .collect();
    assert_eq!((reported, world.registry.len()), (vec!["run_2"], 2));
}

#[test]
fn a_run_made_elsewhere_is_reported_once_when_it_is_over() {
    let mut world = World::new(RunLimits::default());
    for status in ["queued", "in_progress", "completed", "completed"] {
        world.poll("run_1", status, counts(30, 5));
    }
    let steps = json!({"object": "list", "data": [step(&Truth::default(), 0, true)]});
    world.call("GET", "/v1/threads/t/runs/run_1/steps", Value::Null, steps);
    world.close();
    assert_eq!(world.reports.foreign, ["run_1"]);
    assert!(world.reports.agents.is_empty() && world.reports.generations.is_empty());
}

#[test]
fn a_server_that_knows_the_run_no_more_ends_it() {
    let mut world = World::new(RunLimits::default());
    world.create("run_1");
    let endpoint = Endpoint::of("GET", "/v1/threads/t/runs/run_1");
    let server = "host:443".to_owned();
    let began = world.now().0;
    let called = (endpoint.assistants().unwrap(), &endpoint);
    let exchange = Exchange::of("caller", called, server, Arc::default(), began);
    for failure in 1..=5 {
        assert!(world.reports.agents.is_empty(), "{failure}");
        let at = world.now().0;
        let known = world
            .registry
            .failed(&exchange, at, "500", false, &mut world.reports);
        assert!(known);
    }
    assert_eq!(world.reports.agents.len(), 1);
}

/// What the server knows of a run.
#[derive(Clone, Debug, Default)]
struct Truth {
    steps: Vec<(u64, u64, bool)>,
}

impl Truth {
    fn usage(&self) -> Usage {
        let steps = self
            .steps
            .iter()
            .map(|(input, output, _)| Usage::new(*input, *output));
        sum(steps).unwrap_or_default()
    }

    fn wire_usage(&self) -> Value {
        let usage = self.usage();
        counts(
            usage.input_tokens.unwrap_or_default(),
            usage.output_tokens.unwrap_or_default(),
        )
    }
}

fn step(truth: &Truth, place: usize, is_done: bool) -> Value {
    let (input, output, is_tool) = truth.steps.get(place).copied().unwrap_or_default();
    let details = if is_tool {
        json!({"type": "tool_calls", "tool_calls": [{"id": format!("call_{place}"),
            "type": "code_interpreter", "code_interpreter": {"input": "1", "outputs": []}}]})
    } else {
        json!({"type": "message_creation",
            "message_creation": {"message_id": format!("msg_{place}")}})
    };
    json!({"id": format!("step_{place}"), "object": "thread.run.step", "run_id": "run_1",
        "thread_id": "t", "created_at": 1_795_000_000 + place as u64,
        "status": if is_done { "completed" } else { "in_progress" },
        "usage": if is_done { counts(input, output) } else { Value::Null },
        "step_details": details})
}

/// Something that a client may look at.
#[derive(Clone, Debug)]
enum Look {
    Poll(usize),
    /// From this step on, so many, all done or not.
    Steps(usize, usize, bool),
    Messages {
        ascending: bool,
    },
    Submit,
    Flush,
    Wait(u64),
}

fn look() -> impl Strategy<Value = Look> {
    prop_oneof![
        4 => (0..4usize).prop_map(Look::Poll),
        4 => (0..4usize, 0..5usize, any::<bool>()).prop_map(|(from, many, done)| Look::Steps(from, many, done)),
        2 => any::<bool>().prop_map(|ascending| Look::Messages { ascending }),
        1 => Just(Look::Submit),
        1 => Just(Look::Flush),
        1 => (0..2_000u64).prop_map(Look::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_counts_of_a_run_are_reported_once_in_whatever_order_it_is_seen(
        steps in prop::collection::vec((0..500u64, 0..50u64, any::<bool>()), 0..4),
        looks in prop::collection::vec(look(), 0..24),
        end in prop::sample::select(vec!["completed", "incomplete", "failed", "cancelled"]),
        late in prop::collection::vec(look(), 0..6),
    ) {
        let truth = Truth { steps };
        let mut world = World::new(RunLimits::default());
        world.create("run_1");
        let looked = |world: &mut World, look: Look, is_over: bool| match look {
            Look::Poll(place) => {
                let status = ["queued", "in_progress", "requires_action", end];
                let status = if is_over { end } else { status[place] };
                let usage = if status == end { truth.wire_usage() } else { Value::Null };
                world.poll("run_1", status, usage);
            }
            Look::Steps(from, many, done) => {
                let places = from..truth.steps.len().min(from + many);
                let data: Vec<_> = places.map(|place| step(&truth, place, done || is_over)).collect();
                let list = json!({"object": "list", "data": data});
                world.call("GET", "/v1/threads/t/runs/run_1/steps", Value::Null, list);
            }
            Look::Messages { ascending } => {
                let mut data: Vec<_> = (0..truth.steps.len()).map(|place| json!({
                    "id": format!("msg_{place}"), "object": "thread.message", "thread_id": "t",
                    "run_id": "run_1", "role": "assistant", "created_at": 1_795_000_000,
                    "content": [{"type": "text", "text": {"value": "x", "annotations": []}}],
                })).collect();
                if !ascending {
                    data.reverse();
                }
                let list = json!({"object": "list", "data": data});
                world.call("GET", "/v1/threads/t/messages", Value::Null, list);
            }
            Look::Submit => {
                let asked = json!({"tool_outputs": [{"tool_call_id": "call_1", "output": "1"}]});
                let status = if is_over { end } else { "queued" };
                let usage = if is_over { truth.wire_usage() } else { Value::Null };
                let answer = run_object("run_1", status, usage);
                world.call("POST", "/v1/threads/t/runs/run_1/submit_tool_outputs", asked, answer);
            }
            Look::Flush => world.registry.settle(&mut world.reports),
            Look::Wait(seconds) => world.seconds += seconds,
        };
        for look in looks {
            looked(&mut world, look, false);
        }
        world.poll("run_1", end, truth.wire_usage());
        for look in late {
            looked(&mut world, look, true);
        }
        world.close();
        prop_assert_eq!(world.reports.agents.len(), 1);
        // A run without counts has zeros, so that no backend estimates them.
        let nothing = Usage::new(0, 0);
        prop_assert_eq!(world.reports.usage().plus(nothing), truth.usage().plus(nothing));
        let mut tools: Vec<_> = world.reports.tools.iter().map(|tool| tool.id.clone().unwrap()).collect();
        let all = tools.len();
        tools.sort();
        tools.dedup();
        prop_assert_eq!(tools.len(), all, "a tool was reported twice");
        prop_assert!(world.reports.foreign.is_empty());
    }
}
