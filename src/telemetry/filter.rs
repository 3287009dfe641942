//! Which spans and events reach the destinations.
//!
//! Own spans always pass: who asks for a generation gets one. Own sentences to a person never do.
//! Everything else is decided by `Targets` directives; the HTTP stack and the clients under an LLM
//! call are off unless they are named, because their spans are noise around a model call.
//!
//! The events with which `#[tracing::instrument]` says how a function ended belong to its span: they pass
//! at any level where the span does, so that `err(level = "debug")` still makes an error.

use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

use crate::{diagnostics, functions};

/// Crates that are off unless a directive names them. Whole names: a directive of `Targets` would also
/// match a user's crate that merely begins like one of them.
const NOISE: [&str; 18] = [
    "async_openai",
    "h2",
    "hyper",
    "hyper_rustls",
    "hyper_tls",
    "hyper_util",
    "opentelemetry",
    "opentelemetry_http",
    "opentelemetry_otlp",
    "opentelemetry_sdk",
    "reqwest",
    "reqwest_middleware",
    "reqwest_retry",
    "reqwest_tracing",
    "rustls",
    "rustls_platform_verifier",
    "tower",
    "tower_http",
];

/// The filter in front of the destinations.
#[derive(Clone, Debug)]
pub(crate) struct ExportFilter {
    targets: Targets,
}

impl Default for ExportFilter {
    fn default() -> Self {
        Self {
            targets: Targets::new().with_default(LevelFilter::INFO),
        }
    }
}

impl ExportFilter {
    /// Reads directives such as `info,my_crate=debug,hyper=warn`.
    pub(crate) fn parse(directives: &str) -> Result<Self, String> {
        directives
            .parse()
            .map(|targets| Self { targets })
            .map_err(|error: tracing_subscriber::filter::ParseError| error.to_string())
    }

    /// What is decided whatever the directives' levels.
    fn decided(&self, metadata: &Metadata<'_>) -> Option<bool> {
        let target = metadata.target();
        if target == diagnostics::TARGET || self.is_noise(target) {
            return Some(false);
        }
        is_of_crate(target, "tracing_genai").then_some(true)
    }

    fn is_noise(&self, target: &str) -> bool {
        let noise = NOISE.iter().find(|noise| is_of_crate(target, noise));
        noise.is_some_and(|noise| {
            let mut directives = self.targets.iter();
            !directives.any(|(named, _)| named.len() >= noise.len() && target.starts_with(named))
        })
    }
}

fn is_of_crate(target: &str, name: &str) -> bool {
    target
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Whether an event has the shape of those of the macro.
fn may_end_function(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && functions::end_of_function(metadata).is_some()
}

/// Whether an event is one of the macro's, about the current span. Spans that are not exported are none.
fn ends_current_span<S>(metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    may_end_function(metadata)
        && context
            .lookup_current()
            .is_some_and(|span| functions::is_of_function(metadata, span.metadata()))
}

impl<S> Filter<S> for ExportFilter
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        self.decided(metadata).unwrap_or_else(|| {
            Filter::enabled(&self.targets, metadata, context)
                || ends_current_span(metadata, context)
        })
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        match self.decided(metadata) {
            Some(true) => Interest::always(),
            Some(false) => Interest::never(),
            None => {
                let interest = Filter::<S>::callsite_enabled(&self.targets, metadata);
                match interest.is_never() && may_end_function(metadata) {
                    true => Interest::sometimes(),
                    false => interest,
                }
            }
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // The macro's events may have any level. What else is below the directives' levels is known by
        // its callsite never to be wanted.
        Some(LevelFilter::TRACE)
    }
}
