//! The end of a call: its span is filled, measured and closed.

use std::mem;

use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::attributes;
use super::call::RecordedCall;
use super::exchange::Ended;
use super::trackers::Trackers;
use crate::conventions as names;
use crate::span;
use crate::span::{AttributeSet, AttributeSink as _};

/// Fills the span of a call, which ends when this returns. A call without a span is recorded as what it
/// turned out to be.
pub(super) fn finish(mut call: RecordedCall, mut ended: Ended, trackers: &mut Trackers) {
    if let Some((rest, _waiting)) = ended.rest.take() {
        call.rest(&rest);
    } else if ended.has_lost_content {
        call.rest_is_lost();
    }
    if call.head.endpoint.is_assistants() {
        trackers.assistants.read(&mut call, &mut trackers.spans);
        let read = call.finish_answer(&ended.end);
        let spans = &mut trackers.spans;
        trackers.assistants.ended(call, &ended, read, spans);
        return;
    }
    let mut read = call.finish_answer(&ended.end);
    let ledger = &mut trackers.spans.ledger;
    let name = attributes::name(&call.head.endpoint, Some(&call.request));
    let span = ended.span.context();
    span::rename(&span, name.into_owned());
    let mut set = AttributeSet::new();
    let endpoint = &call.head.endpoint;
    attributes::address(&mut set, endpoint, &call.head.url);
    if endpoint.mcp().is_some() {
        let head = attributes::AnswerHead {
            is_success: call.is_success(),
            session_id: call.session_id.as_deref(),
        };
        attributes::exchange(&mut set, &call.request, &read.facts, &head);
    } else {
        attributes::request(&mut set, endpoint, &call.request);
        let (operation, is_inference) = (endpoint.operation(), endpoint.is_inference());
        attributes::answer(&mut set, &read.facts, operation, is_inference);
        attributes::stream(&mut set, read.first_chunk, read.chunks);
    }
    let first_content = read.first_content;
    if let Some(at) = first_content.and_then(|after| call.at.checked_add(after)) {
        set.completion_start(at);
    }
    // An answer that nobody wants to know of is not waited for.
    let deferred = if call.has_span() || ledger.is_wanted() {
        let deferred = &mut trackers.deferred;
        deferred.answered(&call, &read, ended.at, ledger)
    } else {
        None
    };
    call.outcome(&mut set, &ended, &read, deferred.is_some());
    if ledger.is_wanted() {
        let (times, gaps) = ((call.at, ended.at), mem::take(&mut read.gaps));
        match deferred {
            Some(id) => ledger.defer(id, &[&set], times, gaps),
            None => ledger.call(&call.own, &[&set], times, &gaps),
        }
    }
    set.push_some(names::DEFERRED, deferred);
    // Last, because nothing else reads them.
    attributes::media(&mut set, [&call.media, &read.facts.media]);
    set.write_to(&span);
    if let Some(tools) = &mut trackers.tools {
        if let Some(tool) = &call.request.mcp.tool {
            tools.ran(call.own.trace_id(), tool, call.at);
        }
        call.ask(&mut read.facts, tools, ended.at);
    }
    ended.end_span();
}
