//! From what the model says to what a client receives.
//!
//! Contract: every endpoint of the model lies behind [`deliver`]. It finds the model a request
//! names, lets `failures.rs` and `vendors.rs` change the answer as that name asks, and sends
//! it at the server's pace.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{OriginalUri, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Value, json};

use super::error::ApiError;
use super::failures::{Asked, Failure};
use super::state::Simulator;
use super::stream::{Answer, Ending, Event, mark_as_stream, play};
use super::vendors::Vendor;
use super::{MAX_BODY_BYTES, azure, multipart};

/// A long answer takes no longer than this many chunks would.
const MAX_PAUSES: u32 = 60;
/// What the model `slow` waits before its headers, and before each chunk at least.
const SLOW_HEADERS: Duration = Duration::from_millis(300);
const SLOW_CHUNK: Duration = Duration::from_millis(60);
/// Longer than any client's patience.
const HANG: Duration = Duration::from_secs(3600);
/// What the model `lying-length` adds to the truth.
const LIE: usize = 100;

/// The middleware around every endpoint that answers with an [`Answer`].
pub(super) async fn deliver(
    State(simulator): State<Simulator>,
    OriginalUri(uri): OriginalUri,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| {
        let message = "The body of the request is too large.";
        ApiError::refused(StatusCode::PAYLOAD_TOO_LARGE, message)
    })?;
    let mut named = Named::read(&parts, &body);
    let mut forwarded = body.clone();
    if let Some(deployment) = azure::deployment(uri.path()) {
        forwarded = name_model(body.clone(), &deployment);
        named.model = deployment;
    }
    let vendor =
        Vendor::of(&named.model).or_else(|| azure::is_path(uri.path()).then_some(Vendor::Azure));
    let failure = Failure::of(&named.model);
    if let Some(failure) = failure {
        let asked = Asked {
            path: uri.path(),
            model: &named.model,
            stream: named.stream,
            test: parts.headers.get("x-test-id").map(HeaderValue::as_bytes),
            body: &body,
        };
        if let Some(response) = failure.refuse(&simulator, &asked) {
            return Ok(dress_error(vendor, response).await);
        }
    }
    let request = Request::from_parts(parts, Body::from(forwarded));
    let mut response = next.run(request).await;
    let answer = response.extensions_mut().remove::<Answer>();
    let Some(mut answer) = answer else {
        return Ok(response);
    };
    if let Some(vendor) = vendor {
        vendor.dress(&mut answer);
    }
    if let Some(failure) = failure {
        failure.spoil(&mut answer);
    }
    if let (Some(vendor), Some(Failure::Stream), Answer::Streamed(stream)) =
        (vendor, failure, &mut answer)
    {
        vendor.dress_late_error(stream);
    }
    let streamed = matches!(answer, Answer::Streamed(_));
    let mut response = send(&simulator, response, answer, failure).await;
    if streamed && vendor.is_some_and(Vendor::hides_streams) {
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    Ok(response)
}

/// Gives a refusal, which must be JSON for that, its vendor's shape.
async fn dress_error(vendor: Option<Vendor>, response: Response) -> Response {
    let Some(vendor) = vendor else {
        return response;
    };
    let (mut parts, body) = response.into_parts();
    let content = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    let Ok(mut error) = serde_json::from_slice::<Value>(&content) else {
        return Response::from_parts(parts, Body::from(content));
    };
    vendor.dress_error(parts.status, &mut error);
    parts.headers.remove(header::CONTENT_LENGTH);
    if let Some(kind) = vendor.error_kind(parts.status) {
        let kind = HeaderValue::from_static(kind);
        parts.headers.insert(header::CONTENT_TYPE, kind);
    }
    Response::from_parts(parts, Body::from(error.to_string()))
}

/// What a request says about itself.
#[derive(Debug, Default)]
struct Named {
    model: String,
    stream: bool,
}

impl Named {
    /// Lenient: what is wrong is for the endpoint to refuse.
    fn read(parts: &Parts, body: &Bytes) -> Self {
        if let Ok(body) = serde_json::from_slice::<Value>(body) {
            return Self {
                model: body["model"].as_str().unwrap_or_default().to_owned(),
                stream: body["stream"] == true || body["stream_format"] == "sse",
            };
        }
        let fields = multipart::parts(&parts.headers, body);
        let text = |name: &str| multipart::text(&fields, name);
        Self {
            model: text("model").unwrap_or_default().to_owned(),
            stream: text("stream") == Some("true"),
        }
    }
}

/// `body` with `model`, which endpoints expect there; forms are left as they are.
fn name_model(body: Bytes, model: &str) -> Bytes {
    match serde_json::from_slice::<Value>(&body) {
        Ok(mut value) if value.is_object() => {
            value["model"] = json!(model);
            Bytes::from(value.to_string())
        }
        _ => body,
    }
}

/// Fills `response` with `answer`.
pub(super) async fn send(
    simulator: &Simulator,
    mut response: Response,
    answer: Answer,
    failure: Option<Failure>,
) -> Response {
    let mut pause = simulator.chunk_delay();
    match failure {
        Some(Failure::Hang) => tokio::time::sleep(HANG).await,
        Some(Failure::Slow) => {
            tokio::time::sleep(SLOW_HEADERS).await;
            pause = pause.max(SLOW_CHUNK);
        }
        _ => {}
    }
    let streamed = matches!(answer, Answer::Streamed(_));
    let mut frames = match &answer {
        Answer::Streamed(stream) => stream.events.iter().map(Event::bytes).collect(),
        Answer::Whole(value) => {
            tokio::time::sleep(writing_time(value, simulator.chunk_delay())).await;
            vec![Bytes::from(value.to_string())]
        }
        Answer::Bytes { content, .. } => vec![content.clone()],
    };
    match &answer {
        Answer::Streamed(_) => mark_as_stream(&mut response),
        Answer::Whole(_) => mark(&mut response, "application/json"),
        Answer::Bytes { kind, .. } => mark(&mut response, kind),
    }
    if failure == Some(Failure::BadJson) {
        break_off(&mut frames);
    }
    let mut length = frames.iter().map(Bytes::len).sum::<usize>();
    let mut ending = Ending::Regular;
    match failure {
        Some(Failure::Cut) => {
            halve(&mut frames);
            ending = Ending::Cut;
        }
        Some(Failure::LyingLength) => {
            length += LIE;
            ending = Ending::Short;
        }
        _ if !streamed => {
            *response.body_mut() = Body::from(frames.concat());
            return response;
        }
        _ => {}
    }
    if !streamed || failure == Some(Failure::LyingLength) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    let pause = if streamed { pause } else { Duration::ZERO };
    *response.body_mut() = play(frames, pause, ending);
    response
}

fn mark(response: &mut Response, kind: &'static str) {
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
}

/// How long a model writes at `value`: a pause a token.
fn writing_time(value: &Value, pause: Duration) -> Duration {
    let usage = &value["usage"];
    let tokens = ["completion_tokens", "output_tokens"]
        .iter()
        .find_map(|name| usage[name].as_u64());
    let pauses = u32::try_from(tokens.unwrap_or(1)).unwrap_or(MAX_PAUSES);
    pause * pauses.min(MAX_PAUSES)
}

/// Leaves the first half, of the frames or of the only one.
fn halve(frames: &mut Vec<Bytes>) {
    match frames.as_mut_slice() {
        [frame] => frame.truncate(frame.len() / 2),
        _ => frames.truncate(frames.len().div_ceil(2)),
    }
}

/// Shortens the frame in the middle; a stream's next event begins on a line of its own.
fn break_off(frames: &mut [Bytes]) {
    let only = frames.len() == 1;
    let middle = frames.len() / 2;
    if let Some(frame) = frames.get_mut(middle) {
        frame.truncate(frame.len() * 2 / 3);
        if !only {
            *frame = Bytes::from([frame.as_ref(), b"\n\n"].concat());
        }
    }
}
