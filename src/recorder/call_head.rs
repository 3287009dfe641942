//! What a request is, as far as its head says.
//!
//! Contract: recognised once, where the call is made, so it costs little and touches no body. Everything else
//! about the call builds on it.

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use reqwest::{Body, Request, Url};
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::attributes;
use crate::context::from_traceparent;
use crate::context::handle::Handle;
use crate::span::take_inference;
use crate::wire::{Endpoint, RequestHead, recognise};

/// The span of a call.
#[derive(Debug)]
pub(crate) struct CallSpan {
    pub(crate) span: Span,
    pub(crate) context: Context,
    /// Whether it was made for the call, which is its end then; else the caller ends it.
    pub(crate) is_own: bool,
}

/// The head of a call's first request.
#[derive(Debug)]
pub(crate) struct CallHead {
    pub(super) endpoint: Endpoint,
    pub(super) url: Url,
}

impl CallHead {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            endpoint: endpoint(request),
            url: request.url().clone(),
        }
    }

    /// Whether the call gets its span when it has ended, if at all, by what it turned out to be.
    pub(crate) fn is_recorded_afterwards(&self) -> bool {
        self.endpoint.is_assistants()
    }

    /// Whether the call is an operation of the caller's, and so a span.
    pub(crate) fn is_operation(&self) -> bool {
        self.endpoint.is_operation()
    }

    /// Whether the bodies are read: nothing of those of an unknown API is kept.
    pub(crate) fn reads_bodies(&self) -> bool {
        self.endpoint.reads_bodies()
    }

    /// The request's body with a wish for token counts, if the API sends none otherwise and the request says
    /// nothing about them.
    pub(crate) fn body_with_usage(&self, body: &[u8]) -> Option<Vec<u8>> {
        self.endpoint.body_with_usage(body)
    }

    /// The request's body with the context of a span, if the protocol has a place for it.
    pub(crate) fn body_with_context(
        &self,
        body: &[u8],
        context: &[(String, String)],
    ) -> Option<Vec<u8>> {
        self.endpoint.body_with_context(body, context)
    }

    /// Starts the span where the caller is, in `caller` and its context `here`, or below the parent that the request
    /// names if the caller is nowhere. Whatever is known of the call is written when it has ended.
    ///
    /// A library that the caller uses may have made one for the same call: then it is that.
    pub(crate) fn span(
        &self,
        handle: &Handle,
        (caller, here): (&Span, Context),
        request: &Request,
    ) -> CallSpan {
        if self.endpoint.is_inference() && take_inference(caller) {
            return CallSpan {
                span: caller.clone(),
                context: caller.context(),
                is_own: false,
            };
        }
        let parent = self.parent_in(request, &here).unwrap_or(here);
        let name = attributes::name(&self.endpoint, None);
        let name = name.as_ref();
        let fields = [("otel.name", name), ("otel.kind", "client")];
        let (span, context) = handle.span((Some(parent), Some(caller)), &fields, |caller| {
            info_span!(target: "tracing_genai", parent: caller, "openai", otel.name = name, otel.kind = "client")
        });
        CallSpan {
            span,
            context,
            is_own: true,
        }
    }

    /// A client that sends from a task of its own has no span there.
    fn parent_in(&self, request: &Request, here: &Context) -> Option<Context> {
        if here.has_active_span() {
            return None;
        }
        let body = request.body().and_then(Body::as_bytes)?;
        let parent = from_traceparent(&self.endpoint.parent_in(body)?)?;
        Some(here.with_remote_span_context(parent))
    }
}

fn endpoint(request: &Request) -> Endpoint {
    let (url, headers) = (request.url(), request.headers());
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let host = url.host_str().unwrap_or_default();
    let method = request.method().as_str();
    // A body that is made as it is sent is no evidence.
    let body = request.body().and_then(Body::as_bytes);
    let head = RequestHead::new(method, host, url.path(), url.query(), &header);
    recognise(&head.with_body(body.unwrap_or_default()))
}
