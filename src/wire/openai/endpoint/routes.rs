//! The calls that are known: methods, end of the path, meaning.
//!
//! The first match counts, so `/chat/completions` stands before `/completions` and `/threads/runs`
//! before `/threads/{thread_id}`. A new call of the API is a line here.

use super::Kind;

/// Methods (`|` between several, `*` for all), pattern, kind.
pub(super) const ROUTES: &[(&str, &str, Kind)] = &[
    ("POST", "/chat/completions", Kind::Chat),
    ("GET", "/chat/completions", Kind::StoredChat),
    (
        "GET|POST|DELETE",
        "/chat/completions/{completion_id}",
        Kind::StoredChat,
    ),
    (
        "GET",
        "/chat/completions/{completion_id}/messages",
        Kind::StoredChat,
    ),
    ("POST", "/completions", Kind::Completions),
    ("POST", "/responses", Kind::Response),
    ("POST", "/responses/compact", Kind::ResponseCompact),
    ("POST", "/responses/input_tokens", Kind::ResponseInputTokens),
    (
        "POST",
        "/responses/{response_id}/cancel",
        Kind::ResponseCancel,
    ),
    (
        "GET",
        "/responses/{response_id}/input_items",
        Kind::ResponseInputItems,
    ),
    ("GET", "/responses/{response_id}", Kind::ResponseRetrieve),
    ("DELETE", "/responses/{response_id}", Kind::ResponseDelete),
    ("POST", "/conversations", Kind::ConversationCreate),
    (
        "*",
        "/conversations/{conversation_id}/items",
        Kind::ConversationItems,
    ),
    (
        "*",
        "/conversations/{conversation_id}/items/{item_id}",
        Kind::ConversationItems,
    ),
    (
        "GET|POST|DELETE",
        "/conversations/{conversation_id}",
        Kind::Conversation,
    ),
    ("POST", "/embeddings", Kind::Embeddings),
    ("POST", "/images/generations", Kind::ImageGeneration),
    ("POST", "/images/edits", Kind::ImageEdit),
    ("POST", "/images/variations", Kind::ImageVariation),
    ("POST", "/audio/speech", Kind::Speech),
    ("POST", "/audio/transcriptions", Kind::Transcription),
    ("POST", "/audio/translations", Kind::Translation),
    ("POST", "/moderations", Kind::Moderation),
    ("POST", "/assistants", Kind::AssistantCreate),
    ("GET", "/assistants", Kind::Assistant),
    (
        "GET|POST|DELETE",
        "/assistants/{assistant_id}",
        Kind::Assistant,
    ),
    ("POST", "/threads/runs", Kind::ThreadAndRun),
    ("POST", "/threads", Kind::ThreadCreate),
    ("POST", "/threads/{thread_id}/messages", Kind::MessageCreate),
    ("GET", "/threads/{thread_id}/messages", Kind::Message),
    (
        "GET|POST|DELETE",
        "/threads/{thread_id}/messages/{message_id}",
        Kind::Message,
    ),
    ("POST", "/threads/{thread_id}/runs", Kind::RunCreate),
    ("GET", "/threads/{thread_id}/runs", Kind::RunList),
    (
        "POST",
        "/threads/{thread_id}/runs/{run_id}/cancel",
        Kind::RunCancel,
    ),
    (
        "POST",
        "/threads/{thread_id}/runs/{run_id}/submit_tool_outputs",
        Kind::RunSubmitToolOutputs,
    ),
    (
        "GET",
        "/threads/{thread_id}/runs/{run_id}/steps",
        Kind::RunSteps,
    ),
    (
        "GET",
        "/threads/{thread_id}/runs/{run_id}/steps/{step_id}",
        Kind::RunSteps,
    ),
    (
        "GET",
        "/threads/{thread_id}/runs/{run_id}",
        Kind::RunRetrieve,
    ),
    (
        "POST",
        "/threads/{thread_id}/runs/{run_id}",
        Kind::RunModify,
    ),
    ("GET|POST|DELETE", "/threads/{thread_id}", Kind::Thread),
];
