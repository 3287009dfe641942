//! What spans several calls, fed call by call.
//!
//! Contract: a call of the Assistants API is told by what it turned out to be. What shows a run belongs
//! to the run; an assistant that is made is a span; the rest is a span if it fails, if it was asked for,
//! or if the answer shows that another product is served under these paths.

use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::trace::SpanKind;

use super::call::{Read, Recorded};
use super::runs::{Owner, RunTeller};
use super::{Ended, Settle};
use crate::follow::{FollowLimits, Observed, Registry, Tools};
use crate::observation::Finished;
use crate::record::{self, Fact, call as facts};
use crate::wire::{Kind, Shown};

/// Everything that is followed.
pub(super) struct Follow {
    /// `None` if tools are not followed.
    pub(super) tools: Option<Tools>,
    runs: Registry<RunTeller>,
    teller: RunTeller,
}

impl Follow {
    pub(super) fn new(observed: Option<Arc<Observed>>, limits: FollowLimits) -> Self {
        Self {
            tools: observed.clone().map(Tools::new),
            runs: Registry::new(limits),
            teller: RunTeller { observed },
        }
    }

    /// How many runs are under way.
    pub(super) fn runs(&self) -> usize {
        self.runs.len()
    }

    /// When [`Follow::sweep`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.runs.deadline()
    }

    pub(super) fn sweep(&mut self) {
        self.runs.sweep(Instant::now(), &mut self.teller);
    }

    pub(super) fn settle(&mut self, settle: Settle) {
        self.sweep();
        match settle {
            Settle::Over => self.runs.settle(&mut self.teller),
            Settle::All => self.runs.close(&mut self.teller),
        }
    }

    /// A request was sent.
    pub(super) fn started(&mut self, call: &Recorded) {
        if let Some(tools) = &mut self.tools
            && !call.endpoint.is_assistants()
        {
            call.bring_results(tools);
        }
    }

    /// The head of an answer has come.
    pub(super) fn answered(&mut self, call: &mut Recorded) {
        if call.endpoint.kind() == Kind::RunSubmitToolOutputs
            && call.is_success()
            && let Some(showing) = call.showing()
        {
            self.runs.submitted(showing);
        }
    }

    /// A part of an answer was read.
    pub(super) fn chunks(&mut self, call: &mut Recorded) {
        let shown = call.take_shown();
        self.show(call, shown);
    }

    fn show(&mut self, call: &mut Recorded, shown: Vec<(Duration, Shown)>) {
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
        let mut shown = std::mem::take(&mut read.answered.shown);
        if !read.is_stream {
            let after = ended.at.duration_since(call.at).unwrap_or_default();
            shown.iter_mut().for_each(|(at, _)| *at = after);
            // Lists begin with what is new unless they are told otherwise.
            if !call.endpoint.is_ascending() {
                shown.reverse();
            }
        }
        let made = shown
            .iter()
            .any(|(_, shown)| matches!(shown, Shown::Assistant(_)));
        let agent = shown.iter().find_map(|(_, shown)| match shown {
            Shown::Assistant(assistant) => Some(assistant.id.clone()),
            _ => None,
        });
        self.show(&mut call, shown);
        let has_failed = read.has_failed(&call, ended);
        let was_cancelled = read.was_cut && !has_failed;
        let is_foreign = !call.has_shown && read.answered.complete && !has_failed;
        let kind = call.endpoint.kind();
        let own = match kind {
            _ if is_foreign => Own::Foreign,
            Kind::RunCreate | Kind::ThreadAndRun if call.shows_run() => {
                if let (Some(error), Some(showing)) = (&read.answered.error, call.showing()) {
                    self.runs.broken(showing, error);
                }
                return;
            }
            Kind::RunCreate | Kind::ThreadAndRun => Own::Operation,
            Kind::AssistantCreate if made || has_failed || was_cancelled => Own::Operation,
            Kind::RunRetrieve if has_failed => {
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
            Kind::RunRetrieve => return,
            _ if has_failed || call.wants_housekeeping => Own::Housekeeping,
            _ => return,
        };
        tell(call, ended, &read, own, agent);
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
fn tell(mut call: Recorded, ended: &Ended, read: &Read, own: Own, agent: Option<String>) {
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
            facts.extend(record::run::asked(&call.asked, call.endpoint.kind()));
            facts.extend(agent.map(record::run::made).unwrap_or_default());
            let operation = facts::name(&call.endpoint, None);
            let name = match asked_for {
                Some(name) => format!("{operation} {name}"),
                None => operation,
            };
            (name, facts)
        }
    };
    facts.extend(call.outcome(ended, read));
    let finished = Finished {
        kind: SpanKind::Client,
        name,
        facts,
        events: attempts.clone(),
        times: (call.at, ended.at),
    };
    finished.record(&caller.tracer, &caller.parent);
}
