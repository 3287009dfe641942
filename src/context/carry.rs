//! Carries span and scope into work that runs elsewhere.

use std::fmt;
use std::pin::Pin;
use std::task;

use opentelemetry::Context;
use pin_project_lite::pin_project;
use tracing::Span;
use tracing::dispatcher::{self, Dispatch};

use crate::span::{attach, nearest_context, thread_is_ending, with_active_context};

/// Where something was made: the subscriber, the span and the scope that were current.
#[derive(Clone)]
pub(crate) struct CapturedContext {
    subscriber: Dispatch,
    span: Span,
    context: Context,
}

impl CapturedContext {
    pub(crate) fn current() -> Self {
        Self {
            subscriber: dispatcher::get_default(Dispatch::clone),
            span: match thread_is_ending() {
                true => Span::none(),
                false => Span::current(),
            },
            context: with_active_context(Context::clone).unwrap_or_default(),
        }
    }

    /// Makes the subscriber current, and nothing else.
    pub(crate) fn with_subscriber<T>(&self, work: impl FnOnce() -> T) -> T {
        dispatcher::with_default(&self.subscriber, work)
    }

    /// The span that was current.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// The context of the nearest span.
    pub(crate) fn nearest(&self) -> Context {
        nearest_context(&self.context, &self.span)
    }

    pub(crate) fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        dispatcher::with_default(&self.subscriber, || {
            if thread_is_ending() {
                return work();
            }
            self.span.in_scope(|| {
                // A scope inside of the span is not part of the span's own context.
                let _context = attach(self.context.clone());
                work()
            })
        })
    }
}

/// Extension trait for futures that are spawned.
pub trait InCurrentContext: Sized {
    /// Carries the current span, scope and subscriber into a task.
    ///
    /// # Examples
    ///
    /// ```
    /// use tracing_genai::context::{self, Attributes, InCurrentContext};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let work = async {
    ///     tokio::spawn(async { /* spans in here are Ada's */ }.in_current_context()).await
    /// };
    /// context::scope(Attributes::new().with_user("ada")).wrap(work).await;
    /// # }
    /// ```
    fn in_current_context(self) -> Carried<Self> {
        Carried {
            future: self,
            origin: CapturedContext::current(),
        }
    }
}

impl<F: Future> InCurrentContext for F {}

/// Carries the current span, scope and subscriber into a closure, for threads and
/// `spawn_blocking`.
///
/// # Examples
///
/// ```
/// use tracing_genai::context;
///
/// std::thread::spawn(context::carried(|| { /* children of the current span */ }));
/// ```
pub fn carried<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let origin = CapturedContext::current();
    move || origin.run(work)
}

pin_project! {
    /// Future that runs in the context in which it was made; see
    /// [`InCurrentContext::in_current_context`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tracing_genai::context::{Carried, InCurrentContext};
    ///
    /// fn in_background<F: Future>(work: F) -> Carried<F> {
    ///     work.in_current_context()
    /// }
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Carried<F> {
        #[pin]
        future: F,
        origin: CapturedContext,
    }
}

impl<F: Future> Future for Carried<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, waker: &mut task::Context<'_>) -> task::Poll<F::Output> {
        let this = self.project();
        let future = this.future;
        this.origin.run(|| future.poll(waker))
    }
}

impl<F> fmt::Debug for Carried<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Carried").finish_non_exhaustive()
    }
}
