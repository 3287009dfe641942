use crate::wire::facts::AssistantsEndpoint as Assistants;
use crate::wire::openai::kind::EndpointKind as Kind;
use crate::wire::openai::recognise;
use crate::wire::openai::routes::ROUTES;
use crate::wire::route;
use crate::wire::{Endpoint, RequestHead};

/// What the table says of a path without a query.
fn kind(method: &str, path: &str) -> Option<Kind> {
    let path = path.split('?').next()?;
    let head = RequestHead::new(method, "", path, None, &|_| None);
    recognise(&head)?;
    route::find(ROUTES, method, &head.segments).map(|(kind, _)| *kind)
}

#[test]
fn every_known_call_is_recognised_under_every_base() {
    for (method, path, kind, operation) in [
        ("POST", "/chat/completions", Kind::Chat, Some("chat")),
        ("GET", "/chat/completions", Kind::StoredChat, None),
        (
            "DELETE",
            "/chat/completions/chatcmpl-1",
            Kind::StoredChat,
            None,
        ),
        (
            "GET",
            "/chat/completions/chatcmpl-1/messages",
            Kind::StoredChat,
            None,
        ),
        (
            "POST",
            "/completions",
            Kind::Completions,
            Some("text_completion"),
        ),
        ("POST", "/responses", Kind::Response, Some("chat")),
        (
            "POST",
            "/responses/compact",
            Kind::ResponseCompact,
            Some("chat"),
        ),
        (
            "POST",
            "/responses/input_tokens",
            Kind::ResponseInputTokens,
            None,
        ),
        (
            "GET",
            "/responses/resp_1",
            Kind::ResponseRetrieve,
            Some("fetch_response"),
        ),
        ("DELETE", "/responses/resp_1", Kind::ResponseDelete, None),
        (
            "POST",
            "/responses/resp_1/cancel",
            Kind::ResponseCancel,
            None,
        ),
        (
            "GET",
            "/responses/resp_1/input_items",
            Kind::ResponseInputItems,
            None,
        ),
        ("POST", "/conversations", Kind::ConversationCreate, None),
        ("GET", "/conversations/conv_1", Kind::Conversation, None),
        (
            "POST",
            "/conversations/conv_1/items",
            Kind::ConversationItems,
            None,
        ),
        (
            "DELETE",
            "/conversations/conv_1/items/msg_1",
            Kind::ConversationItems,
            None,
        ),
        ("POST", "/embeddings", Kind::Embeddings, Some("embeddings")),
        (
            "POST",
            "/images/generations",
            Kind::ImageGeneration,
            Some("generate_content"),
        ),
        (
            "POST",
            "/images/edits",
            Kind::ImageEdit,
            Some("generate_content"),
        ),
        (
            "POST",
            "/images/variations",
            Kind::ImageVariation,
            Some("generate_content"),
        ),
        (
            "POST",
            "/audio/speech",
            Kind::Speech,
            Some("generate_content"),
        ),
        (
            "POST",
            "/audio/transcriptions",
            Kind::Transcription,
            Some("generate_content"),
        ),
        (
            "POST",
            "/audio/translations",
            Kind::Translation,
            Some("generate_content"),
        ),
        ("POST", "/moderations", Kind::Moderation, None),
        (
            "POST",
            "/assistants",
            Kind::Assistants(Assistants::AssistantCreate),
            Some("create_agent"),
        ),
        (
            "GET",
            "/assistants/asst_1",
            Kind::Assistants(Assistants::Assistant),
            None,
        ),
        (
            "POST",
            "/threads",
            Kind::Assistants(Assistants::ThreadCreate),
            None,
        ),
        (
            "GET",
            "/threads/thread_1",
            Kind::Assistants(Assistants::Thread),
            None,
        ),
        (
            "POST",
            "/threads/thread_1/messages",
            Kind::Assistants(Assistants::MessageCreate),
            None,
        ),
        (
            "GET",
            "/threads/thread_1/messages",
            Kind::Assistants(Assistants::Message),
            None,
        ),
        (
            "GET",
            "/threads/thread_1/messages/msg_1",
            Kind::Assistants(Assistants::Message),
            None,
        ),
        (
            "POST",
            "/threads/runs",
            Kind::Assistants(Assistants::ThreadAndRun),
            Some("invoke_agent"),
        ),
        (
            "POST",
            "/threads/thread_1/runs",
            Kind::Assistants(Assistants::RunCreate),
            Some("invoke_agent"),
        ),
        (
            "GET",
            "/threads/thread_1/runs",
            Kind::Assistants(Assistants::RunList),
            None,
        ),
        (
            "GET",
            "/threads/thread_1/runs/run_1",
            Kind::Assistants(Assistants::RunRetrieve),
            None,
        ),
        (
            "POST",
            "/threads/thread_1/runs/run_1",
            Kind::Assistants(Assistants::RunModify),
            None,
        ),
        (
            "POST",
            "/threads/thread_1/runs/run_1/cancel",
            Kind::Assistants(Assistants::RunCancel),
            None,
        ),
        (
            "POST",
            "/threads/thread_1/runs/run_1/submit_tool_outputs",
            Kind::Assistants(Assistants::RunSubmitToolOutputs),
            None,
        ),
        (
            "GET",
            "/threads/thread_1/runs/run_1/steps",
            Kind::Assistants(Assistants::RunSteps),
            None,
        ),
        (
            "GET",
            "/threads/thread_1/runs/run_1/steps/step_1",
            Kind::Assistants(Assistants::RunSteps),
            None,
        ),
    ] {
        for base in [
            "",
            "/v1",
            "/openai/v1",
            "/api/v1",
            "/v1beta/openai",
            "/openai/deployments/My-GPT.4o",
            "/api/projects/p1",
        ] {
            for end in ["", "/", "?api-version=2024-10-21"] {
                let target = format!("{base}{path}{end}");
                let endpoint = Endpoint::of(method, &target);
                assert_eq!(
                    self::kind(method, &target),
                    Some(kind),
                    "{method} {base}{path}"
                );
                assert_eq!(endpoint.operation(), operation, "{method} {path}");
            }
        }
    }
}

#[test]
fn other_calls_are_not_mistaken_for_known_ones() {
    for (method, path) in [
        ("GET", "/v1/completions"),
        ("GET", "/v1/embeddings"),
        ("POST", "/v1/chatkit/threads"),
        ("GET", "/v1/chatkit/threads/thread_1"),
        ("POST", "/v1/realtime/transcription_sessions"),
        ("GET", "/v1/organization/usage/completions"),
        ("POST", "/v1/chat"),
        ("POST", "/v1/xcompletions"),
        ("POST", "/v1/responses/resp_1"),
        ("PATCH", "/v1/threads"),
        ("GET", "/v1/models"),
        ("GET", "/"),
        ("GET", ""),
    ] {
        assert_eq!(kind(method, path), None, "{method} {path}");
    }
}

#[test]
fn routes_hold_no_ids() {
    for (method, path, route) in [
        ("POST", "/v1/chat/completions", "/v1/chat/completions"),
        ("post", "//v1//chat/completions/", "/v1/chat/completions"),
        (
            "POST",
            "/openai/deployments/secret-model/chat/completions?api-version=1&key=secret",
            "/openai/deployments/{id}/chat/completions",
        ),
        (
            "GET",
            "/api/projects/secret/threads/thread_abc/runs/run_1?x=secret",
            "/api/projects/{id}/threads/{thread_id}/runs/{run_id}",
        ),
        ("GET", "/v1/models", "/v1/models"),
        ("GET", "/v1/models/secret", "/v1/models/{id}"),
        ("DELETE", "/v1/models/ft:gpt-4o:acme::1", "/v1/models/{id}"),
        (
            "GET",
            "/v1/files/file-abc123/content",
            "/v1/files/{id}/content",
        ),
        (
            "POST",
            "/v1/vector_stores/vs_1/search",
            "/v1/vector_stores/{id}/search",
        ),
        (
            "POST",
            "/v1/fine_tuning/alpha/graders/run",
            "/v1/fine_tuning/alpha/graders/run",
        ),
        (
            "GET",
            "/v1/fine_tuning/jobs/ftjob-1/events",
            "/v1/fine_tuning/jobs/{id}/events",
        ),
        ("GET", "/v1/a%20b/0190-aF", "/v1/{id}/{id}"),
        ("GET", "/verylongwordthatcannotbeawordofanapi", "/{id}"),
        ("GET", "/v1/x#secret", "/v1/x"),
        ("GET", "?secret", "/"),
    ] {
        assert_eq!(Endpoint::of(method, path).route(), route, "{path}");
    }
}

#[test]
fn ids_and_the_query_are_read() {
    let run = Endpoint::of("GET", "/v1/threads/thread_1/runs/run_2");
    assert_eq!(run.thread_id(), Some("thread_1"));
    assert_eq!(run.conversation_id(), Some("thread_1"));
    assert_eq!(run.run_id(), Some("run_2"));
    assert_eq!(run.response_id(), None);
    assert!(run.is_assistants());
    assert_eq!(run.api_type(), Some("assistants"));

    let resumed = Endpoint::of("GET", "/v1/responses/resp_1?stream=true&starting_after=42");
    assert_eq!(resumed.response_id(), Some("resp_1"));
    assert_eq!(resumed.stream_cursor(), Some(42));
    assert!(resumed.is_stream && !resumed.is_inference());
    assert_eq!(resumed.api_type(), Some("responses"));

    let azure = Endpoint::of(
        "POST",
        "/openai/deployments/gpt-4o-eu/chat/completions?api-version=2024-10-21",
    );
    assert_eq!(azure.model(), Some("gpt-4o-eu"));
    assert_eq!(azure.api_version(), Some("2024-10-21"));
    assert_eq!(azure.api_type(), Some("chat_completions"));
    assert!(azure.is_inference() && !azure.is_stream);

    let item = Endpoint::of("GET", "/v1/conversations/conv_1/items/msg_1");
    assert_eq!(item.conversation_id(), Some("conv_1"));
    assert_eq!(item.id("item_id"), Some("msg_1"));
    assert_eq!(item.method(), "GET");
}
