//! The calls that are known: methods, end of the path, meaning.
//!
//! The first match counts, so `/chat/completions` comes before `/completions` and `/threads/runs`
//! before `/threads/{thread_id}`. A new call of the API is a line here.

use super::kind::EndpointKind;
use crate::wire::facts::AssistantsEndpoint::{
    Assistant, AssistantCreate, Message, MessageCreate, RunCancel, RunCreate, RunList, RunModify,
    RunRetrieve, RunSteps, RunSubmitToolOutputs, Thread, ThreadAndRun, ThreadCreate,
};
use crate::wire::route::Known;

pub(super) const ROUTES: &[Known<EndpointKind>] = &[
    ("POST", "/chat/completions", EndpointKind::Chat),
    ("GET", "/chat/completions", EndpointKind::StoredChat),
    (
        "GET|POST|DELETE",
        "/chat/completions/{completion_id}",
        EndpointKind::StoredChat,
    ),
    (
        "GET",
        "/chat/completions/{completion_id}/messages",
        EndpointKind::StoredChat,
    ),
    // Mistral's agents.
    ("POST", "/agents/completions", EndpointKind::Chat),
    ("POST", "/completions", EndpointKind::Completions),
    ("POST", "/responses", EndpointKind::Response),
    ("POST", "/responses/compact", EndpointKind::ResponseCompact),
    (
        "POST",
        "/responses/input_tokens",
        EndpointKind::ResponseInputTokens,
    ),
    (
        "POST",
        "/responses/{response_id}/cancel",
        EndpointKind::ResponseCancel,
    ),
    (
        "GET",
        "/responses/{response_id}/input_items",
        EndpointKind::ResponseInputItems,
    ),
    (
        "GET",
        "/responses/{response_id}",
        EndpointKind::ResponseRetrieve,
    ),
    (
        "DELETE",
        "/responses/{response_id}",
        EndpointKind::ResponseDelete,
    ),
    ("POST", "/conversations", EndpointKind::ConversationCreate),
    (
        "*",
        "/conversations/{conversation_id}/items",
        EndpointKind::ConversationItems,
    ),
    (
        "*",
        "/conversations/{conversation_id}/items/{item_id}",
        EndpointKind::ConversationItems,
    ),
    (
        "GET|POST|DELETE",
        "/conversations/{conversation_id}",
        EndpointKind::Conversation,
    ),
    ("POST", "/embeddings", EndpointKind::Embeddings),
    ("POST", "/images/generations", EndpointKind::ImageGeneration),
    ("POST", "/images/edits", EndpointKind::ImageEdit),
    ("POST", "/images/variations", EndpointKind::ImageVariation),
    ("POST", "/audio/speech", EndpointKind::Speech),
    ("POST", "/audio/transcriptions", EndpointKind::Transcription),
    ("POST", "/audio/translations", EndpointKind::Translation),
    ("POST", "/moderations", EndpointKind::Moderation),
    (
        "POST",
        "/assistants",
        EndpointKind::Assistants(AssistantCreate),
    ),
    ("GET", "/assistants", EndpointKind::Assistants(Assistant)),
    (
        "GET|POST|DELETE",
        "/assistants/{assistant_id}",
        EndpointKind::Assistants(Assistant),
    ),
    (
        "POST",
        "/threads/runs",
        EndpointKind::Assistants(ThreadAndRun),
    ),
    ("POST", "/threads", EndpointKind::Assistants(ThreadCreate)),
    (
        "POST",
        "/threads/{thread_id}/messages",
        EndpointKind::Assistants(MessageCreate),
    ),
    (
        "GET",
        "/threads/{thread_id}/messages",
        EndpointKind::Assistants(Message),
    ),
    (
        "GET|POST|DELETE",
        "/threads/{thread_id}/messages/{message_id}",
        EndpointKind::Assistants(Message),
    ),
    (
        "POST",
        "/threads/{thread_id}/runs",
        EndpointKind::Assistants(RunCreate),
    ),
    (
        "GET",
        "/threads/{thread_id}/runs",
        EndpointKind::Assistants(RunList),
    ),
    (
        "POST",
        "/threads/{thread_id}/runs/{run_id}/cancel",
        EndpointKind::Assistants(RunCancel),
    ),
    (
        "POST",
        "/threads/{thread_id}/runs/{run_id}/submit_tool_outputs",
        EndpointKind::Assistants(RunSubmitToolOutputs),
    ),
    (
        "GET",
        "/threads/{thread_id}/runs/{run_id}/steps",
        EndpointKind::Assistants(RunSteps),
    ),
    (
        "GET",
        "/threads/{thread_id}/runs/{run_id}/steps/{step_id}",
        EndpointKind::Assistants(RunSteps),
    ),
    (
        "GET",
        "/threads/{thread_id}/runs/{run_id}",
        EndpointKind::Assistants(RunRetrieve),
    ),
    (
        "POST",
        "/threads/{thread_id}/runs/{run_id}",
        EndpointKind::Assistants(RunModify),
    ),
    (
        "GET|POST|DELETE",
        "/threads/{thread_id}",
        EndpointKind::Assistants(Thread),
    ),
];
