//! How a span's work ended, if only the subscriber can see it: in a panic, or by a dropped future.
//!
//! Two layers around the OpenTelemetry layer: [`Outcome`], before it, finds out what the subscriber knows of a
//! span that closes, and [`AfterOutcome`] clears it. Between them, the OpenTelemetry layer ends the span on the
//! same thread, and there the span processor asks for the [`verdict`]: a layer has no other access to a span of
//! OpenTelemetry. The layers run at every enter and exit, so they do little: one flag of the standard
//! library, one cell of the thread, the time at an exit. They look a span up only if a panic has been seen, or
//! a future of an instrumented function.
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
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_sdk::trace::SpanData;
use tracing::span::{Attributes, Id};
use tracing::{Event, Metadata, Subscriber, callsite};
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

/// What the subscriber knows of the span that is being closed on this thread.
#[derive(Clone, Copy, Debug)]
enum Closing {
    Ordinary,
    Panicked,
    /// It may be a future.
    Future {
        function: &'static Metadata<'static>,
        /// Dropped right after it was polled.
        is_at_once: bool,
        may_be_cancelled: bool,
    },
}

/// How the work of a span ended that is being closed on this thread.
pub(crate) fn verdict(span: &SpanData) -> Option<Verdict> {
    // A thread whose locals are destroyed has no verdict.
    match CLOSING.try_with(Cell::get).ok()? {
        Closing::Ordinary => None,
        Closing::Panicked => Some(Verdict::Panicked),
        Closing::Future {
            function,
            may_be_cancelled,
            ..
        } => match functions::recorded_end(span, function) {
            Some(end) => {
                let _ = RETURNED.try_with(|cell| cell.set(end == End::Returned));
                None
            }
            // One of the events that are missing may be the function's.
            None if span.events.dropped_count > 0 => None,
            None => may_be_cancelled.then_some(Verdict::Cancelled),
        },
    }
}

fn set_closing(closing: Closing) {
    let _ = CLOSING.try_with(|cell| cell.set(closing));
}

/// Functions that were seen to return as futures.
#[derive(Debug, Default)]
struct Futures {
    functions: RwLock<HashSet<callsite::Identifier>>,
    /// Whether there are any.
    are_known: AtomicBool,
}

impl Futures {
    fn returns(&self, function: &callsite::Identifier) -> bool {
        self.functions
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(function)
    }

    fn learn(&self, function: callsite::Identifier) {
        if !self.returns(&function) {
            self.functions
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(function);
            self.are_known.store(true, Ordering::Relaxed);
        }
    }
}

/// The layer before the OpenTelemetry layer.
#[derive(Debug)]
pub(super) struct Outcome {
    futures: Arc<Futures>,
    /// Whether a panic has left any span.
    has_panicked: AtomicBool,
}

/// The layers before and after the OpenTelemetry layer.
pub(super) fn layers() -> (Outcome, AfterOutcome) {
    let futures = Arc::<Futures>::default();
    let before = Outcome {
        futures: Arc::clone(&futures),
        has_panicked: AtomicBool::new(false),
    };
    (before, AfterOutcome { futures })
}

/// The last events on a thread.
#[derive(Debug)]
struct Recent {
    /// The span that was left last and when, if nothing has happened since.
    left: Cell<Option<(u64, Instant)>>,
    /// The span that was entered again right after it was left, if nothing has happened in there.
    entered_at_once: Cell<Option<u64>>,
    /// How many spans are entered.
    depth: Cell<u32>,
    /// Whether anything was recorded since the outermost of them was entered.
    is_busy: Cell<bool>,
    /// How many spans were entered by the unwinding of a panic.
    entered_unwinding: Cell<u32>,
}

impl Recent {
    const fn new() -> Self {
        Self {
            left: Cell::new(None),
            entered_at_once: Cell::new(None),
            depth: Cell::new(0),
            is_busy: Cell::new(false),
            entered_unwinding: Cell::new(0),
        }
    }

    fn something_is_recorded(&self) {
        self.left.set(None);
        self.entered_at_once.set(None);
        self.is_busy.set(true);
    }
}

thread_local! {
    static CLOSING: Cell<Closing> = const { Cell::new(Closing::Ordinary) };
    /// Whether the function that is being closed has returned.
    static RETURNED: Cell<bool> = const { Cell::new(false) };
    static RECENT: Recent = const { Recent::new() };
}

/// Changes the state of this thread; does nothing once its locals are destroyed.
fn recent<T: Default>(change: impl FnOnce(&Recent) -> T) -> T {
    RECENT.try_with(change).unwrap_or_default()
}

/// On a span that was made by the unwinding of a panic.
struct MadeUnwinding;

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
        if self.has_panicked.load(Ordering::Relaxed)
            && functions::end_of_function(metadata).is_some()
            && let Some(span) = context.event_span(event)
            && functions::is_of_function(metadata, span.metadata())
        {
            // A function that says how it ended has not panicked; it may have seen a task of its own do so.
            span.extensions_mut().remove::<Panicked>();
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let is_unwinding = thread::panicking();
        self.after_panic(id, &context, |panicked| panicked.entered += 1);
        let id = id.into_u64();
        recent(|recent| {
            let left = recent.left.take();
            let is_at_once = left.is_some_and(|(last, at)| last == id && at.elapsed() < AT_ONCE);
            recent.entered_at_once.set(is_at_once.then_some(id));
            let depth = recent.depth.get();
            if depth == 0 && !is_at_once {
                // To be dropped at once belongs to the poll before it.
                recent.is_busy.set(false);
            }
            recent.depth.set(depth + 1);
            recent.entered_unwinding.set(match is_unwinding {
                true => recent.entered_unwinding.get() + 1,
                false => 0,
            });
        });
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let is_unwinding = thread::panicking();
        let is_clean_up = recent(|recent| {
            recent.depth.set(recent.depth.get().saturating_sub(1));
            recent.left.set(Some((id.into_u64(), Instant::now())));
            let entered = recent.entered_unwinding.get();
            recent.entered_unwinding.set(entered.saturating_sub(1));
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
                let is_at_once = recent.entered_at_once.get() == Some(id.into_u64());
                let is_quiet = !recent.is_busy.get();
                recent.something_is_recorded();
                (is_at_once, is_quiet)
            }),
        };
        let may_have_panicked = is_panicking || self.has_panicked.load(Ordering::Relaxed);
        let may_be_future = is_at_once || self.futures.are_known.load(Ordering::Relaxed);
        if !may_have_panicked && !may_be_future {
            return;
        }
        let Some(span) = context.span(&id) else {
            return;
        };
        if may_have_panicked {
            let extensions = span.extensions();
            let is_in_panic = is_panicking && extensions.get::<MadeUnwinding>().is_none();
            let panicked = extensions.get::<Panicked>();
            if is_in_panic || panicked.is_some_and(|panicked| !panicked.goes_on()) {
                return set_closing(Closing::Panicked);
            }
        }
        let function = span.metadata();
        let may_be_cancelled =
            (!is_at_once || is_quiet) && self.futures.returns(&function.callsite());
        if is_at_once || may_be_cancelled {
            set_closing(Closing::Future {
                function,
                is_at_once,
                may_be_cancelled,
            });
        }
    }
}

/// The layer after the OpenTelemetry layer: what is known holds for one span, even if that was not sampled and
/// nothing asked.
#[derive(Debug)]
pub(super) struct AfterOutcome {
    futures: Arc<Futures>,
}

impl<S: Subscriber> Layer<S> for AfterOutcome {
    fn on_close(&self, _: Id, _: Context<'_, S>) {
        let closing = CLOSING.try_with(|cell| cell.replace(Closing::Ordinary));
        let Ok(Closing::Future {
            function,
            is_at_once,
            ..
        }) = closing
        else {
            return;
        };
        let has_returned = RETURNED.try_with(|cell| cell.replace(false));
        if is_at_once && has_returned == Ok(true) {
            self.futures.learn(function.callsite());
        }
    }
}
