//! What spans several calls, fed call by call.
//!
//! Contract: a call of the Assistants API is told by what it turned out to be. What shows a run belongs
//! to the run; an assistant that is made is a span; the rest is a span if it fails, if it was asked for,
//! or if the answer shows that another product is served under these paths.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::{SpanKind, Status};

use super::Settle;
use super::call::Recorded;
use super::exchange::Ended;
use super::read::Read;
use crate::export::deferred::{Completion, DeferredId, DeferredSpans};
use crate::metrics::{Ledger, Metrics};
use crate::recorder::background::{Background, Unfinished};
use crate::recorder::call_attributes as facts;
use crate::recorder::observed::Observed;
use crate::recorder::tools::Tools;
use crate::runs::limits::FollowLimits;
use crate::runs::registry::Registry;
use crate::runs::spans::{Owner, RunTeller};
use crate::span;
use crate::span::{Fact, FinishedSpan};
use crate::wire::{AssistantsEndpoint, AssistantsObject, StoredAnswer};

/// How long nothing may be heard of an answer that is made in the background.
const LONGEST_SILENCE: Duration = Duration::from_secs(20 * 60);

/// Everything that is followed.
pub(super) struct Follow {
    /// `None` if tools are not followed.
    pub(super) tools: Option<Tools>,
    runs: Registry<RunTeller>,
    teller: RunTeller,
    background: Background,
    held: Arc<DeferredSpans>,
}

impl Follow {
    pub(super) fn new(
        observed: Option<Arc<Observed>>,
        held: Arc<DeferredSpans>,
        limits: FollowLimits,
        metrics: Metrics,
    ) -> Self {
        let follows_all = metrics.are_wanted();
        Self {
            background: Background::new(limits.runs, LONGEST_SILENCE.max(limits.patience)),
            held,
            tools: observed
                .clone()
                .map(|observed| Tools::new(observed, follows_all)),
            runs: Registry::new(limits),
            teller: RunTeller {
                observed,
                ledger: Ledger::new(metrics),
            },
        }
    }

    /// What is measured.
    pub(super) fn ledger(&mut self) -> &mut Ledger {
        &mut self.teller.ledger
    }

    /// How many runs are under way.
    pub(super) fn runs(&self) -> usize {
        self.runs.len()
    }

    /// When [`Follow::sweep`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let deadlines = [self.runs.deadline(), self.background.deadline()];
        deadlines.into_iter().flatten().min()
    }

    pub(super) fn sweep(&mut self) {
        let now = Instant::now();
        self.runs.sweep(now, &mut self.teller);
        for unfinished in self.background.sweep(now) {
            self.let_go(unfinished);
        }
    }

    /// The end of an answer was not seen.
    fn let_go(&mut self, unfinished: Unfinished) {
        let facts = crate::runs::attributes::unfinished(&unfinished.status);
        self.complete(unfinished.held, facts, None);
    }

    fn complete(&mut self, held: DeferredId, facts: Vec<Fact>, end: Option<SystemTime>) {
        self.ledger().complete(held, &facts, end);
        let (attributes, status) = span::merged(facts);
        let completion = Completion {
            attributes,
            status: Some(status).filter(|status| *status != Status::Unset),
            end,
        };
        self.held.complete(held, completion);
    }

    /// A call of the Responses API was answered; the name under which its span is held back, if the
    /// answer is going to be made in the background.
    pub(super) fn background(
        &mut self,
        call: &Recorded,
        ended: &Ended,
        read: &Read,
    ) -> Option<DeferredId> {
        let answered = &read.answered;
        let (id, status) = (answered.id.as_ref()?, answered.status.as_ref()?);
        let is_done = !matches!(status.as_str(), "queued" | "in_progress");
        let (server, now) = (call.server_and_port(), Instant::now());
        match call.endpoint.stored_answer()? {
            StoredAnswer::Created => {
                let is_background = answered
                    .background
                    .or(call.asked.background)
                    .unwrap_or_default();
                // A stream that broke off says nothing of the answer.
                let was_refused = answered.error.is_some() || !call.is_success();
                if !is_background || is_done || was_refused {
                    return None;
                }
                let (held, gone) = self.background.begin(&server, id, status, now);
                if let Some(gone) = gone {
                    self.let_go(gone);
                }
                if call.has_span() {
                    self.held.expect(held);
                }
                Some(held)
            }
            StoredAnswer::Fetched => {
                if !is_done {
                    self.background.see(&server, id, status, now);
                } else if let Some(held) = self.background.end(&server, id) {
                    let facts = facts::made_in_background(answered);
                    self.complete(held, facts, Some(ended.at));
                }
                None
            }
        }
    }

    pub(super) fn settle(&mut self, settle: Settle) {
        self.sweep();
        match settle {
            Settle::Over => self.runs.settle(&mut self.teller),
            Settle::All => {
                self.runs.close(&mut self.teller);
                for unfinished in self.background.close() {
                    self.let_go(unfinished);
                }
            }
        }
    }

    /// A request was sent.
    pub(super) fn started(&mut self, call: &Recorded) {
        if let Some(tools) = &mut self.tools
            && !call.endpoint.is_assistants()
        {
            let executions = call.bring_results(tools);
            for (finished, tracer, parent) in executions {
                self.teller.ledger.finished(finished, &tracer, &parent);
            }
        }
    }

    /// The head of an answer has come.
    pub(super) fn answered(&mut self, call: &mut Recorded) {
        if call.endpoint.assistants() == Some(AssistantsEndpoint::RunSubmitToolOutputs)
            && call.is_success()
            && let Some(showing) = call.showing()
        {
            self.runs.submitted(showing);
        }
    }

    /// A part of an answer was read.
    pub(super) fn chunks(&mut self, call: &mut Recorded) {
        let shown = call.take_objects();
        self.show(call, shown);
    }

    fn show(&mut self, call: &mut Recorded, shown: Vec<(Duration, AssistantsObject)>) {
        if shown.is_empty() {
            return;
        }
        call.has_shown = true;
        let began = call.at;
        let now = Instant::now();
        if let Some(showing) = call.showing() {
            for (after, shown) in shown {
                let at = began.checked_add(after).unwrap_or(began);
                self.runs.show(showing, shown, (at, now), &mut self.teller);
            }
        }
    }

    /// A call of the Assistants API has ended.
    pub(super) fn ended(&mut self, mut call: Recorded, ended: &Ended, mut read: Read) {
        let mut shown = std::mem::take(&mut read.answered.objects);
        if !read.is_stream {
            let after = ended.at.duration_since(call.at).unwrap_or_default();
            shown.iter_mut().for_each(|(at, _)| *at = after);
            // Lists begin with what is new unless they are told otherwise.
            if !call.endpoint.is_ascending() {
                shown.reverse();
            }
        }
        let agent = shown.iter().find_map(|(_, shown)| match shown {
            AssistantsObject::Assistant(assistant) => Some(assistant.id.clone()),
            _ => None,
        });
        self.show(&mut call, shown);
        let has_failed = read.has_failed(&call, ended);
        let was_cancelled = read.was_cut && !has_failed;
        let is_foreign = !call.has_shown && read.answered.complete && !has_failed;
        let Some(endpoint) = call.endpoint.assistants() else {
            return;
        };
        let own = match endpoint {
            _ if is_foreign => Own::Foreign,
            AssistantsEndpoint::RunCreate | AssistantsEndpoint::ThreadAndRun
                if call.shows_run() =>
            {
                if let (Some(error), Some(showing)) = (&read.answered.error, call.showing()) {
                    self.runs.broken(showing, error);
                }
                return;
            }
            AssistantsEndpoint::RunCreate | AssistantsEndpoint::ThreadAndRun => Own::Operation,
            AssistantsEndpoint::AssistantCreate
                if agent.is_some() || has_failed || was_cancelled =>
            {
                Own::Operation
            }
            AssistantsEndpoint::RunRetrieve if has_failed => {
                let kind = read.error_type(&call, ended);
                let is_gone = call.status.is_some_and(|status| status.as_u16() == 404);
                let teller = &mut self.teller;
                if let Some(showing) = call.showing()
                    && self.runs.failed(showing, ended.at, &kind, is_gone, teller)
                {
                    return;
                }
                Own::Housekeeping
            }
            AssistantsEndpoint::RunRetrieve => return,
            _ if has_failed || call.wants_housekeeping => Own::Housekeeping,
            _ => return,
        };
        tell(call, ended, &read, own, agent, self.ledger());
    }
}

/// What a call is told as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Own {
    /// An operation of the conventions: an agent is made or asked to run.
    Operation,
    Housekeeping,
    /// Another product under the same paths: method and route, and nothing of its content.
    Foreign,
}

/// Makes a span of the call itself.
fn tell(
    mut call: Recorded,
    ended: &Ended,
    read: &Read,
    own: Own,
    agent: Option<String>,
    ledger: &mut Ledger,
) {
    let Some(owner) = call.showing().map(|showing| Arc::clone(&showing.owner)) else {
        return;
    };
    let Owner {
        caller, attempts, ..
    } = owner.as_ref();
    let asked_for = call.asked.agent_name.as_deref();
    let (name, mut facts): (String, Vec<Fact>) = match own {
        Own::Foreign => {
            let endpoint = call.endpoint.clone().without_meaning();
            let name = facts::name(&endpoint, None);
            (name, call.plain_facts(&endpoint))
        }
        Own::Housekeeping => (facts::name(&call.endpoint, None), owner.facts.clone()),
        Own::Operation => {
            let mut facts = owner.facts.clone();
            facts.extend(crate::runs::attributes::asked(
                &call.asked,
                call.endpoint.assistants(),
            ));
            facts.extend(agent.map(crate::runs::attributes::made).unwrap_or_default());
            let operation = facts::name(&call.endpoint, None);
            let name = match asked_for {
                Some(name) => format!("{operation} {name}"),
                None => operation,
            };
            (name, facts)
        }
    };
    facts.extend(call.outcome(ended, read, false));
    let finished = FinishedSpan {
        kind: SpanKind::Client,
        name,
        attributes: facts.into(),
        events: attempts.clone(),
        times: (call.at, ended.at),
    };
    ledger.finished(finished, &caller.tracer, &caller.parent);
}
