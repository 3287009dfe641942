//! The log of a program that has no subscriber of its own.

use tracing::Subscriber;
use tracing_subscriber::filter::{FilterExt, Targets, filter_fn};
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::startup_log::StartupLog;
use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::parser;
use crate::config::setting::{Row, Setting};
use crate::diagnostics;

static DIRECTIVES: Setting<String> = Setting::new(
    &["RUST_LOG"],
    "what `init()` writes of the program's log to standard error, as [`Targets`](https://docs.rs/\
     tracing-subscriber/latest/tracing_subscriber/filter/struct.Targets.html) directives",
    parser::text(),
)
.default("warn");

pub(super) static SETTINGS: &[&Row] = &[&DIRECTIVES.row];

/// What is logged. Directives that only an `EnvFilter` knows are left out, and a warning names them.
pub(super) fn directives(
    environment: &Environment,
    startup_log: &mut StartupLog,
) -> Result<Targets, ConfigError> {
    let text = DIRECTIVES.resolve(None, environment)?;
    let mut targets = Targets::new();
    for directive in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
        match directive.parse::<Targets>() {
            Ok(parsed) => {
                if let Some(level) = parsed.default_level() {
                    targets = targets.with_default(level);
                }
                targets = targets.with_targets(parsed);
            }
            Err(_) => startup_log.warn(format!(
                "RUST_LOG has the directive `{directive}`, which `init()` does not know: use `level` or \
                 `target=level`, or build a subscriber with an `EnvFilter` and `telemetry.layer()`"
            )),
        }
    }
    Ok(targets)
}

/// A layer that writes the log to standard error. Spans are no part of it: their fields are content.
pub(super) fn layer<S>(directives: Targets) -> impl Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let events =
        filter_fn(|metadata| metadata.is_event() && metadata.target() != diagnostics::TARGET);
    tracing_subscriber::fmt::layer()
        .compact()
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .with_filter(directives.and(events))
}
