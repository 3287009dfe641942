//! One call as the recorder sees it: bytes go to the wire room, facts come out, the span is filled.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::SpanContext;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{Ended, Request};
use crate::conventions as names;
use crate::follow::{Caller, Tools};
use crate::http::call::End;
use crate::http::factory::Failure;
use crate::http::sharing::{Parts, Rest};
use crate::record::{self, Fact, call as facts};
use crate::wire::{
    self, Endpoint, Head, Limits, RequestFacts, RequestReader, ResponseFacts, ResponseReader,
};

/// What the providers call the id of a request.
const REQUEST_ID: [&str; 3] = ["x-request-id", "apim-request-id", "request-id"];

/// What a span begins with.
pub(crate) struct Opening {
    name: String,
    facts: Vec<Fact>,
}

impl Opening {
    /// Makes the span where the caller is.
    pub(crate) fn span(self) -> Span {
        let name = self.name.as_str();
        let span =
            info_span!(target: "tracing_genai", "openai", otel.name = name, otel.kind = "client");
        record::write(&span, self.facts);
        span
    }
}

/// What can be told of a request by its address.
pub(crate) fn opening(method: &Method, url: &Url) -> Opening {
    let endpoint = endpoint(method, url);
    Opening {
        name: facts::name(&endpoint, None),
        facts: facts::address(&endpoint, url),
    }
}

fn endpoint(method: &Method, url: &Url) -> Endpoint {
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    Endpoint::of(method.as_str(), &path)
}

fn reader(content_type: Option<&HeaderValue>) -> RequestReader {
    let content_type = content_type.and_then(|value| value.to_str().ok());
    RequestReader::new(content_type, Limits::default())
}

/// The end of a body of which only that is there.
fn tail(rest: &Rest) -> Vec<u8> {
    let mut tail = Vec::new();
    for (part, _) in &rest.parts {
        let end = part.len().saturating_sub(wire::TAIL_BYTES);
        tail.extend_from_slice(part.get(end..).unwrap_or_default());
    }
    tail
}

/// A failed attempt that is followed by another.
pub(crate) fn attempt_failed(span: &Span, failure: &Failure, wait: Duration) {
    span.add_event(names::call::ATTEMPT_EVENT, facts::attempt(failure, wait));
}

/// A call whose messages are being taken.
pub(crate) struct Recorded {
    endpoint: Endpoint,
    at: SystemTime,
    server: String,
    caller: Option<Caller>,
    content_type: Option<HeaderValue>,
    asked: RequestFacts,
    /// While the request's body passes.
    upload: Option<RequestReader>,
    status: Option<StatusCode>,
    request_id: Option<String>,
    answer: Option<ResponseReader>,
    /// When the last part of the answer came.
    last_at: Duration,
    /// Of an answer that said that it is over before its body was.
    early: Option<Answered>,
    own: SpanContext,
}

/// An answer that was read.
#[derive(Default)]
struct Answered {
    is_stream: bool,
    is_terminal: bool,
    first_chunk: Option<Duration>,
    first_content: Option<Duration>,
    chunks: Option<u64>,
    facts: ResponseFacts,
}

impl Answered {
    fn read(answer: ResponseReader, end: wire::End) -> Self {
        Self {
            is_stream: answer.is_stream(),
            is_terminal: answer.is_terminal(),
            first_chunk: answer.first_chunk_at(),
            first_content: answer.first_content_at(),
            chunks: answer.chunks(),
            facts: answer.finish(end),
        }
    }
}

impl Recorded {
    pub(crate) fn new(request: Request) -> Self {
        let endpoint = endpoint(&request.method, &request.url);
        let body = request.body.and_then(|body| body.take());
        let content_type = request.content_type;
        let asked = body.map(|(body, _waiting)| {
            let mut reader = reader(content_type.as_ref());
            reader.push(&body);
            reader.finish(&endpoint)
        });
        Self {
            asked: asked.unwrap_or_default(),
            content_type,
            upload: None,
            endpoint,
            at: request.at,
            server: request.url.host_str().unwrap_or_default().to_owned(),
            caller: request.caller,
            status: None,
            request_id: None,
            answer: None,
            last_at: Duration::ZERO,
            early: None,
            own: request.own,
        }
    }

    /// The request's body begins to pass; what passed before was in vain.
    pub(crate) fn uploading(&mut self) {
        self.upload = Some(reader(self.content_type.as_ref()));
    }

    pub(crate) fn uploaded(&mut self, parts: &Parts) {
        if let Some(reader) = &mut self.upload {
            for (part, _) in parts {
                reader.push(part);
            }
        }
    }

    /// `rest` is `None` if it was given up.
    pub(crate) fn uploaded_all(&mut self, rest: Option<&Rest>) {
        match rest {
            Some(rest) if !rest.is_tail => self.uploaded(&rest.parts),
            Some(rest) => {
                if let Some(reader) = &mut self.upload {
                    reader.skip_to(tail(rest));
                }
            }
            None => {}
        }
        if let Some(reader) = self.upload.take() {
            self.asked = reader.finish(&self.endpoint);
        }
    }

    pub(crate) fn answered(&mut self, status: StatusCode, headers: &HeaderMap) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        self.status = Some(status);
        self.request_id = REQUEST_ID
            .iter()
            .find_map(|name| text(name))
            .map(str::to_owned);
        let head = Head {
            status: status.as_u16(),
            content_type: text(CONTENT_TYPE.as_str()),
            stream_requested: self.asked.stream,
        };
        let reader = ResponseReader::new(&self.endpoint, head, Limits::default());
        self.answer = Some(reader.with_choices(self.asked.choices(&self.endpoint)));
    }

    pub(crate) fn chunks(&mut self, chunks: &Parts) {
        if let Some(answer) = &mut self.answer {
            for (chunk, at) in chunks {
                answer.push(chunk, *at);
                self.last_at = *at;
            }
        }
    }

    /// What was left when the answer ended.
    fn rest(&mut self, rest: &Rest) {
        if !rest.is_tail {
            self.chunks(&rest.parts);
        } else if let Some(answer) = &mut self.answer {
            answer.skip_to(tail(rest));
        }
    }

    /// Whether the request brings results of tools.
    pub(crate) fn has_results(&self) -> bool {
        !self.asked.tool_results.is_empty()
    }

    /// Tells of the tools that a stream asks for which is over, though its body is not.
    pub(crate) fn ask_early(&mut self, tools: &mut Tools) {
        let is_terminal = self
            .answer
            .as_ref()
            .is_some_and(ResponseReader::is_terminal);
        if let Some(answer) = self.answer.take_if(|_| is_terminal) {
            let mut answered = Answered::read(answer, wire::End::Reached);
            let ended = self.at.checked_add(self.last_at).unwrap_or(self.at);
            self.ask(&mut answered.facts, tools, ended);
            self.early = Some(answered);
        }
    }

    fn ask(&self, answered: &mut ResponseFacts, tools: &mut Tools, ended: SystemTime) {
        let calls = std::mem::take(&mut answered.tool_calls);
        if let Some(caller) = &self.caller
            && !calls.is_empty()
        {
            let id = answered.id.as_deref();
            tools.ask(caller, &self.own, &self.server, id, calls, ended);
        }
    }

    /// Tells of the tools whose results the request brings.
    pub(crate) fn bring_results(&self, tools: &mut Tools) {
        if let Some(caller) = &self.caller {
            let results = &self.asked.tool_results;
            for execution in tools.answer(caller, &self.server, results, self.at) {
                execution.record(caller);
            }
        }
    }

    /// Fills the span; it ends when this returns.
    pub(crate) fn end(mut self, mut ended: Ended, tools: Option<&mut Tools>) {
        if let Some((rest, _waiting)) = ended.rest.take() {
            self.rest(&rest);
        }
        let span = &ended.span;
        let is_terminal = match (&self.early, &self.answer) {
            (Some(answered), _) => answered.is_terminal,
            (None, answer) => answer.as_ref().is_some_and(ResponseReader::is_terminal),
        };
        let was_cut = match &ended.end {
            End::Complete => false,
            End::Dropped { was_complete } => !(*was_complete || is_terminal),
            End::CancelledBeforeAnswer | End::Failed(_) => true,
        };
        let end = if was_cut {
            wire::End::Cut
        } else {
            wire::End::Reached
        };
        let answer = self.answer.take();
        let read = answer.map(|answer| Answered::read(answer, end));
        let mut answered = self.early.take().or(read).unwrap_or_default();

        record::rename(
            span,
            facts::name(&self.endpoint, self.asked.model.as_deref()),
        );
        record::write(span, facts::request(&self.endpoint, &self.asked));
        record::write(span, facts::answer(&self.endpoint, &answered.facts));
        record::write(span, facts::stream(answered.first_chunk, answered.chunks));
        if let Some(at) = answered
            .first_content
            .and_then(|after| self.at.checked_add(after))
        {
            record::write(span, record::completion_start(at));
        }
        let outcome = facts::Outcome {
            status: self.status,
            request_id: self.request_id.as_deref(),
            resends: ended.resends,
            end: &ended.end,
            was_cut,
            is_stream: answered.is_stream,
            has_lost_content: ended.has_lost_content,
        };
        record::write(span, facts::outcome(&outcome, &answered.facts));
        if let Some(tools) = tools {
            self.ask(&mut answered.facts, tools, ended.at);
        }
    }
}
