//! What a whole trace looks like.

use opentelemetry_sdk::trace::SpanData;

use super::{SETTINGS, Settings, With, at_width, draw, span};
use crate::conventions;
use crate::conventions::observation;

const QUESTION: &str = "I need to solve the equation `3x + 11 = 14`. Can you help me?";
const ANSWER: &str = "Subtract 11 from both sides to get 3x = 3, so x = 1.";

/// The trace of the math tutor, in the order in which its spans end.
fn math_tutor() -> Vec<SpanData> {
    let chat = |number, parent, model: &'static str, start, end| {
        span(number, parent, &format!("chat {model}"), start, end)
            .with(conventions::OPERATION_NAME, "chat")
            .with(conventions::REQUEST_MODEL, model)
    };
    let messages = format!(
        r#"[{{"role":"system","parts":[{{"type":"text","content":"You are a personal math tutor."}}]}},
        {{"role":"user","parts":[{{"type":"text","content":"{QUESTION}"}}]}}]"#
    );
    let answer =
        format!(r#"[{{"role":"assistant","parts":[{{"type":"text","content":"{ANSWER}"}}]}}]"#);
    vec![
        span(3, 2, "create_agent Math Tutor", 20, 500)
            .with(conventions::OPERATION_NAME, "create_agent")
            .with(conventions::REQUEST_MODEL, "gpt-4")
            .with(
                conventions::SYSTEM_INSTRUCTIONS,
                r#"[{"type":"text","content":"You are a personal math tutor."}]"#,
            ),
        span(2, 1, "create_assistant", 10, 510)
            .with(observation::INPUT, "{}")
            .with(
                observation::OUTPUT,
                r#"{"id": "asst_1", "name": "Math Tutor", "model": "gpt-4", "tools": []}"#,
            ),
        span(4, 1, "run_assistant", 520, 900)
            .with(
                observation::INPUT,
                format!(r#"{{"assistant_id": "asst_1", "user_input": "{QUESTION}"}}"#),
            )
            .with(observation::OUTPUT, r#"["run_1", "thread_1"]"#),
        chat(6, 5, "gpt-4", 900, 1_900)
            .with(conventions::RESPONSE_MODEL, "gpt-4-0613")
            .with(conventions::USAGE_INPUT_TOKENS, 92)
            .with(conventions::USAGE_OUTPUT_TOKENS, 12)
            .with(conventions::USAGE_CACHE_READ_INPUT_TOKENS, 32)
            .with(conventions::INPUT_MESSAGES, messages.clone())
            .with(
                conventions::OUTPUT_MESSAGES,
                r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"call_1",
                "name":"python","arguments":{"code":"(14-11)/3"}}]}]"#,
            ),
        span(7, 5, "execute_tool python", 1_900, 2_600)
            .with(conventions::OPERATION_NAME, "execute_tool")
            .with(conventions::TOOL_CALL_ARGUMENTS, r#"{"code": "(14-11)/3"}"#)
            .with(conventions::TOOL_CALL_RESULT, r#"{"logs": "1.0\n"}"#),
        chat(8, 5, "gpt-4", 2_600, 4_000)
            .with(conventions::RESPONSE_MODEL, "gpt-4-0613")
            .with(conventions::USAGE_INPUT_TOKENS, 50)
            .with(conventions::USAGE_OUTPUT_TOKENS, 11)
            .with(
                observation::COMPLETION_START_TIME,
                "2026-11-22T11:43:25.655Z",
            )
            .with(conventions::INPUT_MESSAGES, messages.clone())
            .with(conventions::OUTPUT_MESSAGES, answer.clone()),
        span(5, 4, "invoke_agent Math Tutor", 800, 4_000)
            .with(observation::TYPE, "agent")
            .with(conventions::INPUT_MESSAGES, messages)
            .with(conventions::OUTPUT_MESSAGES, answer),
        chat(10, 1, "gpt-4o-mini", 4_100, 4_150)
            .with(observation::LEVEL, "WARNING")
            .with(observation::STATUS_MESSAGE, "stream cancelled by caller")
            .with(
                observation::INPUT,
                r#"[{"role": "user", "content": "Say it in Norwegian"}]"#,
            )
            .with(
                observation::OUTPUT,
                r#"[{"role": "assistant", "content": "Trekk fra 11 på be"}]"#,
            ),
        span(9, 1, "get_response", 910, 4_190)
            .with(
                observation::INPUT,
                r#"{"thread_id": "thread_1", "run_id": "run_1"}"#,
            )
            .with(observation::OUTPUT, ANSWER),
        span(1, 0, "run_math_tutor", 0, 4_200)
            .with(
                observation::INPUT,
                format!(r#"{{"user_input": "{QUESTION}"}}"#),
            )
            .with(observation::OUTPUT, ANSWER),
    ]
}

#[test]
fn without_a_terminal_it_takes_a_hundred_columns() {
    insta::assert_snapshot!(draw(&math_tutor(), &SETTINGS), @r#"
    trace c639c2482eeb2306df724c3265ea0c62  10 spans
    run_math_tutor  142 → 23 tokens  4.20s
    │ input   I need to solve the equation `3x + 11 = 14`. Can you help me?
    │ output  Subtract 11 from both sides to get 3x = 3, so x = 1.
    ├─ create_assistant  0.50s
    │  │ output  id: "asst_1", name: "Math Tutor", model: "gpt-4", tools: []
    │  └─ create_agent Math Tutor  agent  gpt-4  0.48s
    ├─ run_assistant  0.38s
    │  │ input   assistant_id: "asst_1", user_input: "I need to solve the equation `3x + 11 = 14`. Can…
    │  │ output  ["run_1", "thread_1"]
    │  └─ invoke_agent Math Tutor  agent  3.20s
    │     │ input   I need to solve the equation `3x + 11 = 14`. Can you help me?
    │     │ output  Subtract 11 from both sides to get 3x = 3, so x = 1.
    │     ├─ chat gpt-4  generation  gpt-4-0613  92 → 12 tokens (32 cached)  1.00s
    │     │    input   I need to solve the equation `3x + 11 = 14`. Can you help me?
    │     │    output  python(code: "(14-11)/3")
    │     ├─ execute_tool python  tool  0.70s
    │     │    input   (14-11)/3
    │     │    output  1.0
    │     └─ chat gpt-4  generation  gpt-4-0613  50 → 11 tokens  1.40s  ttft 0.50s
    │          input   I need to solve the equation `3x + 11 = 14`. Can you help me?
    │          output  Subtract 11 from both sides to get 3x = 3, so x = 1.
    ├─ get_response  3.28s
    │    input   thread_id: "thread_1", run_id: "run_1"
    │    output  Subtract 11 from both sides to get 3x = 3, so x = 1.
    └─ chat gpt-4o-mini  generation  0.05s
         ! WARNING stream cancelled by caller
         input   Say it in Norwegian
         output  Trekk fra 11 på be
    "#);
}

#[test]
fn at_eighty_columns_lines_are_cut() {
    insta::assert_snapshot!(draw(&math_tutor(), &at_width(80)), @r#"
    trace c639c2482eeb2306df724c3265ea0c62  10 spans
    run_math_tutor  142 → 23 tokens  4.20s
    │ input   I need to solve the equation `3x + 11 = 14`. Can you help me?
    │ output  Subtract 11 from both sides to get 3x = 3, so x = 1.
    ├─ create_assistant  0.50s
    │  │ output  id: "asst_1", name: "Math Tutor", model: "gpt-4", tools: []
    │  └─ create_agent Math Tutor  agent  gpt-4  0.48s
    ├─ run_assistant  0.38s
    │  │ input   assistant_id: "asst_1", user_input: "I need to solve the equation…
    │  │ output  ["run_1", "thread_1"]
    │  └─ invoke_agent Math Tutor  agent  3.20s
    │     │ input   I need to solve the equation `3x + 11 = 14`. Can you help me?
    │     │ output  Subtract 11 from both sides to get 3x = 3, so x = 1.
    │     ├─ chat gpt-4  generation  gpt-4-0613  92 → 12 tokens (32 cached)  1.00s
    │     │    input   I need to solve the equation `3x + 11 = 14`. Can you help me?
    │     │    output  python(code: "(14-11)/3")
    │     ├─ execute_tool python  tool  0.70s
    │     │    input   (14-11)/3
    │     │    output  1.0
    │     └─ chat gpt-4  generation  gpt-4-0613  50 → 11 tokens  1.40s  ttft 0.50s
    │          input   I need to solve the equation `3x + 11 = 14`. Can you help me?
    │          output  Subtract 11 from both sides to get 3x = 3, so x = 1.
    ├─ get_response  3.28s
    │    input   thread_id: "thread_1", run_id: "run_1"
    │    output  Subtract 11 from both sides to get 3x = 3, so x = 1.
    └─ chat gpt-4o-mini  generation  0.05s
         ! WARNING stream cancelled by caller
         input   Say it in Norwegian
         output  Trekk fra 11 på be
    "#);
}

#[test]
fn at_forty_columns_the_names_and_durations_are_left() {
    insta::assert_snapshot!(draw(&math_tutor(), &at_width(40)), @r#"
    trace c639c2482eeb2306df724c3265ea0c62
    run_math_tutor  142 → 23 tokens  4.20s
    │ input   I need to solve the equation…
    │ output  Subtract 11 from both sides t…
    ├─ create_assistant  0.50s
    │  │ output  id: "asst_1", name: "Math…
    │  └─ create_agent Math Tutor  0.48s
    ├─ run_assistant  0.38s
    │  │ input   assistant_id: "asst_1", us…
    │  │ output  ["run_1", "thread_1"]
    │  └─ invoke_agent Math Tutor  3.20s
    │     │ input   I need to solve the equ…
    │     │ output  Subtract 11 from both s…
    │     ├─ chat gpt-4  generation  1.00s
    │     │    input   I need to solve the…
    │     │    output  python(code: "(14-11…
    │     ├─ execute_tool python  0.70s
    │     │    input   (14-11)/3
    │     │    output  1.0
    │     └─ chat gpt-4  generation  1.40s
    │          input   I need to solve the…
    │          output  Subtract 11 from bot…
    ├─ get_response  3.28s
    │    input   thread_id: "thread_1", run…
    │    output  Subtract 11 from both side…
    └─ chat gpt-4o-mini  generation  0.05s
         ! WARNING stream cancelled by call…
         input   Say it in Norwegian
         output  Trekk fra 11 på be
    "#);
}

#[test]
fn content_can_be_hidden() {
    let settings = Settings {
        show_content: false,
        ..SETTINGS
    };
    insta::assert_snapshot!(draw(&math_tutor(), &settings), @r#"
    trace c639c2482eeb2306df724c3265ea0c62  10 spans
    run_math_tutor  142 → 23 tokens  4.20s
    ├─ create_assistant  0.50s
    │  └─ create_agent Math Tutor  agent  gpt-4  0.48s
    ├─ run_assistant  0.38s
    │  └─ invoke_agent Math Tutor  agent  3.20s
    │     ├─ chat gpt-4  generation  gpt-4-0613  92 → 12 tokens (32 cached)  1.00s
    │     ├─ execute_tool python  tool  0.70s
    │     └─ chat gpt-4  generation  gpt-4-0613  50 → 11 tokens  1.40s  ttft 0.50s
    ├─ get_response  3.28s
    └─ chat gpt-4o-mini  generation  0.05s
         ! WARNING stream cancelled by caller
    "#);
}

#[test]
fn colours_are_escape_sequences_that_close_themselves() {
    let settings = Settings {
        color: true,
        show_content: false,
        ..SETTINGS
    };
    let text = draw(&math_tutor(), &settings);
    insta::assert_snapshot!(text.replace('\x1b', "␛"), @r#"
    ␛[2mtrace c639c2482eeb2306df724c3265ea0c62␛[0m  ␛[2m10 spans␛[0m
    ␛[1mrun_math_tutor␛[0m  142 → 23 tokens  ␛[2m4.20s␛[0m
    ␛[2m├─ ␛[0m␛[1mcreate_assistant␛[0m  ␛[2m0.50s␛[0m
    ␛[2m│  ␛[0m␛[2m└─ ␛[0m␛[1mcreate_agent Math Tutor␛[0m  ␛[35magent␛[0m  gpt-4  ␛[2m0.48s␛[0m
    ␛[2m├─ ␛[0m␛[1mrun_assistant␛[0m  ␛[2m0.38s␛[0m
    ␛[2m│  ␛[0m␛[2m└─ ␛[0m␛[1minvoke_agent Math Tutor␛[0m  ␛[35magent␛[0m  ␛[2m3.20s␛[0m
    ␛[2m│     ␛[0m␛[2m├─ ␛[0m␛[1mchat gpt-4␛[0m  ␛[36mgeneration␛[0m  gpt-4-0613  92 → 12 tokens ␛[2m(32 cached)␛[0m  ␛[2m1.00s␛[0m
    ␛[2m│     ␛[0m␛[2m├─ ␛[0m␛[1mexecute_tool python␛[0m  ␛[32mtool␛[0m  ␛[2m0.70s␛[0m
    ␛[2m│     ␛[0m␛[2m└─ ␛[0m␛[1mchat gpt-4␛[0m  ␛[36mgeneration␛[0m  gpt-4-0613  50 → 11 tokens  ␛[2m1.40s␛[0m  ␛[2mttft 0.50s␛[0m
    ␛[2m├─ ␛[0m␛[1mget_response␛[0m  ␛[2m3.28s␛[0m
    ␛[2m└─ ␛[0m␛[1mchat gpt-4o-mini␛[0m  ␛[36mgeneration␛[0m  ␛[2m0.05s␛[0m
         ␛[33m! WARNING stream cancelled by caller␛[0m
    "#);
}

#[test]
fn colours_change_nothing_but_colours() {
    let colored = draw(
        &math_tutor(),
        &Settings {
            color: true,
            ..at_width(60)
        },
    );
    let mut plain = String::new();
    for piece in colored.split('\x1b') {
        plain.push_str(match piece.split_once('m') {
            Some((sequence, text)) if sequence.starts_with('[') => text,
            _ => piece,
        });
    }
    assert_eq!(plain, draw(&math_tutor(), &at_width(60)));
}

#[test]
fn the_order_of_arrival_does_not_matter() {
    let mut spans = math_tutor();
    let expected = draw(&spans, &SETTINGS);
    spans.reverse();
    assert_eq!(draw(&spans, &SETTINGS), expected);
}
