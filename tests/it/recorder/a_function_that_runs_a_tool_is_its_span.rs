//! A function with `#[instrument]` that the program runs for a call of the model becomes the span of the tool, with
//! the call's id, what the model wrote and what it was told, and nothing is derived beside it. Where it is not
//! certain for which call it ran, it stays what it is: two spans are better than a wrong one.

use std::time::Duration;

use serde_json::{Value, json};
use tracing::Instrument;
use tracing::instrument::WithSubscriber;
use tracing_genai::openai::TraceMiddleware;
use tracing_genai::testing::{InMemory, ReceivedSpan};
use tracing_genai::{Mapping, Telemetry, TelemetryBuilder, observation};

use crate::support::assistants::Caller;
use crate::support::conventions::violations;
use crate::support::reply_server::{Ending, Reply, ReplyServer};
use crate::support::simulator::{Wire, function, run_path};
use crate::support::{
    SOON, WORK, json_of, memory, plain_async, received_async, take_time, within_async,
};

/// Cities in the order in which the model asks for them.
type Cities = &'static [&'static str];
const BOTH: Cities = &["Oslo", "Bergen"];

fn weather_of(city: &str) -> &'static str {
    match city {
        "Bergen" => "7 °C",
        _ => "4 °C",
    }
}

#[tracing::instrument(ret)]
async fn get_weather(city: &'static str) -> &'static str {
    take_time().await;
    weather_of(city)
}

/// One provider's words for a conversation with calls of a tool.
struct Api {
    path: &'static str,
    /// The answer that asks for the weather of these cities, under the ids `call_0`, `call_1` …
    asking: fn(Cities) -> Value,
    /// The request with these results.
    answering: fn(Cities, &[String]) -> Value,
}

fn id(index: usize) -> String {
    format!("call_{index}")
}

fn each<T: Into<Value>>(cities: Cities, one: impl Fn(usize, &str) -> T) -> Value {
    let all = cities.iter().enumerate();
    all.map(|(index, city)| one(index, city).into()).collect()
}

const CHAT: Api = Api {
    path: "/v1/chat/completions",
    asking: |cities| {
        let calls = each(cities, |index, city| {
            let arguments = json!({"city": city}).to_string();
            json!({"id": id(index), "type": "function",
                "function": {"name": "get_weather", "arguments": arguments}})
        });
        let message = json!({"role": "assistant", "content": null, "tool_calls": calls});
        json!({"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o",
            "choices": [{"index": 0, "finish_reason": "tool_calls", "message": message}]})
    },
    answering: |cities, results| {
        let results = each(
            cities,
            |index, _| json!({"role": "tool", "tool_call_id": id(index), "content": results[index]}),
        );
        json!({"model": "gpt-4o", "messages": results})
    },
};

const RESPONSES: Api = Api {
    path: "/v1/responses",
    asking: |cities| {
        let calls = each(cities, |index, city| {
            let arguments = json!({"city": city}).to_string();
            json!({"type": "function_call", "id": format!("fc_{index}"), "call_id": id(index),
                "name": "get_weather", "arguments": arguments, "status": "completed"})
        });
        json!({"id": "resp_1", "object": "response", "model": "gpt-5-mini", "status": "completed",
            "output": calls})
    },
    answering: |cities, results| {
        let results = each(
            cities,
            |index, _| json!({"type": "function_call_output", "call_id": id(index), "output": results[index]}),
        );
        json!({"model": "gpt-5-mini", "input": results})
    },
};

const ANTHROPIC: Api = Api {
    path: "/v1/messages",
    asking: |cities| {
        let calls = each(cities, |index, city| {
            json!({"type": "tool_use", "id": id(index), "name": "get_weather",
                "input": {"city": city}})
        });
        json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
            "content": calls, "stop_reason": "tool_use",
            "usage": {"input_tokens": 9, "output_tokens": 3}})
    },
    answering: |cities, results| {
        let results = each(
            cities,
            |index, _| json!({"type": "tool_result", "tool_use_id": id(index), "content": results[index]}),
        );
        json!({"model": "claude-sonnet-4-5", "max_tokens": 99,
            "messages": [{"role": "user", "content": results}]})
    },
};

/// Its calls have no ids.
const GEMINI: Api = Api {
    path: "/v1beta/models/gemini-2.5-flash:generateContent",
    asking: |cities| {
        let calls = each(
            cities,
            |_, city| json!({"functionCall": {"name": "get_weather", "args": {"city": city}}}),
        );
        json!({"modelVersion": "gemini-2.5-flash", "candidates": [{"index": 0,
            "finishReason": "STOP", "content": {"role": "model", "parts": calls}}]})
    },
    answering: |cities, results| {
        let results = each(cities, |index, _| {
            json!({"functionResponse": {"name": "get_weather",
                "response": {"result": results[index]}}})
        });
        json!({"contents": [{"role": "user", "parts": results}]})
    },
};

/// A client that asks the model and brings its results.
struct Agent {
    server: ReplyServer,
    client: reqwest_middleware::ClientWithMiddleware,
    api: &'static Api,
    cities: Cities,
}

impl Agent {
    async fn new(api: &'static Api, cities: Cities) -> Self {
        let asking = (api.asking)(cities);
        let last = (api.asking)(&[]);
        let replies = [asking, last].map(|reply| Reply::json(200, reply.to_string()));
        Self {
            server: ReplyServer::start(replies).await,
            client: reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
                .with(TraceMiddleware::new())
                .build(),
            api,
            cities,
        }
    }

    async fn post(&self, body: Value) {
        let url = self.server.url();
        let url = format!("{}{}", url.trim_end_matches("/v1"), self.api.path);
        let post = self
            .client
            .post(url)
            .header("content-type", "application/json");
        let post = post.header("anthropic-version", "2023-06-01");
        let answer = post.body(body.to_string()).send().await.unwrap();
        answer.bytes().await.unwrap();
    }

    async fn ask(&self) {
        let mut question = (self.api.answering)(&[], &[]);
        for (key, message) in [
            (
                "messages",
                json!({"role": "user", "content": "The weather?"}),
            ),
            ("input", json!({"role": "user", "content": "The weather?"})),
            (
                "contents",
                json!({"role": "user", "parts": [{"text": "The weather?"}]}),
            ),
        ] {
            if question.get(key).is_some() {
                question[key] = json!([message]);
            }
        }
        self.post(question).await;
    }

    async fn answer(&self, results: &[&str]) {
        let results: Vec<_> = results.iter().map(|text| (*text).to_owned()).collect();
        self.post((self.api.answering)(self.cities, &results)).await;
    }
}

fn named(memory: &InMemory, is_meant: impl Fn(&str) -> bool) -> Vec<ReceivedSpan> {
    let mut spans = memory.spans();
    spans.retain(|span| is_meant(&span.name));
    spans.sort_by_key(|span| span.text("gen_ai.tool.call.id").map(str::to_owned));
    spans
}

fn tools(memory: &InMemory) -> Vec<ReceivedSpan> {
    named(memory, |name| name.starts_with("execute_tool"))
}

fn is_derived(span: &ReceivedSpan) -> bool {
    span.attributes.contains_key("tracing_genai.derived")
}

/// How many spans are tools of the program's own, derived tools, and functions that stayed functions.
#[track_caller]
fn assert_spans(memory: &InMemory, own: usize, derived: usize, functions: usize) {
    let tools = tools(memory);
    let of_wire = tools.iter().filter(|tool| is_derived(tool)).count();
    let names: Vec<_> = memory.spans().into_iter().map(|span| span.name).collect();
    let left = named(memory, |name| name == "get_weather").len();
    assert_eq!(
        (tools.len() - of_wire, of_wire, left),
        (own, derived, functions),
        "{names:?}"
    );
}

/// The functions run at the same time in tasks of their own, the last one first.
#[tracing::instrument(skip_all)]
async fn agent(api: &'static Api) {
    let agent = Agent::new(api, BOTH).await;
    agent.ask().await;
    let tasks = BOTH.iter().rev();
    let tasks: Vec<_> = tasks
        .map(|city| {
            tokio::spawn(
                get_weather(city)
                    .in_current_span()
                    .with_current_subscriber(),
            )
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.insert(0, task.await.unwrap());
    }
    agent.answer(&results).await;
}

#[track_caller]
fn assert_are_tools(memory: &InMemory, has_ids: bool) {
    assert_spans(memory, 2, 0, 0);
    let parent = memory.span("agent").span_id;
    let mut tools = tools(memory);
    tools.sort_by_key(|tool| tool.text("gen_ai.tool.call.arguments").unwrap().len());
    for (index, (tool, city)) in tools.iter().zip(BOTH).enumerate() {
        let text = |key: &str| tool.text(key);
        assert_eq!(text("gen_ai.operation.name"), Some("execute_tool"));
        assert_eq!(text("gen_ai.tool.name"), Some("get_weather"));
        assert_eq!(text("gen_ai.tool.type"), Some("function"));
        assert_eq!(
            text("gen_ai.tool.call.id"),
            has_ids.then(|| id(index)).as_deref()
        );
        let arguments = json_of(tool, "gen_ai.tool.call.arguments");
        assert_eq!(arguments, json!({"city": city}));
        assert!(
            text("gen_ai.tool.call.result")
                .unwrap()
                .contains(weather_of(city))
        );
        assert_eq!(tool.parent_span_id, parent);
        assert_eq!(tool.kind, "INTERNAL");
        assert!(u128::from(tool.end - tool.start) >= WORK.as_nanos());
        assert_eq!(violations(tool), [""; 0]);
    }
}

macro_rules! of_each_api {
    ($($name:ident: $api:expr, $has_ids:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            assert_are_tools(&plain_async(agent(&$api)).await, $has_ids);
        }
    )*};
}

of_each_api! {
    for_a_chat: CHAT, true;
    for_items_of_responses: RESPONSES, true;
    for_blocks_of_anthropic: ANTHROPIC, true;
    for_parts_of_gemini: GEMINI, false;
}

#[tokio::test]
async fn for_langfuse_with_named_arguments_and_nothing_twice() {
    let memory = received_async(Some(Mapping::Langfuse), |builder| builder, agent(&CHAT)).await;
    assert_spans(&memory, 2, 0, 0);
    for (tool, city) in tools(&memory).iter().zip(BOTH) {
        let text = |key: &str| tool.text(key);
        assert_eq!(text("langfuse.observation.type"), Some("tool"));
        assert_eq!(
            json_of(tool, "langfuse.observation.input"),
            json!({"city": city})
        );
        assert_eq!(text("langfuse.observation.output"), Some(weather_of(city)));
        let is_metadata = |key: &&String| key.starts_with("langfuse.observation.metadata.");
        assert_eq!(tool.attributes.keys().find(is_metadata), None, "{tool:?}");
    }
}

#[tokio::test]
async fn after_a_stream_too() {
    #[tracing::instrument(skip_all)]
    async fn agent() {
        let chunk = |delta: Value, reason: Value| {
            let chunk = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk",
                "model": "gpt-4o", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]});
            format!("data: {chunk}\n\n")
        };
        let call = json!({"tool_calls": [{"index": 0, "id": "call_0", "type": "function",
            "function": {"name": "get_weather", "arguments": "{\"city\":\"Oslo\"}"}}]});
        let events = vec![
            chunk(call, Value::Null),
            chunk(json!({}), "tool_calls".into()),
            "data: [DONE]\n\n".to_owned(),
        ];
        let mut agent = Agent::new(&CHAT, &["Oslo"]).await;
        let last = Reply::json(200, (CHAT.asking)(&[]).to_string());
        let replies = [Reply::events(events, Duration::ZERO, Ending::Whole), last];
        agent.server = ReplyServer::start(replies).await;
        agent
            .post(json!({"model": "gpt-4o", "stream": true,
            "messages": [{"role": "user", "content": "The weather?"}]}))
            .await;
        let result = get_weather("Oslo").await;
        agent.answer(&[result]).await;
    }
    let memory = plain_async(agent()).await;
    assert_spans(&memory, 1, 0, 0);
    let tool = &tools(&memory)[0];
    assert_eq!(tool.text("gen_ai.tool.call.id"), Some("call_0"));
}

#[tokio::test]
async fn also_if_it_records_neither_arguments_nor_result() {
    mod silent {
        #[tracing::instrument(skip_all)]
        pub(super) async fn get_weather(city: &str) -> &'static str {
            super::weather_of(city)
        }
    }
    #[tracing::instrument(skip_all)]
    async fn agent() {
        let agent = Agent::new(&CHAT, &["Oslo"]).await;
        agent.ask().await;
        let result = silent::get_weather("Oslo").await;
        agent.answer(&[result]).await;
    }
    let memory = received_async(Some(Mapping::Langfuse), |builder| builder, agent()).await;
    assert_spans(&memory, 1, 0, 0);
    let tool = &tools(&memory)[0];
    assert_eq!(
        json_of(tool, "langfuse.observation.input"),
        json!({"city": "Oslo"})
    );
    assert_eq!(tool.text("langfuse.observation.output"), Some("4 °C"));
}

/// Makes the span once there is a subscriber.
async fn below_agent(work: impl Future<Output = ()>) {
    work.instrument(tracing::info_span!("agent")).await;
}

/// Runs functions for the calls of these cities and brings their results.
async fn with_functions(cities: Cities, results: &[&str], work: impl AsyncFnOnce()) -> InMemory {
    let work = async {
        let agent = Agent::new(&CHAT, cities).await;
        agent.ask().await;
        work().await;
        agent.answer(results).await;
    };
    plain_async(below_agent(work)).await
}

#[tokio::test]
async fn of_equal_calls_by_their_results_or_without_saying_whose() {
    let memory = with_functions(&["Oslo", "Oslo"], &["4 °C", "4 °C"], async || {
        get_weather("Oslo").await;
        get_weather("Oslo").await;
    })
    .await;
    assert_spans(&memory, 2, 0, 0);
    let ids: Vec<_> = tools(&memory)
        .iter()
        .map(|tool| tool.text("gen_ai.tool.call.id").map(str::to_owned))
        .collect();
    assert_eq!(ids, [Some(id(0)), Some(id(1))]);

    // What the model was told is not what they returned, and differs.
    let memory = with_functions(&["Oslo", "Oslo"], &["cold", "warm"], async || {
        get_weather("Oslo").await;
        get_weather("Oslo").await;
    })
    .await;
    assert_spans(&memory, 2, 0, 0);
    for tool in tools(&memory) {
        assert_eq!(tool.text("gen_ai.tool.call.id"), None);
        assert_eq!(tool.text("gen_ai.tool.call.result"), None);
    }
}

#[tokio::test]
async fn inside_a_function_that_only_passes_it_on() {
    #[tracing::instrument]
    async fn dispatch(tool: &str) {
        get_weather("Oslo").await;
    }
    let memory = with_functions(&["Oslo"], &["4 °C"], async || {
        dispatch("get_weather").await
    })
    .await;
    assert_spans(&memory, 1, 0, 0);
    let tool = &tools(&memory)[0];
    assert_eq!(tool.parent_span_id, memory.span("dispatch").span_id);
}

#[tokio::test]
async fn unless_it_ran_for_something_else() {
    // Other arguments, another name, and more runs than calls.
    let memory = with_functions(&["Oslo"], &["4 °C"], async || {
        get_weather("Bergen").await;
    })
    .await;
    assert_spans(&memory, 0, 1, 1);

    #[tracing::instrument]
    async fn forecast(city: &str) {}
    let memory = with_functions(&["Oslo"], &["4 °C"], async || forecast("Oslo").await).await;
    assert_spans(&memory, 0, 1, 0);
    assert_eq!(named(&memory, |name| name == "forecast").len(), 1);

    let memory = with_functions(&["Oslo"], &["cold"], async || {
        get_weather("Oslo").await;
        get_weather("Oslo").await;
    })
    .await;
    assert_spans(&memory, 0, 1, 2);
}

#[tokio::test]
async fn unless_the_program_makes_the_tools_span_itself() {
    let memory = with_functions(&["Oslo"], &["4 °C"], async || {
        let tool = observation::tool("get_weather").with_tool_call_id("call_0");
        let tool = tool.start();
        get_weather("Oslo").instrument(tool.span().clone()).await;
    })
    .await;
    assert_spans(&memory, 1, 0, 1);
}

#[tokio::test]
async fn also_if_the_result_is_never_sent_and_before_its_root() {
    let work = async {
        let agent = Agent::new(&CHAT, &["Oslo"]).await;
        agent.ask().await;
        get_weather("Oslo").await;
    };
    let memory = plain_async(below_agent(work)).await;
    assert_spans(&memory, 1, 0, 0);
    let tool = &tools(&memory)[0];
    assert_eq!(tool.text("gen_ai.tool.call.id"), Some("call_0"));
    assert_eq!(tool.text("gen_ai.tool.call.result"), None);
    let order: Vec<_> = memory.spans().into_iter().map(|span| span.name).collect();
    let place = |name: &str| order.iter().position(|one| one.starts_with(name));
    assert!(place("execute_tool") < place("agent"), "{order:?}");
}

#[tokio::test]
async fn at_a_flush_as_far_as_it_is_known() {
    let (memory, telemetry): (InMemory, Telemetry) = memory(None);
    let agent = async {
        let agent = Agent::new(&CHAT, &["Oslo"]).await;
        agent.ask().await;
        let result = get_weather("Oslo").await;
        telemetry.flush_async(SOON).await;
        assert_spans(&memory, 1, 0, 0);
        agent.answer(&[result]).await;
    };
    within_async(&telemetry, below_agent(agent)).await;
    telemetry.flush_async(SOON).await;
    assert_spans(&memory, 1, 0, 0);
}

#[tokio::test]
async fn unless_tools_are_not_followed() {
    let settings = |builder: TelemetryBuilder| builder.with_derived_tools(false);
    let memory = received_async(None, settings, agent(&CHAT)).await;
    assert_spans(&memory, 0, 0, 2);
}

#[tokio::test]
async fn in_a_run_of_an_assistant() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let work = async {
        let body = json!({"model": "gpt-4o", "tools": [function("get_weather", "city")]});
        let assistant = caller.assistant(body).await;
        let body = json!({"assistant_id": assistant, "thread": {"messages": [
            {"role": "user", "content": "What is the weather in Oslo?"}]}});
        let run = caller.create("/threads/runs", body).await;
        let run = caller.until_it_stops(&run).await;
        let call = &run["required_action"]["submit_tool_outputs"]["tool_calls"][0]["id"];
        let output = get_weather("Oslo").await;
        let outputs = json!({"tool_outputs": [{"tool_call_id": call, "output": output}]});
        let path = format!("{}/submit_tool_outputs", run_path(&run));
        caller.create(&path, outputs).await;
        caller.until_it_stops(&run).await;
    };
    below_agent(work).await;
    let spans = caller.shutdown().await;
    let [tool] = spans.tools()[..] else {
        panic!("{:?}", spans.names());
    };
    assert!(!is_derived(tool));
    assert_eq!(tool.text("gen_ai.tool.call.result"), Some("4 °C"));
    assert!(
        tool.text("gen_ai.tool.call.id")
            .unwrap()
            .starts_with("call_")
    );
    assert!(u128::from(tool.end - tool.start) >= WORK.as_nanos());
    assert!(!spans.names().contains(&"get_weather"));
}
