//! The call that a request makes, as far as method, address and headers identify it.

use std::borrow::Cow;

use super::dialect::{Dialect, Unknown};
use super::facts::{AssistantsEndpoint, McpMessage, StoredAnswer};
use super::route::Route;

/// What is known of a request before its body.
pub(crate) struct RequestHead<'a> {
    pub(crate) method: &'a str,
    pub(crate) host: &'a str,
    /// The segments of the path, without empty ones.
    pub(crate) segments: Vec<&'a str>,
    query: &'a str,
    body: Option<&'a [u8]>,
    header: &'a dyn Fn(&str) -> Option<&'a str>,
}

impl<'a> RequestHead<'a> {
    /// `header` looks up a header by its name in lower case.
    pub(crate) fn new(
        method: &'a str,
        host: &'a str,
        path: &'a str,
        query: Option<&'a str>,
        header: &'a dyn Fn(&str) -> Option<&'a str>,
    ) -> Self {
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        Self {
            method,
            host,
            segments: segments.collect(),
            query: query.unwrap_or_default(),
            body: None,
            header,
        }
    }

    /// Adds the body, or as much of it as is there when the call is made: evidence where the path alone says
    /// little.
    pub(crate) fn with_body(mut self, body: &'a [u8]) -> Self {
        self.body = Some(body);
        self
    }

    /// The body, if it is known.
    pub(crate) fn body(&self) -> Option<&'a [u8]> {
        self.body
    }

    /// A header that is text.
    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        (self.header)(name)
    }

    /// Names and values of the query, as they are written.
    pub(crate) fn query(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self.query.split('&');
        pairs.filter_map(|pair| pair.split_once('='))
    }
}

/// The call that a request makes, as far as method, address and headers identify it.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    dialect: &'static dyn Dialect,
    method: Cow<'static, str>,
    route: String,
    ids: Vec<(&'static str, String)>,
    provider: Option<&'static str>,
    /// The model or the deployment that the address names.
    pub(super) model: Option<String>,
    /// Whether the address asks for a stream.
    pub(super) is_stream: bool,
    pub(super) stream_cursor: Option<i64>,
    pub(super) is_ascending: bool,
    pub(super) api_version: Option<String>,
    pub(super) mcp: Option<McpMessage>,
}

impl Endpoint {
    pub(super) fn new(
        head: &RequestHead<'_>,
        route: Route,
        provider: impl Into<Option<&'static str>>,
        dialect: &'static dyn Dialect,
    ) -> Self {
        Self {
            dialect,
            method: match head.method {
                "POST" => "POST".into(),
                "GET" => "GET".into(),
                other => other.to_ascii_uppercase().into(),
            },
            route: route.template,
            ids: route.ids,
            provider: provider.into(),
            model: None,
            is_stream: false,
            stream_cursor: None,
            is_ascending: false,
            api_version: None,
            mcp: None,
        }
    }

    /// The same method and route as an unknown call.
    pub(crate) fn without_meaning(self) -> Self {
        Self {
            dialect: &Unknown,
            ids: Vec::new(),
            provider: None,
            model: None,
            api_version: None,
            mcp: None,
            ..self
        }
    }

    pub(super) fn dialect(&self) -> &'static dyn Dialect {
        self.dialect
    }

    /// In capitals.
    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    /// The path with names in place of ids: `/v1/threads/{thread_id}/runs`.
    pub(crate) fn route(&self) -> &str {
        &self.route
    }

    /// The provider, in the convention's word; none if it is not known that a model's API is called.
    pub(crate) fn provider(&self) -> Option<&'static str> {
        self.provider
    }

    /// The operation in the convention's word, if it has one.
    pub(crate) fn operation(&self) -> Option<&'static str> {
        self.dialect.operation()
    }

    /// The family of the API.
    pub(crate) fn api_type(&self) -> Option<&'static str> {
        self.dialect.api_type()
    }

    /// Whether a model works for this call, so that model, usage and cost belong to it.
    pub(crate) fn is_inference(&self) -> bool {
        self.dialect.is_inference()
    }

    /// Whether anything of the bodies may be read.
    pub(crate) fn reads_bodies(&self) -> bool {
        self.dialect.reads_bodies()
    }

    /// The body of a request with a wish for token counts, if the API sends none otherwise and the request
    /// says nothing about them.
    pub(crate) fn body_with_usage(&self, body: &[u8]) -> Option<Vec<u8>> {
        self.dialect.body_with_usage(body)
    }

    /// The body of a request with the context of a span, if the protocol has a place for it.
    pub(crate) fn body_with_context(
        &self,
        body: &[u8],
        context: &[(String, String)],
    ) -> Option<Vec<u8>> {
        self.dialect.body_with_context(body, context)
    }

    /// The parent of the call's span, as a `traceparent`, if the body of the request names it.
    pub(crate) fn parent_in(&self, body: &[u8]) -> Option<String> {
        self.dialect.parent_in(body)
    }

    /// Whether the call is an operation of the caller's, and so a span.
    pub(crate) fn is_operation(&self) -> bool {
        self.dialect.is_operation()
    }

    /// The message of the Model Context Protocol that it sends.
    pub(crate) fn mcp(&self) -> Option<&McpMessage> {
        self.mcp.as_ref()
    }

    /// Which call of the Assistants API it is.
    pub(crate) fn assistants(&self) -> Option<AssistantsEndpoint> {
        self.dialect.assistants()
    }

    /// Whether the call belongs to the Assistants API.
    pub(crate) fn is_assistants(&self) -> bool {
        self.assistants().is_some()
    }

    /// What the call does with an answer that the provider stores.
    pub(crate) fn stored_answer(&self) -> Option<StoredAnswer> {
        self.dialect.stored_answer()
    }

    /// An id from the path by its name in the route: `response_id`, `thread_id` …
    pub(crate) fn id(&self, name: &str) -> Option<&str> {
        let id = self.ids.iter().find(|(known, _)| *known == name);
        id.map(|(_, id)| id.as_str())
    }

    pub(crate) fn response_id(&self) -> Option<&str> {
        self.id("response_id")
    }

    /// The conversation, or the thread of the Assistants API.
    pub(crate) fn conversation_id(&self) -> Option<&str> {
        self.id("conversation_id").or_else(|| self.thread_id())
    }

    pub(crate) fn thread_id(&self) -> Option<&str> {
        self.id("thread_id")
    }

    pub(crate) fn run_id(&self) -> Option<&str> {
        self.id("run_id")
    }

    /// The model or deployment that the address names.
    pub(crate) fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// The event after which the stream of a stored answer continues.
    pub(crate) fn stream_cursor(&self) -> Option<i64> {
        self.stream_cursor
    }

    /// Whether a list was requested in ascending order, oldest first.
    pub(crate) fn is_ascending(&self) -> bool {
        self.is_ascending
    }

    /// Azure's `api-version`.
    pub(crate) fn api_version(&self) -> Option<&str> {
        self.api_version.as_deref()
    }
}
