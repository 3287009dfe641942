//! The GenAI conventions as a table, and whether a span keeps them.
//!
//! The table is written from the conventions, not from the crate: a row an operation, with what it requires and
//! what it declares. Attributes of other conventions, the crate's own names
//! and the fields of a program's functions are allowed everywhere.

use tracing_genai::testing::{ReceivedSpan, Value};

struct Operation {
    names: &'static [&'static str],
    kinds: &'static [&'static str],
    /// The attribute that follows the operation in the span's name, where there is one.
    named_by: Option<&'static str>,
    required: &'static [&'static str],
    /// Beside the required ones; a star stands for any rest.
    declared: &'static [&'static str],
}

const INFERENCE: &[&str] = &[
    "gen_ai.request.model",
    "gen_ai.conversation.id",
    "gen_ai.conversation.compacted",
    "gen_ai.output.type",
    "gen_ai.request.choice.count",
    "gen_ai.request.seed",
    "gen_ai.request.stream",
    "gen_ai.request.top_k",
    "gen_ai.request.max_tokens",
    "gen_ai.request.temperature",
    "gen_ai.request.top_p",
    "gen_ai.request.frequency_penalty",
    "gen_ai.request.presence_penalty",
    "gen_ai.request.stop_sequences",
    "gen_ai.request.reasoning.level",
    "gen_ai.request.previous_response.id",
    "gen_ai.prompt.name",
    "gen_ai.prompt.version",
    "gen_ai.prompt.variable.*",
    "gen_ai.response.id",
    "gen_ai.response.model",
    "gen_ai.response.finish_reasons",
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.usage.*",
    "gen_ai.system_instructions",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.tool.definitions",
    "openai.api.type",
    "openai.request.service_tier",
    "openai.response.service_tier",
    "openai.response.system_fingerprint",
];

const AGENT: &[&str] = &[
    "gen_ai.provider.name",
    "gen_ai.agent.id",
    "gen_ai.agent.name",
    "gen_ai.agent.description",
    "gen_ai.agent.version",
    "gen_ai.conversation.id",
    "gen_ai.data_source.id",
    "gen_ai.output.type",
    "gen_ai.request.choice.count",
    "gen_ai.request.seed",
    "gen_ai.usage.*",
    "gen_ai.response.finish_reasons",
    "gen_ai.request.model",
    "gen_ai.request.max_tokens",
    "gen_ai.request.temperature",
    "gen_ai.request.top_p",
    "gen_ai.request.stop_sequences",
    "gen_ai.request.frequency_penalty",
    "gen_ai.request.presence_penalty",
    "gen_ai.request.previous_response.id",
    "gen_ai.system_instructions",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.tool.definitions",
];

const OPERATIONS: &[Operation] = &[
    Operation {
        names: &["chat", "text_completion", "generate_content"],
        kinds: &["CLIENT", "INTERNAL"],
        named_by: Some("gen_ai.request.model"),
        required: &["gen_ai.provider.name"],
        declared: INFERENCE,
    },
    Operation {
        names: &["embeddings"],
        kinds: &["CLIENT"],
        named_by: Some("gen_ai.request.model"),
        required: &["gen_ai.provider.name"],
        declared: &[
            "gen_ai.request.model",
            "gen_ai.request.encoding_formats",
            "gen_ai.embeddings.dimension.count",
            "gen_ai.response.model",
            "gen_ai.usage.input_tokens",
        ],
    },
    Operation {
        names: &["retrieval"],
        kinds: &["CLIENT"],
        named_by: Some("gen_ai.data_source.id"),
        required: &[],
        declared: &[
            "gen_ai.data_source.id",
            "gen_ai.request.model",
            "gen_ai.provider.name",
            "gen_ai.retrieval.*",
        ],
    },
    Operation {
        names: &["fetch_response"],
        kinds: &["CLIENT"],
        named_by: None,
        required: &["gen_ai.provider.name", "gen_ai.response.id"],
        declared: &[
            "gen_ai.request.stream_cursor",
            "gen_ai.response.model",
            "gen_ai.response.status",
            "gen_ai.response.finish_reasons",
            "gen_ai.system_instructions",
            "gen_ai.output.messages",
            "gen_ai.tool.definitions",
            "openai.api.type",
            "openai.response.service_tier",
        ],
    },
    Operation {
        names: &["create_agent"],
        kinds: &["CLIENT"],
        named_by: Some("gen_ai.agent.name"),
        required: &["gen_ai.provider.name"],
        declared: &[
            "gen_ai.request.model",
            "gen_ai.agent.id",
            "gen_ai.agent.name",
            "gen_ai.agent.description",
            "gen_ai.agent.version",
            "gen_ai.system_instructions",
        ],
    },
    Operation {
        names: &["invoke_agent"],
        kinds: &["CLIENT", "INTERNAL"],
        named_by: Some("gen_ai.agent.name"),
        required: &[],
        declared: AGENT,
    },
    Operation {
        names: &["execute_tool"],
        kinds: &["INTERNAL"],
        named_by: Some("gen_ai.tool.name"),
        required: &["gen_ai.tool.name"],
        declared: &[
            "gen_ai.agent.name",
            "gen_ai.conversation.id",
            "gen_ai.tool.type",
            "gen_ai.tool.description",
            "gen_ai.tool.call.*",
        ],
    },
];

/// A message of the Model Context Protocol, whether or not it calls a tool.
const MESSAGE: Operation = Operation {
    names: &["execute_tool"],
    kinds: &["CLIENT"],
    named_by: None,
    required: &[
        "mcp.method.name",
        "network.protocol.name",
        "network.transport",
    ],
    declared: &[
        "mcp.session.id",
        "mcp.protocol.version",
        "mcp.resource.uri",
        "jsonrpc.request.id",
        "jsonrpc.protocol.version",
        "rpc.response.status_code",
        "gen_ai.tool.name",
        "gen_ai.prompt.name",
        "gen_ai.tool.call.arguments",
        "gen_ai.tool.call.result",
    ],
};

/// What has no place in the table: other conventions, and the crate's own names.
const ANYWHERE: &[&str] = &[
    "gen_ai.operation.name",
    "error.type",
    "server.address",
    "server.port",
    "http.*",
    "url.template",
    "aws.request_id",
    "code.*",
    "thread.*",
    "azure.service.request.id",
    "user.id",
    "session.id",
    "service.version",
    "deployment.environment.name",
    "tracing_genai.*",
];

const INTEGERS: &[&str] = &[
    "code.line.number",
    "thread.id",
    "gen_ai.usage.*",
    "gen_ai.request.max_tokens",
    "gen_ai.request.seed",
    "gen_ai.request.top_k",
    "gen_ai.request.choice.count",
    "gen_ai.embeddings.dimension.count",
    "http.response.status_code",
    "http.request.resend_count",
    "server.port",
];
const DOUBLES: &[&str] = &[
    "gen_ai.request.temperature",
    "gen_ai.request.top_p",
    "gen_ai.request.frequency_penalty",
    "gen_ai.request.presence_penalty",
    "gen_ai.response.time_to_first_chunk",
];
const FLAGS: &[&str] = &["gen_ai.request.stream", "gen_ai.conversation.compacted"];
const TEXTS: &[&str] = &[
    "gen_ai.response.finish_reasons",
    "gen_ai.request.stop_sequences",
    "gen_ai.request.encoding_formats",
    "http.response.header.*",
];

fn is_among(key: &str, patterns: &[&str]) -> bool {
    patterns
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => key.starts_with(prefix),
            None => key == *pattern,
        })
}

fn has_its_type(key: &str, value: &Value) -> bool {
    if key.starts_with("tracing_genai.") {
        return *value != Value::Other;
    }
    match value {
        Value::Int(_) => is_among(key, INTEGERS),
        Value::Double(_) => is_among(key, DOUBLES),
        Value::Bool(_) => is_among(key, FLAGS),
        Value::Array(items) => {
            is_among(key, TEXTS) && items.iter().all(|item| item.as_text().is_some())
        }
        Value::Text(_) => ![INTEGERS, DOUBLES, FLAGS, TEXTS]
            .iter()
            .any(|patterns| is_among(key, patterns)),
        _ => false,
    }
}

fn named(operation: &str, subject: Option<&str>) -> String {
    match subject {
        Some(subject) => format!("{operation} {subject}"),
        None => operation.to_owned(),
    }
}

/// In what the span breaks the conventions.
pub fn violations(span: &ReceivedSpan) -> Vec<String> {
    let name = span.text("gen_ai.operation.name");
    let method = span.text("mcp.method.name");
    let (operation, expected) = match (name, method) {
        (name, Some(method)) => {
            let is_tool = method == "tools/call";
            if name != is_tool.then_some("execute_tool") {
                return vec![format!("its operation is {name:?}")];
            }
            let keys = ["gen_ai.tool.name", "gen_ai.prompt.name"];
            let subject = keys.iter().find_map(|key| span.text(key));
            (&MESSAGE, named(method, subject))
        }
        (Some(name), None) => {
            let mut operations = OPERATIONS.iter();
            let Some(operation) = operations.find(|operation| operation.names.contains(&name))
            else {
                return vec![format!("{name} is no operation of the table")];
            };
            let subject = operation.named_by.and_then(|key| span.text(key));
            (operation, named(name, subject))
        }
        (None, None) => return Vec::new(),
    };
    let mut found = Vec::new();
    if span.name != expected {
        found.push(format!("it should be called {expected}"));
    }
    if !operation.kinds.contains(&span.kind.as_str()) {
        found.push(format!("its kind is {}", span.kind));
    }
    for key in operation.required {
        if !span.attributes.contains_key(*key) {
            found.push(format!("{key} is missing"));
        }
    }
    let has = |key: &str| span.attributes.contains_key(key);
    if has("server.address") && !has("server.port") {
        found.push("server.port is missing".to_owned());
    }
    if span.error.is_some() != has("error.type") {
        found.push("error.type belongs to an error and to nothing else".to_owned());
    }
    if span.ok {
        found.push("its status is set".to_owned());
    }
    for (key, value) in &span.attributes {
        let lists = [operation.required, operation.declared, ANYWHERE];
        let is_of_program = !key.contains('.');
        if is_of_program {
            continue;
        }
        if !lists.iter().any(|list| is_among(key, list)) {
            found.push(format!("{key} is not declared"));
        }
        if !has_its_type(key, value) {
            found.push(format!("{key} has the wrong type: {value:?}"));
        }
    }
    found
}

/// Every span keeps the conventions.
#[track_caller]
pub fn assert_kept(spans: &[ReceivedSpan]) {
    assert!(!spans.is_empty());
    let broken = spans.iter().filter_map(|span| {
        let found = violations(span);
        (!found.is_empty()).then(|| format!("{}: {}", span.name, found.join("; ")))
    });
    let broken: Vec<_> = broken.collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
