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

impl<S: Subscriber> Filter<S> for ExportFilter {
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        self.decided(metadata)
            .unwrap_or_else(|| Filter::enabled(&self.targets, metadata, context))
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        match self.decided(metadata) {
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
