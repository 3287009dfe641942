//! Which settings there are, and where each comes from.
//!
//! Reads the same table as the documents. Values that may hold a secret are masked by the name of their
//! variable, and whatever looks like a key is taken out of the others.

use std::collections::HashSet;

use super::report::{FoundSetting, Origin};
use crate::backends::langfuse;
use crate::config::environment::{Environment, without_password};
use crate::config::settings;
use crate::config::settings::{Setting, variable};
use crate::destination;
use crate::telemetry::TelemetryBuilder;
use crate::text::secrets;

/// Rows with several variables that all count.
const TOGETHER: [&str; 2] = ["LANGFUSE_PUBLIC_KEY", variable::PROXIES[0]];

/// The default of a row that the row below it says.
const FROM_OTHERS: &str = "the next row";

pub(super) fn settings(builder: &TelemetryBuilder) -> Vec<FoundSetting> {
    let said = builder.said();
    let methods: HashSet<&str> = said.iter().map(|(method, _)| *method).collect();
    let mut found: Vec<_> = said
        .iter()
        .map(|(method, value)| setting(method, value.clone(), Origin::Code))
        .collect();
    let asks = builder.asks_environment_for_destinations();
    for row in settings::all() {
        let is_beaten = (names_destination(row) && !asks) || is_said(row, &methods);
        let variables = if row.names == variable::PROXIES {
            &Environment::Process
        } else {
            builder.variables()
        };
        let set: Vec<_> = row
            .names
            .iter()
            .flat_map(|name| [(*name).to_owned(), lower_case(row, name)])
            .filter_map(|name| variables.get(&name).map(|value| (name, value)))
            .collect();
        let together = row.names.iter().any(|name| TOGETHER.contains(name));
        for (index, (name, value)) in set.iter().enumerate() {
            let counts = !is_beaten && (index == 0 || together);
            let origin = if counts {
                Origin::Variable
            } else {
                Origin::Beaten
            };
            found.push(setting(name, shown(name, value), origin));
        }
        let name = row.names.first().filter(|_| set.is_empty() && !is_beaten);
        let has_default = row.default != "–" && row.default != FROM_OTHERS;
        if let Some(name) = name.filter(|_| has_default) {
            let default = row.default.replace('`', "");
            found.push(setting(name, default, Origin::Default));
        }
    }
    found
}

fn setting(name: &str, value: String, origin: Origin) -> FoundSetting {
    FoundSetting {
        name: name.to_owned(),
        value,
        origin,
    }
}

/// The other spelling of a proxy's variable; no variable otherwise.
fn lower_case(row: &Setting, name: &str) -> String {
    match row.names == variable::PROXIES {
        true => name.to_lowercase(),
        false => String::new(),
    }
}

/// Whether a row is about which destinations there are, and not about those that there are.
fn names_destination(row: &Setting) -> bool {
    let is_otlp = destination::SETTINGS
        .iter()
        .any(|one| one.names == row.names);
    is_otlp || langfuse::names_destination(row) || row.names.contains(&variable::CONSOLE)
}

/// Whether the code says it for all destinations.
fn is_said(row: &Setting, methods: &HashSet<&str>) -> bool {
    let named = row.in_code.split('`');
    let of_builder = named.filter(|name| name.starts_with("with_"));
    // Attributes in code stand beside those of the variable.
    let beats = of_builder.filter(|name| *name != "with_resource_attribute");
    beats.into_iter().any(|name| methods.contains(name))
}

/// A value without secrets.
fn shown(name: &str, value: &str) -> String {
    let name = name.to_uppercase();
    if name.ends_with("_PUBLIC_KEY") {
        return langfuse::shown_key(value);
    }
    if name.ends_with("_KEY") || name.ends_with("_HEADERS") {
        return "(secret)".to_owned();
    }
    let is_address = ["_ENDPOINT", "_URL", "_HOST", "_PROXY"];
    let value = if is_address.iter().any(|end| name.ends_with(end)) {
        without_password(value)
    } else {
        value.to_owned()
    };
    let value = secrets::redact(&value).unwrap_or(value);
    if langfuse::has_key(&value) {
        return "(secret)".to_owned();
    }
    value
}
