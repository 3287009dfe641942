//! Every recorded response, stream and error with the request that belongs to it: all attributes that an OTLP
//! backend receives, one snapshot for each case. Langfuse lists few of them in its metadata tab, and none twice.
//!
//! Users see every change of a snapshot, so read it before you accept it.

use std::time::Duration;

use async_openai::middleware::HttpRequestFactory;
use serde_json::Value as Json;
use tower_service::Service;
use tracing_genai::testing::{InMemory, ReceivedSpan, Value};
use tracing_genai::{Mapping, TelemetryBuilder};

use crate::support::reply_server::{Ending, Reply, ReplyServer};
use crate::support::{conventions, metadata, only, received_async};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../fixtures/", $name))
    };
}

/// How many rows the metadata tab of Langfuse has at most, for what the request itself does not bring; one more
/// for the type of an error.
const ROWS: usize = 9;

const BOUNDARY: &str = "boundary-of-the-test";
const AZURE: &str = "/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21";

/// A request.
struct Asked {
    path: &'static str,
    media_type: String,
    body: String,
}

fn asked(path: &'static str, body: impl Into<String>) -> Asked {
    Asked {
        path,
        media_type: "application/json".to_owned(),
        body: body.into(),
    }
}

/// The same request without the fields for a stream.
fn whole(body: &str) -> String {
    let mut body: Json = serde_json::from_str(body).unwrap();
    let fields = body.as_object_mut().unwrap();
    fields.remove("stream");
    fields.remove("stream_options");
    body.to_string()
}

fn streamed(body: &str) -> String {
    let mut body: Json = serde_json::from_str(body).unwrap();
    body["stream"] = true.into();
    body.to_string()
}

fn transcription() -> Asked {
    let field = |name: &str, value: &str| {
        format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
    };
    let file = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\
         content-type: audio/wav\r\n\r\nRIFF0000\r\n--{BOUNDARY}--\r\n"
    );
    let body = field("model", "gpt-4o-transcribe") + &field("language", "en") + &file;
    Asked {
        path: "/v1/audio/transcriptions",
        media_type: format!("multipart/form-data; boundary={BOUNDARY}"),
        body,
    }
}

fn events(stream: &str) -> Reply {
    let parts = stream.split_inclusive("\n\n").map(str::to_owned);
    Reply::events(parts.collect(), Duration::ZERO, Ending::Whole)
}

/// Sends the request, reads the response to its end and describes the span.
async fn shown(asked: Asked, reply: Reply) -> String {
    let server = ReplyServer::start([reply]).await;
    let root = server.url().trim_end_matches("/v1").to_owned();
    let langfuse = InMemory::new();
    let mapped = langfuse.destination().with_mapping(Mapping::Langfuse);
    let mapped = mapped.with_translated_attributes(false);
    let settings = |builder: TelemetryBuilder| builder.with_destination(mapped);
    let memory = received_async(None, settings, async {
        let factory = HttpRequestFactory::new(move || {
            let post = reqwest::Client::new().post(format!("{root}{}", asked.path));
            let post = post.header("content-type", &asked.media_type);
            let request = post.body(asked.body.clone()).build();
            async { request.map_err(async_openai::error::OpenAIError::Reqwest) }
        });
        let mut service = tracing_genai::openai::http_service();
        let answer = Service::<HttpRequestFactory>::call(&mut service, factory).await;
        let _read = answer.unwrap().bytes().await.unwrap();
    })
    .await;
    let spans = memory.spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    conventions::assert_kept(&spans);
    let langfuse = only(&langfuse);
    let most = ROWS + usize::from(langfuse.attributes.contains_key("error.type"));
    metadata::assert_short(&langfuse, most);
    table(&spans[0])
}

fn table(span: &ReceivedSpan) -> String {
    let mut lines = vec![
        format!("{} {}", span.kind, span.name),
        match &span.error {
            Some(error) => format!("ERROR {error}"),
            None => "no error".to_owned(),
        },
    ];
    for (key, value) in &span.attributes {
        lines.push(match (key.as_str(), value) {
            (
                "server.port"
                | "gen_ai.response.time_to_first_chunk"
                | "tracing_genai.observation.completion_start_time",
                _,
            ) => format!("{key}: differs"),
            (_, Value::Text(text)) => format!("{key}: {text}"),
            (_, value) => format!("{key}: {value:?}"),
        });
    }
    lines.join("\n")
}

macro_rules! becomes {
    ($($case:ident: $asked:expr => $reply:expr;)*) => {$(
        #[tokio::test]
        async fn $case() {
            insta::assert_snapshot!(stringify!($case), shown($asked, $reply).await);
        }
    )*};
}

fn answer(body: &str) -> Reply {
    Reply::json(200, body)
}

becomes! {
    chat: asked("/v1/chat/completions", whole(fixture!("chat_request.json")))
        => answer(fixture!("chat_response.json"));
    chat_with_two_choices_and_tools:
        asked("/v1/chat/completions", whole(fixture!("chat_request.json")))
        => answer(fixture!("chat_response_tools_n2.json"));
    chat_stream: asked("/v1/chat/completions", fixture!("chat_request.json"))
        => events(fixture!("chat_stream.sse"));
    chat_stream_with_tools: asked("/v1/chat/completions", fixture!("chat_request.json"))
        => events(fixture!("chat_stream_tools.sse"));
    azure_stream: asked(AZURE, fixture!("chat_request.json"))
        => events(fixture!("azure_stream.sse"));
    completion: asked("/v1/completions", whole(fixture!("completion_request.json")))
        => answer(fixture!("completion_response.json"));
    response: asked("/v1/responses", whole(fixture!("responses_request.json")))
        => answer(fixture!("responses_response.json"));
    response_that_failed: asked("/v1/responses", whole(fixture!("responses_request.json")))
        => answer(fixture!("responses_failed.json"));
    response_that_is_incomplete: asked("/v1/responses", whole(fixture!("responses_request.json")))
        => answer(fixture!("responses_incomplete.json"));
    response_stream: asked("/v1/responses", streamed(fixture!("responses_request.json")))
        => events(fixture!("responses_stream.sse"));
    response_stream_with_an_error:
        asked("/v1/responses", streamed(fixture!("responses_request.json")))
        => events(fixture!("responses_stream_error.sse"));
    embeddings: asked("/v1/embeddings", fixture!("embeddings_request.json"))
        => answer(fixture!("embeddings_response.json"));
    image: asked("/v1/images/generations",
        r#"{"model":"gpt-image-1","prompt":"a cat","size":"1024x1024","quality":"low"}"#)
        => answer(fixture!("image_response.json"));
    moderation: asked("/v1/moderations", r#"{"model":"omni-moderation-latest","input":"hello"}"#)
        => answer(fixture!("moderation_response.json"));
    transcription_by_duration: transcription()
        => answer(fixture!("transcription_response_duration.json"));
    transcription_by_tokens: transcription()
        => answer(fixture!("transcription_response_tokens.json"));
    refused: asked("/v1/chat/completions", whole(fixture!("chat_request.json")))
        => Reply::json(401, fixture!("error_openai.json"));
    refused_by_azure: asked(AZURE, whole(fixture!("chat_request.json")))
        => Reply::json(400, fixture!("error_azure_filter.json"));
    conversation: asked("/v1/conversations", fixture!("conversation_create_request.json"))
        => answer(fixture!("conversation_create_response.json"));
}
