//! One call as the recorder sees it: bytes go to the wire room, facts come out.

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::{Event, SpanContext};
use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::answer::ReadAnswer;
use super::answer_headers::AnswerHeaders;
use super::attributes;
use super::call_end::{End, Failure};
use super::call_head::CallHead;
use super::caller::Caller;
use super::exchange::{Ended, Parts, Request, Rest};
use super::tools::{Asking, Execution, Tools};
use crate::conventions as names;
use crate::model::message::Usage;
use crate::runs::Exchange;
use crate::span::{AttributeSet, FinishedSpan, SpanParent};
use crate::wire;
use crate::wire::{
    AssistantsObject, BodyEnd, Limits, Media, RequestFacts, RequestReader, ResponseFacts,
    ResponseHead, ResponseReader,
};

fn reader(head: &CallHead, content_type: Option<&HeaderValue>, limits: Limits) -> RequestReader {
    let content_type = content_type.and_then(|value| value.to_str().ok());
    RequestReader::new(&head.endpoint, content_type, limits)
}

/// The end of a body whose beginning is missing.
fn tail(rest: &Rest) -> Vec<u8> {
    let mut tail = Vec::new();
    for (part, _) in &rest.parts {
        let end = part.len().saturating_sub(wire::TAIL_BYTES);
        tail.extend_from_slice(part.get(end..).unwrap_or_default());
    }
    tail
}

/// Adds an attempt that failed before another was made to the span of its call.
pub(super) fn attempt_failed(span: &Span, failure: &Failure, wait: Duration) {
    let attributes = attributes::attempt(failure, wait);
    span.add_event(names::call::ATTEMPT_EVENT, attributes);
}

/// A call whose messages are being taken.
pub(super) struct RecordedCall {
    pub(super) head: Arc<CallHead>,
    pub(super) at: SystemTime,
    began: Instant,
    /// The call's own span.
    pub(super) own: SpanContext,
    /// `None` once the call belongs to a run.
    pub(super) caller: Option<Caller>,
    pub(super) request: Arc<RequestFacts>,
    /// Inline bytes that the request has sent, if a destination wants them.
    pub(super) media: Media,
    pub(super) status: Option<StatusCode>,
    pub(super) request_id: Option<String>,
    /// The session that the server has opened.
    pub(super) session_id: Option<String>,
    /// Attempts of a call without a span.
    pub(super) attempts: Vec<Event>,
    /// Whether housekeeping of the Assistants API is recorded like every other call.
    pub(super) wants_housekeeping: bool,
    /// Of a call of the Assistants API, once its answer has shown something.
    pub(super) exchange: Option<Exchange>,
    /// What the head of the answer counts.
    counts: Usage,
    limits: Limits,
    /// Whether somebody wants to know how long chunks took.
    wants_gaps: bool,
    content_type: Option<HeaderValue>,
    /// While the request's body passes.
    upload: Option<RequestReader>,
    answer: Option<ResponseReader>,
    /// When the last part of the answer came.
    last_at: Duration,
    /// An answer that was over before its body was.
    early: Option<ReadAnswer>,
}

impl RecordedCall {
    pub(super) fn new(request: Request, limits: Limits, wants_gaps: bool) -> Self {
        let body = request.body.and_then(|body| body.take());
        let content_type = request.content_type;
        let facts = body.map(|(body, _waiting)| {
            let mut reader = reader(&request.head, content_type.as_ref(), limits);
            reader.push(&body);
            reader.finish(&request.head.endpoint)
        });
        let mut facts = facts.unwrap_or_default();
        let media = mem::take(&mut facts.media);
        Self {
            head: request.head,
            at: request.at,
            began: request.began,
            own: request.own,
            caller: Some(request.caller),
            request: Arc::new(facts),
            media,
            status: None,
            request_id: None,
            session_id: None,
            attempts: Vec::new(),
            wants_housekeeping: request.wants_housekeeping,
            exchange: None,
            counts: Usage::default(),
            limits,
            wants_gaps,
            content_type,
            upload: None,
            answer: None,
            last_at: Duration::ZERO,
            early: None,
        }
    }

    /// The request's body begins to pass; what passed before was in vain.
    pub(super) fn uploading(&mut self) {
        let content_type = self.content_type.as_ref();
        self.upload = Some(reader(&self.head, content_type, self.limits));
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
            let mut facts = reader.finish(&self.head.endpoint);
            self.media = mem::take(&mut facts.media);
            self.request = Arc::new(facts);
        }
    }

    pub(super) fn attempt_failed(&mut self, failure: &Failure, wait: Duration, at: SystemTime) {
        let attributes = attributes::attempt(failure, wait);
        let event = Event::new(names::call::ATTEMPT_EVENT, at, attributes, 0);
        self.attempts.push(event);
    }

    /// The head of the answer has come.
    pub(super) fn answered(&mut self, status: StatusCode, headers: &AnswerHeaders) {
        self.status = Some(status);
        self.request_id = headers.request_id().map(str::to_owned);
        self.counts = headers.counts();
        self.session_id = headers.session_id().map(str::to_owned);
        let head = ResponseHead {
            status: status.as_u16(),
            content_type: headers.content_type(),
            stream_requested: self.request.stream,
        };
        let reader = ResponseReader::new(&self.head.endpoint, head, self.limits);
        let reader = reader
            .with_gaps(self.wants_gaps)
            .with_encoding(headers.content_encoding())
            .with_error_type(headers.error_type());
        self.answer = Some(reader.with_choices(self.request.choices));
    }

    pub(super) fn chunks(&mut self, chunks: &Parts) {
        if let Some(answer) = &mut self.answer {
            for (chunk, at) in chunks {
                self.last_at = at.saturating_duration_since(self.began);
                answer.push(chunk, self.last_at);
            }
        }
    }

    /// Objects of the Assistants API that came on a stream since the last time.
    pub(super) fn take_objects(&mut self) -> Vec<(Duration, AssistantsObject)> {
        self.answer
            .as_mut()
            .map(ResponseReader::take_objects)
            .unwrap_or_default()
    }

    /// What was left when the answer ended.
    pub(super) fn rest(&mut self, rest: &Rest) {
        if !rest.is_tail {
            self.chunks(&rest.parts);
        } else if let Some(answer) = &mut self.answer {
            answer.skip_to(tail(rest));
        }
    }

    /// What was left when the answer ended was given up.
    pub(super) fn rest_is_lost(&mut self) {
        if let Some(answer) = &mut self.answer {
            answer.skip_to(Vec::new());
        }
    }

    pub(super) fn is_success(&self) -> bool {
        self.status.is_some_and(|status| status.is_success())
    }

    /// Whether the call has a span that is exported.
    pub(super) fn has_span(&self) -> bool {
        self.own.is_sampled()
    }

    fn server(&self) -> &str {
        self.head.url.host_str().unwrap_or_default()
    }

    /// What names a server among those whose stored answers and runs are followed.
    pub(super) fn server_and_port(&self) -> String {
        let port = self.head.url.port_or_known_default().unwrap_or_default();
        format!("{}:{port}", self.server())
    }

    /// Whether the request brings results of tools.
    pub(super) fn has_results(&self) -> bool {
        !self.request.tool_results.is_empty()
    }

    /// The spans of tools whose results the request brings, with their parents.
    pub(super) fn tool_spans(&self, tools: &mut Tools) -> Vec<(FinishedSpan, SpanParent)> {
        let Some(caller) = &self.caller else {
            return Vec::new();
        };
        let results = &self.request.tool_results;
        let executions = tools.answer(caller, self.server(), results, self.at);
        executions.into_iter().map(Execution::finished).collect()
    }

    /// Whether its answer is over, as far as it says so itself.
    pub(super) fn is_over(&self) -> bool {
        self.answer
            .as_ref()
            .is_some_and(ResponseReader::is_terminal)
    }

    /// Remembers the tools that a stream asks for which is over, though its body is not.
    pub(super) fn ask_early(&mut self, tools: &mut Tools) {
        let is_terminal = |answer: &mut ResponseReader| answer.is_terminal();
        if let Some(answer) = self.answer.take_if(is_terminal) {
            let mut read = ReadAnswer::of(answer, BodyEnd::Reached);
            let ended = self.at.checked_add(self.last_at).unwrap_or(self.at);
            self.ask(&mut read.facts, tools, ended);
            self.early = Some(read);
        }
    }

    /// Remembers the tools that an answer asks for.
    pub(super) fn ask(&self, answer: &mut ResponseFacts, tools: &mut Tools, ended: SystemTime) {
        let calls = mem::take(&mut answer.tool_calls);
        if let Some(caller) = &self.caller
            && !calls.is_empty()
        {
            let asking = Asking {
                server: self.server(),
                response: answer.id.as_deref(),
                calls,
                offered: &self.request.tools,
                began: self.at,
                ended,
            };
            tools.ask(caller, &self.own, asking);
        }
    }

    /// Nothing more of the answer will come.
    pub(super) fn finish_answer(&mut self, end: &End) -> ReadAnswer {
        let is_terminal = match &self.early {
            Some(read) => read.is_terminal,
            None => self.is_over(),
        };
        let was_cut = match end {
            End::Complete => false,
            End::Dropped { was_complete } => !(*was_complete || is_terminal),
            End::CancelledBeforeAnswer | End::OpenAtExit | End::Failed(_) => true,
        };
        let end = if was_cut {
            BodyEnd::Cut
        } else {
            BodyEnd::Reached
        };
        let answer = self.answer.take();
        let read = answer.map(|answer| ReadAnswer::of(answer, end));
        let mut read = self.early.take().or(read).unwrap_or_default();
        if read.facts.usage.is_none() && self.counts != Usage::default() {
            read.facts.usage = Some(self.counts);
        }
        ReadAnswer { was_cut, ..read }
    }

    /// Status, errors, cancellation. If the answer goes on at the server, whatever has become of the
    /// connection says nothing about it.
    pub(super) fn outcome(
        &self,
        set: &mut AttributeSet,
        ended: &Ended,
        read: &ReadAnswer,
        goes_on: bool,
    ) {
        let outcome = attributes::Outcome {
            status: self.status,
            request_id: self.request_id.as_deref(),
            resends: ended.resends,
            end: if goes_on { &End::Complete } else { &ended.end },
            was_cut: read.was_cut,
            is_stream: read.is_stream && !goes_on,
            has_lost_content: ended.has_lost_content,
        };
        attributes::outcome(set, &outcome, &read.facts);
    }
}
