//! Which traces are recorded at all, and how much of a span is kept.
//!
//! The provider of OpenTelemetry's SDK would read these variables by itself, and would answer a wrong
//! one with a default. Everything is set explicitly here, so that the SDK's own reading never
//! matters.

use opentelemetry_sdk::trace::{Sampler, ShouldSample};

use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::settings::variable;
use crate::destination::Checked;
use crate::pipeline::sample_rate::SampleRate;

/// The SDK keeps the first 128 attributes of a span and drops the rest; a model call with its
/// parameters, and what the user adds to it, comes close to that.
const MAX_ATTRIBUTES: u32 = 1_024;
/// The same for events, of which a function's result and error are the last: after 128 lines of log
/// they would be gone.
const MAX_EVENTS: u32 = 4_096;
/// As OpenTelemetry's specification says.
const MAX_LINKS: u32 = 128;

const SAMPLERS: &str = "`always_on`, `always_off`, `traceidratio`, `parentbased_always_on`, \
                        `parentbased_always_off` or `parentbased_traceidratio`";

/// The sampler: from code, else from the environment, else one that follows the caller's decision
/// and records everything that begins here.
///
/// If there is but one destination and it wants a share of the traces, the others are not even
/// recorded. With several, each picks its share later, because the others want the rest.
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

fn named(environment: &Environment) -> Result<Option<Sampler>, ConfigError> {
    let parent_based = |root| Sampler::ParentBased(Box::new(root));
    let ratio = || {
        let share = environment.share(variable::OTEL_TRACES_SAMPLER_ARG)?;
        Ok(Sampler::TraceIdRatioBased(share.unwrap_or(1.0)))
    };
    let Some(name) = environment.get(variable::OTEL_TRACES_SAMPLER) else {
        return Ok(None);
    };
    Ok(Some(match name.as_str() {
        "always_on" => Sampler::AlwaysOn,
        "always_off" => Sampler::AlwaysOff,
        "traceidratio" => ratio()?,
        "parentbased_always_on" => parent_based(Sampler::AlwaysOn),
        "parentbased_always_off" => parent_based(Sampler::AlwaysOff),
        "parentbased_traceidratio" => parent_based(ratio()?),
        _ => {
            let setting = variable::OTEL_TRACES_SAMPLER;
            return Err(ConfigError::invalid(setting, name, SAMPLERS));
        }
    }))
}

/// How much of a span is kept; `None` where nothing is said in code.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    pub(super) attributes: Option<u32>,
    pub(super) events: Option<u32>,
    pub(super) links: Option<u32>,
}

/// Attributes, events and links that a span keeps.
pub(super) fn limits(
    in_code: Limits,
    environment: &Environment,
) -> Result<(u32, u32, u32), ConfigError> {
    let limit = |in_code: Option<u32>, name: &str, default| match in_code {
        Some(limit) => Ok(limit),
        None => environment
            .parsed(name, "a whole number, such as `256`", |value| {
                value.parse().ok()
            })
            .map(|limit| limit.unwrap_or(default)),
    };
    Ok((
        limit(
            in_code.attributes,
            variable::ATTRIBUTE_COUNT_LIMIT,
            MAX_ATTRIBUTES,
        )?,
        limit(in_code.events, variable::EVENT_COUNT_LIMIT, MAX_EVENTS)?,
        limit(in_code.links, variable::LINK_COUNT_LIMIT, MAX_LINKS)?,
    ))
}
