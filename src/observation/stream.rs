//! A function that returns a stream has not done its work when it returns.
//!
//! Contract: the observation of the function that makes the stream stays open until the stream has
//! ended, was dropped, or its poll panicked, and ends exactly then, once. Items pass through
//! untouched and undelayed; if nothing is recorded, nothing else happens at all. What is collected of
//! them is bounded. The stream keeps the span, and since a span ends at its last exit, the last poll
//! or the drop happens inside of it.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use futures_core::Stream;
use pin_project_lite::pin_project;
use serde::Serialize;
use tracing::Span;

use super::collect::{Collected, StreamItem};
use crate::context::handle::Handle;
use crate::conventions::{error_type, observation as names};
use crate::span::{AttributeSink as _, thread_is_ending};

const CANCELLED: &str = "stream cancelled by caller";

/// Keeps the current observation open until the stream has ended.
///
/// For a function that returns a stream: its observation would end when it returns, before anything
/// has happened. Observed, it lasts until the stream ends or is dropped, and what happens while the
/// stream is polled is its child. Items are collected into the output: texts are joined, anything
/// else becomes a JSON array, up to a megabyte ([`ObservedStream::with_limit`]). The first item is
/// the completion start.
///
/// The observation also records how the stream ended: one that is dropped early, or never read, is a
/// warning with the output collected until then.
///
/// # Examples
///
/// ```
/// use futures_core::Stream;
/// use tracing_genai::observation;
///
/// #[tracing::instrument(skip(tokens))]
/// fn answer(question: &str, tokens: impl Stream<Item = String>) -> impl Stream<Item = String> {
///     observation::observe_stream(tokens)
/// }
/// ```
///
/// Use [`observe_try_stream`] if items are results, and [`observe_stream_with`] if only a part of
/// each item belongs into the output.
pub fn observe_stream<S>(stream: S) -> ObservedStream<S, fn(&S::Item) -> StreamItem>
where
    S: Stream,
    S::Item: Serialize,
{
    observe_stream_with(stream, StreamItem::value)
}

/// Keeps the current observation open until a stream of results has ended, like [`observe_stream`]:
/// an `Err` makes the observation an error, with the text of the error and the name of its type.
///
/// # Examples
///
/// ```
/// use futures_core::Stream;
/// use tracing_genai::observation;
///
/// #[tracing::instrument(skip_all)]
/// fn answer<S>(tokens: S) -> impl Stream<Item = Result<String, std::io::Error>>
/// where
///     S: Stream<Item = Result<String, std::io::Error>>,
/// {
///     observation::observe_try_stream(tokens)
/// }
/// ```
pub fn observe_try_stream<S, T, E>(stream: S) -> ObservedStream<S, fn(&S::Item) -> StreamItem>
where
    S: Stream<Item = Result<T, E>>,
    T: Serialize,
    E: fmt::Display,
{
    observe_stream_with(stream, |item| match item {
        Ok(value) => StreamItem::value(value),
        Err(error) => StreamItem::failure(error),
    })
}

/// Keeps the current observation open until a stream has ended, like [`observe_stream`]; a closure
/// decides what each item means: a text, a value, nothing or an error.
///
/// The closure may return anything that converts into a [`StreamItem`]: a `String`, a JSON value, an
/// `Option` of either.
///
/// # Examples
///
/// ```
/// use futures_core::Stream;
/// use tracing_genai::observation;
///
/// struct Chunk { delta: Option<String> }
///
/// #[tracing::instrument(skip_all)]
/// fn answer(chunks: impl Stream<Item = Chunk>) -> impl Stream<Item = Chunk> {
///     observation::observe_stream_with(chunks, |chunk| chunk.delta.clone())
/// }
/// ```
pub fn observe_stream_with<S, F, R>(stream: S, read: F) -> ObservedStream<S, F>
where
    S: Stream,
    F: FnMut(&S::Item) -> R,
    R: Into<StreamItem>,
{
    let recording = Handle::recording()
        .map(|handle| (Span::current(), handle.kept_bytes()))
        .filter(|(span, _)| !span.is_disabled())
        .map(|(span, limit)| Recording::new(span, limit));
    ObservedStream {
        stream: Some(stream),
        read,
        recording,
    }
}

pin_project! {
    /// Stream that collects its items and ends an observation when it ends; see [`observe_stream`].
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_core::Stream;
    /// use tracing_genai::observation;
    ///
    /// fn observed(tokens: impl Stream<Item = String>) -> impl Stream<Item = String> {
    ///     observation::observe_stream(tokens).with_limit(64 * 1024)
    /// }
    /// ```
    #[must_use = "a stream does nothing until it is polled"]
    pub struct ObservedStream<S, F> {
        // `None` only while it is being dropped.
        #[pin]
        stream: Option<S>,
        read: F,
        // `None` if nothing is recorded, or not any more.
        recording: Option<Recording>,
    }

    impl<S, F> PinnedDrop for ObservedStream<S, F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(recording) = this.recording.take() {
                if thread_is_ending() {
                    // Nothing can be entered any more.
                    this.stream.set(None);
                } else {
                    // What ends together with the stream ends inside the span, and the span ends now.
                    recording.span.in_scope(|| this.stream.set(None));
                }
                recording.dropped();
            }
        }
    }
}

impl<S, F> ObservedStream<S, F> {
    /// Sets how many bytes of the items are collected; a mark tells what is missing. Defaults to the
    /// limit of [`TelemetryBuilder::with_field_limit`](crate::TelemetryBuilder::with_field_limit), and
    /// at least to a megabyte.
    pub fn with_limit(mut self, bytes: usize) -> Self {
        if let Some(recording) = &mut self.recording {
            recording.collected.set_limit(bytes);
        }
        self
    }
}

impl<S, F, R> Stream for ObservedStream<S, F>
where
    S: Stream,
    F: FnMut(&S::Item) -> R,
    R: Into<StreamItem>,
{
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let Some(stream) = this.stream.as_pin_mut() else {
            return Poll::Ready(None);
        };
        let Some(recording) = this.recording else {
            return stream.poll_next(context);
        };
        recording.is_polled = true;
        let polled = recording.span.in_scope(|| stream.poll_next(context));
        recording.is_polled = false;
        match &polled {
            Poll::Pending => {}
            Poll::Ready(Some(item)) => recording.see((this.read)(item).into()),
            Poll::Ready(None) => {
                if let Some(recording) = this.recording.take() {
                    recording.finished();
                }
            }
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<S, F> fmt::Debug for ObservedStream<S, F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ObservedStream")
            .finish_non_exhaustive()
    }
}

/// What is known of the stream so far.
struct Recording {
    span: Span,
    collected: Collected,
    has_started: bool,
    has_failed: bool,
    /// Stays set if a poll panics.
    is_polled: bool,
}

impl Recording {
    fn new(span: Span, limit: usize) -> Self {
        Self {
            span,
            collected: Collected::new(limit),
            has_started: false,
            has_failed: false,
            is_polled: false,
        }
    }

    fn see(&mut self, item: StreamItem) {
        match item {
            StreamItem::Nothing => return,
            StreamItem::Error { kind, message } => {
                self.has_failed = true;
                let kind = kind.unwrap_or_else(|| error_type::OTHER.to_owned());
                (&self.span).error(kind, message);
                return;
            }
            StreamItem::Text(text) => self.collected.push_text(&text),
            StreamItem::Json(value) => self.collected.push_value(&value),
        }
        if !self.has_started {
            self.has_started = true;
            (&self.span).completion_start(SystemTime::now());
        }
    }

    fn finished(self) {
        let end = if self.has_failed { "error" } else { "finished" };
        self.end(end);
    }

    fn dropped(self) {
        if self.has_failed || self.is_polled {
            return self.end("error");
        }
        if !std::thread::panicking() {
            (&self.span).warning(CANCELLED);
        }
        self.end("cancelled");
    }

    fn end(self, end: &'static str) {
        let mut span = &self.span;
        span.push(names::STREAM_END, end);
        span.push_some(names::OUTPUT, self.collected.finish());
    }
}
