//! How a span's work ended, if only the subscriber can see it: in a panic, or by a dropped future.
//!
//! Two layers around the OpenTelemetry layer: [`Outcome`], before it, finds the verdict out, and
//! [`AfterOutcome`] clears it. When a span closes, the OpenTelemetry layer between them ends it on the same
//! thread, and there the span processor reads the [`verdict`]: a layer has no other access to a span of
//! OpenTelemetry. The layers run at every enter and exit, so they do little: one flag of the standard
//! library, one cell of the thread, the time at an exit.
//!
//! **Panics.** A span that is exited or closed while its thread unwinds was inside of the panic, unless it
//! was entered or made during the unwinding, such as by a clean-up in a `Drop`. So a panic in a task is
//! seen although the runtime catches it before the task is dropped, and a span around a `catch_unwind`
//! is not affected.
//!
//! **Cancellations.** `#[tracing::instrument]` emits the event of `ret` when a function has returned, and
//! nothing when its future is dropped. A span counts as cancelled if all of this holds:
//!
//! * an earlier call of the same function returned as a future, with such an event. Before that event
//!   occurs for the first time, it is not known whether a function has `ret`;
//! * this call emitted neither that event nor the one of `err`;
//! * its future was not dropped right after its last poll, as one that is ready is; or it was, but
//!   nothing was recorded while that task was polled, as when a timeout polls once more and then gives up.
//!
//! The last condition is for functions whose `err` has a level that a filter hides: what they recorded
//! when they failed distinguishes them from cancelled ones, unless they recorded nothing. Not detected are
//! functions without `ret`, the first call of each function, and the cancellation by a task that recorded
//! something in the same poll: a false cancellation would be worse.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber, callsite};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::functions;
use crate::functions::End;

/// A future that is ready is dropped within nanoseconds of its last poll.
const AT_ONCE: Duration = Duration::from_millis(1);

/// How the work of a span ended, if not by returning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Panicked,
    Cancelled,
}

/// How the work of the span ended that is being closed on this thread.
pub(crate) fn verdict() -> Option<Verdict> {
    VERDICT.try_with(Cell::get).ok().flatten()
}

fn set_verdict(verdict: Option<Verdict>) {
    // A thread whose locals are destroyed has no verdict.
    let _ = VERDICT.try_with(|cell| cell.set(verdict));
}

/// The layer before the OpenTelemetry layer.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Functions that were seen to return as futures.
    returning: RwLock<HashSet<callsite::Identifier>>,
    /// Whether there are any.
    has_futures: AtomicBool,
    /// Whether a panic has left any span.
    has_panicked: AtomicBool,
}

/// The last events on a thread.
#[derive(Clone, Copy, Debug)]
struct Recent {
    /// The span that was left last and when, if nothing has happened since.
    left: Option<(u64, Instant)>,
    /// The span that was entered again right after it was left, if nothing has happened in there.
    entered_at_once: Option<u64>,
    /// How many spans are entered.
    depth: u32,
    /// Whether anything was recorded since the outermost of them was entered.
    is_busy: bool,
    /// How many spans were entered by the unwinding of a panic.
    entered_unwinding: u32,
}

impl Recent {
    const NOTHING: Self = Self {
        left: None,
        entered_at_once: None,
        depth: 0,
        is_busy: false,
        entered_unwinding: 0,
    };

    fn something_is_recorded(&mut self) {
        self.left = None;
        self.entered_at_once = None;
        self.is_busy = true;
    }
}

thread_local! {
    static VERDICT: Cell<Option<Verdict>> = const { Cell::new(None) };
    static RECENT: Cell<Recent> = const { Cell::new(Recent::NOTHING) };
}

/// Changes the state of this thread; does nothing once its locals are destroyed.
fn recent<T: Default>(change: impl FnOnce(&mut Recent) -> T) -> T {
    RECENT
        .try_with(|cell| {
            let mut recent = cell.get();
            let result = change(&mut recent);
            cell.set(recent);
            result
        })
        .unwrap_or_default()
}

/// On a span that was made by the unwinding of a panic.
struct MadeUnwinding;

/// On the span of a function that has said how it ended. Like the next, it takes no memory.
struct Ended;

/// On the span of a function that has returned.
struct Returned;

/// On a span that was left by a panic: how often it was entered and left since.
#[derive(Default)]
struct Panicked {
    entered: u32,
    left: u32,
}

impl Panicked {
    /// Whether the span goes on: it was inside before the panic and is left only now, or it was entered
    /// more than the once in which a future that has panicked is dropped.
    fn goes_on(&self) -> bool {
        self.left > self.entered || self.left > 1
    }
}

impl Outcome {
    /// Changes the mark of a span that was left by a panic. Costs nothing before the first panic.
    fn after_panic<S>(&self, id: &Id, context: &Context<'_, S>, change: impl FnOnce(&mut Panicked))
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        if !self.has_panicked.load(Ordering::Relaxed) {
            return;
        }
        if let Some(span) = context.span(id)
            && let Some(panicked) = span.extensions_mut().get_mut::<Panicked>()
        {
            change(panicked);
        }
    }

    fn returns(&self, function: &callsite::Identifier) -> bool {
        self.returning
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(function)
    }

    fn learn(&self, function: callsite::Identifier) {
        if !self.returns(&function) {
            self.returning
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(function);
            self.has_futures.store(true, Ordering::Relaxed);
        }
    }
}

impl<S> Layer<S> for Outcome
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if thread::panicking()
            && let Some(span) = context.span(id)
        {
            span.extensions_mut().replace(MadeUnwinding);
        }
        recent(Recent::something_is_recorded);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        recent(Recent::something_is_recorded);
        let metadata = event.metadata();
        let Some(end) = functions::end_of_function(metadata) else {
            return;
        };
        let Some(span) = context.event_span(event) else {
            return;
        };
        if functions::is_of_function(metadata, span.metadata()) {
            let mut extensions = span.extensions_mut();
            extensions.replace(Ended);
            if end == End::Returned {
                extensions.replace(Returned);
            }
            // A function that says how it ended has not panicked; it may have seen a task of its own do so.
            extensions.remove::<Panicked>();
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let is_unwinding = thread::panicking();
        self.after_panic(id, &context, |panicked| panicked.entered += 1);
        let id = id.into_u64();
        recent(|recent| {
            let left = recent.left.take();
            let is_at_once = left.is_some_and(|(last, at)| last == id && at.elapsed() < AT_ONCE);
            recent.entered_at_once = is_at_once.then_some(id);
            // To be dropped at once belongs to the poll before it.
            recent.is_busy &= recent.depth > 0 || is_at_once;
            recent.depth += 1;
            recent.entered_unwinding = match is_unwinding {
                true => recent.entered_unwinding + 1,
                false => 0,
            };
        });
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let is_unwinding = thread::panicking();
        let is_clean_up = recent(|recent| {
            recent.depth = recent.depth.saturating_sub(1);
            recent.left = Some((id.into_u64(), Instant::now()));
            let entered = recent.entered_unwinding;
            recent.entered_unwinding = entered.saturating_sub(1);
            entered > 0
        });
        if is_unwinding && !is_clean_up {
            if let Some(span) = context.span(id) {
                span.extensions_mut().replace(Panicked::default());
                self.has_panicked.store(true, Ordering::Relaxed);
            }
        } else {
            self.after_panic(id, &context, |panicked| panicked.left += 1);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let is_panicking = thread::panicking();
        let (is_at_once, is_quiet) = match is_panicking {
            true => (false, false),
            false => recent(|recent| {
                let is_at_once = recent.entered_at_once == Some(id.into_u64());
                let is_quiet = !recent.is_busy;
                recent.something_is_recorded();
                (is_at_once, is_quiet)
            }),
        };
        let may_have_panicked = is_panicking || self.has_panicked.load(Ordering::Relaxed);
        let may_be_future = is_at_once || self.has_futures.load(Ordering::Relaxed);
        if !may_have_panicked && !may_be_future {
            return;
        }
        let Some(span) = context.span(&id) else {
            return;
        };
        let extensions = span.extensions();
        let is_in_panic = is_panicking && extensions.get::<MadeUnwinding>().is_none();
        let panicked = extensions.get::<Panicked>();
        if is_in_panic || panicked.is_some_and(|panicked| !panicked.goes_on()) {
            return set_verdict(Some(Verdict::Panicked));
        }
        let function = span.metadata().callsite();
        if extensions.get::<Ended>().is_some() {
            if is_at_once && extensions.get::<Returned>().is_some() {
                self.learn(function);
            }
        } else if (!is_at_once || is_quiet) && self.returns(&function) {
            set_verdict(Some(Verdict::Cancelled));
        }
    }
}

/// The layer after the OpenTelemetry layer: a verdict holds for one span, even if that was not sampled and
/// nothing read it.
#[derive(Debug)]
pub(super) struct AfterOutcome;

impl<S: Subscriber> Layer<S> for AfterOutcome {
    fn on_close(&self, _: Id, _: Context<'_, S>) {
        set_verdict(None);
    }
}
