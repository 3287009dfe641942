//! rig names what its agents were asked and answered as an older convention did. Backends with a mapping get it as
//! input and output, unless the span says them otherwise, and never where content is not wanted.

use tracing_genai::Mapping;
use tracing_genai::testing::{InMemory, ReceivedSpan};

use crate::support::received;

const BACKENDS: [(Mapping, &str, &str); 2] = [
    (
        Mapping::Langfuse,
        "langfuse.observation.input",
        "langfuse.observation.output",
    ),
    (Mapping::OpenInference, "input.value", "output.value"),
];

/// An agent's span with these fields more.
macro_rules! agent {
    ($($field:tt)*) => {
        || {
            tracing::info_span!(
                "invoke_agent",
                gen_ai.operation.name = "invoke_agent",
                gen_ai.agent.name = "weather",
                $($field)*
            )
            .in_scope(|| ());
        }
    };
}

fn agent_of(memory: &InMemory) -> ReceivedSpan {
    memory.span("invoke_agent weather")
}

#[test]
fn by_the_names_of_an_older_convention() {
    let agent = agent!(gen_ai.prompt = "In Oslo?", gen_ai.completion = "Sunny.");
    for (mapping, input, output) in BACKENDS {
        let span = agent_of(&received(Some(mapping), |builder| builder, agent));
        assert_eq!(span.text(input), Some("In Oslo?"), "{span:?}");
        assert_eq!(span.text(output), Some("Sunny."), "{span:?}");
        assert!(!format!("{:?}", span.attributes).contains("gen_ai.prompt"));
    }
    // Without a mapping, spans of others keep their names.
    let span = agent_of(&received(None, |builder| builder, agent));
    assert_eq!(span.text("gen_ai.prompt"), Some("In Oslo?"));
}

#[test]
fn unless_messages_say_them() {
    let messages = r#"[{"role":"user","parts":[{"type":"text","content":"In Bergen?"}]}]"#;
    let agent = agent!(gen_ai.prompt = "In Oslo?", gen_ai.input.messages = messages);
    for (mapping, input, _) in BACKENDS {
        let span = agent_of(&received(Some(mapping), |builder| builder, agent));
        let text = span.text(input).unwrap();
        assert!(
            text.contains("In Bergen?") && !text.contains("In Oslo?"),
            "{text}"
        );
    }
}

#[test]
fn and_not_where_content_is_not_wanted() {
    let agent = agent!(gen_ai.prompt = "In Oslo?", gen_ai.completion = "Sunny.");
    for (mapping, _, _) in BACKENDS {
        let memory = received(Some(mapping), |builder| builder.with_content(false), agent);
        let all = format!("{:?}", agent_of(&memory));
        assert!(!all.contains("Oslo") && !all.contains("Sunny"), "{all}");
    }
}
