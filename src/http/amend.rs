//! What tracing adds to a request, where the options ask for it.

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use reqwest::header::CONTENT_LENGTH;
use reqwest::{Body, Request};

use crate::context::as_traceparent;
use crate::recorder::CallHead;

/// Asks for token counts, if the API sends none otherwise and the request says nothing about them.
pub(super) fn ask_for_usage(request: &mut Request, head: &CallHead) {
    let body = request.body().and_then(Body::as_bytes);
    let Some(body) = body.and_then(|body| head.body_with_usage(body)) else {
        return;
    };
    if request.headers().contains_key(CONTENT_LENGTH) {
        let length = body.len().into();
        request.headers_mut().insert(CONTENT_LENGTH, length);
    }
    *request.body_mut() = Some(body.into());
}

/// Names the span of this context to the server.
pub(super) fn propagate(request: &mut Request, context: &Context) {
    let span = context.span();
    let id = span.span_context();
    if id.is_valid()
        && let Ok(value) = as_traceparent(id).parse()
    {
        request.headers_mut().insert("traceparent", value);
    }
}
