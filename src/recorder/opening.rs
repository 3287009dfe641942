//! What a call's span begins with: as much as can be told without reading a body.
//!
//! Contract: called where the call is made, so it costs little and touches nothing but the address.

use reqwest::{Request, Url};
use tracing::{Level, Span, info_span, span_enabled};

use crate::recorder::call_attributes as facts;
use crate::span;
use crate::span::Fact;
use crate::wire::{Endpoint, RequestHead, recognise};

/// What a span begins with.
pub(crate) struct Opening {
    name: String,
    facts: Vec<Fact>,
    is_told_afterwards: bool,
}

impl Opening {
    /// Whether the call gets no span of its own but is told by what it turned out to be.
    pub(crate) fn is_told_afterwards(&self) -> bool {
        self.is_told_afterwards
    }

    /// Whether a span of this call would be kept where the caller is.
    pub(crate) fn is_wanted(&self) -> bool {
        span_enabled!(target: "tracing_genai", Level::INFO, "openai")
    }

    /// Makes the span where the caller is.
    pub(crate) fn span(self) -> Span {
        let name = self.name.as_str();
        let span =
            info_span!(target: "tracing_genai", "openai", otel.name = name, otel.kind = "client");
        span::write(&span, self.facts);
        span
    }
}

/// What can be told of a request by its address.
pub(crate) fn opening(endpoint: &Endpoint, url: &Url) -> Opening {
    Opening {
        name: facts::name(endpoint, None),
        facts: facts::address(endpoint, url),
        is_told_afterwards: endpoint.is_assistants(),
    }
}

/// What a request is, as far as its head tells.
pub(crate) fn endpoint(request: &Request) -> Endpoint {
    let (url, headers) = (request.url(), request.headers());
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let host = url.host_str().unwrap_or_default();
    let method = request.method().as_str();
    recognise(&RequestHead::new(
        method,
        host,
        url.path(),
        url.query(),
        &header,
    ))
}
