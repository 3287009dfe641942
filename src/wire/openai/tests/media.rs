//! Images, sound, embeddings, moderations: no vector and no base64 comes through.

use serde_json::{Value, json};

use super::{EVENTS, JSON, answer, cut, events};

const PNG: &str = "<image/png, 8 bytes, sha256 4c4b6a3be131>";

#[test]
fn images_have_the_same_shape_streamed_or_whole() {
    let call = "POST /v1/images/edits";
    let usage = json!({"input_tokens": 1, "output_tokens": 2});
    let whole = json!({"data": [{"b64_json": "iVBORw0KGgo="}], "usage": usage}).to_string();
    let partial = json!({"type": "image_edit.partial_image", "b64_json": "iVBORw0KGgo="});
    let streamed = events(&[
        partial.clone(),
        json!({"type": "image_edit.completed", "b64_json": "iVBORw0KGgo=", "usage": usage}),
    ]);
    let expected = json!({"output": [{"b64_json": PNG}], "usage": {"input": 1, "output": 2}});
    assert_eq!(answer(call, 200, JSON, whole.as_bytes()), expected);
    assert_eq!(answer(call, 200, EVENTS, &streamed), expected);
    assert_eq!(
        cut(call, &events(&[partial])),
        json!({"output": [{"b64_json": PNG}], "incomplete": true})
    );
    let urls = json!({"data": [{"url": "https://a"}, {"url": "https://b", "revised_prompt": "c"}]});
    assert_eq!(
        answer(call, 200, JSON, urls.to_string().as_bytes())["output"],
        json!([{"url": "https://a"}, {"url": "https://b", "revised_prompt": "c"}])
    );
}

#[test]
fn transcripts_have_the_same_shape_streamed_or_whole() {
    let call = "POST /v1/audio/transcriptions";
    let usage = json!({"input_tokens": 1, "output_tokens": 2});
    let whole = json!({"text": "Hello there.", "usage": usage, "logprobs": [1]}).to_string();
    let delta = |text: &str| json!({"type": "transcript.text.delta", "delta": text});
    let streamed = events(&[
        delta("Hello"),
        delta(" there."),
        json!({"type": "transcript.text.done", "text": "Hello there.", "usage": usage}),
    ]);
    let expected = json!({"output": "Hello there.", "usage": {"input": 1, "output": 2}});
    assert_eq!(answer(call, 200, JSON, whole.as_bytes()), expected);
    assert_eq!(answer(call, 200, EVENTS, &streamed), expected);
    assert_eq!(
        cut(call, &events(&[delta("Hel")])),
        json!({"output": "Hel", "incomplete": true})
    );
    // Text and subtitles, also those that look like JSON.
    for (content_type, text) in [
        ("text/plain; charset=utf-8", "Hello there."),
        ("text/plain", "[Music] {la}"),
        ("text/vtt", "WEBVTT\n\n00:00 --> 00:01\nHello"),
        ("application/x-subrip", "1\n00:00 --> 00:01\nHello"),
    ] {
        let body = format!("{text}\n");
        assert_eq!(
            answer(call, 200, Some(content_type), body.as_bytes()),
            json!({"output": text})
        );
    }
}

#[test]
fn speech_is_a_marker_streamed_or_whole() {
    let call = "POST /v1/audio/speech";
    let sound = b"\x89PNG\r\n\x1a\n";
    for content_type in [Some("application/octet-stream"), None] {
        assert_eq!(
            answer(call, 200, content_type, sound),
            json!({"output": PNG})
        );
    }
    let declared = answer(call, 200, Some("audio/mpeg"), sound);
    assert_eq!(
        declared,
        json!({"output": "<audio/mpeg, 8 bytes, sha256 4c4b6a3be131>"})
    );
    let delta = |data: &str| json!({"type": "speech.audio.delta", "audio": data});
    let done =
        json!({"type": "speech.audio.done", "usage": {"input_tokens": 1, "output_tokens": 2}});
    let streamed = events(&[delta("iVBORw=="), delta("DQoaCg=="), done]);
    assert_eq!(
        answer(call, 200, EVENTS, &streamed),
        json!({"output": PNG, "usage": {"input": 1, "output": 2}})
    );
    // White space is sound, too.
    assert_eq!(
        answer(call, 200, Some("audio/pcm"), b"  ")["output"]
            .as_str()
            .unwrap()[..20],
        *"<audio/pcm, 2 bytes,"
    );
    let error = json!({"error": {"code": "c"}}).to_string();
    assert_eq!(
        answer(call, 400, JSON, error.as_bytes())["error"],
        json!({"code": "c"})
    );
}

#[test]
fn embeddings_are_counted_in_every_encoding() {
    let call = "POST /v1/embeddings";
    let long: Vec<f64> = (0..1536).map(f64::from).collect();
    for (embedding, dimensions) in [
        (json!([0.5, 0.25]), 2),
        (json!(long), 1536),
        (json!("AAAAPwAAgD4="), 2),
        (json!("AAAA".repeat(2048)), 1536),
    ] {
        let items = vec![json!({"embedding": embedding}); 3];
        let body =
            json!({"data": items, "model": "m", "usage": {"prompt_tokens": 3, "total_tokens": 3}});
        assert_eq!(
            answer(call, 200, JSON, body.to_string().as_bytes()),
            json!({
                "model": "m",
                "output": {"count": 3, "dimensions": dimensions},
                "dimensions": dimensions,
                "usage": {"input": 3},
            })
        );
    }
}

#[test]
fn many_embeddings_are_counted_to_the_last() {
    let items: Vec<Value> = (0..20_000)
        .map(|index| json!({"object": "embedding", "index": index, "embedding": [1.5, 2]}))
        .collect();
    let body = json!({"object": "list", "data": items, "usage": {"prompt_tokens": 9}}).to_string();
    let facts = answer("POST /v1/embeddings", 200, JSON, body.as_bytes());
    assert_eq!(facts["output"]["count"], 20_000);
    assert_eq!(facts["usage"]["input"], 9);
}
