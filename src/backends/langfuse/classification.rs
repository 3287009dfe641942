//! Which type an observation has, and what follows from it.
//!
//! The type is written wherever the server would not come to it by itself or would come to a
//! wrong one: its last resort makes a generation of every span that names a model. A span that
//! another convention describes keeps the type of that convention.

use opentelemetry::Value;

use super::attributes::Attributes;
use super::keys;
use crate::conventions;
use crate::conventions::{observation, operation};
use crate::model::ObservationType;

/// The operation under which the server drops model, usage and cost, beside `invoke_agent`.
const AGENT_STEP: &str = "agent_step";

const TYPES: &[ObservationType] = &[
    ObservationType::Span,
    ObservationType::Generation,
    ObservationType::Event,
    ObservationType::Embedding,
    ObservationType::Agent,
    ObservationType::Tool,
    ObservationType::Chain,
    ObservationType::Retriever,
    ObservationType::Evaluator,
    ObservationType::Guardrail,
];

/// What the rest of the mapping has to know about a span.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Classification {
    /// The type that the server will show.
    pub(crate) r#type: ObservationType,
    /// Whether another convention describes the span.
    pub(crate) is_foreign: bool,
    /// Whether the span is a tool's execution, by its operation or for want of one.
    pub(crate) is_tool: bool,
    /// Whether the server ignores model, usage and cost of this span.
    pub(crate) is_agent_run: bool,
}

impl Classification {
    /// Whether a model was called.
    pub(crate) fn is_inference(&self) -> bool {
        matches!(
            self.r#type,
            ObservationType::Generation | ObservationType::Embedding
        )
    }
}

/// Finds the type, and writes it where the server would not find the same.
pub(crate) fn classify(attributes: &mut Attributes, scope: &str) -> Classification {
    let neutral = attributes.neutral.take(observation::TYPE);
    let operation = attributes.gen_ai.text(conventions::OPERATION_NAME);
    let is_agent_run = matches!(operation, Some(operation::INVOKE_AGENT | AGENT_STEP));
    let is_tool_operation = operation == Some(operation::EXECUTE_TOOL);
    let has_operation = operation.is_some();
    let of_operation = operation.and_then(of_operation);
    let has_tool = attributes.gen_ai.has(conventions::TOOL_NAME)
        || attributes.gen_ai.has(conventions::TOOL_CALL_ID);
    let foreign = foreign_type(attributes, scope);

    let user = user_type(attributes);
    let asked_for = neutral.as_ref().and_then(parse);
    let (r#type, is_written) = match (user, asked_for, foreign, of_operation) {
        (Some(user), ..) => (user, false),
        (None, Some(asked_for), ..) => (asked_for, true),
        (None, None, Some(Some(named)), _) => (named, false),
        (None, None, _, Some(of_operation)) => (of_operation, true),
        (None, None, Some(None), None) => (ObservationType::Span, false),
        (None, None, None, None) if has_tool && !has_operation => (ObservationType::Tool, true),
        (None, None, None, None) if is_call_of_a_model(attributes) => {
            (ObservationType::Generation, true)
        }
        (None, None, None, None) => (ObservationType::Span, true),
    };
    if is_written {
        attributes.write(keys::TYPE, r#type.as_str());
    }
    if let Some(neutral) = neutral.filter(|_| asked_for.is_none()) {
        attributes.move_to_metadata("observation.type", neutral);
    }
    Classification {
        r#type,
        is_foreign: foreign.is_some(),
        is_tool: is_tool_operation || (!has_operation && r#type == ObservationType::Tool),
        is_agent_run,
    }
}

/// The type that the user set under Langfuse's own name, its case repaired: the server knows the
/// lower-case words only.
fn user_type(attributes: &mut Attributes) -> Option<ObservationType> {
    let (_, value) = attributes
        .langfuse
        .iter_mut()
        .find(|(key, _)| *key == keys::TYPE)?;
    let parsed = parse(value)?;
    *value = Value::from(parsed.as_str());
    Some(parsed)
}

fn parse(value: &Value) -> Option<ObservationType> {
    let text = value.as_str();
    TYPES
        .iter()
        .copied()
        .find(|known| text.trim().eq_ignore_ascii_case(known.as_str()))
}

fn of_operation(name: &str) -> Option<ObservationType> {
    Some(match name {
        operation::CHAT
        | operation::TEXT_COMPLETION
        | operation::GENERATE_CONTENT
        | "completion"
        | "generate" => ObservationType::Generation,
        operation::EMBEDDINGS => ObservationType::Embedding,
        operation::INVOKE_AGENT | operation::CREATE_AGENT | AGENT_STEP => ObservationType::Agent,
        operation::EXECUTE_TOOL => ObservationType::Tool,
        operation::RETRIEVAL | operation::SEARCH_MEMORY => ObservationType::Retriever,
        operation::INVOKE_WORKFLOW | operation::PLAN => ObservationType::Chain,
        operation::FETCH_RESPONSE => ObservationType::Span,
        _ => return None,
    })
}

/// `Some` if another convention describes the span; inside, the type that it names itself.
fn foreign_type(attributes: &Attributes, scope: &str) -> Option<Option<ObservationType>> {
    let named = attributes
        .other
        .text(keys::OPENINFERENCE_KIND)
        .and_then(|kind| match kind {
            "LLM" => Some(ObservationType::Generation),
            "CHAIN" | "RETRIEVER" | "EMBEDDING" | "AGENT" | "TOOL" | "GUARDRAIL" | "EVALUATOR" => {
                parse(&Value::from(kind.to_owned()))
            }
            _ => None,
        });
    if named.is_some() {
        return Some(named);
    }
    let is_foreign = keys::FOREIGN_SCOPES.contains(&scope)
        || attributes.other.iter().any(|(key, value)| {
            keys::FOREIGN_MARKERS
                .iter()
                .any(|marker| key.starts_with(marker))
                || (key == "operation.name" && value.as_str().starts_with("ai."))
                || key == "llm.model_name"
        });
    is_foreign.then_some(None)
}

/// A model and what only its call has, without an operation: an instrumentation that left
/// the operation out. A model alone proves nothing, housekeeping names models too.
fn is_call_of_a_model(attributes: &Attributes) -> bool {
    let gen_ai = &attributes.gen_ai;
    let names_model =
        gen_ai.has(conventions::REQUEST_MODEL) || gen_ai.has(conventions::RESPONSE_MODEL);
    names_model
        && (gen_ai.has(conventions::OUTPUT_MESSAGES)
            || gen_ai.has(conventions::USAGE_OUTPUT_TOKENS)
            || gen_ai.has(conventions::RESPONSE_FINISH_REASONS))
}
