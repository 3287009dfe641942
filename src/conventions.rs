//! Every attribute name and enum value that this crate writes or reads.
//!
//! The `gen_ai.*` and `openai.*` names follow the OpenTelemetry GenAI semantic conventions as of
//! autumn 2026 (<https://github.com/open-telemetry/semantic-conventions-genai>), which are still
//! in development: a rename there is a change in this file and nowhere else. What no convention
//! has a name for lives under `tracing_genai.*` ([`observation`]); nothing is invented under
//! somebody else's prefix. Destinations that have a mapping consume the neutral names, plain OTLP
//! destinations carry them as they are.

/// `gen_ai.`: what every attribute of the GenAI conventions begins with.
pub const GEN_AI_PREFIX: &str = "gen_ai.";
/// `gen_ai.operation.name`: what the model or agent was asked to do; one of [`operation`].
pub const OPERATION_NAME: &str = "gen_ai.operation.name";
/// `gen_ai.provider.name`: whose dialect the call speaks; one of [`provider`] or any other text.
pub const PROVIDER_NAME: &str = "gen_ai.provider.name";
/// `gen_ai.conversation.id`: the thread or conversation that the call belongs to.
pub const CONVERSATION_ID: &str = "gen_ai.conversation.id";
/// `gen_ai.output.type`: the form of content that was asked for.
pub const OUTPUT_TYPE: &str = "gen_ai.output.type";
/// `gen_ai.system_instructions`: JSON array of parts, instructions given apart from the messages.
pub const SYSTEM_INSTRUCTIONS: &str = "gen_ai.system_instructions";
/// `gen_ai.input.messages`: JSON array of messages sent, in order.
pub const INPUT_MESSAGES: &str = "gen_ai.input.messages";
/// `gen_ai.output.messages`: JSON array of messages received, one a choice.
pub const OUTPUT_MESSAGES: &str = "gen_ai.output.messages";
/// `gen_ai.tool.definitions`: JSON array of the tools that the model could call.
pub const TOOL_DEFINITIONS: &str = "gen_ai.tool.definitions";
/// `gen_ai.tool.name`: the tool that was executed.
pub const TOOL_NAME: &str = "gen_ai.tool.name";
/// `gen_ai.tool.call.id`: the id under which the model asked for the call.
pub const TOOL_CALL_ID: &str = "gen_ai.tool.call.id";
/// `gen_ai.tool.call.arguments`: JSON object of the call's arguments.
pub const TOOL_CALL_ARGUMENTS: &str = "gen_ai.tool.call.arguments";
/// `gen_ai.tool.call.result`: what the call returned.
pub const TOOL_CALL_RESULT: &str = "gen_ai.tool.call.result";
/// `gen_ai.tool.type`: who runs the tool; one of [`tool_type`].
pub const TOOL_TYPE: &str = "gen_ai.tool.type";
/// `gen_ai.agent.id`: the provider's id of a hosted agent.
pub const AGENT_ID: &str = "gen_ai.agent.id";
/// `gen_ai.agent.name`: the agent's name.
pub const AGENT_NAME: &str = "gen_ai.agent.name";
/// `gen_ai.prompt.name`: a named prompt template.
pub const PROMPT_NAME: &str = "gen_ai.prompt.name";
/// `gen_ai.prompt.version`: its version, where one was asked for.
pub const PROMPT_VERSION: &str = "gen_ai.prompt.version";
/// `gen_ai.prompt.`: what every attribute about a prompt template begins with.
pub const PROMPT_PREFIX: &str = "gen_ai.prompt.";
/// `gen_ai.prompt.variable.`: what every variable of a prompt template begins with; the rest is its
/// name.
pub const PROMPT_VARIABLE_PREFIX: &str = "gen_ai.prompt.variable.";
/// `gen_ai.completion.`: what the numbered answers of an older convention begin with.
pub const COMPLETION_PREFIX: &str = "gen_ai.completion.";

/// `gen_ai.retrieval.query.text`: what was searched for.
pub const RETRIEVAL_QUERY_TEXT: &str = "gen_ai.retrieval.query.text";
/// `gen_ai.retrieval.documents`: JSON array of what was found.
pub const RETRIEVAL_DOCUMENTS: &str = "gen_ai.retrieval.documents";
/// `gen_ai.memory.query.text`: what was searched for in a memory.
pub const MEMORY_QUERY_TEXT: &str = "gen_ai.memory.query.text";
/// `gen_ai.memory.records`: JSON array of what was remembered.
pub const MEMORY_RECORDS: &str = "gen_ai.memory.records";

/// `gen_ai.request.`: what every request parameter begins with.
pub const REQUEST_PREFIX: &str = "gen_ai.request.";
/// `gen_ai.request.model`: the model that was asked for.
pub const REQUEST_MODEL: &str = "gen_ai.request.model";
/// `gen_ai.request.temperature`, double.
pub const REQUEST_TEMPERATURE: &str = "gen_ai.request.temperature";
/// `gen_ai.request.top_p`, double.
pub const REQUEST_TOP_P: &str = "gen_ai.request.top_p";
/// `gen_ai.request.max_tokens`, tokens.
pub const REQUEST_MAX_TOKENS: &str = "gen_ai.request.max_tokens";
/// `gen_ai.request.seed`, integer.
pub const REQUEST_SEED: &str = "gen_ai.request.seed";
/// `gen_ai.request.frequency_penalty`, double.
pub const REQUEST_FREQUENCY_PENALTY: &str = "gen_ai.request.frequency_penalty";
/// `gen_ai.request.presence_penalty`, double.
pub const REQUEST_PRESENCE_PENALTY: &str = "gen_ai.request.presence_penalty";
/// `gen_ai.request.stop_sequences`, array of text.
pub const REQUEST_STOP_SEQUENCES: &str = "gen_ai.request.stop_sequences";
/// `gen_ai.request.choice.count`, integer, only when it is not one.
pub const REQUEST_CHOICE_COUNT: &str = "gen_ai.request.choice.count";
/// `gen_ai.request.reasoning.level`: the effort exactly as it was sent.
pub const REQUEST_REASONING_LEVEL: &str = "gen_ai.request.reasoning.level";
/// `gen_ai.request.top_k`, integer.
pub const REQUEST_TOP_K: &str = "gen_ai.request.top_k";
/// `gen_ai.request.previous_response.id`: the stored answer that the call continues.
pub const REQUEST_PREVIOUS_RESPONSE_ID: &str = "gen_ai.request.previous_response.id";
/// `gen_ai.request.stream_cursor`: where the reading of a stored stream goes on.
pub const REQUEST_STREAM_CURSOR: &str = "gen_ai.request.stream_cursor";
/// `gen_ai.request.stream`: `true` when the answer is streamed, absent otherwise.
pub const REQUEST_STREAM: &str = "gen_ai.request.stream";

/// `gen_ai.response.id`: the provider's id of the answer.
pub const RESPONSE_ID: &str = "gen_ai.response.id";
/// `gen_ai.response.model`: the model that answered.
pub const RESPONSE_MODEL: &str = "gen_ai.response.model";
/// `gen_ai.response.finish_reasons`: array of text, one a choice.
pub const RESPONSE_FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
/// `gen_ai.response.time_to_first_chunk`: seconds from the request to the first chunk, double.
pub const RESPONSE_TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";

/// `gen_ai.usage.`: what every token count begins with.
pub const USAGE_PREFIX: &str = "gen_ai.usage.";
/// `gen_ai.usage.input_tokens`: all input tokens, cached ones included.
pub const USAGE_INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
/// `gen_ai.usage.output_tokens`: all output tokens, reasoning included.
pub const USAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
/// `gen_ai.usage.cache_read.input_tokens`: the part of the input that came from a cache.
pub const USAGE_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
/// `gen_ai.usage.cache_write.input_tokens`: the part of the input that was written to a cache.
pub const USAGE_CACHE_WRITE_INPUT_TOKENS: &str = "gen_ai.usage.cache_write.input_tokens";
/// `gen_ai.usage.cache_creation.input_tokens`: what [`USAGE_CACHE_WRITE_INPUT_TOKENS`] was called before.
pub const USAGE_CACHE_CREATION_INPUT_TOKENS: &str = "gen_ai.usage.cache_creation.input_tokens";
/// `gen_ai.usage.reasoning.output_tokens`: the part of the output that was reasoning.
pub const USAGE_REASONING_OUTPUT_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";
/// `gen_ai.usage.audio.input_tokens`: the part of the input that was audio.
pub const USAGE_AUDIO_INPUT_TOKENS: &str = "gen_ai.usage.audio.input_tokens";
/// `gen_ai.usage.audio.output_tokens`: the part of the output that was audio.
pub const USAGE_AUDIO_OUTPUT_TOKENS: &str = "gen_ai.usage.audio.output_tokens";

/// `gen_ai.usage.cost`: what the call cost, as some instrumentations write it; not a token count.
pub const USAGE_COST: &str = "gen_ai.usage.cost";

/// `openai.response.service_tier`: the tier that served the request.
pub const OPENAI_RESPONSE_SERVICE_TIER: &str = "openai.response.service_tier";
/// `openai.request.service_tier`: the tier that was asked for, unless it is `auto`.
pub const OPENAI_REQUEST_SERVICE_TIER: &str = "openai.request.service_tier";

/// `user.id`: whom the work was done for.
pub const USER_ID: &str = "user.id";
/// `session.id`: which conversation or visit the work belongs to.
pub const SESSION_ID: &str = "session.id";
/// `server.address`: the host that was called.
pub const SERVER_ADDRESS: &str = "server.address";
/// `server.port`: the port that was called.
pub const SERVER_PORT: &str = "server.port";
/// `service.name`, on the resource: what the application is called.
pub const SERVICE_NAME: &str = "service.name";
/// `service.version`, on the resource: which version of the application ran.
pub const SERVICE_VERSION: &str = "service.version";
/// `deployment.environment.name`, on the resource: where the application ran.
pub const DEPLOYMENT_ENVIRONMENT_NAME: &str = "deployment.environment.name";

/// `openai.api.type`: the family of the API; one of [`api_type`].
pub const OPENAI_API_TYPE: &str = "openai.api.type";

/// `error.type`: a low-cardinality name of what went wrong; absent on success.
pub const ERROR_TYPE: &str = "error.type";
/// `exception`: the name of the event that tracing-opentelemetry makes of a function's error.
pub const EXCEPTION_EVENT: &str = "exception";
/// `exception.message`: the error as text.
pub const EXCEPTION_MESSAGE: &str = "exception.message";
/// `exception.stacktrace`: what tracing-opentelemetry fills with the texts of the error's sources.
pub const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";

/// `gen_ai.token.modality`, on metrics: what kind of content tokens stand for; one of [`modality`].
pub const TOKEN_MODALITY: &str = "gen_ai.token.modality";
/// `gen_ai.workflow.name`: the workflow that ran.
pub const WORKFLOW_NAME: &str = "gen_ai.workflow.name";

/// Values of [`ERROR_TYPE`] that are not the name of an error.
pub mod error_type {
    /// It failed with an error that has no name of low cardinality.
    pub const OTHER: &str = "_OTHER";
    /// It panicked.
    pub const PANIC: &str = "panic";
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
pub mod tool_type {
    /// The program that called the model.
    pub const FUNCTION: &str = "function";
    /// The provider, on its own side.
    pub const EXTENSION: &str = "extension";
    /// The provider, on documents that it keeps for the caller.
    pub const DATASTORE: &str = "datastore";
}

/// Values of `openai.api.type`, and one of ours where it has none.
pub mod api_type {
    /// Chat Completions.
    pub const CHAT_COMPLETIONS: &str = "chat_completions";
    /// Responses.
    pub const RESPONSES: &str = "responses";
    /// Assistants, which the convention does not list.
    pub const ASSISTANTS: &str = "assistants";
}

/// Values of `gen_ai.output.type`.
pub mod output_type {
    /// Text.
    pub const TEXT: &str = "text";
    /// JSON, with a schema or without.
    pub const JSON: &str = "json";
    /// An image.
    pub const IMAGE: &str = "image";
    /// Spoken words.
    pub const SPEECH: &str = "speech";
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
}

/// Values of [`TOKEN_MODALITY`].
pub mod modality {
    /// Sound.
    pub const AUDIO: &str = "audio";
    /// The provider does not say.
    pub const UNKNOWN: &str = "unknown";
}

/// Names of metrics.
pub mod metric {
    /// Histogram, seconds: a call of a model that generates.
    pub const INFERENCE_DURATION: &str = "gen_ai.client.inference.duration";
    /// Histogram, seconds: from the request to the first chunk of a stream.
    pub const TIME_TO_FIRST_CHUNK: &str = "gen_ai.client.inference.time_to_first_chunk";
    /// Histogram, seconds: each chunk of a stream after the one before.
    pub const TIME_PER_OUTPUT_CHUNK: &str = "gen_ai.client.inference.time_per_output_chunk";
    /// Histogram, tokens: the input of a call.
    pub const OPERATION_INPUT_TOKENS: &str = "gen_ai.client.inference.operation.input_tokens";
    /// Histogram, tokens: the output of a call.
    pub const OPERATION_OUTPUT_TOKENS: &str = "gen_ai.client.inference.operation.output_tokens";
    /// Counter, tokens: all input, cached tokens included.
    pub const INPUT_TOKENS: &str = "gen_ai.client.inference.usage.input_tokens";
    /// Counter, tokens: all output, reasoning included.
    pub const OUTPUT_TOKENS: &str = "gen_ai.client.inference.usage.output_tokens";
    /// Counter, tokens: the part of the input that came from a cache.
    pub const CACHE_READ_TOKENS: &str = "gen_ai.client.inference.usage.cache_read.input_tokens";
    /// Counter, tokens: the part of the input that was written to a cache.
    pub const CACHE_WRITE_TOKENS: &str = "gen_ai.client.inference.usage.cache_write.input_tokens";
    /// Counter, tokens: the part of the output that was reasoning.
    pub const REASONING_TOKENS: &str = "gen_ai.client.inference.usage.reasoning.output_tokens";
    /// Histogram, seconds: a call of a provider in which no model generates.
    pub const OPERATION_DURATION: &str = "gen_ai.client.operation.duration";
    /// Histogram, seconds: the work of an agent.
    pub const INVOKE_AGENT_DURATION: &str = "gen_ai.invoke_agent.duration";
    /// Histogram: how often an agent asked its model.
    pub const INVOKE_AGENT_INFERENCE_CALLS: &str = "gen_ai.invoke_agent.inference_calls";
    /// Histogram: how often an agent used a tool.
    pub const INVOKE_AGENT_TOOL_CALLS: &str = "gen_ai.invoke_agent.tool_calls";
    /// Histogram, seconds: a tool that ran.
    pub const EXECUTE_TOOL_DURATION: &str = "gen_ai.execute_tool.duration";
    /// Histogram, seconds: a workflow.
    pub const INVOKE_WORKFLOW_DURATION: &str = "gen_ai.invoke_workflow.duration";
}

/// Names about the call itself: OpenTelemetry's for HTTP, and neutral ones.
pub mod call {
    /// `http.request.method`.
    pub const HTTP_METHOD: &str = "http.request.method";
    /// `http.response.status_code`, integer.
    pub const HTTP_STATUS: &str = "http.response.status_code";
    /// `http.request.resend_count`: how often the request was sent again, integer, never zero.
    pub const RESEND_COUNT: &str = "http.request.resend_count";
    /// `url.template`: the path with names in place of ids.
    pub const URL_TEMPLATE: &str = "url.template";
    /// `gen_ai.response.status`: the status of a stored answer.
    pub const RESPONSE_STATUS: &str = "gen_ai.response.status";
    /// `gen_ai.request.encoding_formats`: forms in which embeddings were asked for.
    pub const ENCODING_FORMATS: &str = "gen_ai.request.encoding_formats";
    /// `gen_ai.embeddings.dimension.count`, integer.
    pub const DIMENSION_COUNT: &str = "gen_ai.embeddings.dimension.count";
    /// `openai.response.system_fingerprint`.
    pub const SYSTEM_FINGERPRINT: &str = "openai.response.system_fingerprint";
    /// The provider's id of the request, for its support.
    pub const REQUEST_ID: &str = "tracing_genai.call.request_id";
    /// The name of the JSON schema that the answer has to follow.
    pub const SCHEMA_NAME: &str = "tracing_genai.call.schema_name";
    /// Azure's version of the API.
    pub const API_VERSION: &str = "tracing_genai.call.api_version";
    /// How many events with data came on a stream, integer.
    pub const STREAM_CHUNKS: &str = "tracing_genai.stream.chunks";
    /// Event of a failed attempt that was followed by another.
    pub const ATTEMPT_EVENT: &str = "tracing_genai.attempt.failed";
    /// Seconds from its failure to the next attempt, double.
    pub const ATTEMPT_WAIT: &str = "tracing_genai.attempt.wait";
}

/// Neutral names about a run of the Assistants API, on its `invoke_agent` span.
pub mod run {
    /// What they begin with.
    pub const PREFIX: &str = "tracing_genai.run.";
    /// The provider's id of the run.
    pub const ID: &str = "tracing_genai.run.id";
    /// The status in which the run was last seen.
    pub const STATUS: &str = "tracing_genai.run.status";
    /// How often the caller asked how far the run was, integer.
    pub const POLLS: &str = "tracing_genai.run.polls";
    /// When the server made the run, RFC 3339 text in UTC, in whole seconds as the server counts them.
    pub const CREATED_AT: &str = "tracing_genai.run.created_at";
    /// When the server began to work on the run.
    pub const STARTED_AT: &str = "tracing_genai.run.started_at";
    /// When the server was done with the run.
    pub const ENDED_AT: &str = "tracing_genai.run.ended_at";
    /// Why the run is incomplete, in the provider's word.
    pub const INCOMPLETE_REASON: &str = "tracing_genai.run.incomplete_reason";
    /// The step that a generation or tool belongs to.
    pub const STEP_ID: &str = "tracing_genai.run.step_id";
    /// Event: the status has changed.
    pub const STATUS_EVENT: &str = "tracing_genai.run.status";
    /// Of that event: the status before and after.
    pub const STATUS_FROM: &str = "tracing_genai.run.status.from";
    /// The status after the change.
    pub const STATUS_TO: &str = "tracing_genai.run.status.to";
    /// Event: the caller asked in vain how far the run was.
    pub const POLL_FAILED_EVENT: &str = "tracing_genai.run.poll_failed";
}

/// Neutral names for what no convention has: the parts of an observation.
pub mod observation {
    /// What every neutral name begins with.
    pub const PREFIX: &str = "tracing_genai.";
    /// Kind of observation, one of [`ObservationType`](crate::model::ObservationType)'s texts.
    pub const TYPE: &str = "tracing_genai.observation.type";
    /// Input, text or JSON.
    pub const INPUT: &str = "tracing_genai.observation.input";
    /// Output, text or JSON.
    pub const OUTPUT: &str = "tracing_genai.observation.output";
    /// Level: `DEBUG`, `DEFAULT`, `WARNING` or `ERROR`.
    pub const LEVEL: &str = "tracing_genai.observation.level";
    /// A sentence that explains the level.
    pub const STATUS_MESSAGE: &str = "tracing_genai.observation.status_message";
    /// What every key of the observation's own metadata begins with; the rest is the key.
    pub const METADATA_PREFIX: &str = "tracing_genai.observation.metadata.";
    /// When the first token arrived, RFC 3339 text in UTC.
    pub const COMPLETION_START_TIME: &str = "tracing_genai.observation.completion_start_time";
    /// What every request parameter without a name in the convention begins with.
    pub const PARAMETER_PREFIX: &str = "tracing_genai.request.";
    /// What every cost begins with; the rest names the bucket (`input`, `output`, `total` …), the
    /// value is a double in US dollars.
    pub const COST_PREFIX: &str = "tracing_genai.observation.cost.";
    /// Name of the prompt that the backend manages, written together with [`PROMPT_VERSION`].
    pub const PROMPT_NAME: &str = "tracing_genai.prompt.name";
    /// Version of that prompt, integer.
    pub const PROMPT_VERSION: &str = "tracing_genai.prompt.version";
    /// How a stream that was observed ended: `finished`, `error` or `cancelled`.
    pub const STREAM_END: &str = "tracing_genai.stream.end";
    /// What went wrong, said by hand; becomes the description of the status at export.
    pub const ERROR_MESSAGE: &str = "tracing_genai.error.message";
    /// `true` on a function that was dropped before it returned; becomes level and status message
    /// at export, unless more is known.
    pub const CANCELLED: &str = "tracing_genai.cancelled";
    /// `true` on a span that nobody made: it was inferred from the requests before and after.
    pub const DERIVED: &str = "tracing_genai.derived";
    /// `true` on the first span that this process made in a trace that began elsewhere.
    pub const APP_ROOT: &str = "tracing_genai.app_root";
}

/// Neutral names for what no convention has: the parts of a whole trace, repeated on every span.
pub mod trace {
    /// The trace's name.
    pub const NAME: &str = "tracing_genai.trace.name";
    /// Tags, array of text.
    pub const TAGS: &str = "tracing_genai.trace.tags";
    /// Whether anybody with the link may read the trace, bool.
    pub const PUBLIC: &str = "tracing_genai.trace.public";
    /// What every key of the trace's metadata begins with; the rest is the key.
    pub const METADATA_PREFIX: &str = "tracing_genai.trace.metadata.";
    /// Version of the application or of the traced part of it.
    pub const VERSION: &str = "tracing_genai.version";
    /// Release of the application.
    pub const RELEASE: &str = "tracing_genai.release";
    /// Environment that the application runs in.
    pub const ENVIRONMENT: &str = "tracing_genai.environment";
}

/// Names a span that is held back until more is known of it; no destination ever sees it.
pub(crate) const DEFERRED: &str = "tracing_genai.deferred";

/// Names under which a span carries what its context said until it is exported; no destination
/// ever sees them.
pub(crate) mod context {
    /// What they begin with; the rest is the name under which the attribute is exported.
    pub(crate) const PREFIX: &str = "tracing_genai.context.";
    /// What the generations inside are called.
    pub(crate) const GENERATION_NAME: &str = "tracing_genai.generation.name";
}
