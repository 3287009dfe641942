//! Lists the settings, with their values and where each comes from.

use std::collections::HashSet;

use super::report::{FoundSetting, Origin};
use crate::config::environment::Environment;
use crate::config::setting::{Default, Row};
use crate::telemetry::{TelemetryBuilder, settings};

pub(super) fn settings(builder: &TelemetryBuilder) -> Vec<FoundSetting> {
    let in_code = builder
        .in_code()
        .map(|one| found(one.method, one.value.clone(), Origin::Code));
    // What one destination sets does not count for the others.
    let replacing = builder
        .in_code()
        .filter(|one| one.replaces && !one.method.starts_with("Destination::"));
    let methods: HashSet<&str> = replacing.map(|one| one.method).collect();
    let of_rows = settings::all().flat_map(|row| {
        let is_set_in_code = row.methods.iter().any(|method| methods.contains(method));
        let is_unused = row.names_destination && !builder.uses_environment_destinations();
        of_row(row, builder.variables(), is_set_in_code || is_unused)
    });
    in_code.chain(of_rows).collect()
}

/// The variables of a row that are set, else its default.
fn of_row(row: &Row, variables: &Environment, is_beaten: bool) -> Vec<FoundSetting> {
    let variables = match row.of_process {
        true => &Environment::Process,
        false => variables,
    };
    let set = row.names.iter();
    let set = set.filter_map(|name| Some((*name, variables.get(name)?)));
    let mut settings: Vec<_> = set
        .enumerate()
        .map(|(index, (name, value))| {
            let origin = match index == 0 && !is_beaten {
                true => Origin::Variable,
                false => Origin::Beaten,
            };
            found(name, (row.display)(&value), origin)
        })
        .collect();
    let default = match row.default {
        Default::None => None,
        Default::Value(value) => Some(value.to_owned()),
        Default::Described(sentence) => Some(sentence.replace('`', "")),
    };
    if let (true, false, Some(name), Some(default)) =
        (settings.is_empty(), is_beaten, row.names.first(), default)
    {
        settings.push(found(name, default, Origin::Default));
    }
    settings
}

fn found(name: &str, value: String, origin: Origin) -> FoundSetting {
    FoundSetting {
        name: name.to_owned(),
        value,
        origin,
    }
}
