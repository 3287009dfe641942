//! Tells runs as spans, below whoever made them.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{Event, Span as _, SpanKind, TraceContextExt, Tracer as _};
use opentelemetry_sdk::trace::{SdkTracer, Span};

use crate::conventions as names;
use crate::metrics::Ledger;
use crate::recorder::call_attributes as facts;
use crate::recorder::observed::Observed;
use crate::recorder::tools::Caller;
use crate::runs::attributes as run_facts;
use crate::runs::observer::Teller;
use crate::runs::report::{Story, Tool};
use crate::runs::run::Run;
use crate::span;
use crate::span::{Fact, FinishedSpan};
use crate::wire::{Endpoint, RunObject};

/// Whoever made a call of the Assistants API, and what the span of such a call begins with.
#[derive(Debug)]
pub(crate) struct Owner {
    pub(crate) caller: Caller,
    pub(crate) endpoint: Endpoint,
    /// What the address and the head of the answer tell.
    pub(crate) facts: Vec<Fact>,
    /// Attempts that failed before.
    pub(crate) attempts: Vec<Event>,
}

/// Where more about a run goes that has been told. Thousands are kept, so it holds no content and not its
/// owner, who has every span of the process looked at.
#[derive(Debug)]
pub(crate) struct Place {
    tracer: SdkTracer,
    /// The agent's span and the scope of whoever made the run.
    context: Context,
    began: Instant,
    model: Option<String>,
    /// What a generation begins with that is still to come.
    generation: Vec<Fact>,
}

/// Makes spans.
#[derive(Debug)]
pub(crate) struct RunTeller {
    /// `None` if tools are not followed.
    pub(crate) observed: Option<Arc<Observed>>,
    pub(crate) ledger: Ledger,
}

impl RunTeller {
    /// Whether the span of a tool is still missing: functions may have one by the user's own code.
    fn is_untold(&self, tool: &Tool, began: Instant) -> bool {
        if tool.kind != names::tool_type::FUNCTION {
            return true;
        }
        let Some(observed) = &self.observed else {
            return false;
        };
        let seen = |id: &str| observed.has_seen(id, began);
        !tool.id.as_deref().is_some_and(seen)
    }

    fn below(&mut self, place: &Place, generation_facts: &[Fact], story: &Story) {
        let Place {
            tracer, context, ..
        } = place;
        for generation in &story.generations {
            let Some(times) = generation.times else {
                continue;
            };
            let mut facts = generation_facts.to_vec();
            facts.extend(run_facts::generation(generation));
            let finished = FinishedSpan {
                kind: SpanKind::Client,
                name: run_facts::generation_name(place.model.as_deref()),
                attributes: facts.into(),
                events: Vec::new(),
                times,
            };
            self.ledger.finished(finished, tracer, context);
        }
        for tool in &story.tools {
            if self.is_untold(tool, place.began) {
                let finished = FinishedSpan {
                    kind: SpanKind::Internal,
                    name: span::tool_span_name(&tool.name),
                    attributes: run_facts::tool(tool).into(),
                    events: Vec::new(),
                    times: tool.times,
                };
                self.ledger.finished(finished, tracer, context);
            }
        }
    }
}

impl Teller for RunTeller {
    type Owner = Arc<Owner>;
    type Open = Span;
    type Place = Place;

    fn open(&mut self, owner: &Arc<Owner>, began: SystemTime) -> Span {
        let tracer = &owner.caller.tracer;
        tracer
            .span_builder(names::operation::INVOKE_AGENT)
            .with_kind(SpanKind::Client)
            .with_start_time(began)
            .start_with_context(tracer, &owner.caller.parent)
    }

    fn run(&mut self, mut agent: Span, run: &Run<Arc<Owner>>, story: &Story) -> Place {
        let owner = &run.owner;
        let mut facts = owner.facts.clone();
        facts.extend(run_facts::agent(run));
        let mut events = owner.attempts.clone();
        events.extend(run_facts::events(run));
        agent.update_name(run_facts::agent_name(run.agent.as_deref()));
        for event in events {
            agent.add_event_with_timestamp(event.name, event.timestamp, event.attributes);
        }
        let ended = run.ended.unwrap_or(run.last_seen).max(run.began);
        // A metric may name the model, which adds nothing up.
        let model = run.object.model.clone();
        let model = model.map(|model| span::attribute(names::REQUEST_MODEL, model));
        self.ledger.run(
            agent.span_context(),
            &[&facts, &model.unwrap_or_default()],
            (run.began, ended),
            (story.generations.len(), story.tools.len()),
        );
        let (attributes, status) = span::merged(facts);
        agent.set_attributes(attributes);
        agent.set_status(status);
        let mut generation = facts::of_server(&owner.facts);
        // Only a run that was told before its end has more to count.
        let later = if run.is_over() {
            Vec::new()
        } else {
            [generation.clone(), run_facts::head_of_generation(run)].concat()
        };
        generation.extend(run_facts::of_every_generation(run));
        let caller = &owner.caller;
        let own = agent.span_context().clone();
        let place = Place {
            tracer: caller.tracer.clone(),
            context: caller.parent.with_remote_span_context(own),
            began: caller.began,
            model: run.object.model.clone(),
            generation: later,
        };
        self.below(&place, &generation, story);
        agent.end_with_timestamp(ended);
        place
    }

    fn late(&mut self, place: &Place, late: Story) {
        self.below(place, &place.generation, &late);
    }

    fn elsewhere(
        &mut self,
        owner: &Arc<Owner>,
        began: SystemTime,
        at: SystemTime,
        run: &RunObject,
    ) {
        let mut facts = owner.facts.clone();
        facts.extend(run_facts::elsewhere(run));
        let finished = FinishedSpan {
            kind: SpanKind::Client,
            name: facts::name(&owner.endpoint, None),
            attributes: facts.into(),
            events: owner.attempts.clone(),
            times: (began, at),
        };
        let Caller { tracer, parent, .. } = &owner.caller;
        self.ledger.finished(finished, tracer, parent);
    }
}
