//! What goes wrong with a request for a run, rather than with the run.
//!
//! Contract: the failures of `failures.rs`, by the model of the run. Where a name stands alone the
//! creation of the run fails; behind a place it is that request: `poll/error-500-once`. Only
//! requests that come with a known run fail so, and `assistant/…` when an assistant is made.
//!
//! | place | request |
//! |---|---|
//! | (none) | `POST …/runs`, `POST /threads/runs` |
//! | `poll` | `GET …/runs/{id}` |
//! | `submit` | `POST …/submit_tool_outputs` |
//! | `cancel` | `POST …/cancel` |
//! | `steps` | `GET …/steps` |
//! | `assistant` | `POST /assistants` |

use axum::body::Bytes;
use axum::extract::{FromRequest, OriginalUri, Request};
use axum::http::HeaderValue;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::json;

use super::super::delivery;
use super::super::error::ApiError;
use super::super::failures::{Asked, Failure};
use super::super::fields::Fields;
use super::super::state::Simulator;
use super::super::stream::Answer;

/// A request, with what decides how it fails.
pub(in super::super) struct Incoming {
    path: String,
    test: Option<Vec<u8>>,
    body: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for Incoming {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let path = match request.extensions().get::<OriginalUri>() {
            Some(OriginalUri(uri)) => uri.path().to_owned(),
            None => request.uri().path().to_owned(),
        };
        let test = request.headers().get("x-test-id");
        let test = test.map(HeaderValue::as_bytes).map(<[u8]>::to_vec);
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| {
                let message = rejection.body_text();
                ApiError::refused(rejection.into_response().status(), message)
            })?;
        Ok(Self { path, test, body })
    }
}

/// Which request of a run's life fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Place {
    Create,
    Poll,
    Submit,
    Cancel,
    Steps,
    Assistant,
}

impl Place {
    /// The place and the failure that `model` names.
    fn of(model: &str) -> (Self, Option<Failure>) {
        let (place, name) = match model.split_once('/') {
            Some(("poll", name)) => (Self::Poll, name),
            Some(("submit", name)) => (Self::Submit, name),
            Some(("cancel", name)) => (Self::Cancel, name),
            Some(("steps", name)) => (Self::Steps, name),
            Some(("assistant", name)) => (Self::Assistant, name),
            _ => (Self::Create, model),
        };
        (place, Failure::of(name))
    }
}

impl Incoming {
    pub(in super::super) fn fields(&self) -> Result<Fields, ApiError> {
        Fields::parse(&self.body)
    }

    /// How this request for a run of `model` fails, if it does.
    pub(in super::super) fn failure(&self, place: Place, model: &str) -> Option<Failure> {
        let (failing, failure) = Place::of(model);
        failure.filter(|_| failing == place)
    }

    /// What is answered in place of what was asked for.
    pub(in super::super) fn refusal(
        &self,
        simulator: &Simulator,
        failure: Option<Failure>,
        model: &str,
    ) -> Option<Response> {
        let asked = Asked {
            path: &self.path,
            model,
            // An error within a stream is the run's own fate.
            stream: true,
            test: self.test.as_deref(),
            body: &self.body,
        };
        failure?.refuse(simulator, &asked)
    }
}

/// `object` as a response, spoilt as `failure` says.
pub(in super::super) async fn respond(
    simulator: &Simulator,
    object: impl Serialize,
    failure: Option<Failure>,
) -> Response {
    let mut answer = Answer::Whole(json!(object));
    match failure {
        None | Some(Failure::Stream) => {}
        Some(failure) => {
            failure.spoil(&mut answer);
            return delivery::send(simulator, Response::default(), answer, Some(failure)).await;
        }
    }
    match answer {
        Answer::Whole(value) => axum::Json(value).into_response(),
        other => other.into_response(),
    }
}
