//! Media as programs send them, and what destinations get of them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tracing_genai::testing::{InMemory, ReceivedSpan};
use tracing_genai::{Mapping, TelemetryBuilder};

use super::exchange::exchange;
use super::reply_server::Reply;
use super::{builder, destination, only};

const PNG_HEAD: &[u8] = b"\x89PNG\r\n\x1a\n";

/// An image of this many bytes, as base64.
pub fn png(bytes: usize) -> String {
    of_type(PNG_HEAD, bytes)
}

/// Sound of this many bytes, as base64.
pub fn wav(bytes: usize) -> String {
    of_type(b"RIFF\x00\x00\x00\x00WAVE", bytes)
}

/// A document of this many bytes, as base64.
pub fn pdf(bytes: usize) -> String {
    of_type(b"%PDF-1.7", bytes)
}

/// This beginning with so many bytes in all, as base64.
pub fn of_type(head: &[u8], bytes: usize) -> String {
    let rest = (head.len()..bytes).map(|index| (index * 7 % 251) as u8);
    let whole: Vec<u8> = head.iter().copied().chain(rest).collect();
    STANDARD.encode(whole)
}

/// A data URL.
pub fn data_url(media_type: &str, base64: &str) -> String {
    format!("data:{media_type};base64,{base64}")
}

/// A question about images.
pub fn question(images: &[String]) -> Value {
    let images = images.iter().map(
        |data| json!({"type": "image_url", "image_url": {"url": data_url("image/png", data)}}),
    );
    let text = json!({"type": "text", "text": "What is it?"});
    let content: Value = [text].into_iter().chain(images).collect();
    json!({"model": "gpt-4o", "messages": [{"role": "user", "content": content}]})
}

/// An answer to it.
pub fn answer() -> Reply {
    let message = json!({"role": "assistant", "content": "A cat."});
    let choice = json!({"index": 0, "message": message, "finish_reason": "stop"});
    let answer =
        json!({"id": "c1", "object": "chat.completion", "model": "gpt-4o", "choices": [choice]});
    Reply::json(200, answer)
}

/// The only span of a call, as a destination with media receives it, and as one without.
pub async fn sent(
    mapping: Option<Mapping>,
    settings: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder,
    (path, body, reply): (&str, &Value, Reply),
) -> (ReceivedSpan, ReceivedSpan) {
    let (with, without) = (InMemory::new(), InMemory::new());
    let builder = builder()
        .with_destination(destination(&with, mapping).with_media(true))
        .with_destination(destination(&without, mapping));
    let telemetry = settings(builder).build().unwrap();
    exchange(&telemetry, path, body.to_string().as_bytes(), reply).await;
    (only(&with), only(&without))
}

/// All texts of a span's attributes.
pub fn texts(span: &ReceivedSpan) -> String {
    format!("{:?}", span.attributes)
}
