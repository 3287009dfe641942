//! Names of the OpenTelemetry GenAI semantic conventions, for spans that you write by hand.
//!
//! A span with [`OPERATION_NAME`] is an operation of a model, an agent or a tool for every backend,
//! whoever made it. The names follow the conventions as of autumn 2026
//! (<https://github.com/open-telemetry/semantic-conventions-genai>), which are still in development.
//!
//! # Examples
//!
//! ```
//! use tracing_genai::conventions as names;
//!
//! let span = tracing::info_span!(
//!     "get_weather",
//!     { names::OPERATION_NAME } = names::operation::EXECUTE_TOOL,
//!     { names::TOOL_CALL_ID } = "call_1",
//! );
//! ```

// Every attribute name and enum value that this crate writes or reads stands here, so that a rename
// in the conventions is a change in this file and nowhere else. What no convention has a name for
// lives under `tracing_genai.*`; nothing is invented under somebody else's prefix. Destinations with
// a mapping consume the neutral names; for plain OTLP, `backends::conventional` replaces those for which a
// convention has a name.

/// The version of the conventions that the names belong to, as it stands on scopes.
pub(crate) const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev";

/// What every attribute of the GenAI conventions begins with.
pub(crate) const GEN_AI_PREFIX: &str = "gen_ai.";
/// `gen_ai.operation.name`: what the model or agent was asked to do; one of [`operation`].
pub const OPERATION_NAME: &str = "gen_ai.operation.name";
/// `gen_ai.provider.name`: whose dialect the call speaks; one of [`provider`] or any other text.
pub const PROVIDER_NAME: &str = "gen_ai.provider.name";
/// `gen_ai.conversation.id`: the thread or conversation that the call belongs to.
pub const CONVERSATION_ID: &str = "gen_ai.conversation.id";
/// The form of content that was asked for.
pub(crate) const OUTPUT_TYPE: &str = "gen_ai.output.type";
/// JSON array of parts, instructions given apart from the messages.
pub(crate) const SYSTEM_INSTRUCTIONS: &str = "gen_ai.system_instructions";
/// `gen_ai.input.messages`: JSON array of messages sent, in order.
pub const INPUT_MESSAGES: &str = "gen_ai.input.messages";
/// `gen_ai.output.messages`: JSON array of messages received, one a choice.
pub const OUTPUT_MESSAGES: &str = "gen_ai.output.messages";
/// JSON array of the tools that the model could call.
pub(crate) const TOOL_DEFINITIONS: &str = "gen_ai.tool.definitions";
/// `gen_ai.tool.name`: the tool that was executed.
pub const TOOL_NAME: &str = "gen_ai.tool.name";
/// `gen_ai.tool.call.id`: the id under which the model asked for the call.
pub const TOOL_CALL_ID: &str = "gen_ai.tool.call.id";
/// `gen_ai.tool.call.arguments`: JSON object of the call's arguments.
pub const TOOL_CALL_ARGUMENTS: &str = "gen_ai.tool.call.arguments";
/// `gen_ai.tool.call.result`: what the call returned.
pub const TOOL_CALL_RESULT: &str = "gen_ai.tool.call.result";
/// What the tool does.
pub(crate) const TOOL_DESCRIPTION: &str = "gen_ai.tool.description";
/// Who runs the tool; one of [`tool_type`].
pub(crate) const TOOL_TYPE: &str = "gen_ai.tool.type";
/// The provider's id of a hosted agent.
pub(crate) const AGENT_ID: &str = "gen_ai.agent.id";
/// `gen_ai.agent.name`: the agent's name.
pub const AGENT_NAME: &str = "gen_ai.agent.name";
/// What the agent is for.
pub(crate) const AGENT_DESCRIPTION: &str = "gen_ai.agent.description";
/// The store of documents that is searched.
pub(crate) const DATA_SOURCE_ID: &str = "gen_ai.data_source.id";
/// What [`PROVIDER_NAME`] was called before.
pub(crate) const SYSTEM: &str = "gen_ai.system";
/// The input by an older convention.
pub(crate) const PROMPT: &str = "gen_ai.prompt";
/// The output by an older convention.
pub(crate) const COMPLETION: &str = "gen_ai.completion";
/// A named prompt template.
pub(crate) const PROMPT_NAME: &str = "gen_ai.prompt.name";
/// Its version, where one was asked for.
pub(crate) const PROMPT_VERSION: &str = "gen_ai.prompt.version";
/// What every attribute about a prompt template begins with.
pub(crate) const PROMPT_PREFIX: &str = "gen_ai.prompt.";
/// What every variable of a prompt template begins with; the rest is its
/// name.
pub(crate) const PROMPT_VARIABLE_PREFIX: &str = "gen_ai.prompt.variable.";

/// What was searched for.
pub(crate) const RETRIEVAL_QUERY_TEXT: &str = "gen_ai.retrieval.query.text";
/// JSON array of what was found.
pub(crate) const RETRIEVAL_DOCUMENTS: &str = "gen_ai.retrieval.documents";
/// What was searched for in a memory.
pub(crate) const MEMORY_QUERY_TEXT: &str = "gen_ai.memory.query.text";
/// JSON array of what was remembered.
pub(crate) const MEMORY_RECORDS: &str = "gen_ai.memory.records";

/// What every request parameter begins with.
pub(crate) const REQUEST_PREFIX: &str = "gen_ai.request.";
/// `gen_ai.request.model`: the model that was asked for.
pub const REQUEST_MODEL: &str = "gen_ai.request.model";
/// Double.
pub(crate) const REQUEST_TEMPERATURE: &str = "gen_ai.request.temperature";
/// Double.
pub(crate) const REQUEST_TOP_P: &str = "gen_ai.request.top_p";
/// Tokens.
pub(crate) const REQUEST_MAX_TOKENS: &str = "gen_ai.request.max_tokens";
/// Integer.
pub(crate) const REQUEST_SEED: &str = "gen_ai.request.seed";
/// Double.
pub(crate) const REQUEST_FREQUENCY_PENALTY: &str = "gen_ai.request.frequency_penalty";
/// Double.
pub(crate) const REQUEST_PRESENCE_PENALTY: &str = "gen_ai.request.presence_penalty";
/// Array of text.
pub(crate) const REQUEST_STOP_SEQUENCES: &str = "gen_ai.request.stop_sequences";
/// Integer, only when it is not one.
pub(crate) const REQUEST_CHOICE_COUNT: &str = "gen_ai.request.choice.count";
/// The effort exactly as it was sent.
pub(crate) const REQUEST_REASONING_LEVEL: &str = "gen_ai.request.reasoning.level";
/// Integer.
pub(crate) const REQUEST_TOP_K: &str = "gen_ai.request.top_k";
/// The stored answer that the call continues.
pub(crate) const REQUEST_PREVIOUS_RESPONSE_ID: &str = "gen_ai.request.previous_response.id";
/// Where the reading of a stored stream goes on.
pub(crate) const REQUEST_STREAM_CURSOR: &str = "gen_ai.request.stream_cursor";
/// `true` when the answer is streamed, absent otherwise.
pub(crate) const REQUEST_STREAM: &str = "gen_ai.request.stream";

/// The provider's id of the answer.
pub(crate) const RESPONSE_ID: &str = "gen_ai.response.id";
/// `gen_ai.response.model`: the model that answered.
pub const RESPONSE_MODEL: &str = "gen_ai.response.model";
/// Array of text, one a choice.
pub(crate) const RESPONSE_FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
/// Seconds from the request to the first chunk, double.
pub(crate) const RESPONSE_TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";

/// What every token count begins with.
pub(crate) const USAGE_PREFIX: &str = "gen_ai.usage.";
/// Before the tokens of an agent's calls, where another library has added them up: no convention keeps a backend
/// from counting them again.
pub(crate) const AGENT_USAGE_PREFIX: &str = "tracing_genai.agent.usage.";
/// `gen_ai.usage.input_tokens`: all input tokens, cached ones included.
pub const USAGE_INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
/// `gen_ai.usage.output_tokens`: all output tokens, reasoning included.
pub const USAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
/// The part of the input that came from a cache.
pub(crate) const USAGE_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
/// The part of the input that was written to a cache.
pub(crate) const USAGE_CACHE_WRITE_INPUT_TOKENS: &str = "gen_ai.usage.cache_write.input_tokens";
/// What [`USAGE_CACHE_WRITE_INPUT_TOKENS`] was called before.
pub(crate) const USAGE_CACHE_CREATION_INPUT_TOKENS: &str =
    "gen_ai.usage.cache_creation.input_tokens";
/// The part of the output that was reasoning.
pub(crate) const USAGE_REASONING_OUTPUT_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";
/// The part of the input that was audio.
pub(crate) const USAGE_AUDIO_INPUT_TOKENS: &str = "gen_ai.usage.audio.input_tokens";
/// The part of the output that was audio.
pub(crate) const USAGE_AUDIO_OUTPUT_TOKENS: &str = "gen_ai.usage.audio.output_tokens";
/// `gen_ai.usage.image.input_tokens`
pub(crate) const USAGE_IMAGE_INPUT_TOKENS: &str = "gen_ai.usage.image.input_tokens";
/// `gen_ai.usage.image.output_tokens`
pub(crate) const USAGE_IMAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.image.output_tokens";
/// `gen_ai.usage.audio.cache_read.input_tokens`: audio that was read from a cache, also a part of the two
/// counts that its name is made of.
pub(crate) const USAGE_CACHED_AUDIO_INPUT_TOKENS: &str =
    "gen_ai.usage.audio.cache_read.input_tokens";

/// What the call cost, as some instrumentations write it; not a token count.
pub(crate) const USAGE_COST: &str = "gen_ai.usage.cost";

/// The tier that served the request.
pub(crate) const OPENAI_RESPONSE_SERVICE_TIER: &str = "openai.response.service_tier";
/// The tier that was asked for, unless it is `auto`.
pub(crate) const OPENAI_REQUEST_SERVICE_TIER: &str = "openai.request.service_tier";

/// `user.id`: whom the work was done for.
pub const USER_ID: &str = "user.id";
/// `session.id`: which conversation or visit the work belongs to.
pub const SESSION_ID: &str = "session.id";
/// The host that was called.
pub(crate) const SERVER_ADDRESS: &str = "server.address";
/// The port that was called.
pub(crate) const SERVER_PORT: &str = "server.port";
/// On the resource: what the application is called.
pub(crate) const SERVICE_NAME: &str = "service.name";
/// On the resource: which version of the application ran.
pub(crate) const SERVICE_VERSION: &str = "service.version";
/// On the resource: where the application ran.
pub(crate) const DEPLOYMENT_ENVIRONMENT_NAME: &str = "deployment.environment.name";

/// The family of the API; one of [`api_type`].
pub(crate) const OPENAI_API_TYPE: &str = "openai.api.type";

/// A low-cardinality name of what went wrong; absent on success.
pub(crate) const ERROR_TYPE: &str = "error.type";
/// The name of the event that tracing-opentelemetry makes of a function's error.
pub(crate) const EXCEPTION_EVENT: &str = "exception";
/// The error as text.
pub(crate) const EXCEPTION_MESSAGE: &str = "exception.message";
/// What tracing-opentelemetry fills with the texts of the error's sources.
pub(crate) const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";

/// What every attribute about a place in the source begins with.
pub(crate) const CODE_PREFIX: &str = "code.";
/// The module whose code made a span.
pub(crate) const CODE_MODULE_NAME: &str = "code.module.name";
/// What every attribute about the thread begins with.
pub(crate) const THREAD_PREFIX: &str = "thread.";
/// What every attribute of the resource about the SDK begins with.
pub(crate) const TELEMETRY_SDK_PREFIX: &str = "telemetry.sdk.";

/// On metrics: what kind of content tokens stand for; one of [`modality`].
pub(crate) const TOKEN_MODALITY: &str = "gen_ai.token.modality";
/// The workflow that ran.
pub(crate) const WORKFLOW_NAME: &str = "gen_ai.workflow.name";

/// The type that the conventions give to the value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueType {
    Integer,
    Double,
    Boolean,
    Texts,
}

/// The type of an attribute whose value is more than a text; `None` for texts and what is not known.
pub(crate) fn value_type(key: &str) -> Option<ValueType> {
    Some(match key {
        REQUEST_TEMPERATURE
        | REQUEST_TOP_P
        | REQUEST_FREQUENCY_PENALTY
        | REQUEST_PRESENCE_PENALTY
        | RESPONSE_TIME_TO_FIRST_CHUNK
        | USAGE_COST => ValueType::Double,
        REQUEST_MAX_TOKENS
        | REQUEST_SEED
        | REQUEST_TOP_K
        | REQUEST_CHOICE_COUNT
        | SERVER_PORT
        | call::DIMENSION_COUNT => ValueType::Integer,
        REQUEST_STREAM => ValueType::Boolean,
        REQUEST_STOP_SEQUENCES | RESPONSE_FINISH_REASONS | call::ENCODING_FORMATS => {
            ValueType::Texts
        }
        key if key.starts_with(USAGE_PREFIX) => ValueType::Integer,
        _ => return None,
    })
}

/// Values of [`ERROR_TYPE`] that are not the name of an error.
pub(crate) mod error_type {
    /// It failed with an error that has no name of low cardinality.
    pub(crate) const OTHER: &str = "_OTHER";
    /// A tool on a server answered that it failed.
    pub(crate) const TOOL_ERROR: &str = "tool_error";
    /// The server answered with what is no answer.
    pub(crate) const NO_ANSWER: &str = "no_answer";
    /// It panicked.
    pub(crate) const PANIC: &str = "panic";
}

/// Values of [`OPERATION_NAME`].
pub mod operation {
    /// A chat completion, also one through the Responses API.
    pub const CHAT: &str = "chat";
    /// A legacy text completion.
    pub const TEXT_COMPLETION: &str = "text_completion";
    /// Content of several kinds (Gemini).
    pub const GENERATE_CONTENT: &str = "generate_content";
    /// Embeddings.
    pub const EMBEDDINGS: &str = "embeddings";
    /// An agent was made.
    pub const CREATE_AGENT: &str = "create_agent";
    /// An agent ran.
    pub const INVOKE_AGENT: &str = "invoke_agent";
    /// A tool ran.
    pub const EXECUTE_TOOL: &str = "execute_tool";
    /// Agents and steps ran in an order that the application laid down.
    pub const INVOKE_WORKFLOW: &str = "invoke_workflow";
    /// An agent planned its steps.
    pub const PLAN: &str = "plan";
    /// A store of documents was searched.
    pub const RETRIEVAL: &str = "retrieval";
    /// A store of memories was searched.
    pub const SEARCH_MEMORY: &str = "search_memory";
    /// A stored answer was read again.
    pub const FETCH_RESPONSE: &str = "fetch_response";
}

/// Values of [`TOOL_TYPE`].
pub(crate) mod tool_type {
    /// The program that called the model.
    pub(crate) const FUNCTION: &str = "function";
    /// The provider, on its own side.
    pub(crate) const EXTENSION: &str = "extension";
    /// The provider, on documents that it keeps for the caller.
    pub(crate) const DATASTORE: &str = "datastore";
}

/// Values of `openai.api.type`, and one of ours where it has none.
pub(crate) mod api_type {
    /// Chat Completions.
    pub(crate) const CHAT_COMPLETIONS: &str = "chat_completions";
    /// Responses.
    pub(crate) const RESPONSES: &str = "responses";
    /// Assistants, which the convention does not list.
    pub(crate) const ASSISTANTS: &str = "assistants";
}

/// Values of `gen_ai.output.type`.
pub(crate) mod output_type {
    /// Text.
    pub(crate) const TEXT: &str = "text";
    /// JSON, with a schema or without.
    pub(crate) const JSON: &str = "json";
    /// An image.
    pub(crate) const IMAGE: &str = "image";
    /// Spoken words.
    pub(crate) const SPEECH: &str = "speech";
}

/// Values of [`PROVIDER_NAME`].
pub mod provider {
    /// OpenAI, and servers that speak its dialect under an unknown name.
    pub const OPENAI: &str = "openai";
    /// Anthropic.
    pub const ANTHROPIC: &str = "anthropic";
    /// Amazon Bedrock.
    pub const AWS_BEDROCK: &str = "aws.bedrock";
    /// Azure AI Inference: models of other makers on Azure.
    pub const AZURE_AI_INFERENCE: &str = "azure.ai.inference";
    /// Azure OpenAI.
    pub const AZURE_AI_OPENAI: &str = "azure.ai.openai";
    /// Cohere.
    pub const COHERE: &str = "cohere";
    /// DeepSeek.
    pub const DEEPSEEK: &str = "deepseek";
    /// Gemini by its own API.
    pub const GCP_GEMINI: &str = "gcp.gemini";
    /// Vertex AI.
    pub const GCP_VERTEX_AI: &str = "gcp.vertex_ai";
    /// Groq.
    pub const GROQ: &str = "groq";
    /// IBM watsonx.
    pub const IBM_WATSONX_AI: &str = "ibm.watsonx.ai";
    /// Mistral AI.
    pub const MISTRAL_AI: &str = "mistral_ai";
    /// Moonshot AI.
    pub const MOONSHOT_AI: &str = "moonshot_ai";
    /// Perplexity.
    pub const PERPLEXITY: &str = "perplexity";
    /// xAI.
    pub const X_AI: &str = "x_ai";
    /// Text Generation Inference, which the convention does not list.
    pub(crate) const HUGGING_FACE: &str = "huggingface";
    /// Ollama, which the convention does not list.
    pub(crate) const OLLAMA: &str = "ollama";
    /// Nobody knows whose model it is.
    pub(crate) const OTHER: &str = "_OTHER";
}

/// Values of [`TOKEN_MODALITY`].
pub(crate) mod modality {
    /// Sound.
    pub(crate) const AUDIO: &str = "audio";
    /// The provider does not say.
    pub(crate) const UNKNOWN: &str = "unknown";
}

/// Names of metrics.
pub(crate) mod metric {
    /// Histogram, seconds: a call of a model that generates.
    pub(crate) const INFERENCE_DURATION: &str = "gen_ai.client.inference.duration";
    /// Histogram, seconds: from the request to the first chunk of a stream.
    pub(crate) const TIME_TO_FIRST_CHUNK: &str = "gen_ai.client.inference.time_to_first_chunk";
    /// Histogram, seconds: each chunk of a stream after the one before.
    pub(crate) const TIME_PER_OUTPUT_CHUNK: &str = "gen_ai.client.inference.time_per_output_chunk";
    /// Histogram, tokens: the input of a call.
    pub(crate) const OPERATION_INPUT_TOKENS: &str =
        "gen_ai.client.inference.operation.input_tokens";
    /// Histogram, tokens: the output of a call.
    pub(crate) const OPERATION_OUTPUT_TOKENS: &str =
        "gen_ai.client.inference.operation.output_tokens";
    /// Counter, tokens: all input, cached tokens included.
    pub(crate) const INPUT_TOKENS: &str = "gen_ai.client.inference.usage.input_tokens";
    /// Counter, tokens: all output, reasoning included.
    pub(crate) const OUTPUT_TOKENS: &str = "gen_ai.client.inference.usage.output_tokens";
    /// Counter, tokens: the part of the input that came from a cache.
    pub(crate) const CACHE_READ_TOKENS: &str =
        "gen_ai.client.inference.usage.cache_read.input_tokens";
    /// Counter, tokens: the part of the input that was written to a cache.
    pub(crate) const CACHE_WRITE_TOKENS: &str =
        "gen_ai.client.inference.usage.cache_write.input_tokens";
    /// Counter, tokens: the part of the output that was reasoning.
    pub(crate) const REASONING_TOKENS: &str =
        "gen_ai.client.inference.usage.reasoning.output_tokens";
    /// Histogram, seconds: a call of a provider in which no model generates.
    pub(crate) const OPERATION_DURATION: &str = "gen_ai.client.operation.duration";
    /// Histogram, seconds: the work of an agent.
    pub(crate) const INVOKE_AGENT_DURATION: &str = "gen_ai.invoke_agent.duration";
    /// Histogram: how often an agent asked its model.
    pub(crate) const INVOKE_AGENT_INFERENCE_CALLS: &str = "gen_ai.invoke_agent.inference_calls";
    /// Histogram: how often an agent used a tool.
    pub(crate) const INVOKE_AGENT_TOOL_CALLS: &str = "gen_ai.invoke_agent.tool_calls";
    /// Histogram, seconds: a tool that ran.
    pub(crate) const EXECUTE_TOOL_DURATION: &str = "gen_ai.execute_tool.duration";
    /// Histogram, seconds: a workflow.
    pub(crate) const INVOKE_WORKFLOW_DURATION: &str = "gen_ai.invoke_workflow.duration";
}

/// Names about the call itself: OpenTelemetry's for HTTP, and neutral ones.
pub(crate) mod call {
    pub(crate) const HTTP_METHOD: &str = "http.request.method";
    /// Integer.
    pub(crate) const HTTP_STATUS: &str = "http.response.status_code";
    /// How often the request was sent again, integer, never zero.
    pub(crate) const RESEND_COUNT: &str = "http.request.resend_count";
    /// The path with names in place of ids.
    pub(crate) const URL_TEMPLATE: &str = "url.template";
    /// The status of a stored answer.
    pub(crate) const RESPONSE_STATUS: &str = "gen_ai.response.status";
    /// Forms in which embeddings were asked for.
    pub(crate) const ENCODING_FORMATS: &str = "gen_ai.request.encoding_formats";
    /// Integer.
    pub(crate) const DIMENSION_COUNT: &str = "gen_ai.embeddings.dimension.count";
    pub(crate) const SYSTEM_FINGERPRINT: &str = "openai.response.system_fingerprint";
    /// The provider's id of the request, for its support.
    pub(crate) const REQUEST_ID: &str = "tracing_genai.call.request_id";
    /// The id of a request in the header in which it came, as an array of text.
    pub(crate) const HEADER_X_REQUEST_ID: &str = "http.response.header.x-request-id";
    /// The same where the header is called as Anthropic calls it.
    pub(crate) const HEADER_REQUEST_ID: &str = "http.response.header.request-id";
    /// The id of a request to AWS.
    pub(crate) const AWS_REQUEST_ID: &str = "aws.request_id";
    /// The id of a request to Azure.
    pub(crate) const AZURE_REQUEST_ID: &str = "azure.service.request.id";
    /// The status of an answer that nobody fetched.
    pub(crate) const STATUS: &str = "tracing_genai.response.status";
    /// JSON array of the sources that an answer cites, as the provider describes them. Content.
    pub(crate) const OUTPUT_ANNOTATIONS: &str = "tracing_genai.output_annotations";
    /// The parameter of the request that an error is about.
    pub(crate) const ERROR_PARAMETER: &str = "tracing_genai.error.parameter";
    /// The name of the JSON schema that the answer has to follow.
    pub(crate) const SCHEMA_NAME: &str = "tracing_genai.call.schema_name";
    /// Azure's version of the API.
    pub(crate) const API_VERSION: &str = "tracing_genai.call.api_version";
    /// How many events with data came on a stream, integer.
    pub(crate) const STREAM_CHUNKS: &str = "tracing_genai.stream.chunks";
    /// Event of a failed attempt that was followed by another.
    pub(crate) const ATTEMPT_EVENT: &str = "tracing_genai.attempt.failed";
    /// Seconds from its failure to the next attempt, double.
    pub(crate) const ATTEMPT_WAIT: &str = "tracing_genai.attempt.wait";
}

/// Names about a message of the Model Context Protocol, and about the transport that carries it.
pub(crate) mod mcp {
    /// `tools/call`, `notifications/initialized` …
    pub(crate) const METHOD_NAME: &str = "mcp.method.name";
    /// The session that the server has opened.
    pub(crate) const SESSION_ID: &str = "mcp.session.id";
    /// The version of the protocol, a date.
    pub(crate) const PROTOCOL_VERSION: &str = "mcp.protocol.version";
    /// The address of a resource.
    pub(crate) const RESOURCE_URI: &str = "mcp.resource.uri";
    /// Under which a request is answered, a text.
    pub(crate) const REQUEST_ID: &str = "jsonrpc.request.id";
    /// The version of JSON-RPC, unless it is 2.0.
    pub(crate) const RPC_VERSION: &str = "jsonrpc.protocol.version";
    /// The code of an error, a text.
    pub(crate) const STATUS_CODE: &str = "rpc.response.status_code";
    /// What carries messages.
    pub(crate) const NETWORK_PROTOCOL: &str = "network.protocol.name";
    /// What carries that.
    pub(crate) const NETWORK_TRANSPORT: &str = "network.transport";
}

/// Neutral names about a run of the Assistants API, on its `invoke_agent` span.
pub(crate) mod run {
    /// What they begin with.
    pub(crate) const PREFIX: &str = "tracing_genai.run.";
    /// The provider's id of the run.
    pub(crate) const ID: &str = "tracing_genai.run.id";
    /// The status in which the run was last seen.
    pub(crate) const STATUS: &str = "tracing_genai.run.status";
    /// How often the caller asked how far the run was, integer.
    pub(crate) const POLLS: &str = "tracing_genai.run.polls";
    /// When the server made the run, RFC 3339 text in UTC, in whole seconds as the server counts them.
    pub(crate) const CREATED_AT: &str = "tracing_genai.run.created_at";
    /// When the server began to work on the run.
    pub(crate) const STARTED_AT: &str = "tracing_genai.run.started_at";
    /// When the server was done with the run.
    pub(crate) const ENDED_AT: &str = "tracing_genai.run.ended_at";
    /// Why the run is incomplete, in the provider's word.
    pub(crate) const INCOMPLETE_REASON: &str = "tracing_genai.run.incomplete_reason";
    /// The step that a generation or tool belongs to.
    pub(crate) const STEP_ID: &str = "tracing_genai.run.step_id";
    /// Event: the status has changed.
    pub(crate) const STATUS_EVENT: &str = "tracing_genai.run.status";
    /// Of that event: the status before and after.
    pub(crate) const STATUS_FROM: &str = "tracing_genai.run.status.from";
    /// The status after the change.
    pub(crate) const STATUS_TO: &str = "tracing_genai.run.status.to";
    /// Event: the caller asked in vain how far the run was.
    pub(crate) const POLL_FAILED_EVENT: &str = "tracing_genai.run.poll_failed";
}

/// Neutral names for what no convention has: the parts of an observation.
pub(crate) mod observation {
    /// What every neutral name begins with.
    pub(crate) const PREFIX: &str = "tracing_genai.";
    /// Kind of observation, one of [`ObservationType`](crate::model::ObservationType)'s texts.
    pub(crate) const TYPE: &str = "tracing_genai.observation.type";
    /// Input, text or JSON.
    pub(crate) const INPUT: &str = "tracing_genai.observation.input";
    /// Output, text or JSON.
    pub(crate) const OUTPUT: &str = "tracing_genai.observation.output";
    /// Level: `DEBUG`, `DEFAULT`, `WARNING` or `ERROR`.
    pub(crate) const LEVEL: &str = "tracing_genai.observation.level";
    /// A sentence that explains the level.
    pub(crate) const STATUS_MESSAGE: &str = "tracing_genai.observation.status_message";
    /// What every key of the observation's own metadata begins with; the rest is the key.
    pub(crate) const METADATA_PREFIX: &str = "tracing_genai.observation.metadata.";
    /// When the first token arrived, RFC 3339 text in UTC.
    pub(crate) const COMPLETION_START_TIME: &str =
        "tracing_genai.observation.completion_start_time";
    /// What every request parameter without a name in the convention begins with.
    pub(crate) const PARAMETER_PREFIX: &str = "tracing_genai.request.";
    /// What every request parameter begins with that is content: a text, or a structure.
    pub(crate) const CONTENT_PARAMETER_PREFIX: &str = "tracing_genai.request_content.";
    /// What every key of a request's metadata begins with. It is content.
    pub(crate) const REQUEST_METADATA_PREFIX: &str = "tracing_genai.request_metadata.";
    /// What the provider's name of a parameter begins with; the rest is the convention's, without
    /// `gen_ai.request.`. Only where the two differ.
    pub(crate) const PARAMETER_NAME_PREFIX: &str = "tracing_genai.request_name.";
    /// What every cost begins with; the rest names the bucket (`input`, `output`, `total` …), the
    /// value is a double in US dollars.
    pub(crate) const COST_PREFIX: &str = "tracing_genai.observation.cost.";
    /// Name of the prompt that the backend manages, written together with [`PROMPT_VERSION`].
    pub(crate) const PROMPT_NAME: &str = "tracing_genai.prompt.name";
    /// Version of that prompt, integer.
    pub(crate) const PROMPT_VERSION: &str = "tracing_genai.prompt.version";
    /// How a stream that was observed ended: `finished`, `error` or `cancelled`.
    pub(crate) const STREAM_END: &str = "tracing_genai.stream.end";
    /// What went wrong, said by hand; becomes the description of the status at export.
    pub(crate) const ERROR_MESSAGE: &str = "tracing_genai.error.message";
    /// `true` on a function that was dropped before it returned; becomes level and status message
    /// at export, unless more is known.
    pub(crate) const CANCELLED: &str = "tracing_genai.cancelled";
    /// `true` on a span that nobody made: it was inferred from the requests before and after.
    pub(crate) const DERIVED: &str = "tracing_genai.derived";
    /// `true` on the first span that this process made in a trace that began elsewhere.
    pub(crate) const APP_ROOT: &str = "tracing_genai.app_root";
}

/// Neutral names for what no convention has: the parts of a whole trace, repeated on every span.
pub(crate) mod trace {
    /// The trace's name.
    pub(crate) const NAME: &str = "tracing_genai.trace.name";
    /// Tags, array of text.
    pub(crate) const TAGS: &str = "tracing_genai.trace.tags";
    /// Whether anybody with the link may read the trace, bool.
    pub(crate) const PUBLIC: &str = "tracing_genai.trace.public";
    /// What every key of the trace's metadata begins with; the rest is the key.
    pub(crate) const METADATA_PREFIX: &str = "tracing_genai.trace.metadata.";
    /// Version of the application or of the traced part of it.
    pub(crate) const VERSION: &str = "tracing_genai.version";
    /// Release of the application.
    pub(crate) const RELEASE: &str = "tracing_genai.release";
    /// Environment that the application runs in.
    pub(crate) const ENVIRONMENT: &str = "tracing_genai.environment";
}

/// Parameters, under their providers' names, that say what another attribute says.
pub(crate) mod parameter {
    /// Whom the provider is told that the work is done for.
    pub(crate) const USER: &str = "tracing_genai.request_content.user";
    /// How many dimensions embeddings should have.
    pub(crate) const DIMENSIONS: &str = "tracing_genai.request.dimensions";
    /// The form in which embeddings were asked for.
    pub(crate) const ENCODING_FORMAT: &str = "tracing_genai.request.encoding_format";
    /// The form of an answer of Chat Completions.
    pub(crate) const RESPONSE_FORMAT: &str = "tracing_genai.request_content.response_format";
    /// The form of an answer of Responses.
    pub(crate) const TEXT_FORMAT: &str = "tracing_genai.request.text_format";
}

/// Events of functions, on destinations without a mapping.
pub(crate) mod event {
    /// What a function returned.
    pub(crate) const RETURN: &str = "return";
    /// A log line without a message.
    pub(crate) const LOG: &str = "log";
    /// The level of a log line.
    pub(crate) const LEVEL: &str = "tracing_genai.log.level";
    /// Where a log line comes from.
    pub(crate) const TARGET: &str = "tracing_genai.log.target";
}

/// Names a span that is held back until more is known of it; no destination ever sees it.
pub(crate) const DEFERRED: &str = "tracing_genai.deferred";

/// The media of a model call, each as the marker that stands for it in the content and its data URL; no
/// destination ever sees it.
pub(crate) const MEDIA: &str = "tracing_genai.media";

/// Names under which a span carries the attributes of its context until it is exported; never
/// exported themselves.
pub(crate) mod context {
    /// What they begin with; the rest is the name under which the attribute is exported.
    pub(crate) const PREFIX: &str = "tracing_genai.context.";
    /// What the generations inside are called.
    pub(crate) const GENERATION_NAME: &str = "tracing_genai.generation.name";
}
