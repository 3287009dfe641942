//! Which spans and events reach the destinations.
//!
//! Own spans always pass: who asks for a generation gets one. Own sentences to a person never do.
//! Everything else is decided by `Targets` directives; the HTTP stack and the clients under an LLM
//! call are off unless they are named, because their spans are noise around a model call and
//! because a client's error line would turn the caller's span red.

use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Filter};

use crate::diagnostics;

/// What is off unless a directive names it.
const NOISE: [&str; 10] = [
    "async_openai",
    "h2",
    "hyper",
    "hyper_util",
    "opentelemetry",
    "opentelemetry_otlp",
    "opentelemetry_sdk",
    "reqwest",
    "rustls",
    "tower",
];

/// The filter in front of the destinations.
#[derive(Clone, Debug)]
pub(crate) struct ExportFilter {
    targets: Targets,
}

impl Default for ExportFilter {
    fn default() -> Self {
        Self::new(Targets::new().with_default(LevelFilter::INFO))
    }
}

impl ExportFilter {
    fn new(named: Targets) -> Self {
        let mut targets = named.clone();
        for noise in NOISE {
            if named.iter().all(|(target, _)| target != noise) {
                targets = targets.with_target(noise, LevelFilter::OFF);
            }
        }
        Self { targets }
    }

    /// Reads directives such as `info,my_crate=debug,hyper=warn`.
    pub(crate) fn parse(directives: &str) -> Result<Self, String> {
        directives
            .parse()
            .map(Self::new)
            .map_err(|error: tracing_subscriber::filter::ParseError| error.to_string())
    }

    fn own(metadata: &Metadata<'_>) -> Option<bool> {
        let target = metadata.target();
        if target == diagnostics::TARGET {
            return Some(false);
        }
        let own = target
            .strip_prefix("tracing_genai")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        own.then_some(true)
    }
}

impl<S: Subscriber> Filter<S> for ExportFilter {
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        Self::own(metadata).unwrap_or_else(|| Filter::enabled(&self.targets, metadata, context))
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        match Self::own(metadata) {
            Some(true) => Interest::always(),
            Some(false) => Interest::never(),
            None => Filter::<S>::callsite_enabled(&self.targets, metadata),
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // Own spans are INFO whatever the directives say.
        Filter::<S>::max_level_hint(&self.targets).map(|level| level.max(LevelFilter::INFO))
    }
}
