//! Which traces are recorded at all, and how much of a span is kept.
//!
//! The provider of OpenTelemetry's SDK would read these variables by itself, and would replace a wrong
//! value by a default. Everything is set explicitly here, so the SDK's own reading has no effect.

use opentelemetry_sdk::trace::{Sampler, ShouldSample, SpanLimits};

use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::parser;
use crate::config::parser::Parser;
use crate::config::setting::{Row, Setting};
use crate::destination::Checked;
use crate::pipeline::sample_rate::SampleRate;

static SAMPLER: Setting<Named> = Setting::new(
    &["OTEL_TRACES_SAMPLER"],
    "which traces are recorded at all: `always_on`, `always_off`, `traceidratio`, or one of these after \
     `parentbased_`, which follows a caller's decision",
    Parser::new(
        "`always_on`, `always_off`, `traceidratio`, `parentbased_always_on`, \
         `parentbased_always_off` or `parentbased_traceidratio`",
        |name| {
            let without_parent = name.strip_prefix("parentbased_");
            let root = match without_parent.unwrap_or(name) {
                "always_on" => Root::AlwaysOn,
                "always_off" => Root::AlwaysOff,
                "traceidratio" => Root::Ratio,
                _ => return None,
            };
            Some(Named {
                root,
                is_parent_based: without_parent.is_some(),
            })
        },
    ),
)
.default("parentbased_always_on")
.methods(&["with_sampler"]);

static RATIO: Setting<f64> = Setting::new(
    &["OTEL_TRACES_SAMPLER_ARG"],
    "the share of traces for `traceidratio`, 0 to 1",
    parser::share(),
)
.default("1")
.methods(&["with_sampler"]);

/// The SDK keeps the first 128 attributes of a span and drops the rest; a model call with its
/// parameters, and what the user adds to it, comes close to that.
static MAX_ATTRIBUTES: Setting<u32> = Setting::new(
    &["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"],
    "how many attributes a span keeps",
    count(),
)
.default("1024")
.methods(&["with_max_attributes"]);

/// A function's result and error are its last events: after 128 lines of log, which is the SDK's limit,
/// they would be dropped.
static MAX_EVENTS: Setting<u32> = Setting::new(
    &["OTEL_SPAN_EVENT_COUNT_LIMIT"],
    "how many events a span keeps",
    count(),
)
.default("4096")
.methods(&["with_max_events"]);

static MAX_LINKS: Setting<u32> = Setting::new(
    &["OTEL_SPAN_LINK_COUNT_LIMIT"],
    "how many links a span keeps",
    count(),
)
.default("128")
.methods(&["with_max_links"]);

pub(super) static SETTINGS: &[&Row] = &[
    &SAMPLER.row,
    &RATIO.row,
    &MAX_ATTRIBUTES.row,
    &MAX_EVENTS.row,
    &MAX_LINKS.row,
];

const fn count() -> Parser<u32> {
    parser::number("a whole number, such as `256`")
}

/// A sampler by its name in the environment.
struct Named {
    root: Root,
    is_parent_based: bool,
}

enum Root {
    AlwaysOn,
    AlwaysOff,
    Ratio,
}

/// The sampler: from code, else from the environment, else one that follows the caller's decision
/// and records every trace that begins here.
///
/// If the only destination gets a share of the traces, the others are not even recorded. Several
/// destinations each pick their share later, because another one may get the rest.
pub(super) fn sampler(
    in_code: Option<Box<dyn ShouldSample>>,
    environment: &Environment,
    destinations: &mut [Checked],
) -> Result<Box<dyn ShouldSample>, ConfigError> {
    if let Some(sampler) = in_code {
        return Ok(sampler);
    }
    if let Some(sampler) = named(environment)? {
        return Ok(Box::new(sampler));
    }
    let root = match destinations {
        [only] => std::mem::replace(&mut only.share, SampleRate::ALL).sampler(),
        _ => Sampler::AlwaysOn,
    };
    Ok(Box::new(Sampler::ParentBased(Box::new(root))))
}

pub(super) fn named(environment: &Environment) -> Result<Option<Sampler>, ConfigError> {
    let Some(named) = SAMPLER.read(environment)? else {
        return Ok(None);
    };
    let root = match named.root {
        Root::AlwaysOn => Sampler::AlwaysOn,
        Root::AlwaysOff => Sampler::AlwaysOff,
        Root::Ratio => Sampler::TraceIdRatioBased(RATIO.resolve(None, environment)?),
    };
    Ok(Some(match named.is_parent_based {
        true => Sampler::ParentBased(Box::new(root)),
        false => root,
    }))
}

/// How much of a span is kept, where that is set in code.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SpanLimitSettings {
    pub(super) attributes: Option<u32>,
    pub(super) events: Option<u32>,
    pub(super) links: Option<u32>,
}

impl SpanLimitSettings {
    pub(super) fn resolve(self, environment: &Environment) -> Result<SpanLimits, ConfigError> {
        Ok(SpanLimits {
            max_attributes_per_span: MAX_ATTRIBUTES.resolve(self.attributes, environment)?,
            max_events_per_span: MAX_EVENTS.resolve(self.events, environment)?,
            max_links_per_span: MAX_LINKS.resolve(self.links, environment)?,
            ..SpanLimits::default()
        })
    }
}
