//! Inline media of a request or an answer are sent as data URLs to a destination that asks for them, and as markers
//! to every other, whatever the API and whatever their size.

use serde_json::{Value, json};

use crate::support::media::{data_url, of_type, pdf, png, sent, texts, wav};
use crate::support::reply_server::{Ending, Reply};

const PNG: &str = "image/png";

/// An exchange with a medium.
struct Case {
    path: &'static str,
    request: Value,
    reply: Reply,
    media_type: &'static str,
    base64: String,
}

fn asked(path: &'static str, media_type: &'static str, base64: &str, request: Value) -> Case {
    Case {
        path,
        request,
        reply: Reply::json(200, "{}"),
        media_type,
        base64: base64.to_owned(),
    }
}

fn answered(path: &'static str, base64: &str, request: Value, answer: Value) -> Case {
    Case {
        reply: Reply::json(200, answer),
        ..asked(path, PNG, base64, request)
    }
}

fn chat(part: Value) -> Value {
    json!({"model": "gpt-4o", "messages": [{"role": "user", "content": [part]}]})
}

fn cases(bytes: usize) -> Vec<Case> {
    let (png, wav, pdf) = (png(bytes), wav(bytes), pdf(bytes));
    let (png_url, pdf_url) = (data_url(PNG, &png), data_url("application/pdf", &pdf));
    let responses =
        |part: Value| json!({"model": "gpt-4o", "input": [{"role": "user", "content": [part]}]});
    let anthropic = |part: Value| json!({"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": [part]}]});
    let source = json!({"type": "base64", "media_type": PNG, "data": png});
    let inline = json!({"inlineData": {"mimeType": PNG, "data": png}});
    let text = json!({"role": "user", "content": "draw"});
    vec![
        asked(
            "/v1/chat/completions",
            PNG,
            &png,
            chat(json!({"type": "image_url", "image_url": {"url": png_url}})),
        ),
        asked(
            "/v1/chat/completions",
            "audio/wav",
            &wav,
            chat(json!({"type": "input_audio", "input_audio": {"data": wav, "format": "wav"}})),
        ),
        asked(
            "/v1/chat/completions",
            "application/pdf",
            &pdf,
            chat(json!({"type": "file", "file": {"filename": "a.pdf", "file_data": pdf_url}})),
        ),
        asked(
            "/v1/responses",
            PNG,
            &png,
            responses(json!({"type": "input_image", "image_url": png_url})),
        ),
        asked(
            "/v1/responses",
            "application/pdf",
            &pdf,
            responses(json!({"type": "input_file", "filename": "a.pdf", "file_data": pdf_url})),
        ),
        answered(
            "/v1/responses",
            &png,
            json!({"model": "gpt-5", "input": "draw"}),
            json!({"id": "r1", "object": "response", "model": "gpt-5", "status": "completed",
                "output": [{"type": "image_generation_call", "id": "ig1", "status": "completed", "result": png}]}),
        ),
        answered(
            "/v1/images/generations",
            &png,
            json!({"model": "gpt-image-1", "prompt": "draw"}),
            json!({"created": 1, "data": [{"b64_json": png}]}),
        ),
        asked(
            "/v1/messages",
            PNG,
            &png,
            anthropic(json!({"type": "image", "source": source})),
        ),
        asked(
            "/v1/messages",
            PNG,
            &png,
            anthropic(
                json!({"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "image", "source": source}]}),
            ),
        ),
        asked(
            "/v1beta/models/gemini-2.5-flash:generateContent",
            PNG,
            &png,
            json!({"contents": [{"role": "user", "parts": [inline]}]}),
        ),
        answered(
            "/v1beta/models/gemini-2.5-flash-image:generateContent",
            &png,
            json!({"contents": [{"role": "user", "parts": [{"text": "draw"}]}]}),
            json!({"candidates": [{"content": {"role": "model", "parts": [inline]}, "finishReason": "STOP"}]}),
        ),
        asked(
            "/api/chat",
            PNG,
            &png,
            json!({"model": "llava", "stream": false, "messages": [{"role": "user", "content": "?", "images": [png]}]}),
        ),
        asked(
            "/model/anthropic.claude-3-haiku/converse",
            PNG,
            &png,
            json!({"messages": [{"role": "user", "content": [{"image": {"format": "png", "source": {"bytes": png}}}]}]}),
        ),
        asked(
            "/v2/chat",
            PNG,
            &png,
            json!({"model": "command-a-vision", "messages": [{"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": png_url}}]}]}),
        ),
        answered(
            "/v1/chat/completions",
            &png,
            json!({"model": "google/gemini-2.5-flash-image", "messages": [text]}),
            json!({"id": "c1", "object": "chat.completion", "choices": [{"index": 0, "finish_reason": "stop",
                "message": {"role": "assistant", "content": "", "images": [
                    {"type": "image_url", "image_url": {"url": png_url}}]}}]}),
        ),
    ]
}

#[tokio::test]
async fn whole_bodies() {
    // Short ones are buffered, long ones are decoded as they come.
    for bytes in [60, 9000] {
        for case in cases(bytes) {
            let call = (case.path, &case.request, case.reply);
            let (with, without) = sent(None, |builder| builder, call).await;
            let about = format!("{} {} {bytes}", case.path, case.media_type);
            let expected = data_url(case.media_type, &case.base64);
            assert!(texts(&with).contains(&expected), "{about}: {with:?}");
            let marker = format!("<{}, {bytes} bytes, sha256 ", case.media_type);
            assert!(texts(&without).contains(&marker), "{about}: {without:?}");
            for text in ["base64,", &case.base64] {
                assert!(!texts(&without).contains(text), "{about}: {without:?}");
            }
        }
    }
}

fn events(events: impl IntoIterator<Item = Value>) -> Reply {
    let parts = events.into_iter().map(|event| format!("data: {event}\n\n"));
    let pause = std::time::Duration::ZERO;
    Reply::events(parts.collect(), pause, Ending::Whole)
}

#[tokio::test]
async fn streams_in_pieces_or_whole() {
    let sound = of_type(b"ID3", 30_000);
    for piece in [400, 12_000] {
        let pieces = sound.as_bytes().chunks(piece);
        let deltas = pieces.map(
            |piece| json!({"type": "speech.audio.delta", "audio": String::from_utf8_lossy(piece)}),
        );
        let reply = events(deltas.chain([json!({"type": "speech.audio.done"})]));
        let request = json!({"model": "gpt-4o-mini-tts", "input": "hi", "voice": "alloy", "stream_format": "sse"});
        let call = ("/v1/audio/speech", &request, reply);
        let (with, without) = sent(None, |builder| builder, call).await;
        let expected = data_url("audio/mpeg", &sound);
        assert!(texts(&with).contains(&expected), "{piece}: {with:?}");
        assert!(
            texts(&without).contains("<audio/mpeg, 30000 bytes"),
            "{without:?}"
        );
        assert!(!texts(&without).contains("base64,"), "{without:?}");
    }

    let (early, image) = (png(5000), png(7000));
    let done = json!({"id": "r1", "object": "response", "model": "gpt-5", "status": "completed",
        "output": [{"type": "image_generation_call", "id": "ig1", "status": "completed", "result": image}]});
    let reply = events([
        json!({"type": "response.image_generation_call.partial_image", "partial_image_b64": early}),
        json!({"type": "response.completed", "response": done}),
    ]);
    let request = json!({"model": "gpt-5", "input": "draw", "stream": true});
    let (with, without) = sent(None, |builder| builder, ("/v1/responses", &request, reply)).await;
    assert!(texts(&with).contains(&data_url(PNG, &image)), "{with:?}");
    assert!(!texts(&with).contains(&early));
    assert!(texts(&without).contains("<image/png, 7000 bytes, sha256 "));

    // Sound that is the body itself.
    let sound = "ID3 as any server would send it".to_owned();
    let whole = Reply::of(
        "audio/mpeg",
        vec![sound.clone()],
        std::time::Duration::ZERO,
        Ending::Whole,
    );
    let request = json!({"model": "tts-1", "input": "hi", "voice": "alloy"});
    let (with, without) = sent(
        None,
        |builder| builder,
        ("/v1/audio/speech", &request, whole),
    )
    .await;
    let expected = data_url("audio/mpeg", &of_type(sound.as_bytes(), 0));
    assert!(texts(&with).contains(&expected), "{with:?}");
    assert!(
        texts(&without).contains("<audio/mpeg, 31 bytes, sha256 "),
        "{without:?}"
    );
}

#[tokio::test]
async fn what_a_model_keeps_to_itself_stays_a_marker() {
    let sealed = of_type(b"", 6000);
    let request = json!({"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [{"role": "assistant", "content": [
        {"type": "redacted_thinking", "data": sealed}, {"type": "thinking", "thinking": "hm", "signature": sealed}]}]});
    let call = ("/v1/messages", &request, Reply::json(200, "{}"));
    let (with, without) = sent(None, |builder| builder, call).await;
    assert_eq!(with.attributes, without.attributes);
    assert!(!texts(&with).contains("base64,"), "{with:?}");
}
