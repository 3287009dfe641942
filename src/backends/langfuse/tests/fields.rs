//! Fields of an observation and of a trace (§3 of the ingestion's rules).

use opentelemetry::trace::{Event, SpanId, Status};
use opentelemetry::{InstrumentationScope, Value};

use super::{Mapped, attribute, check, rules, span, texts};
use crate::backends::langfuse::keys;
use crate::conventions as c;
use crate::conventions::{observation, trace};

fn metadata(name: &str) -> String {
    format!("{}{name}", keys::METADATA_PREFIX)
}

#[test]
fn the_type() {
    check(rules! {
        "§3 type: neutral type" { observation::TYPE => "retriever" }
            => { keys::TYPE => "retriever" } ! [observation::TYPE];
        "§3 type: nothing known" {} => { keys::TYPE => "span" };
        "§3 type 1: the user's own wins" { keys::TYPE => "guardrail", observation::TYPE => "tool" }
            => { keys::TYPE => "guardrail" };
        "§3 type 1: only lower case is recognised" { keys::TYPE => "GENERATION" }
            => { keys::TYPE => "generation" };
        "§3 type 1: an unknown word of the user stays" { keys::TYPE => "llm" }
            => { keys::TYPE => "llm" };
        "§3 type: an unknown neutral word is kept apart" { observation::TYPE => "llm" }
            => { keys::TYPE => "span", "langfuse.observation.metadata.observation.type" => "llm" };
        "§3 type 2: OpenInference speaks for itself" { keys::OPENINFERENCE_KIND => "LLM" }
            => {} ! [keys::TYPE];
        "§3 type 2: an unmapped OpenInference kind" { keys::OPENINFERENCE_KIND => "RERANKER" }
            => { keys::TYPE => "span" };
        "§3 type 2: ours wins over OpenInference"
            { keys::OPENINFERENCE_KIND => "LLM", observation::TYPE => "chain" }
            => { keys::TYPE => "chain" };
        "§3 type 3: chat" { c::OPERATION_NAME => "chat" } => { keys::TYPE => "generation" };
        "§3 type 3: text_completion" { c::OPERATION_NAME => "text_completion" }
            => { keys::TYPE => "generation" };
        "§3 type 3: generate_content" { c::OPERATION_NAME => "generate_content" }
            => { keys::TYPE => "generation" };
        "§3 type 3: embeddings" { c::OPERATION_NAME => "embeddings" }
            => { keys::TYPE => "embedding" };
        "§3 type 3: invoke_agent" { c::OPERATION_NAME => "invoke_agent" }
            => { keys::TYPE => "agent" };
        "§3 type 3: create_agent" { c::OPERATION_NAME => "create_agent" }
            => { keys::TYPE => "agent" };
        "§3 type 3: execute_tool" { c::OPERATION_NAME => "execute_tool" }
            => { keys::TYPE => "tool" };
        "§3 type 3: retrieval is not mapped by the server" { c::OPERATION_NAME => "retrieval" }
            => { keys::TYPE => "retriever" };
        "§3 type 3: invoke_workflow is not mapped by the server"
            { c::OPERATION_NAME => "invoke_workflow" } => { keys::TYPE => "chain" };
        "§3 type 3: an unknown operation with a model is no generation"
            { c::OPERATION_NAME => "rerank", c::REQUEST_MODEL => "m" } => { keys::TYPE => "span" };
        "§3 type 6: the Vercel SDK speaks for itself" { "operation.name" => "ai.toolCall x" }
            => {} ! [keys::TYPE];
        "§3 type 6: its operation id too" { "ai.operationId" => "ai.toolCall" }
            => {} ! [keys::TYPE];
        "§3 type 6: operation.name of somebody else" { "operation.name" => "GET" }
            => { keys::TYPE => "span" };
        "§3 type 7: a tool without an operation" { c::TOOL_CALL_ID => "call_1" }
            => { keys::TYPE => "tool" };
        "§3 type 10: a model alone makes no generation" { c::REQUEST_MODEL => "gpt-4" }
            => { keys::TYPE => "span" };
        "§3 type 10: a model and its answer do"
            { c::REQUEST_MODEL => "gpt-4", c::USAGE_OUTPUT_TOKENS => 3 }
            => { keys::TYPE => "generation" };
        "§3 type 10: a field called model does not" { "model" => "Ford" }
            => { keys::TYPE => "span", "langfuse.observation.metadata.model" => "Ford" }
            ! ["model", keys::MODEL_NAME];
    });
}

#[test]
fn a_scope_with_rules_of_its_own_keeps_its_type() {
    let mut span = span(vec![]);
    span.instrumentation_scope = InstrumentationScope::builder("genkit-tracer").build();
    assert_eq!(Mapped::of_span(span).get(keys::TYPE), None);
}

#[test]
fn the_name() {
    check(rules! {
        "§3 name: a tool's execution is called as the tool"
            { c::OPERATION_NAME => "execute_tool", c::TOOL_NAME => "get_weather" }
            => { c::TOOL_NAME => "get_weather" };
        "§3 name: no other span is"
            { c::OPERATION_NAME => "chat", c::TOOL_NAME => "get_weather" }
            => { "langfuse.observation.metadata.gen_ai.tool.name" => "get_weather" }
            ! [c::TOOL_NAME];
    });
}

#[test]
fn model_and_parameters() {
    check(rules! {
        "§3 model: the response's model beats the request's"
            { c::REQUEST_MODEL => "gpt-4", c::RESPONSE_MODEL => "gpt-4-0613" }
            => { keys::MODEL_NAME => "gpt-4-0613", c::REQUEST_MODEL => "gpt-4" };
        "§3 model: else the request's" { c::REQUEST_MODEL => "gpt-4" }
            => { keys::MODEL_NAME => "gpt-4" };
        "§3 model: the user's own wins" { c::REQUEST_MODEL => "gpt-4", keys::MODEL_NAME => "mine" }
            => { keys::MODEL_NAME => "mine" };
        "§3 model: dropped for invoke_agent"
            { c::OPERATION_NAME => "invoke_agent", c::REQUEST_MODEL => "gpt-4" }
            => {} ! [keys::MODEL_NAME, keys::USAGE_DETAILS];
        "§3 parameters: one object, numbers as numbers, without the model"
            { c::REQUEST_MODEL => "m", c::REQUEST_TEMPERATURE => 1.0, c::REQUEST_SEED => 7,
              c::REQUEST_STREAM => true, c::REQUEST_CHOICE_COUNT => 2 }
            => { keys::MODEL_PARAMETERS => r#"{"choice.count":2,"seed":7,"temperature":1.0}"# };
        "§3 parameters: neutral ones too"
            { "tracing_genai.request.verbosity" => "low",
              "tracing_genai.request.parallel_tool_calls" => false }
            => { keys::MODEL_PARAMETERS => r#"{"parallel_tool_calls":false,"verbosity":"low"}"# }
            ! ["tracing_genai.request.verbosity"];
        "§3 parameters: arrays" { c::REQUEST_STOP_SEQUENCES => texts(&["a", "b"]) }
            => { keys::MODEL_PARAMETERS => r#"{"stop_sequences":["a","b"]}"# };
        "§3 parameters: what JSON has no number for" { c::REQUEST_TEMPERATURE => f64::NAN }
            => { keys::MODEL_PARAMETERS => r#"{"temperature":"NaN"}"# };
        "§3 parameters: numeric text of a known key is repaired, here and where it stays"
            { c::REQUEST_MAX_TOKENS => "100", c::REQUEST_TEMPERATURE => "0.5" }
            => { keys::MODEL_PARAMETERS => r#"{"max_tokens":100,"temperature":0.5}"#,
                 c::REQUEST_MAX_TOKENS => 100, c::REQUEST_TEMPERATURE => 0.5 };
        "§3 parameters: text that is no number stays" { c::REQUEST_MAX_TOKENS => "many" }
            => { keys::MODEL_PARAMETERS => r#"{"max_tokens":"many"}"#,
                 c::REQUEST_MAX_TOKENS => "many" };
        "§3 cost: the tier that served the request chooses the price"
            { c::OPENAI_RESPONSE_SERVICE_TIER => "flex", c::OPENAI_REQUEST_SERVICE_TIER => "auto" }
            => { keys::MODEL_PARAMETERS => r#"{"service_tier":"flex"}"# };
        "§3 parameters: the user's own win" { c::REQUEST_SEED => 7, keys::MODEL_PARAMETERS => "{}" }
            => { keys::MODEL_PARAMETERS => "{}" };
        "§3 model_config is read as parameters" { "model_config" => "{\"a\":1}" }
            => { "langfuse.observation.metadata.model_config" => "{\"a\":1}" }
            ! ["model_config", keys::MODEL_PARAMETERS];
    });
}

#[test]
fn level_and_first_token() {
    check(rules! {
        "§3 level and status message"
            { observation::LEVEL => "WARNING", observation::STATUS_MESSAGE => "cut" }
            => { keys::LEVEL => "WARNING", keys::STATUS_MESSAGE => "cut" }
            ! [observation::LEVEL, observation::STATUS_MESSAGE];
        "§3 level: nothing to say" {} => {} ! [keys::LEVEL, keys::STATUS_MESSAGE];
        "§3 completion start: RFC 3339 text"
            { observation::COMPLETION_START_TIME => "2026-01-01T00:00:00.5Z" }
            => { keys::COMPLETION_START_TIME => "2026-01-01T00:00:00.5Z" }
            ! [observation::COMPLETION_START_TIME];
        "§3 completion start: quotes are taken off"
            { observation::COMPLETION_START_TIME => "\"2026-01-01T00:00:00.5Z\"" }
            => { keys::COMPLETION_START_TIME => "2026-01-01T00:00:00.5Z" };
        "§3 completion start: a number would drop the observation on older servers"
            { observation::COMPLETION_START_TIME => 1_767_225_600 }
            => { "langfuse.observation.metadata.completion_start_time" => 1_767_225_600 }
            ! [keys::COMPLETION_START_TIME];
        "§3 completion start: from the convention's seconds, which the server does not read"
            { c::RESPONSE_TIME_TO_FIRST_CHUNK => 0.25 }
            => { keys::COMPLETION_START_TIME => "2026-01-01T00:00:00.25Z" };
        "§3 completion start: no nonsense" { c::RESPONSE_TIME_TO_FIRST_CHUNK => -1.0 }
            => {} ! [keys::COMPLETION_START_TIME];
    });
}

#[test]
fn an_error_is_told_by_level_and_message() {
    let failed = |description: &'static str, attributes| {
        let mut span = span(attributes);
        span.status = Status::error(description);
        span.events.events.push(Event::new(
            c::EXCEPTION_EVENT,
            span.end_time,
            vec![attribute(c::EXCEPTION_MESSAGE, "from the event")],
            0,
        ));
        Mapped::of_span(span)
    };
    let described = failed("no luck", vec![]);
    assert_eq!(described.text(keys::LEVEL).unwrap(), "ERROR");
    assert_eq!(described.text(keys::STATUS_MESSAGE).unwrap(), "no luck");
    let undescribed = failed("", vec![attribute(c::ERROR_TYPE, "timeout")]);
    assert_eq!(
        undescribed.text(keys::STATUS_MESSAGE).unwrap(),
        "from the event"
    );
    let neutral = failed(
        "no luck",
        vec![
            attribute(observation::LEVEL, "WARNING"),
            attribute(observation::STATUS_MESSAGE, "bad luck"),
        ],
    );
    assert_eq!(neutral.text(keys::LEVEL).unwrap(), "WARNING");
    assert_eq!(neutral.text(keys::STATUS_MESSAGE).unwrap(), "bad luck");
}

#[test]
fn an_error_without_any_words_is_told_by_its_type() {
    let mut span = span(vec![attribute(c::ERROR_TYPE, "timeout")]);
    span.status = Status::error("");
    let mapped = Mapped::of_span(span);
    assert_eq!(mapped.text(keys::STATUS_MESSAGE).unwrap(), "timeout");
}

#[test]
fn the_trace() {
    check(rules! {
        "§3 user and session stay under their names" { c::USER_ID => "u", c::SESSION_ID => "s" }
            => { c::USER_ID => "u", c::SESSION_ID => "s" };
        "§3 trace name" { trace::NAME => "t" } => { keys::TRACE_NAME => "t" } ! [trace::NAME];
        "§3 trace name: the user's own wins" { trace::NAME => "t", keys::TRACE_NAME => "mine" }
            => { keys::TRACE_NAME => "mine" } ! [trace::NAME];
        "§3 tags" { trace::TAGS => texts(&["a", "b,c"]) }
            => { keys::TRACE_TAGS => texts(&["a", "b,c"]) } ! [trace::TAGS];
        "§3 tags: one text would be split at its commas" { trace::TAGS => "b,c" }
            => { keys::TRACE_TAGS => texts(&["b,c"]) };
        "§3 public" { trace::PUBLIC => true } => { keys::TRACE_PUBLIC => true } ! [trace::PUBLIC];
        "§3 public: text" { trace::PUBLIC => "true" } => { keys::TRACE_PUBLIC => true };
        "§3 version, release" { trace::VERSION => "1", trace::RELEASE => "r" }
            => { keys::VERSION => "1", keys::RELEASE => "r" } ! [trace::VERSION, trace::RELEASE];
        "§3 environment" { trace::ENVIRONMENT => "demo" }
            => { keys::ENVIRONMENT => "demo" } ! [trace::ENVIRONMENT];
        "§3 environment: outside the alphabet it would become default"
            { trace::ENVIRONMENT => "Prod EU" }
            => { keys::ENVIRONMENT => "prod-eu",
                 "langfuse.observation.metadata.environment" => "Prod EU" };
        "§3 environment: nothing of the alphabet in it" { trace::ENVIRONMENT => "***" }
            => { "langfuse.observation.metadata.environment" => "***" } ! [keys::ENVIRONMENT];
        "§3 environment: a reserved beginning" { trace::ENVIRONMENT => "langfuse-demo" }
            => { keys::ENVIRONMENT => "-demo" };
        "§6 app root: not a child" {} => {} ! [keys::IS_APP_ROOT];
        "§6 app root: the first span here of a trace from elsewhere"
            { observation::APP_ROOT => true } => { keys::IS_APP_ROOT => true }
            ! [observation::APP_ROOT];
    });
}

#[test]
fn a_span_without_a_parent_is_the_root() {
    let mut span = span(vec![]);
    span.parent_span_id = SpanId::INVALID;
    let mapped = Mapped::of_span(span);
    assert_eq!(mapped.get(keys::IS_APP_ROOT), Some(&Value::Bool(true)));
}

#[test]
fn the_prompt_link() {
    check(rules! {
        "§3 prompt link: on a generation, version as integer"
            { c::OPERATION_NAME => "chat", observation::PROMPT_NAME => "p",
              observation::PROMPT_VERSION => "3" }
            => { keys::PROMPT_NAME => "p", keys::PROMPT_VERSION => 3 }
            ! [observation::PROMPT_NAME, observation::PROMPT_VERSION];
        "§3 prompt link: on no other type"
            { c::OPERATION_NAME => "embeddings", observation::PROMPT_NAME => "p",
              observation::PROMPT_VERSION => 3 }
            => {} ! [keys::PROMPT_NAME, keys::PROMPT_VERSION, observation::PROMPT_NAME];
        "§3 prompt link: a name without a version drops the observation on older servers"
            { c::OPERATION_NAME => "chat", observation::PROMPT_NAME => "p" }
            => { "langfuse.observation.metadata.prompt.name" => "p" } ! [keys::PROMPT_NAME];
        "§3 prompt link: so does a version that is no integer"
            { c::OPERATION_NAME => "chat", observation::PROMPT_NAME => "p",
              observation::PROMPT_VERSION => "v2" }
            => { "langfuse.observation.metadata.prompt.version" => "v2" }
            ! [keys::PROMPT_NAME, keys::PROMPT_VERSION];
        "§3 dangerous names: a provider's prompt is no prompt of Langfuse's and no input"
            { c::OPERATION_NAME => "chat", c::PROMPT_NAME => "pmpt_1" }
            => { "langfuse.observation.metadata.gen_ai.prompt.name" => "pmpt_1" }
            ! [c::PROMPT_NAME, keys::PROMPT_NAME, keys::INPUT];
    });
}

#[test]
fn metadata_of_any_kind() {
    check(rules! {
        "§3 metadata: neutral keys"
            { "tracing_genai.observation.metadata.run_id" => "run_1",
              "tracing_genai.trace.metadata.plan" => "free" }
            => { "langfuse.observation.metadata.run_id" => "run_1",
                 "langfuse.trace.metadata.plan" => "free" }
            ! ["tracing_genai.observation.metadata.run_id", "tracing_genai.trace.metadata.plan"];
        "§3 metadata: neutral names without a field of their own"
            { "tracing_genai.stream.end" => "cancelled" }
            => { "langfuse.observation.metadata.stream.end" => "cancelled" }
            ! ["tracing_genai.stream.end"];
        "§3 metadata: the server's own sections are not overwritten"
            { "tracing_genai.observation.metadata.attributes" => "a",
              "tracing_genai.observation.metadata.scope.name" => "b",
              "tracing_genai.trace.metadata.resourceAttributes" => "c" }
            => { "langfuse.observation.metadata.attributes_" => "a",
                 "langfuse.observation.metadata.scope_.name" => "b",
                 "langfuse.trace.metadata.resourceAttributes_" => "c" };
        "§5 tools: metadata of that name moves into the input"
            { "tracing_genai.observation.metadata.tools" => "[{\"name\":\"x\"}]" }
            => { "langfuse.observation.metadata.tools_" => "[{\"name\":\"x\"}]" };
        "§3 metadata: the user's own wins, the other is kept beside it"
            { "langfuse.observation.metadata.model" => "mine", "model" => "field" }
            => { "langfuse.observation.metadata.model" => "mine",
                 "langfuse.observation.metadata.model_" => "field" };
        "§2 integers beyond 2^53 lose digits"
            { "tracing_genai.observation.metadata.n" => i64::MAX }
            => { "langfuse.observation.metadata.n" => "9223372036854775807" };
        "§2 integers beyond 32 bits or below -1 are decoded wrongly by older servers"
            { "account" => 3_000_000_000_i64, "offset" => -2, "small" => 7, "none" => -1 }
            => { "account" => "3000000000", "offset" => "-2", "small" => 7, "none" => -1 };
        "§2 a number as user, of the size that chat services give"
            { c::USER_ID => 1_234_567_890_123_456_789_i64 }
            => { c::USER_ID => "1234567890123456789" };
        "§2 a parameter beyond 2^53" { c::REQUEST_SEED => i64::MAX }
            => { keys::MODEL_PARAMETERS => r#"{"seed":"9223372036854775807"}"# };
        "§2 numbers that JSON does not have become null"
            { "tracing_genai.observation.metadata.n" => f64::INFINITY }
            => { "langfuse.observation.metadata.n" => "inf" };
    });
}

#[test]
fn dangerous_names_move_to_the_metadata() {
    for name in keys::DANGEROUS {
        let mapped = Mapped::of(vec![attribute(name, "kept")]);
        assert_eq!(mapped.get(name), None, "{name}");
        assert_eq!(mapped.text(&metadata(name)).unwrap(), "kept", "{name}");
        assert_eq!(mapped.get(keys::INPUT), None, "{name}");
        assert_eq!(mapped.get(keys::OUTPUT), None, "{name}");
    }
}

#[test]
fn of_several_values_under_one_key_the_last_wins() {
    let mapped = Mapped::of(vec![
        attribute("note", "first"),
        attribute(observation::INPUT, "first"),
        attribute(observation::INPUT, "last"),
        attribute("note", "last"),
    ]);
    assert_eq!(mapped.text("note").unwrap(), "last");
    assert_eq!(mapped.text(keys::INPUT).unwrap(), "last");
    assert_eq!(
        mapped.0.iter().filter(|a| a.key.as_str() == "note").count(),
        1
    );
}

#[test]
fn the_important_attributes_come_first() {
    let mut attributes: Vec<_> = (0..200)
        .map(|number| attribute(&format!("note.{number}"), number))
        .collect();
    attributes.push(attribute(observation::INPUT, "question"));
    attributes.push(attribute(c::USAGE_INPUT_TOKENS, 3));
    let mapped = Mapped::of(attributes);
    let first_note = mapped
        .0
        .iter()
        .position(|a| a.key.as_str().starts_with("note."));
    let last_own = mapped
        .0
        .iter()
        .rposition(|a| a.key.as_str().starts_with(keys::PREFIX));
    assert!(last_own < first_note, "{last_own:?} {first_note:?}");
    assert_eq!(
        mapped.0.len(),
        204,
        "200 notes, usage, type, input, usage details"
    );
}
