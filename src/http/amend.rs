//! What tracing adds to a request, where the options ask for it.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use reqwest::header::CONTENT_LENGTH;
use reqwest::{Body, Request};

use crate::context::as_traceparent;
use crate::recorder::CallHead;

/// Asks for token counts, if the API sends none otherwise and the request says nothing about them.
pub(super) fn ask_for_usage(request: &mut Request, head: &CallHead) {
    replace_body(request, |body| head.body_with_usage(body));
}

/// Names the span of this context to the server: in a header, and in the message where the protocol has a place
/// for the context.
pub(super) fn propagate(request: &mut Request, head: &CallHead, context: &Context) {
    let span = context.span();
    let id = span.span_context();
    if !id.is_valid() {
        return;
    }
    if let Ok(value) = as_traceparent(id).parse() {
        request.headers_mut().insert("traceparent", value);
    }
    replace_body(request, |body| {
        head.body_with_context(body, &carried(context))
    });
}

/// The context as names and values, baggage included.
fn carried(context: &Context) -> Vec<(String, String)> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(context, &mut carrier);
    BaggagePropagator::new().inject_context(context, &mut carrier);
    let mut carried: Vec<_> = carrier.into_iter().collect();
    carried.retain(|(_, value)| !value.is_empty());
    // The parent first.
    carried.sort_unstable_by(|one, other| other.cmp(one));
    carried
}

/// Replaces a body that is in memory, if it is to change.
fn replace_body(request: &mut Request, change: impl FnOnce(&[u8]) -> Option<Vec<u8>>) {
    let body = request.body().and_then(Body::as_bytes);
    let Some(body) = body.and_then(change) else {
        return;
    };
    if request.headers().contains_key(CONTENT_LENGTH) {
        let length = body.len().into();
        request.headers_mut().insert(CONTENT_LENGTH, length);
    }
    *request.body_mut() = Some(body.into());
}
