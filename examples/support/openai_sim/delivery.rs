//! From what the model says to what a client receives.
//!
//! Contract: every endpoint of the model lies behind [`deliver`]. It finds the model a request
//! names, lets `failures.rs` and `vendors.rs` change the answer as that name asks, and sends
//! it at the server's pace.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::Value;

use super::error::ApiError;
use super::state::Simulator;
use super::stream::{Answer, Ending, Event, mark_as_stream, play};

/// A long answer takes no longer than this many chunks would.
const MAX_PAUSES: u32 = 60;

/// The middleware around every endpoint that answers with an [`Answer`].
pub(super) async fn deliver(
    State(simulator): State<Simulator>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let mut response = next.run(request).await;
    let Some(answer) = response.extensions_mut().remove::<Answer>() else {
        return Ok(response);
    };
    let pause = simulator.chunk_delay();
    match answer {
        Answer::Whole(value) => {
            tokio::time::sleep(writing_time(&value, pause)).await;
            *response.body_mut() = Body::from(value.to_string());
            let kind = HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        Answer::Streamed(stream) => {
            let frames: Vec<Bytes> = stream.events.iter().map(Event::bytes).collect();
            *response.body_mut() = play(frames, pause, Ending::Regular);
            mark_as_stream(&mut response);
        }
    }
    Ok(response)
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
