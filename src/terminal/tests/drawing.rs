//! What the tree shows of a span.

use opentelemetry::trace::{Event, Status};
use opentelemetry::{Array, KeyValue, Value};

use super::{SETTINGS, Settings, With, block, draw, span};
use crate::conventions;
use crate::conventions::observation;
use crate::terminal::tree;

#[test]
fn errors_say_their_class_and_first_line() {
    let failed = |number, start, name: &str| {
        let mut span = span(number, 1, name, start, start + 100);
        span.status = Status::error("Rate limit reached for gpt-4\nTry again in 20 s");
        span
    };
    let mut root = span(1, 0, "answer", 0, 700);
    root.status = Status::error("");
    let spans = [
        root,
        failed(2, 0, "status only"),
        failed(3, 100, "with class").with(conventions::ERROR_TYPE, "rate_limit_exceeded"),
        failed(4, 200, "with message")
            .with(observation::LEVEL, "ERROR")
            .with(
                observation::STATUS_MESSAGE,
                "rate_limit_exceeded: slow down",
            )
            .with(conventions::ERROR_TYPE, "rate_limit_exceeded"),
        span(5, 1, "class only", 300, 400)
            .with(observation::LEVEL, "ERROR")
            .with(conventions::ERROR_TYPE, "timeout"),
        span(6, 1, "warning without words", 400, 500).with(observation::LEVEL, "WARNING"),
        failed(7, 500, "below a warning").with(observation::LEVEL, "WARNING"),
        span(8, 1, "as usual", 600, 700)
            .with(observation::LEVEL, "DEFAULT")
            .with(observation::STATUS_MESSAGE, "nothing of note"),
    ];
    insta::assert_snapshot!(draw(&spans, &SETTINGS), @r#"
    trace c639c2482eeb2306df724c3265ea0c62  8 spans
    answer  0.70s
    │ ! ERROR
    ├─ status only  0.10s
    │    ! ERROR Rate limit reached for gpt-4 …
    ├─ with class  0.10s
    │    ! ERROR rate_limit_exceeded: Rate limit reached for gpt-4 …
    ├─ with message  0.10s
    │    ! ERROR rate_limit_exceeded: slow down
    ├─ class only  0.10s
    │    ! ERROR timeout
    ├─ warning without words  0.10s
    │    ! WARNING
    ├─ below a warning  0.10s
    │    ! WARNING Rate limit reached for gpt-4 …
    └─ as usual  0.10s
    "#);
}

#[test]
fn token_counts_show_their_details() {
    let generation = |number, name: &str| {
        span(number, 1, name, number * 10, number * 10 + 5).with(observation::TYPE, "generation")
    };
    let spans = [
        span(1, 0, "root", 0, 100),
        generation(2, "all")
            .with(conventions::USAGE_INPUT_TOKENS, 12_345)
            .with(conventions::USAGE_OUTPUT_TOKENS, 1_000_000)
            .with(conventions::USAGE_CACHE_READ_INPUT_TOKENS, 1_024)
            .with(conventions::USAGE_CACHE_WRITE_INPUT_TOKENS, 64)
            .with(conventions::USAGE_REASONING_OUTPUT_TOKENS, 128),
        generation(3, "audio")
            .with(conventions::USAGE_INPUT_TOKENS, 10)
            .with(conventions::USAGE_OUTPUT_TOKENS, 20)
            .with(conventions::USAGE_AUDIO_INPUT_TOKENS, 5)
            .with(conventions::USAGE_AUDIO_OUTPUT_TOKENS, 6)
            .with(conventions::USAGE_REASONING_OUTPUT_TOKENS, 0),
        span(4, 1, "embeddings", 40, 45)
            .with(conventions::OPERATION_NAME, "embeddings")
            .with(conventions::USAGE_INPUT_TOKENS, 8),
        generation(5, "output only").with(conventions::USAGE_OUTPUT_TOKENS, "7"),
        generation(6, "nothing used")
            .with(conventions::USAGE_INPUT_TOKENS, 0)
            .with(conventions::USAGE_OUTPUT_TOKENS, 0),
    ];
    insta::assert_snapshot!(draw(&spans, &SETTINGS), @r#"
    trace c639c2482eeb2306df724c3265ea0c62  6 spans
    root  12,363 → 1,000,027 tokens  0.10s
    ├─ all  generation  12,345 → 1,000,000 tokens (1,024 cached, 64 to cache, 128 reasoning)  5.0ms
    ├─ audio  generation  10 → 20 tokens (5 audio in, 6 audio out)  5.0ms
    ├─ embeddings  embedding  8 tokens in  5.0ms
    ├─ output only  generation  7 tokens out  5.0ms
    └─ nothing used  generation  5.0ms
    "#);
}

#[test]
fn the_sum_at_the_root_counts_no_token_twice() {
    let used = |number, parent, name: &str, kind: &'static str, input: i64| {
        span(number, parent, name, number, 100)
            .with(observation::TYPE, kind)
            .with(conventions::USAGE_INPUT_TOKENS, input)
            .with(conventions::USAGE_OUTPUT_TOKENS, 1)
    };
    let spans = [
        span(1, 0, "root", 0, 100),
        // An agent's own count is the sum of its calls …
        used(2, 1, "agent", "agent", 300),
        used(3, 2, "first call", "generation", 100),
        used(4, 2, "second call", "generation", 200),
        // … a model call's is not that of the calls that its tools make.
        used(5, 1, "call", "generation", 10),
        used(6, 5, "call of its tool", "generation", 5),
    ];
    let text = draw(&spans, &SETTINGS);
    assert!(text.contains("root  315 → 3 tokens"), "{text}");
}

#[test]
fn what_has_no_parent_here_is_a_root() {
    let mut remote = span(2, 77, "handle_request", 20, 80);
    remote.parent_span_is_remote = true;
    let spans = [
        remote,
        span(3, 2, "answer", 30, 60),
        span(4, 99, "its parent is still open", 10, 50),
    ];
    let mut incomplete = block(&spans, &SETTINGS);
    incomplete.is_incomplete = true;
    incomplete.still_open = 2;
    insta::assert_snapshot!(tree::render(&incomplete, &SETTINGS), @r#"
    trace c639c2482eeb2306df724c3265ea0c62  3 spans  0.07s  incomplete, 2 open
    its parent is still open  0.04s
    handle_request  0.06s
    └─ answer  0.03s
    "#);
}

#[test]
fn a_remote_parent_that_is_here_after_all_is_a_parent() {
    let mut served = span(2, 1, "handle_request", 10, 90);
    served.parent_span_is_remote = true;
    let text = draw(&[span(1, 0, "request", 0, 100), served], &SETTINGS);
    assert!(text.contains("└─ handle_request"), "{text}");
}

#[test]
fn the_message_of_an_exception_explains_an_error() {
    let mut failed = span(1, 0, "answer", 0, 100);
    failed.status = Status::error("");
    failed.events.events.push(Event::new(
        conventions::EXCEPTION_EVENT,
        failed.end_time,
        vec![KeyValue::new(
            conventions::EXCEPTION_MESSAGE,
            "no such file",
        )],
        0,
    ));
    let text = draw(&[failed], &SETTINGS);
    assert!(text.contains("! ERROR no such file"), "{text}");
}

#[test]
fn kinds_come_from_the_operation_unless_they_are_named() {
    let kind = |operation: &'static str| {
        let text = draw(
            &[span(1, 0, "x", 0, 0).with(conventions::OPERATION_NAME, operation)],
            &SETTINGS,
        );
        text.lines().nth(1).map(ToOwned::to_owned)
    };
    for (operation, shown) in [
        ("chat", "x  generation  0.0ms"),
        ("text_completion", "x  generation  0.0ms"),
        ("generate_content", "x  generation  0.0ms"),
        ("embeddings", "x  embedding  0.0ms"),
        ("invoke_agent", "x  agent  0.0ms"),
        ("execute_tool", "x  tool  0.0ms"),
        ("of_tomorrow", "x  0.0ms"),
    ] {
        assert_eq!(kind(operation).as_deref(), Some(shown), "{operation}");
    }
    let named = span(1, 0, "x", 0, 0)
        .with(conventions::OPERATION_NAME, "chat")
        .with(observation::TYPE, "span");
    assert!(draw(&[named], &SETTINGS).contains("x  0.0ms"));
}

#[test]
fn a_continuation_says_so() {
    let mut late = block(&[span(9, 1, "late", 0, 5)], &SETTINGS);
    late.is_continuation = true;
    insta::assert_snapshot!(tree::render(&late, &SETTINGS), @r#"
    trace c639c2482eeb2306df724c3265ea0c62  1 span  continued
    late  5.0ms
    "#);
}

#[test]
fn the_time_to_the_first_token_comes_from_either_attribute() {
    let spans = [
        span(1, 0, "root", 0, 3_000).with(conventions::RESPONSE_TIME_TO_FIRST_CHUNK, 0.25),
        span(2, 1, "by its moment", 1_000, 3_000).with(
            observation::COMPLETION_START_TIME,
            "2026-11-22T11:43:24.055Z",
        ),
        span(3, 1, "before its start", 2_000, 3_000).with(
            observation::COMPLETION_START_TIME,
            "2026-11-22T11:43:22.555Z",
        ),
        span(4, 1, "no number", 2_500, 3_000)
            .with(conventions::RESPONSE_TIME_TO_FIRST_CHUNK, f64::NAN),
        span(5, 1, "no moment", 2_600, 3_000).with(observation::COMPLETION_START_TIME, "soon"),
    ];
    insta::assert_snapshot!(draw(&spans, &SETTINGS), @r#"
    trace c639c2482eeb2306df724c3265ea0c62  5 spans
    root  3.00s  ttft 0.25s
    ├─ by its moment  2.00s  ttft 0.50s
    ├─ before its start  1.00s
    ├─ no number  0.50s
    └─ no moment  0.40s
    "#);
}

#[test]
fn the_log_of_a_span_stands_below_it() {
    let line = |level: &'static str, name: &'static str| {
        let attributes = vec![KeyValue::new("level", level), KeyValue::new("size", 3)];
        Event::new(name, std::time::SystemTime::UNIX_EPOCH, attributes, 0)
    };
    let mut answer = span(1, 0, "answer", 0, 700).with(observation::OUTPUT, "x = 1");
    answer.events.events = vec![
        line("INFO", "cache is cold\nreally"),
        line("ERROR", "no disk"),
    ];
    let spans = [answer, span(2, 1, "look up", 100, 200)];
    insta::assert_snapshot!(draw(&spans, &SETTINGS), @r#"
    trace c639c2482eeb2306df724c3265ea0c62  2 spans
    answer  0.70s
    │ output  x = 1
    │ log     INFO cache is cold … size=3
    │ log     ERROR no disk size=3
    └─ look up  0.10s
    "#);
}

#[test]
fn the_first_line_says_whom_the_trace_is_about() {
    let tags = Array::String(vec!["math".into(), "beta".into()]);
    let spans = [
        span(1, 0, "answer", 0, 700),
        span(2, 1, "chat", 100, 200)
            .with(conventions::USER_ID, "ada")
            .with(conventions::SESSION_ID, "lesson\n1")
            .with(conventions::trace::TAGS, Value::Array(tags)),
    ];
    insta::assert_snapshot!(draw(&spans, &SETTINGS), @r#"
    trace c639c2482eeb2306df724c3265ea0c62  2 spans  user ada  session lesson 1  tags math, beta
    answer  0.70s
    └─ chat  0.10s
    "#);
    let hidden = Settings {
        show_content: false,
        ..SETTINGS
    };
    assert!(!draw(&spans, &hidden).contains("ada"));
}

#[test]
fn a_cost_that_is_known_is_shown_and_summed_up_once() {
    let call = |number, parent| {
        span(number, parent, "chat", number, 100)
            .with(observation::TYPE, "generation")
            .with(conventions::USAGE_INPUT_TOKENS, 10)
    };
    let spans = [
        span(1, 0, "root", 0, 100),
        span(2, 1, "agent", 1, 100)
            .with(observation::TYPE, "agent")
            .with(conventions::USAGE_INPUT_TOKENS, 20),
        call(3, 2).with("tracing_genai.observation.cost.total", 0.5),
        call(4, 2)
            .with("tracing_genai.observation.cost.input", 0.25)
            .with("tracing_genai.observation.cost.output", 0.25),
        call(5, 1).with(conventions::USAGE_COST, "0.0042"),
        call(6, 1).with(conventions::USAGE_COST, 0.0),
    ];
    insta::assert_snapshot!(draw(&spans, &SETTINGS), @r#"
    trace c639c2482eeb2306df724c3265ea0c62  6 spans
    root  40 tokens in  $1.00  0.10s
    ├─ agent  agent  20 tokens in  0.10s
    │  ├─ chat  generation  10 tokens in  $0.50  0.10s
    │  └─ chat  generation  10 tokens in  $0.50  0.10s
    ├─ chat  generation  10 tokens in  $0.0042  0.10s
    └─ chat  generation  10 tokens in  0.09s
    "#);
}

#[test]
fn a_failed_attempt_says_how_long_the_next_one_waited() {
    let mut call = span(1, 0, "chat", 0, 700);
    let attributes = vec![
        KeyValue::new(conventions::call::ATTEMPT_WAIT, 0.101_571_269),
        KeyValue::new(conventions::ERROR_TYPE, "connection_error"),
    ];
    let name = conventions::call::ATTEMPT_EVENT;
    call.events.events = vec![Event::new(name, call.end_time, attributes, 0)];
    insta::assert_snapshot!(draw(&[call], &SETTINGS), @r#"
    trace c639c2482eeb2306df724c3265ea0c62  1 span
    chat  0.70s
      log     WARN an attempt failed, and another was made wait=0.10s error.type=connection_error
    "#);
}
