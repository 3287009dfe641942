//! Which line is shown of an input or output.

use proptest::prelude::*;

use crate::terminal::content::{Side, preview};

fn input(content: &str) -> String {
    preview(content, Side::Input).unwrap_or_else(|| "(nothing)".into())
}

fn output(content: &str) -> String {
    preview(content, Side::Output).unwrap_or_else(|| "(nothing)".into())
}

#[test]
fn text_is_shown_as_it_is() {
    assert_eq!(input("Solve 3x = 3\nplease"), "Solve 3x = 3 …");
    assert_eq!(input("{ not json"), "{ not json");
    assert_eq!(input("42"), "42");
    assert_eq!(input(r#""quoted\ntext""#), "quoted …");
}

#[test]
fn nothing_is_not_shown() {
    for content in ["", "  ", "null", "()", "{}", "[]", r#""""#, r#"{"x":null}"#] {
        assert_eq!(input(content), "(nothing)", "{content}");
    }
}

#[test]
fn a_single_argument_stands_for_itself() {
    assert_eq!(input(r#"{"user_input": "Solve 3x = 3"}"#), "Solve 3x = 3");
    assert_eq!(input(r#"{"count": 3}"#), "3");
    assert_eq!(input(r#"{"point": {"x": 1, "y": 2}}"#), "x: 1, y: 2");
    assert_eq!(input(r#"{"a": {"b": {"c": 1}}}"#), r#"b: {"c": 1}"#);
}

#[test]
fn several_arguments_keep_their_names_and_order() {
    assert_eq!(
        input(r#"{"thread_id": "thread_1", "id": "\u00e9", "limit": 2, "all": true}"#),
        r#"thread_id: "thread_1", id: "é", limit: 2, all: true"#
    );
}

#[test]
fn a_long_argument_leaves_room_for_the_next() {
    let arguments = format!(r#"{{"prompt":"{}","question":"Why?"}}"#, "word ".repeat(40));
    assert!(input(&arguments).ends_with(r#"…, question: "Why?""#));
}

#[test]
fn of_a_conversation_the_last_message_to_the_model_is_shown() {
    let chat = r#"[{"role":"system","content":"Be brief."},
        {"role":"user","content":"First"},
        {"role":"user","content":[{"type":"text","text":"Second"},{"type":"image_url"}]},
        {"role":"assistant","content":"A beginning"},
        {"role":"system","content":"Be brief."}]"#;
    assert_eq!(input(chat), "Second");
    assert_eq!(
        input(&format!(r#"{{"messages":{chat},"tools":[]}}"#)),
        "Second"
    );
    let parts = r#"[{"role":"user","parts":[{"type":"text","content":"Hello"}]}]"#;
    assert_eq!(input(parts), "Hello");
    assert_eq!(
        input(r#"[{"role":"system","content":"Be brief."}]"#),
        "Be brief."
    );
}

#[test]
fn after_a_tool_its_answer_is_the_last_message() {
    let chat = r#"[{"role":"user","content":"How warm is it?"},
        {"role":"assistant","tool_calls":[{"type":"function","function":{"name":"now"}}]},
        {"role":"tool","tool_call_id":"call_1","content":"18 °C"}]"#;
    assert_eq!(input(chat), "18 °C");
    let parts = r#"[{"role":"user","parts":[{"type":"text","content":"How warm is it?"}]},
        {"role":"tool","parts":[{"type":"tool_call_response","id":"1","response":"18 °C"}]}]"#;
    assert_eq!(input(parts), "18 °C");
}

#[test]
fn a_result_that_is_no_text_keeps_its_name() {
    for result in [
        r#"{"allowed":true}"#,
        r#"{"score": 0.50}"#,
        r#"{"rows":[1]}"#,
    ] {
        assert_eq!(output(result), result);
    }
    assert_eq!(output(r#"{"answer":"x = 1"}"#), "x = 1");
    assert_eq!(output(r#"{"answer":null}"#), "(nothing)");
}

#[test]
fn of_several_answers_the_first_is_shown() {
    let chat = r#"[{"role":"assistant","content":"One"},{"role":"assistant","content":"Two"}]"#;
    assert_eq!(output(chat), "One");
    assert_eq!(output(r#"{"role":"assistant","content":"One"}"#), "One");
    assert_eq!(
        output(
            r#"[{"role":"assistant","parts":[{"type":"reasoning","content":"Hm"},
            {"type":"text","content":"One"}],"finish_reason":"stop"}]"#
        ),
        "One"
    );
    assert_eq!(
        output(r#"[{"role":"assistant","content":null,"refusal":"No."}]"#),
        "No."
    );
}

#[test]
fn a_tool_call_reads_like_a_call() {
    assert_eq!(
        output(
            r#"[{"role":"assistant","content":null,"tool_calls":[{"id":"call_1",
            "type":"function","function":{"name":"python","arguments":"{\"code\":\"1+1\"}"}}]}]"#
        ),
        r#"python(code: "1+1")"#
    );
    assert_eq!(
        output(
            r#"[{"role":"assistant","parts":[
            {"type":"tool_call","id":"1","name":"add","arguments":{"a":1,"b":2}},
            {"type":"tool_call","id":"2","name":"now"}]}]"#
        ),
        "add(a: 1, b: 2) now()"
    );
}

#[test]
fn what_is_no_text_is_marked() {
    assert_eq!(
        input(r#"[{"role":"user","parts":[{"type":"blob","modality":"image","content":"…"}]}]"#),
        "[image]"
    );
    assert_eq!(
        input(
            r#"[{"role":"tool","parts":[{"type":"tool_call_response","id":"1",
            "response":{"logs":"1.0"}}]}]"#
        ),
        "1.0"
    );
}

#[test]
fn what_only_looks_like_messages_is_shown_as_it_is() {
    assert_eq!(
        output(r#"[{"role": "admin", "name": "Ada"}]"#),
        r#"[{"role": "admin", "name": "Ada"}]"#
    );
    assert_eq!(
        output(r#"["run_1", "thread_1"]"#),
        r#"["run_1", "thread_1"]"#
    );
}

#[test]
fn deep_nesting_does_no_harm() {
    let objects = format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    assert!(input(&objects).starts_with(r#"a: {"a":{"a""#));
    let arrays = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(output(&arrays).starts_with("[[["));
}

proptest! {
    #[test]
    fn any_text_gives_one_line_or_none(content in "[\\[\\]{}\",:a-z \\n\\\\0-9]{0,60}") {
        for side in [Side::Input, Side::Output] {
            if let Some(line) = preview(&content, side) {
                prop_assert!(!line.is_empty() && !line.contains('\n'));
            }
        }
    }
}
