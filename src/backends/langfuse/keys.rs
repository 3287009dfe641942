//! Every attribute name that the Langfuse server reads and that this crate writes or has to keep
//! apart, and the lists of names that it re-interprets.
//!
//! The facts are those of server 4.16 (`OtelIngestionProcessor.ts`, `ObservationTypeMapper.ts`).
//! When the server learns a new trap, this file is where it is named.

/// What every attribute of Langfuse's own begins with. Those that are on a span already were set by
/// the user and win over everything that is derived.
pub(crate) const PREFIX: &str = "langfuse.";

pub(crate) const TYPE: &str = "langfuse.observation.type";
pub(crate) const INPUT: &str = "langfuse.observation.input";
pub(crate) const OUTPUT: &str = "langfuse.observation.output";
pub(crate) const LEVEL: &str = "langfuse.observation.level";
pub(crate) const STATUS_MESSAGE: &str = "langfuse.observation.status_message";
pub(crate) const METADATA_PREFIX: &str = "langfuse.observation.metadata.";
pub(crate) const MODEL_NAME: &str = "langfuse.observation.model.name";
pub(crate) const MODEL_PARAMETERS: &str = "langfuse.observation.model.parameters";
pub(crate) const USAGE_DETAILS: &str = "langfuse.observation.usage_details";
pub(crate) const COST_DETAILS: &str = "langfuse.observation.cost_details";
pub(crate) const COMPLETION_START_TIME: &str = "langfuse.observation.completion_start_time";
pub(crate) const PROMPT_NAME: &str = "langfuse.observation.prompt.name";
pub(crate) const PROMPT_VERSION: &str = "langfuse.observation.prompt.version";
pub(crate) const TRACE_NAME: &str = "langfuse.trace.name";
pub(crate) const TRACE_TAGS: &str = "langfuse.trace.tags";
pub(crate) const TRACE_PUBLIC: &str = "langfuse.trace.public";
pub(crate) const TRACE_METADATA_PREFIX: &str = "langfuse.trace.metadata.";
pub(crate) const VERSION: &str = "langfuse.version";
pub(crate) const RELEASE: &str = "langfuse.release";
pub(crate) const ENVIRONMENT: &str = "langfuse.environment";
pub(crate) const IS_APP_ROOT: &str = "langfuse.internal.is_app_root";

/// Attributes of OpenInference, whose spans describe themselves.
pub(crate) const OPENINFERENCE_KIND: &str = "openinference.span.kind";

/// Names without a dot that the server takes for something else than a field of the application:
/// a model, an input, an output, parameters.
pub(crate) const DANGEROUS: &[&str] = &[
    "model",
    "input",
    "output",
    "prompt",
    "events",
    "all_messages_events",
    "tool_arguments",
    "tool_response",
    "final_result",
    "model_config",
];

/// Inputs and outputs of other conventions that are one attribute each. The server drops all of
/// them as soon as one family has given an input or an output.
pub(crate) const FOREIGN_PAIRS: &[(&str, &str)] = &[
    ("mlflow.spanInputs", "mlflow.spanOutputs"),
    ("traceloop.entity.input", "traceloop.entity.output"),
    ("input.value", "output.value"),
];

/// What the numbered or scattered inputs and outputs of other conventions begin with; dropped by
/// the server like [`FOREIGN_PAIRS`].
pub(crate) const FOREIGN_CONTENT: &[&str] = &[
    "llm.input_messages",
    "llm.output_messages",
    "gcp.vertex.agent.llm_",
    "gcp.vertex.agent.tool_",
    "pydantic_ai.all_messages",
    "lk.input_text",
    "lk.user_transcript",
    "lk.chat_ctx",
    "lk.user_input",
    "lk.function_tool.output",
    "lk.response.text",
];

/// Input and output of the whole trace, as older SDKs write them.
const TRACE_CONTENT: &[&str] = &["langfuse.trace.input", "langfuse.trace.output"];

/// Whether the server takes an attribute for an input or output, beside those of the conventions.
pub(crate) fn is_content(key: &str) -> bool {
    [INPUT, OUTPUT].contains(&key)
        || key.starts_with(CONTENT_PARAMETER_PREFIX)
        || TRACE_CONTENT.contains(&key)
        || FOREIGN_PAIRS
            .iter()
            .any(|(input, output)| key == *input || key == *output)
        || FOREIGN_CONTENT.iter().any(|prefix| key.starts_with(prefix))
}

/// What the metadata begins with that holds request parameters which are content.
const CONTENT_PARAMETER_PREFIX: &str = "langfuse.observation.metadata.request_content.";

/// Whether an attribute is metadata or tags.
pub(crate) fn is_metadata(key: &str) -> bool {
    key == TRACE_TAGS || key.starts_with(METADATA_PREFIX) || key.starts_with(TRACE_METADATA_PREFIX)
}

/// Signs that another convention describes the span, so that the server knows its type
/// better than the absence of a GenAI operation does.
pub(crate) const FOREIGN_MARKERS: &[&str] = &["ai.operationId", "genkit:", "flue.", "lk."];

/// Scopes with rules of their own in the server.
pub(crate) const FOREIGN_SCOPES: &[&str] = &[
    "ai",
    "genkit-tracer",
    "@flue/opentelemetry",
    "pydantic-ai",
    "gcp.vertex.agent",
    "livekit-agents",
];

/// Keys of user metadata that the server would let replace its own sections.
pub(crate) const RESERVED_METADATA: &[&str] = &["attributes", "scope", "resourceAttributes"];

/// Key of user metadata that the server moves into the input.
pub(crate) const TOOLS_METADATA: &str = "tools";
