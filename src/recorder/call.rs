//! One call as the recorder sees it: bytes go to the wire room, facts come out, the span is filled.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{Event, SpanContext};
use opentelemetry_sdk::trace::SdkTracer;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{StatusCode, Url};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::exchange::{End, Ended, Failure, Parts, Request, Rest};
use super::follow::Follow;
use super::read::Read;
use crate::conventions as names;
use crate::export::deferred::DeferredId;
use crate::metrics::Ledger;
use crate::recorder::call_attributes as facts;
use crate::recorder::tools::{Caller, Tools};
use crate::runs::observer::Showing;
use crate::runs::spans::Owner;
use crate::span;
use crate::span::{Fact, FinishedSpan};
use crate::wire;
use crate::wire::{
    AssistantsObject, BodyEnd, Endpoint, Limits, RequestFacts, RequestReader, ResponseFacts,
    ResponseHead, ResponseReader,
};

/// What the providers call the id of a request.
const REQUEST_ID: [&str; 3] = ["x-request-id", "apim-request-id", "request-id"];

fn reader(content_type: Option<&HeaderValue>, limits: Limits) -> RequestReader {
    let content_type = content_type.and_then(|value| value.to_str().ok());
    RequestReader::new(content_type, limits)
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
pub(super) struct Recorded {
    pub(super) endpoint: Endpoint,
    pub(super) at: SystemTime,
    pub(super) status: Option<StatusCode>,
    pub(super) asked: Arc<RequestFacts>,
    /// Whether housekeeping is told like everything else.
    pub(super) wants_housekeeping: bool,
    /// Whether somebody wants to know how long chunks took.
    wants_gaps: bool,
    /// Whether the answer has shown an object of the Assistants API.
    pub(super) has_shown: bool,
    limits: Limits,
    url: Url,
    caller: Option<Caller>,
    attempts: Vec<Event>,
    content_type: Option<HeaderValue>,
    /// While the request's body passes.
    upload: Option<RequestReader>,
    request_id: Option<String>,
    answer: Option<ResponseReader>,
    showing: Option<Showing<Arc<Owner>>>,
    /// When the last part of the answer came.
    last_at: Duration,
    /// Of an answer that said that it is over before its body was.
    early: Option<Read>,
    own: SpanContext,
}

impl Recorded {
    pub(super) fn new(request: Request, limits: Limits, wants_gaps: bool) -> Self {
        let head = request.head;
        let body = request.body.and_then(|body| body.take());
        let content_type = request.content_type;
        let asked = body.map(|(body, _waiting)| {
            let mut reader = reader(content_type.as_ref(), limits);
            reader.push(&body);
            reader.finish(&head.endpoint)
        });
        Self {
            asked: Arc::new(asked.unwrap_or_default()),
            content_type,
            limits,
            upload: None,
            endpoint: head.endpoint.clone(),
            at: request.at,
            url: head.url.clone(),
            caller: Some(request.caller),
            wants_housekeeping: request.wants_housekeeping,
            wants_gaps,
            has_shown: false,
            attempts: Vec::new(),
            status: None,
            request_id: None,
            answer: None,
            showing: None,
            last_at: Duration::ZERO,
            early: None,
            own: request.own,
        }
    }

    /// The request's body begins to pass; what passed before was in vain.
    pub(super) fn uploading(&mut self) {
        self.upload = Some(reader(self.content_type.as_ref(), self.limits));
    }

    pub(super) fn uploaded(&mut self, parts: &Parts) {
        if let Some(reader) = &mut self.upload {
            for (part, _) in parts {
                reader.push(part);
            }
        }
    }

    /// `rest` is `None` if it was given up.
    pub(super) fn uploaded_all(&mut self, rest: Option<&Rest>) {
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
            self.asked = Arc::new(reader.finish(&self.endpoint));
        }
    }

    pub(super) fn answered(&mut self, status: StatusCode, headers: &HeaderMap) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        self.status = Some(status);
        self.request_id = REQUEST_ID
            .iter()
            .find_map(|name| text(name))
            .map(str::to_owned);
        let head = ResponseHead {
            status: status.as_u16(),
            content_type: text(CONTENT_TYPE.as_str()),
            stream_requested: self.asked.stream,
        };
        let reader = ResponseReader::new(&self.endpoint, head, self.limits);
        let reader = reader.with_gaps(self.wants_gaps);
        self.answer = Some(reader.with_choices(self.asked.choices));
    }

    pub(super) fn is_success(&self) -> bool {
        self.status.is_some_and(|status| status.is_success())
    }

    pub(super) fn attempt_failed(&mut self, failure: &Failure, wait: Duration, at: SystemTime) {
        let attributes = facts::attempt(failure, wait);
        let event = Event::new(names::call::ATTEMPT_EVENT, at, attributes, 0);
        self.attempts.push(event);
    }

    pub(super) fn chunks(&mut self, chunks: &Parts) {
        if let Some(answer) = &mut self.answer {
            for (chunk, at) in chunks {
                answer.push(chunk, *at);
                self.last_at = *at;
            }
        }
    }

    /// Objects of the Assistants API that a stream showed since the last time.
    pub(super) fn take_objects(&mut self) -> Vec<(Duration, AssistantsObject)> {
        self.answer
            .as_mut()
            .map(ResponseReader::take_objects)
            .unwrap_or_default()
    }

    /// What was left when the answer ended.
    fn rest(&mut self, rest: &Rest) {
        if !rest.is_tail {
            self.chunks(&rest.parts);
        } else if let Some(answer) = &mut self.answer {
            answer.skip_to(tail(rest));
        }
    }

    fn server(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// What names a server, for those who follow what it makes.
    pub(super) fn server_and_port(&self) -> String {
        let port = self.url.port_or_known_default().unwrap_or_default();
        format!("{}:{port}", self.server())
    }

    /// Whether the request brings results of tools.
    pub(super) fn has_results(&self) -> bool {
        !self.asked.tool_results.is_empty()
    }

    /// Tells of the tools that a stream asks for which is over, though its body is not.
    pub(super) fn ask_early(&mut self, tools: &mut Tools) {
        let is_terminal = self
            .answer
            .as_ref()
            .is_some_and(ResponseReader::is_terminal);
        if let Some(answer) = self.answer.take_if(|_| is_terminal) {
            let mut read = Read::of(answer, BodyEnd::Reached);
            let ended = self.at.checked_add(self.last_at).unwrap_or(self.at);
            self.ask(&mut read.answered, tools, ended);
            self.early = Some(read);
        }
    }

    fn ask(&self, answered: &mut ResponseFacts, tools: &mut Tools, ended: SystemTime) {
        let calls = std::mem::take(&mut answered.tool_calls);
        if let Some(caller) = &self.caller
            && !calls.is_empty()
        {
            let id = answered.id.as_deref();
            tools.ask(caller, &self.own, self.server(), id, calls, ended);
        }
    }

    /// The spans of tools whose results the request brings, and what they stand below.
    pub(super) fn bring_results(
        &self,
        tools: &mut Tools,
    ) -> Vec<(FinishedSpan, SdkTracer, Context)> {
        let Some(caller) = &self.caller else {
            return Vec::new();
        };
        let results = &self.asked.tool_results;
        let executions = tools.answer(caller, self.server(), results, self.at);
        let spans = executions.into_iter().map(|execution| {
            let (finished, parent) = execution.finished();
            (finished, caller.tracer.clone(), parent)
        });
        spans.collect()
    }

    /// Whether it has a span that is exported.
    pub(super) fn has_span(&self) -> bool {
        self.own.is_sampled()
    }

    /// A call of the Assistants API as those see it who follow runs; not before its answer has begun.
    pub(super) fn showing(&mut self) -> Option<&mut Showing<Arc<Owner>>> {
        if self.showing.is_none() {
            let endpoint = self.endpoint.assistants()?;
            let mut facts = facts::address(&self.endpoint, &self.url);
            facts.extend(facts::head(self.status, self.request_id.as_deref()));
            let owner = Owner {
                caller: self.caller.take()?,
                endpoint: self.endpoint.clone(),
                facts,
                attempts: std::mem::take(&mut self.attempts),
            };
            let place = (
                self.server_and_port(),
                self.endpoint.thread_id(),
                self.endpoint.run_id(),
            );
            let asked = Arc::clone(&self.asked);
            let showing = Showing::new(Arc::new(owner), endpoint, place, asked, self.at);
            self.showing = Some(showing);
        }
        let showing = self.showing.as_mut()?;
        // Known with the first bytes of the body, not with its head.
        showing.is_stream |= self.answer.as_ref().is_some_and(ResponseReader::is_stream);
        Some(showing)
    }

    /// Whether the answer has shown a run.
    pub(super) fn shows_run(&self) -> bool {
        self.showing.as_ref().is_some_and(Showing::has_run)
    }

    /// What the address tells of a call that means something else than it seemed.
    pub(super) fn plain_facts(&self, endpoint: &Endpoint) -> Vec<Fact> {
        facts::address(endpoint, &self.url)
    }

    fn read(&mut self, ended: &Ended) -> Read {
        let is_terminal = match (&self.early, &self.answer) {
            (Some(read), _) => read.is_terminal,
            (None, answer) => answer.as_ref().is_some_and(ResponseReader::is_terminal),
        };
        let was_cut = match &ended.end {
            End::Complete => false,
            End::Dropped { was_complete } => !(*was_complete || is_terminal),
            End::CancelledBeforeAnswer | End::Failed(_) => true,
        };
        let end = if was_cut {
            BodyEnd::Cut
        } else {
            BodyEnd::Reached
        };
        let answer = self.answer.take();
        let read = answer.map(|answer| Read::of(answer, end));
        let read = self.early.take().or(read).unwrap_or_default();
        Read { was_cut, ..read }
    }

    /// Status, errors, cancellation. An answer that goes on at the server does so whatever has become of
    /// the connection.
    pub(super) fn outcome(&self, ended: &Ended, read: &Read, goes_on: bool) -> Vec<Fact> {
        let outcome = facts::Outcome {
            status: self.status,
            request_id: self.request_id.as_deref(),
            resends: ended.resends,
            end: if goes_on { &End::Complete } else { &ended.end },
            was_cut: read.was_cut,
            is_stream: read.is_stream && !goes_on,
            has_lost_content: ended.has_lost_content,
        };
        facts::outcome(&outcome, &read.answered)
    }

    /// Measures what its span will say.
    fn measure(
        &self,
        facts: &[Fact],
        held: Option<DeferredId>,
        (ended, gaps): (SystemTime, Vec<Duration>),
        ledger: &mut Ledger,
    ) {
        if !ledger.is_wanted() {
            return;
        }
        let address = facts::address(&self.endpoint, &self.url);
        let (facts, times) = ([&address[..], facts], (self.at, ended));
        match held {
            Some(held) => ledger.hold(held, &facts, times, gaps),
            None => ledger.call(&self.own, &facts, times, &gaps),
        }
    }

    /// Fills the span; it ends when this returns. What has no span is told by what it turned out to be.
    pub(super) fn end(mut self, mut ended: Ended, follow: &mut Follow) {
        if let Some((rest, _waiting)) = ended.rest.take() {
            self.rest(&rest);
        }
        if self.endpoint.is_assistants() {
            follow.chunks(&mut self);
        }
        let mut read = self.read(&ended);
        if self.endpoint.is_assistants() {
            follow.ended(self, &ended, read);
            return;
        }
        let span = &ended.span;
        span::rename(
            span,
            facts::name(&self.endpoint, self.asked.model.as_deref()),
        );
        let mut facts = facts::request(&self.endpoint, &self.asked);
        facts.extend(facts::answer(&read.answered, self.endpoint.is_inference()));
        facts.extend(facts::stream(read.first_chunk, read.chunks));
        let first_content = read.first_content;
        if let Some(at) = first_content.and_then(|after| self.at.checked_add(after)) {
            facts.extend(span::completion_start(at));
        }
        // What nobody wants to know is not waited for.
        let held = if self.has_span() || follow.ledger().is_wanted() {
            follow.background(&self, &ended, &read)
        } else {
            None
        };
        facts.extend(self.outcome(&ended, &read, held.is_some()));
        let gaps = std::mem::take(&mut read.gaps);
        self.measure(&facts, held, (ended.at, gaps), follow.ledger());
        if let Some(held) = held {
            facts.extend(span::attribute(names::DEFERRED, held));
        }
        span::write(span, facts);
        if let Some(tools) = &mut follow.tools {
            self.ask(&mut read.answered, tools, ended.at);
        }
    }
}
