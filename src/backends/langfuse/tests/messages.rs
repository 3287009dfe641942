//! Messages, instructions and tools as OpenAI-like JSON (§5 of the ingestion's rules).

use crate::backends::langfuse::messages::{Given, agent_definition, finish_reasons, input, output};
use crate::model::message::{Message, Part, ToolDefinition};

fn messages(text: &str) -> String {
    let given = Given {
        messages: Some(text),
        ..Given::default()
    };
    input(given).0
}

/// A message of one user with the given parts, translated.
fn user(parts: &str) -> String {
    messages(&format!(r#"[{{"role":"user","parts":[{parts}]}}]"#))
}

#[test]
fn parts_become_content_and_tool_calls() {
    let rows = [
        (
            "§5: one text is a string",
            r#"{"type":"text","content":"Hello"}"#,
            r#"[{"role":"user","content":"Hello"}]"#,
        ),
        (
            "§5: several texts stay apart",
            r#"{"type":"text","content":"a"},{"type":"text","content":"b"}"#,
            r#"[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]"#,
        ),
        (
            "§5: a part may be bare text",
            r#""Hello""#,
            r#"[{"role":"user","content":"Hello"}]"#,
        ),
        (
            "§5: tool calls have no content, arguments are text",
            r#"{"type":"tool_call","id":"c1","name":"f","arguments":{"b":1,"a":2}}"#,
            r#"[{"role":"user","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"b\":1,\"a\":2}"}}]}]"#,
        ),
        (
            "§5: arguments that are text already stay",
            r#"{"type":"tool_call","id":"c1","name":"f","arguments":"{broken"}"#,
            r#"[{"role":"user","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{broken"}}]}]"#,
        ),
        (
            "§5: the chat view wants an id and arguments",
            r#"{"type":"tool_call","id":null,"name":"f"}"#,
            r#"[{"role":"user","content":null,"tool_calls":[{"id":"","type":"function","function":{"name":"f","arguments":"{}"}}]}]"#,
        ),
        (
            "§5: a result is a message of its own",
            r#"{"type":"tool_call_response","id":"c1","response":{"t":57}}"#,
            r#"[{"role":"tool","content":"{\"t\":57}","tool_call_id":"c1"}]"#,
        ),
        (
            "§5: results and text in one message keep their order",
            r#"{"type":"tool_call_response","id":"c1","response":"57"},{"type":"text","content":"and?"}"#,
            r#"[{"role":"tool","content":"57","tool_call_id":"c1"},{"role":"user","content":"and?"}]"#,
        ),
        (
            "§5: reasoning is shown as a block of its own",
            r#"{"type":"reasoning","content":"hm"},{"type":"text","content":"yes"}"#,
            r#"[{"role":"user","content":"yes","thinking":[{"type":"thinking","content":"hm"}]}]"#,
        ),
        (
            "§5: tools that the provider ran are calls and results too",
            r#"{"type":"server_tool_call","id":"s","name":"web_search","server_tool_call":{"type":"web_search","query":"q"}},{"type":"server_tool_call_response","id":"s","server_tool_call_response":{"type":"web_search"}}"#,
            r#"[{"role":"user","content":null,"tool_calls":[{"id":"s","type":"function","function":{"name":"web_search","arguments":"{\"type\":\"web_search\",\"query\":\"q\"}"}}]},{"role":"tool","content":"{\"type\":\"web_search\"}","tool_call_id":"s"}]"#,
        ),
        (
            "§5: an image inline",
            r#"{"type":"text","content":"What?"},{"type":"blob","modality":"image","mime_type":"image/png","content":"QUJD"}"#,
            r#"[{"role":"user","content":[{"type":"text","text":"What?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}}]}]"#,
        ),
        (
            "§5: an image by address",
            r#"{"type":"uri","modality":"image","uri":"https://x/y.png","detail":"low"}"#,
            r#"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y.png"},"detail":"low"}]}]"#,
        ),
        (
            "§5: audio inline",
            r#"{"type":"blob","modality":"audio","mime_type":"audio/x-wav","content":"QUJD"}"#,
            r#"[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"QUJD","format":"wav"}}]}]"#,
        ),
        (
            "§5: a note that stands for bytes left out",
            r#"{"type":"blob","modality":"image","mime_type":"image/png","content":"[3 MB left out]"}"#,
            r#"[{"role":"user","content":[{"type":"text","text":"[3 MB left out]","modality":"image","mime_type":"image/png"}]}]"#,
        ),
        (
            "§5: a document inline",
            r#"{"type":"blob","modality":"document","mime_type":"application/pdf","content":"QUJD"}"#,
            r#"[{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,QUJD"},"modality":"document"}]}]"#,
        ),
        (
            "§5: a file of the provider",
            r#"{"type":"file","modality":"image","mime_type":"image/png","file_id":"file_1"}"#,
            r#"[{"role":"user","content":[{"type":"file","file":{"file_id":"file_1"},"modality":"image","mime_type":"image/png"}]}]"#,
        ),
        (
            "nothing lost: an unknown part stays as it came",
            r#"{"type":"hologram","z":1,"a":1.50}"#,
            r#"[{"role":"user","content":[{"type":"hologram","z":1,"a":1.50}]}]"#,
        ),
        (
            "nothing lost: so does a part that lacks what its type requires",
            r#"{"type":"text","text":"Hello"}"#,
            r#"[{"role":"user","content":[{"type":"text","text":"Hello"}]}]"#,
        ),
        (
            "nothing lost: and unknown members of a known part",
            r#"{"type":"text","content":"a","annotations":[1]}"#,
            r#"[{"role":"user","content":[{"type":"text","text":"a","annotations":[1]}]}]"#,
        ),
        (
            "no parts, no content",
            "",
            r#"[{"role":"user","content":null}]"#,
        ),
    ];
    for (rule, parts, expected) in rows {
        assert_eq!(user(parts), expected, "{rule}");
    }
}

#[test]
fn whole_messages() {
    let rows = [
        (
            "§5: names and unknown members are carried over",
            r#"[{"role":"user","parts":[{"type":"text","content":"a"}],"name":"Ada","mood":"good"}]"#,
            r#"[{"role":"user","content":"a","name":"Ada","mood":"good"}]"#,
        ),
        (
            "§5: messages that are OpenAI-like already stay as they are",
            r#"[{"role":"user", "content":"a"}]"#,
            r#"[{"role":"user", "content":"a"}]"#,
        ),
        (
            "§5: of messages in both forms the parts go",
            r#"[{"role":"user","parts":[],"content":"a"}]"#,
            r#"[{"role":"user","content":"a"}]"#,
        ),
        (
            "§5: a single message",
            r#"{"role":"user","parts":[{"type":"text","content":"a"}]}"#,
            r#"[{"role":"user","content":"a"}]"#,
        ),
        (
            "nothing lost: elements of another kind",
            r#"["a",1]"#,
            r#"["a",1]"#,
        ),
        (
            "nothing lost: malformed JSON passes as text",
            r#"[{"role":"us"#,
            r#"[{"role":"us"#,
        ),
        (
            "nothing lost: so does JSON of another kind",
            "\"hello\"",
            "\"hello\"",
        ),
        ("an empty conversation", "[]", "[]"),
        (
            "§5: the view for tool calls knows five roles in a bare array",
            r#"[{"role":"developer","parts":[{"type":"text","content":"be"}]},{"role":"assistant","parts":[{"type":"tool_call","id":"c","name":"f"}]}]"#,
            r#"{"messages":[{"role":"developer","content":"be"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}]}"#,
        ),
        (
            "§5: without tool calls any role will do",
            r#"[{"role":"developer","parts":[{"type":"text","content":"be"}]}]"#,
            r#"[{"role":"developer","content":"be"}]"#,
        ),
    ];
    for (rule, given, expected) in rows {
        assert_eq!(messages(given), expected, "{rule}");
    }
}

#[test]
fn instructions_and_tools_join_the_messages() {
    let tools = r#"[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},{"type":"web_search","name":"web_search"},{"type":"function","function":{"name":"g"}}]"#;
    let openai = r#"[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}},{"type":"web_search","name":"web_search"},{"type":"function","function":{"name":"g"}}]"#;
    let hello = r#"[{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#;
    let instructions = r#"[{"type":"text","content":"be brief"}]"#;
    type Row<'a> = (&'a str, Given<'a>, String, bool);
    let rows: [Row<'_>; 6] = [
        (
            "§5: instructions come first, as the system's message",
            Given {
                messages: Some(hello),
                instructions: Some(instructions),
                tools: None,
            },
            r#"[{"role":"system","content":"be brief"},{"role":"user","content":"hi"}]"#.into(),
            false,
        ),
        (
            "§5: instructions alone are not lost",
            Given {
                instructions: Some(instructions),
                ..Given::default()
            },
            r#"[{"role":"system","content":"be brief"}]"#.into(),
            false,
        ),
        (
            "§5: instructions as plain text",
            Given {
                instructions: Some("be brief"),
                ..Given::default()
            },
            r#"[{"role":"system","content":"be brief"}]"#.into(),
            false,
        ),
        (
            "§5: instructions beside messages that are no JSON are not lost either",
            Given {
                messages: Some("hi {"),
                instructions: Some("be brief"),
                tools: None,
            },
            r#"[{"role":"system","content":"be brief"},{"role":"user","content":"hi {"}]"#.into(),
            false,
        ),
        (
            "§5 tools: an object of messages and tools",
            Given {
                messages: Some(hello),
                instructions: None,
                tools: Some(tools),
            },
            format!(r#"{{"messages":[{{"role":"user","content":"hi"}}],"tools":{openai}}}"#),
            true,
        ),
        (
            "§5 tools: malformed definitions stay where they are",
            Given {
                messages: Some(hello),
                instructions: None,
                tools: Some("[{"),
            },
            r#"[{"role":"user","content":"hi"}]"#.into(),
            false,
        ),
    ];
    for (rule, given, expected, has_tools) in rows {
        assert_eq!(input(given), (expected, has_tools), "{rule}");
    }
    let given = Given {
        messages: None,
        instructions: Some(instructions),
        tools: Some("[]"),
    };
    assert_eq!(
        agent_definition(given),
        (r#"{"instructions":"be brief","tools":[]}"#.into(), true)
    );
}

#[test]
fn an_output_is_an_array_of_messages() {
    let text = r#"[{"role":"assistant","parts":[{"type":"text","content":"x = 1"}],"finish_reason":"stop"}]"#;
    assert_eq!(output(text), r#"[{"role":"assistant","content":"x = 1"}]"#);
    assert_eq!(finish_reasons(text), ["stop"]);
    assert_eq!(output("x = 1"), "x = 1");
    assert_eq!(
        output(r#"[{"parts":["a"]}]"#),
        r#"[{"role":"assistant","content":"a"}]"#
    );
}

#[test]
fn deep_nesting_is_carried_over_without_recursion() {
    let depth = 200_000;
    let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(messages(&nested), nested);
    let part = format!(r#"{{"type":"tool_call","name":"f","arguments":{nested}}}"#);
    assert!(user(&part).contains(&nested));
}

#[test]
fn the_message_model_is_understood() {
    let conversation = [
        Message::user("Weather?"),
        Message::new(
            "assistant",
            [
                Part::reasoning("look it up"),
                Part::tool_call("c1", "w", "{}"),
            ],
        ),
        Message::tool("c1", "57 F"),
    ];
    let definitions = [ToolDefinition::function("w").with_description("weather")];
    let given = Given {
        messages: Some(&serde_json::to_string(&conversation).unwrap()),
        instructions: None,
        tools: Some(&serde_json::to_string(&definitions).unwrap()),
    };
    assert_eq!(
        input(given).0,
        r#"{"messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"w","arguments":"{}"}}],"thinking":[{"type":"thinking","content":"look it up"}]},{"role":"tool","content":"57 F","tool_call_id":"c1"}],"tools":[{"type":"function","function":{"name":"w","description":"weather"}}]}"#
    );
}
