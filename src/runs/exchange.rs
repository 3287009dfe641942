//! One call of the Assistants API as the runs see it.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::Event;

use super::ids::{RunId, ThreadId};
use crate::span::{AttributeSet, SpanParent};
use crate::wire::{AssistantsEndpoint, AssistantsObject, Endpoint, ErrorFacts, RequestFacts};

/// Who made a call, and what the span of such a call begins with.
pub(crate) struct CallOrigin {
    /// What spans of the call and of its run are children of.
    pub(crate) parent: SpanParent,
    pub(crate) began: Instant,
    /// The name that the call's own span has.
    pub(crate) span_name: String,
    /// What the address and the head of the answer say.
    pub(crate) attributes: AttributeSet,
    /// Attempts that failed before.
    pub(crate) attempts: Vec<Event>,
    /// Dropped when no more spans of the call's run are expected.
    pub(crate) _watch: Box<dyn Any + Send + Sync>,
}

/// One call.
pub(crate) struct Exchange<C = Arc<CallOrigin>> {
    pub(super) creator: C,
    pub(super) endpoint: AssistantsEndpoint,
    pub(super) server: String,
    /// As the path names them.
    thread: Option<String>,
    run: Option<String>,
    pub(super) request: Arc<RequestFacts>,
    pub(super) began: SystemTime,
    pub(super) is_stream: bool,
    /// Whether a list was asked for from its oldest element on.
    pub(super) is_ascending: bool,
    pub(super) wants_housekeeping: bool,
    /// Whether an object of the Assistants API was shown.
    pub(super) has_objects: bool,
    /// The run that was shown last.
    pub(super) current: Option<RunId>,
}

impl Exchange {
    pub(crate) fn new(
        origin: CallOrigin,
        (kind, endpoint): (AssistantsEndpoint, &Endpoint),
        server: String,
        request: Arc<RequestFacts>,
        began: SystemTime,
    ) -> Self {
        Self::of(Arc::new(origin), (kind, endpoint), server, request, began)
    }

    /// Says whether a call is to be recorded even if it does nothing but housekeeping.
    pub(crate) fn with_housekeeping(mut self, wanted: bool) -> Self {
        self.wants_housekeeping = wanted;
        self
    }

    pub(crate) fn origin(&self) -> &Arc<CallOrigin> {
        &self.creator
    }
}

impl<C> Exchange<C> {
    pub(super) fn of(
        creator: C,
        (kind, endpoint): (AssistantsEndpoint, &Endpoint),
        server: String,
        request: Arc<RequestFacts>,
        began: SystemTime,
    ) -> Self {
        Self {
            creator,
            endpoint: kind,
            server,
            thread: endpoint.thread_id().map(str::to_owned),
            run: endpoint.run_id().map(str::to_owned),
            request,
            began,
            is_stream: false,
            is_ascending: endpoint.is_ascending(),
            wants_housekeeping: false,
            has_objects: false,
            current: None,
        }
    }

    /// The thread that an object belongs to, by what the object says or else by the path.
    pub(super) fn thread_id(&self, thread: Option<String>) -> Option<ThreadId> {
        Some(ThreadId {
            server: self.server.clone(),
            thread: thread.or_else(|| self.thread.clone())?,
        })
    }

    /// The run that an object belongs to, by what the object says or else by the call.
    pub(super) fn run_id(&self, thread: Option<String>, run: Option<String>) -> Option<RunId> {
        match run.or_else(|| self.run.clone()) {
            Some(run) => Some(RunId {
                thread: self.thread_id(thread)?,
                run,
            }),
            None => self.current.clone(),
        }
    }
}

/// How a call ended.
pub(crate) struct ExchangeEnd {
    pub(crate) at: SystemTime,
    /// What the answer showed at its end, with the time after the request if it was a stream.
    pub(crate) objects: Vec<(Duration, AssistantsObject)>,
    pub(crate) is_stream: bool,
    /// Whether all of the answer was read.
    pub(crate) is_complete: bool,
    /// Whether the answer was cut before all of it had come.
    pub(crate) was_cut: bool,
    /// The error that the answer contains.
    pub(crate) error: Option<ErrorFacts>,
    /// If the server or the connection has failed.
    pub(crate) failed: Option<FailedExchange>,
}

/// How a call failed.
pub(crate) struct FailedExchange {
    /// A name of low cardinality.
    pub(crate) kind: String,
    /// Whether the server does not know what was asked for.
    pub(crate) is_gone: bool,
}

/// What a call is recorded as, besides what it shows of runs.
pub(crate) enum OwnSpan {
    /// A span with this name and these attributes.
    Known {
        name: String,
        attributes: AttributeSet,
    },
    /// Another product serves the path: method and route, and nothing of its content.
    Foreign,
}
