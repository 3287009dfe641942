//! `/audio/speech`, `/audio/transcriptions`, `/audio/translations`.
//!
//! Contract: speech is a WAV file of silence whatever format is asked for, as long as the text
//! would take; every recording is heard to say the same, or what its file is called. Both are
//! streamed if asked.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::error::ApiError;
use super::fields::Fields;
use super::multipart::{self, Part};
use super::state::Simulator;
use super::stream::{Answer, Event, Streamed};
use super::tokens;

const SAMPLES_PER_SECOND: u32 = 8000;
/// How fast the model speaks.
const SAMPLES_PER_TOKEN: u32 = SAMPLES_PER_SECOND / 4;
const MAX_TOKENS: u64 = 60;
/// What a listener makes of bytes it cannot measure.
const BYTES_PER_SECOND: usize = 16_000;
const CHUNK: usize = 4096;

pub(super) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/audio/speech", post(speak))
        .route("/audio/transcriptions", post(transcribe))
        .route("/audio/translations", post(translate))
}

async fn speak(State(_): State<Simulator>, mut body: Fields) -> Result<Answer, ApiError> {
    let model = body.text("model")?;
    body.required("model", model)?;
    let input = body.text("input")?;
    let input = body.required("input", input)?;
    let voice = body.any("voice");
    body.required("voice", voice)?;
    let kind = match body.text("response_format")?.as_deref() {
        None | Some("mp3") => "audio/mpeg",
        Some("opus") => "audio/ogg",
        Some("aac") => "audio/aac",
        Some("flac") => "audio/flac",
        Some("wav") => "audio/wav",
        Some("pcm") => "audio/pcm",
        Some(other) => {
            let supported = "'mp3', 'opus', 'aac', 'flac', 'wav', and 'pcm'";
            return Err(ApiError::unsupported_value(
                "response_format",
                other,
                supported,
            ));
        }
    };
    let sound = silence(tokens::count(&input).clamp(1, MAX_TOKENS));
    if body.text("stream_format")?.as_deref() != Some("sse") {
        let content = Bytes::from(sound);
        return Ok(Answer::Bytes { kind, content });
    }
    let (input, output) = (tokens::count(&input), sound.len() as u64 / 100);
    let usage = json!({
        "input_tokens": input, "output_tokens": output, "total_tokens": input + output,
    });
    let mut events: Vec<Event> = sound
        .chunks(CHUNK)
        .map(|chunk| {
            let audio = BASE64_STANDARD.encode(chunk);
            Event::typed("speech.audio.delta", json!({"audio": audio}))
        })
        .collect();
    events.push(Event::typed("speech.audio.done", json!({"usage": usage})));
    Ok(Answer::Streamed(Streamed { events, usage }))
}

/// A WAV file that says nothing for as long as `tokens` take.
fn silence(tokens: u64) -> Vec<u8> {
    let samples = u32::try_from(tokens).unwrap_or(1) * SAMPLES_PER_TOKEN;
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((samples + 36).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // PCM, mono, eight bits a sample.
    file.extend(1_u16.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(SAMPLES_PER_SECOND.to_le_bytes());
    file.extend(SAMPLES_PER_SECOND.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(8_u16.to_le_bytes());
    file.extend(b"data");
    file.extend(samples.to_le_bytes());
    file.resize(file.len() + samples as usize, 0x80);
    file
}

async fn transcribe(headers: HeaderMap, body: Bytes) -> Result<Answer, ApiError> {
    let parts = multipart::parts(&headers, &body);
    let heard = Heard::read(&parts)?;
    if multipart::text(&parts, "stream") == Some("true") && heard.by_tokens {
        return Ok(heard.streamed());
    }
    heard.written(&parts, "transcribe")
}

async fn translate(headers: HeaderMap, body: Bytes) -> Result<Answer, ApiError> {
    let parts = multipart::parts(&headers, &body);
    Heard::read(&parts)?.written(&parts, "translate")
}

struct Heard {
    text: String,
    seconds: usize,
    /// Whether the model counts tokens; the older ones count seconds.
    by_tokens: bool,
}

impl Heard {
    fn read(parts: &[Part<'_>]) -> Result<Self, ApiError> {
        let missing = |name: &str| {
            ApiError::invalid(format!("Missing required parameter: '{name}'."))
                .with_param(name)
                .with_code("missing_required_parameter")
        };
        let model = multipart::text(parts, "model").ok_or_else(|| missing("model"))?;
        let file = parts.iter().find(|part| part.name == "file");
        let file = file.ok_or_else(|| missing("file"))?;
        let name = file.file.unwrap_or_default();
        let name = name.rsplit_once('.').map_or(name, |(name, _)| name);
        // A file that is called `what_is_the_weather.wav` says so.
        let text = match name {
            "" | "audio" | "speech" | "file" => "Hello there.".to_owned(),
            other => format!("{}.", other.replace(['_', '-'], " ")),
        };
        Ok(Self {
            text,
            seconds: file.content.len().div_ceil(BYTES_PER_SECOND),
            by_tokens: !model.starts_with("whisper"),
        })
    }

    fn usage(&self) -> Value {
        if !self.by_tokens {
            return json!({"type": "duration", "seconds": self.seconds});
        }
        let (input, output) = (self.seconds as u64 * 10, tokens::count(&self.text));
        json!({
            "type": "tokens",
            "input_tokens": input,
            "input_token_details": {"text_tokens": 0, "audio_tokens": input},
            "output_tokens": output,
            "total_tokens": input + output,
        })
    }

    fn written(&self, parts: &[Part<'_>], task: &str) -> Result<Answer, ApiError> {
        let format = multipart::text(parts, "response_format").unwrap_or("json");
        let text = |kind, text: String| Answer::Bytes {
            kind,
            content: Bytes::from(text),
        };
        let (said, seconds) = (&self.text, self.seconds);
        Ok(match format {
            "json" => Answer::Whole(json!({"text": said, "usage": self.usage()})),
            "text" => text("text/plain; charset=utf-8", format!("{said}\n")),
            "srt" => text(
                "text/plain; charset=utf-8",
                format!("1\n00:00:00,000 --> 00:00:{seconds:02},000\n{said}\n\n"),
            ),
            "vtt" => text(
                "text/vtt; charset=utf-8",
                format!("WEBVTT\n\n00:00:00.000 --> 00:00:{seconds:02}.000\n{said}\n\n"),
            ),
            "verbose_json" => Answer::Whole(json!({
                "task": task,
                "language": "english",
                "duration": seconds,
                "text": said,
                "segments": [{
                    "id": 0, "seek": 0, "start": 0.0, "end": seconds, "text": said,
                    "tokens": [50364], "temperature": 0.0, "avg_logprob": -0.3,
                    "compression_ratio": 0.8, "no_speech_prob": 0.01,
                }],
                "usage": {"type": "duration", "seconds": seconds},
            })),
            other => {
                let supported = "'json', 'text', 'srt', 'verbose_json', and 'vtt'";
                let param = "response_format";
                return Err(ApiError::unsupported_value(param, other, supported));
            }
        })
    }

    fn streamed(&self) -> Answer {
        let usage = self.usage();
        let mut events: Vec<Event> = tokens::pieces(&self.text)
            .into_iter()
            .map(|piece| Event::typed("transcript.text.delta", json!({"delta": piece})))
            .collect();
        let done = json!({"text": self.text, "usage": usage});
        events.push(Event::typed("transcript.text.done", done));
        Answer::Streamed(Streamed { events, usage })
    }
}
