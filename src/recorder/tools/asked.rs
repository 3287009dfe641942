//! The tool calls that models have asked for, oldest first.
//!
//! Contract: bounded in number, bytes and time; of too many, the oldest are forgotten. A call is found by its id,
//! and while it waits for its result by trace and name, so finding one costs no more if many others wait.

use std::borrow::Borrow;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use opentelemetry::trace::{SpanContext, SpanId, TraceId};

use crate::recorder::tool_functions::OpenTool;
use crate::recorder::tool_match::{Wanted, letters};
use crate::recorder::tool_names::KnownTool;
use crate::recorder::tool_spans::{Parent, TOOL_CALL_TIMEOUT, TOOL_CALLS, Watch};
use crate::span::SpanParent;

/// How many bytes names, ids and arguments of the calls may have.
pub(super) const BYTES: usize = 16 << 20;

/// A tool call that a model has asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) id: Arc<str>,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) arguments: Option<String>,
    pub(super) parent: SpanParent,
    /// If that is the model call's own span: who its parent is.
    pub(super) beside: Option<Parent>,
    pub(super) trace: TraceId,
    pub(super) server: String,
    pub(super) response: Option<Arc<str>>,
    pub(super) began: Instant,
    pub(super) asked: SystemTime,
    pub(super) ended: SystemTime,
    pub(super) since: Instant,
    /// Whether a function of the program, or a call of a server of tools, is its span.
    pub(super) has_function: bool,
    /// `None` once the result has come. The call is kept nevertheless, to recognise repetitions.
    pub(super) watch: Option<Watch>,
}

impl Asked {
    /// The parent of the tool's span: that of the model call's, if there is one.
    pub(super) fn parent(&self) -> SpanParent {
        let beside = self.beside.as_ref().and_then(|parent| parent.get());
        let beside = beside.filter(|parent| **parent != SpanId::INVALID);
        match (beside, self.parent.span()) {
            (Some(parent), Some(own)) => self.parent.with_span(SpanContext::new(
                own.trace_id(),
                *parent,
                own.trace_flags(),
                own.is_remote(),
                own.trace_state().clone(),
            )),
            _ => self.parent.clone(),
        }
    }

    /// Whether its result has not come yet.
    pub(super) fn waits(&self) -> bool {
        self.watch.is_some()
    }

    /// The call as functions are compared with it.
    pub(super) fn open(&self, result: Option<String>) -> OpenTool<'_> {
        let arguments = self.arguments.as_deref();
        OpenTool {
            id: Some(&*self.id).filter(|id| *id != self.name),
            tool: KnownTool {
                name: &self.name,
                description: self.description.as_deref(),
            },
            written: self.arguments.clone(),
            wanted: Wanted {
                name: &self.name,
                arguments: arguments.and_then(|text| serde_json::from_str(text).ok()),
                result,
                asked: (self.asked, self.ended),
            },
        }
    }

    fn bytes(&self) -> usize {
        let texts = [&self.description, &self.arguments];
        let texts = texts.into_iter().flatten().map(String::len);
        self.id.len() + self.name.len() + texts.sum::<usize>()
    }
}

/// The number of a call: the first has 0.
pub(super) type Number = usize;

/// The calls, each of which has a number.
#[derive(Debug, Default)]
pub(super) struct AskedCalls {
    calls: VecDeque<Asked>,
    /// How many were forgotten, and so the number of the oldest.
    forgotten: Number,
    pub(super) bytes: usize,
    /// With their traces, since an id may be used again in every trace.
    of_id: HashMap<Arc<str>, BTreeSet<([u8; 16], Number)>>,
    of_response: HashMap<Arc<str>, BTreeSet<Number>>,
    /// Those that wait, by trace and by the letters of their names.
    waiting: HashMap<TraceId, HashMap<String, BTreeSet<Number>>>,
}

impl AskedCalls {
    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    pub(super) fn get(&self, number: Number) -> Option<&Asked> {
        self.calls.get(number.checked_sub(self.forgotten)?)
    }

    pub(super) fn get_mut(&mut self, number: Number) -> Option<&mut Asked> {
        self.calls.get_mut(number.checked_sub(self.forgotten)?)
    }

    /// The calls under an id, oldest first.
    pub(super) fn of_id(&self, id: &str) -> BTreeSet<Number> {
        let numbers = self.of_id.get(id).into_iter().flatten();
        numbers.map(|(_, number)| *number).collect()
    }

    /// The calls under an id in one trace, oldest first.
    pub(super) fn of_id_in(
        &self,
        id: &str,
        trace: TraceId,
    ) -> impl DoubleEndedIterator<Item = Number> {
        let trace = trace.to_bytes();
        let numbers = self.of_id.get(id).into_iter();
        let here = numbers.flat_map(move |all| all.range((trace, 0)..=(trace, Number::MAX)));
        here.map(|(_, number)| *number)
    }

    /// Whether the answer with this id has asked for a call under that id.
    pub(super) fn is_known(&self, response: &str, id: &str) -> bool {
        let mut numbers = self.of_response.get(response).into_iter().flatten();
        numbers.any(|number| self.get(*number).is_some_and(|asked| &*asked.id == id))
    }

    /// The calls of a trace that wait, oldest first.
    pub(super) fn waiting(&self, trace: TraceId) -> BTreeSet<Number> {
        let names = self.waiting.get(&trace).into_iter().flatten();
        names.flat_map(|(_, numbers)| numbers).copied().collect()
    }

    /// The calls of a trace that wait for a tool of this name, however a language writes it; oldest first.
    pub(super) fn waiting_for(
        &self,
        trace: TraceId,
        name: &str,
    ) -> impl Iterator<Item = (Number, &Asked)> {
        let names = self.waiting.get(&trace);
        let numbers = names.and_then(|names| names.get(&letters(name)));
        let numbers = numbers.into_iter().flatten();
        numbers.filter_map(|number| Some((*number, self.get(*number)?)))
    }

    pub(super) fn push(&mut self, asked: Asked) {
        let number = self.forgotten + self.calls.len();
        self.bytes += asked.bytes();
        let id = Arc::clone(&asked.id);
        let key = (asked.trace.to_bytes(), number);
        self.of_id.entry(id).or_default().insert(key);
        if let Some(response) = asked.response.clone() {
            self.of_response.entry(response).or_default().insert(number);
        }
        let names = self.waiting.entry(asked.trace).or_default();
        names
            .entry(letters(&asked.name))
            .or_default()
            .insert(number);
        self.calls.push_back(asked);
        while self.calls.len() > TOOL_CALLS || self.bytes > BYTES {
            self.forget_oldest();
        }
    }

    /// The result of a call has come; returns the arguments, which are not kept.
    pub(super) fn settle(&mut self, number: Number) -> Option<String> {
        let asked = self.get_mut(number)?;
        let before = asked.bytes();
        asked.watch = None;
        let arguments = asked.arguments.take();
        let (trace, name, after) = (asked.trace, letters(&asked.name), asked.bytes());
        self.bytes = self.bytes - before + after;
        self.wait_no_longer(number, trace, &name);
        arguments
    }

    /// Forgets calls that have been waiting for too long.
    pub(super) fn sweep(&mut self, now: Instant) {
        while let Some(oldest) = self.calls.front()
            && now.saturating_duration_since(oldest.since) >= TOOL_CALL_TIMEOUT
        {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.calls.pop_front() else {
            return;
        };
        let number = self.forgotten;
        self.forgotten += 1;
        self.bytes = self.bytes.saturating_sub(oldest.bytes());
        let key = (oldest.trace.to_bytes(), number);
        remove(&mut self.of_id, &oldest.id, &key);
        if let Some(response) = &oldest.response {
            remove(&mut self.of_response, response, &number);
        }
        self.wait_no_longer(number, oldest.trace, &letters(&oldest.name));
    }

    fn wait_no_longer(&mut self, number: Number, trace: TraceId, name: &str) {
        if let Some(names) = self.waiting.get_mut(&trace) {
            remove(names, name, &number);
            if names.is_empty() {
                self.waiting.remove(&trace);
            }
        }
    }
}

/// Takes an entry out of an index.
fn remove<K, T>(index: &mut HashMap<K, BTreeSet<T>>, key: &str, entry: &T)
where
    K: Borrow<str> + Eq + Hash,
    T: Ord,
{
    if let Some(numbers) = index.get_mut(key) {
        numbers.remove(entry);
        if numbers.is_empty() {
            index.remove(key);
        }
    }
}

#[cfg(test)]
impl AskedCalls {
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn front(&self) -> Option<&Asked> {
        self.calls.front()
    }
}
