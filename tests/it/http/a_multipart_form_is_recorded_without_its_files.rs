//! Model, prompt and the other fields are recorded, files only as markers. The server receives the same
//! bytes, with the same length, as without tracing, and a file is read once.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream;
use reqwest::multipart::{Form, Part};
use serde_json::json;
use tower_layer::Layer;
use tower_service::Service;
use tracing_genai::openai::{HttpService, TraceLayer, TraceMiddleware};
use tracing_genai::testing::{ReceivedSpan, Value as Attribute};

use crate::support::raw_server::{RawServer, json_response};
use crate::support::versions::{Client, Version, with_each_version};
use crate::support::{json_of, plain_async, traced};

const ANSWER: &str = r#"{"text":"x equals 1.","usage":{"type":"duration","seconds":1}}"#;
const SOUND: &[u8] = b"RIFF\x24\x00\x00\x00WAVEfmt not shown";

async fn server() -> RawServer {
    RawServer::start(vec![json_response(ANSWER)]).await
}

/// A form whose file is read while it is sent, and the number of reads.
fn form(length: Option<u64>) -> (Form, Arc<AtomicUsize>) {
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reads);
    let pieces = SOUND.chunks(7).map(Bytes::from_static);
    let pieces = stream::iter(pieces.map(move |piece| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok::<_, std::io::Error>(piece)
    }));
    let body = reqwest::Body::wrap_stream(pieces);
    let file = match length {
        Some(length) => Part::stream_with_length(body, length),
        None => Part::stream(body),
    };
    let file = file
        .file_name("question.wav")
        .mime_str("audio/wav")
        .unwrap();
    let form = Form::new()
        .part("file", file)
        .text("model", "whisper-1")
        .text("prompt", "Solve 3x + 11 = 14")
        .text("temperature", "0.5")
        .text("language", "en")
        .text("timestamp_granularities[]", "word");
    (form, reads)
}

fn request(url: &str, length: Option<u64>) -> (reqwest::Request, Arc<AtomicUsize>) {
    let (form, reads) = form(length);
    let post = reqwest::Client::new().post(format!("{url}/audio/transcriptions"));
    (post.multipart(form).build().unwrap(), reads)
}

fn assert_is_recorded(span: &ReceivedSpan) {
    assert_eq!(span.name, "generate_content whisper-1");
    assert_eq!(span.text("gen_ai.request.model"), Some("whisper-1"));
    let input = json_of(span, "tracing_genai.observation.input");
    assert_eq!(input["prompt"], "Solve 3x + 11 = 14");
    assert_eq!(input["file"]["filename"], "question.wav");
    let marker = input["file"]["content"].as_str().unwrap();
    let size = format!("<audio/wav, {} bytes, sha256 ", SOUND.len());
    assert!(marker.starts_with(&size), "{marker}");
    let temperature = &span.attributes["gen_ai.request.temperature"];
    assert_eq!(temperature, &Attribute::Double(0.5));
    let language = "tracing_genai.request.language";
    assert_eq!(span.text(language), Some("en"));
    assert!(!format!("{span:?}").contains("not shown"));
}

/// Head and body of the only request, the random boundary replaced by dashes.
fn sent(server: &RawServer) -> (Vec<String>, Vec<u8>) {
    let request = server.take_requests().remove(0);
    let head = request
        .windows(4)
        .position(|end| end == b"\r\n\r\n")
        .unwrap();
    let (head, body) = request.split_at(head);
    let head = String::from_utf8(head.to_vec()).unwrap();
    let (_, boundary) = head.split_once("boundary=").unwrap();
    let boundary = boundary.lines().next().unwrap().to_owned();
    let masked = "-".repeat(boundary.len());
    let plain = |text: &str| text.replace(&boundary, &masked);
    let lines = head.lines().filter(|line| !line.starts_with("host:"));
    let body = plain(std::str::from_utf8(body).unwrap());
    (lines.map(plain).collect(), body.into_bytes())
}

#[tokio::test]
async fn by_a_reqwest_client_with_middleware() {
    // With a known length, and in chunks.
    for length in [Some(SOUND.len() as u64), None] {
        let server = server().await;
        let (plain, _) = request(&server.url(), length);
        reqwest::Client::new().execute(plain).await.unwrap();
        let expected = sent(&server);
        let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
            .with(TraceMiddleware::new())
            .build();
        let (traced, reads) = request(&server.url(), length);
        let memory = plain_async(async {
            let answer = client.execute(traced).await.unwrap();
            assert_eq!(answer.bytes().await.unwrap(), ANSWER);
        })
        .await;
        assert_eq!(sent(&server), expected);
        let has_length = expected
            .0
            .iter()
            .any(|line| line.starts_with("content-length: "));
        assert_eq!(has_length, length.is_some());
        assert_eq!(reads.load(Ordering::Relaxed), SOUND.chunks(7).count());
        let span = memory.spans().remove(0);
        assert_is_recorded(&span);
        assert_eq!(
            span.text("tracing_genai.observation.output"),
            Some("x equals 1.")
        );
    }
}

/// reqwest as a service.
#[derive(Clone)]
struct Reqwest;

impl Service<async_openai::middleware::HttpRequestFactory> for Reqwest {
    type Response = reqwest::Response;
    type Error = async_openai::error::OpenAIError;
    type Future = Pin<Box<dyn Future<Output = Result<reqwest::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, factory: async_openai::middleware::HttpRequestFactory) -> Self::Future {
        Box::pin(async move {
            let request = factory.build().await?;
            let answer = reqwest::Client::new().execute(request).await;
            answer.map_err(async_openai::error::OpenAIError::Reqwest)
        })
    }
}

#[tokio::test]
async fn by_a_tower_service() {
    let server = server().await;
    let url = server.url();
    let factory = async_openai::middleware::HttpRequestFactory::new(move || {
        let (request, _) = request(&url, None);
        async { Ok(request) }
    });
    let memory = plain_async(async {
        let mut service = TraceLayer::new().layer(Reqwest);
        service.call(factory).await.unwrap().bytes().await.unwrap();
    })
    .await;
    assert_is_recorded(&memory.spans()[0]);
}

#[tokio::test]
async fn a_json_body_that_is_a_stream() {
    let server = server().await;
    let body = br#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}"#;
    let pieces = body
        .chunks(11)
        .map(|piece| Ok::<_, std::io::Error>(Bytes::from_static(piece)));
    let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
        .with(TraceMiddleware::new())
        .build();
    let memory = plain_async(async {
        let post = client.post(format!("{}/chat/completions", server.url()));
        let post = post.body(reqwest::Body::wrap_stream(stream::iter(pieces)));
        post.send().await.unwrap();
    })
    .await;
    let span = memory.span("chat gpt-4o-mini");
    assert!(span.text("gen_ai.input.messages").unwrap().contains("hi"));
}

macro_rules! transcribe {
    ($version:ident, $client:expr, $bytes:expr) => {{
        use $version::types::audio::{AudioInput, CreateTranscriptionRequestArgs};
        let request = CreateTranscriptionRequestArgs::default()
            .file(AudioInput::from_vec_u8("question.wav".into(), $bytes))
            .model("whisper-1")
            .prompt("Solve 3x + 11 = 14")
            .temperature(0.5)
            .language("en")
            .build()
            .unwrap();
        $client
            .audio()
            .transcription()
            .create(request)
            .await
            .unwrap();
    }};
}

async fn transcribe(version: Version, url: String, service: HttpService, bytes: Vec<u8>) {
    match version.client_of(url, service) {
        Client::V041(client) => transcribe!(async_openai_041, client, bytes),
        Client::V043(client) => transcribe!(async_openai, client, bytes),
    }
}

async fn a_transcription(version: Version) {
    let memory = traced(None, |url| {
        transcribe(
            version,
            url,
            tracing_genai::openai::http_service(),
            SOUND.into(),
        )
    })
    .await;
    assert_is_recorded(&memory.spans()[0]);
}

/// It is larger than the buffer, but its fields are known all the same.
async fn a_transcription_of_a_long_sound(version: Version) {
    let bytes: Vec<u8> = (0..20_000_000_u32)
        .map(|number| (number >> 7) as u8)
        .collect();
    let server = server().await;
    let service = tracing_genai::openai::http_service();
    let memory = plain_async(transcribe(version, server.url(), service, bytes)).await;
    let span = memory.spans().remove(0);
    assert_eq!(span.name, "generate_content whisper-1");
    let input = json_of(&span, "tracing_genai.observation.input");
    assert_eq!(input["prompt"], "Solve 3x + 11 = 14");
    assert_eq!(input["file"]["filename"], "question.wav");
    assert!(span.attributes.contains_key("gen_ai.request.temperature"));
}

macro_rules! edit {
    ($version:ident, $client:expr) => {{
        use $version::types::images::{CreateImageEditRequestArgs, ImageInput};
        let image = ImageInput::from_vec_u8("cat.png".into(), b"\x89PNG not shown".to_vec());
        let request = CreateImageEditRequestArgs::default()
            .image(image)
            .prompt("with a hat")
            .n(1_u8)
            .build()
            .unwrap();
        $client.images().edit(request).await.unwrap();
    }};
}

async fn an_edited_image(version: Version) {
    let memory = traced(None, async |url| match version.client(url) {
        Client::V041(client) => edit!(async_openai_041, client),
        Client::V043(client) => edit!(async_openai, client),
    })
    .await;
    let span = memory.spans().remove(0);
    let input = json_of(&span, "tracing_genai.observation.input");
    assert_eq!(input["prompt"], "with a hat");
    assert!(input["image"].to_string().contains("cat.png"), "{input}");
    assert_ne!(input["image"], json!(null));
    assert!(!format!("{span:?}").contains("not shown"));
}

with_each_version!(
    a_transcription,
    a_transcription_of_a_long_sound,
    an_edited_image
);
