//! Where input and output come from, and what happens to what is not used (§5).

use super::{Mapped, attribute, check, rules, span, texts};
use crate::backends::backend::MapOptions;
use crate::backends::langfuse::keys;
use crate::backends::langfuse::mapping::map;
use crate::conventions as c;
use crate::conventions::observation;

const QUESTION: &str = r#"[{"role":"user","parts":[{"type":"text","content":"q"}]}]"#;
const ASKED: &str = r#"[{"role":"user","content":"q"}]"#;
const ANSWER: &str = r#"[{"role":"assistant","parts":[{"type":"text","content":"a"}]}]"#;
const ANSWERED: &str = r#"[{"role":"assistant","content":"a"}]"#;
const TOOLS: &str = r#"[{"type":"function","name":"f"}]"#;

#[test]
fn the_source() {
    check(rules! {
        "§5.1: what was set by hand" { observation::INPUT => "{}", observation::OUTPUT => "text" }
            => { keys::INPUT => "{}", keys::OUTPUT => "text" }
            ! [observation::INPUT, observation::OUTPUT];
        "§5.1: an empty text is an input" { observation::INPUT => "" } => { keys::INPUT => "" };
        "§5.1: numbers as JSON" { observation::OUTPUT => 5 } => { keys::OUTPUT => "5" };
        "§5.1: an unknown half is left out, its absence blocks the rest as well"
            { observation::INPUT => "{}" } => {} ! [keys::OUTPUT];
        "§5.18: messages are translated and leave the span"
            { c::INPUT_MESSAGES => QUESTION, c::OUTPUT_MESSAGES => ANSWER }
            => { keys::INPUT => ASKED, keys::OUTPUT => ANSWERED }
            ! [c::INPUT_MESSAGES, c::OUTPUT_MESSAGES];
        "§5.18: one text a message" { c::INPUT_MESSAGES => texts(&[r#"{"role":"user","content":"q"}"#]) }
            => { keys::INPUT => ASKED };
        "§5: one half by hand, the other from the messages"
            { observation::INPUT => "by hand", c::OUTPUT_MESSAGES => ANSWER }
            => { keys::INPUT => "by hand", keys::OUTPUT => ANSWERED };
        "§5: messages that were not used would vanish"
            { observation::INPUT => "by hand", c::INPUT_MESSAGES => QUESTION }
            => { keys::INPUT => "by hand",
                 "langfuse.observation.metadata.gen_ai.input.messages" => QUESTION }
            ! [c::INPUT_MESSAGES];
        "§5.1: the user's own win" { keys::INPUT => "mine", c::INPUT_MESSAGES => QUESTION,
              observation::INPUT => "arguments", c::OUTPUT_MESSAGES => ANSWER }
            => { keys::INPUT => "mine", keys::OUTPUT => ANSWERED } ! [observation::INPUT];
        "§5 tools: they become part of the input, once"
            { c::INPUT_MESSAGES => QUESTION, c::TOOL_DEFINITIONS => TOOLS }
            => { keys::INPUT => concat!(
                r#"{"messages":[{"role":"user","content":"q"}],"#,
                r#""tools":[{"type":"function","function":{"name":"f"}}]}"#) }
            ! [c::TOOL_DEFINITIONS];
        "§5 tools: the server adds them to an input that was set by hand"
            { observation::INPUT => "by hand", c::TOOL_DEFINITIONS => TOOLS }
            => { keys::INPUT => "by hand", c::TOOL_DEFINITIONS => TOOLS };
        "§5.19: a tool's arguments and result"
            { c::OPERATION_NAME => "execute_tool", c::TOOL_CALL_ARGUMENTS => r#"{"a":1}"#,
              c::TOOL_CALL_RESULT => "57 F" }
            => { keys::INPUT => r#"{"a":1}"#, keys::OUTPUT => "57 F" }
            ! [c::TOOL_CALL_ARGUMENTS, c::TOOL_CALL_RESULT];
        "§5.19: not over messages elsewhere"
            { c::OPERATION_NAME => "chat", c::TOOL_CALL_ARGUMENTS => "{}", c::INPUT_MESSAGES => QUESTION }
            => { keys::INPUT => ASKED,
                 "langfuse.observation.metadata.gen_ai.tool.call.arguments" => "{}" };
        "§5: an agent is made of instructions and tools"
            { c::OPERATION_NAME => "create_agent", c::SYSTEM_INSTRUCTIONS => "be brief" }
            => { keys::INPUT => r#"{"instructions":"be brief"}"# } ! [c::SYSTEM_INSTRUCTIONS];
        "nothing lost: malformed messages are text" { c::INPUT_MESSAGES => "[{" }
            => { keys::INPUT => "[{" };
        "nothing lost: finish reasons stay readable"
            { c::OUTPUT_MESSAGES => r#"[{"role":"assistant","parts":[],"finish_reason":"length"}]"# }
            => { c::RESPONSE_FINISH_REASONS => texts(&["length"]) };
    });
}

#[test]
fn other_conventions() {
    check(rules! {
        "§5.12: alone they are the server's to read" { "input.value" => "i", "output.value" => "o" }
            => { "input.value" => "i", "output.value" => "o" } ! [keys::INPUT, keys::OUTPUT];
        "§5: beside ours the missing half is fetched"
            { observation::INPUT => "ours", "output.value" => "o" }
            => { keys::INPUT => "ours", keys::OUTPUT => "o" } ! ["output.value"];
        "§5: what is not used would vanish"
            { observation::INPUT => "ours", "input.value" => "i", "traceloop.entity.output" => "o" }
            => { "langfuse.observation.metadata.input.value" => "i", keys::OUTPUT => "o" }
            ! ["input.value"];
        "§5.13: a field called input hides the output"
            { "input" => "field", c::OUTPUT_MESSAGES => ANSWER }
            => { keys::OUTPUT => ANSWERED, "langfuse.observation.metadata.input" => "field" };
    });
}

#[test]
fn prompts_of_older_conventions() {
    let numbered = format!("{}0.content", c::PROMPT_PREFIX);
    let alone = Mapped::of(vec![attribute(&numbered, "i")]);
    assert_eq!(
        alone.text(&numbered).unwrap(),
        "i",
        "§5.16: they are an input"
    );
    assert_eq!(alone.get(keys::INPUT), None);

    let beside_ours = Mapped::of(vec![
        attribute(&numbered, "i"),
        attribute(observation::INPUT, "ours"),
    ]);
    let moved = format!("{}{numbered}", keys::METADATA_PREFIX);
    assert_eq!(
        beside_ours.text(&moved).unwrap(),
        "i",
        "§5: they would vanish"
    );

    let variable = format!("{}variable.x", c::PROMPT_PREFIX);
    let template = Mapped::of(vec![attribute(&variable, "i")]);
    let moved = format!("{}{variable}", keys::METADATA_PREFIX);
    assert_eq!(
        template.text(&moved).unwrap(),
        "i",
        "§3: a template's variables are no input"
    );
    assert_eq!(template.get(&variable), None);
}

#[test]
fn the_content_stays_if_asked_for() {
    let mut span = span(vec![
        attribute(c::INPUT_MESSAGES, QUESTION),
        attribute(c::OUTPUT_MESSAGES, ANSWER),
        attribute(c::TOOL_DEFINITIONS, TOOLS),
    ]);
    let options = MapOptions {
        keep_genai_content: true,
        ..MapOptions::default()
    };
    map(&mut span, options);
    let mapped = Mapped(span.attributes);
    assert_eq!(
        mapped.text(keys::INPUT).unwrap(),
        ASKED,
        "the server adds the tools itself"
    );
    assert_eq!(mapped.text(keys::OUTPUT).unwrap(), ANSWERED);
    assert_eq!(mapped.text(c::INPUT_MESSAGES).unwrap(), QUESTION);
    assert_eq!(mapped.text(c::OUTPUT_MESSAGES).unwrap(), ANSWER);
    assert_eq!(mapped.text(c::TOOL_DEFINITIONS).unwrap(), TOOLS);
}
