//! The complete table of settings, from the rows that stand beside the code that reads them.
//!
//! The guide's table is this one: the tests hold it to the rows, and the rows to what the code reads and to
//! the methods of the builders.

use super::{prepared, program_log, resource, sampling};
use crate::backends;
use crate::backends::checkup;
use crate::config::environment::Environment;
use crate::config::setting::Row;
use crate::destination;
use crate::destination::console;
use crate::export::delivery;
use crate::metrics;
use crate::pipeline::{capture, limits, redaction};

/// The rows of the rooms, in the order of the table, after those of the backends.
static ROOMS: &[&[&Row]] = &[
    destination::SETTINGS,
    capture::SETTINGS,
    redaction::SETTINGS,
    limits::SETTINGS,
    delivery::SETTINGS,
    metrics::SETTINGS,
    resource::SETTINGS,
    sampling::SETTINGS,
    prepared::SETTINGS,
    checkup::SETTINGS,
    console::SETTINGS,
    program_log::SETTINGS,
];

/// Every row of the table.
pub(crate) fn all() -> impl Iterator<Item = &'static Row> {
    let rooms = ROOMS.iter().copied().flatten().copied();
    backends::settings().chain(rooms)
}

/// The variables that are set, by name.
pub(crate) fn found(environment: &Environment) -> Vec<&'static str> {
    let names = all().flat_map(|row| row.names).copied();
    names
        .filter(|name| environment.get(name).is_some())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::config::setting::Default;

    /// Names as they stand in the guide.
    fn code(names: &[&str]) -> String {
        if names.is_empty() {
            return "–".to_owned();
        }
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    }

    /// The table as it stands in the guide.
    fn table() -> String {
        let mut table =
            String::from("| variable | meaning | default | in code |\n|---|---|---|---|\n");
        for row in all() {
            writeln!(
                table,
                "| {} | {} | {} | {} |",
                code(row.names),
                row.meaning,
                match row.default {
                    Default::None => "–".to_owned(),
                    Default::Value(value) => code(&[value]),
                    Default::Described(sentence) => sentence.to_owned(),
                },
                code(row.methods)
            )
            .expect("text takes text");
        }
        table
    }

    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("the sources are here") {
            let path = entry.expect("the sources are here").path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }

    /// Texts in quotes that can only be the name of a variable.
    fn names_in_code() -> BTreeSet<String> {
        let mut files = Vec::new();
        sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut files,
        );
        // Of the table's own prefixes, such as `OTEL_`.
        let prefixes: BTreeSet<&str> = all()
            .flat_map(|row| row.names)
            .filter_map(|name| name.split_inclusive('_').next())
            .collect();
        let is_name = |text: &&str| {
            prefixes.iter().any(|prefix| text.starts_with(prefix))
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9'))
                && !text.ends_with('_')
        };
        files
            .iter()
            .flat_map(|file| {
                let source = fs::read_to_string(file).expect("the sources are here");
                let quoted = source.split('"').filter(is_name);
                quoted.map(str::to_owned).collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn the_guide_shows_this_table() {
        let document = "src/guide/settings.md";
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
        let text = fs::read_to_string(path).expect("the document is here");
        assert!(
            text.contains(&table()),
            "{document} should contain\n\n{}",
            table()
        );
    }

    #[test]
    fn every_variable_that_is_read_has_one_row() {
        let mut rows: Vec<&str> = all().flat_map(|row| row.names).copied().collect();
        rows.sort_unstable();
        let set: BTreeSet<&str> = rows.iter().copied().collect();
        assert_eq!(rows.len(), set.len(), "a variable has two rows");
        // Values of a variable look like names.
        let values = ["NO_CONTENT"];
        let missing: Vec<_> = names_in_code()
            .into_iter()
            .filter(|name| !set.contains(name.as_str()) && !values.contains(&name.as_str()))
            .collect();
        assert_eq!(missing, [""; 0], "read, but not in the table");
    }

    #[test]
    fn methods_named_in_the_table_exist_and_are_listed_once_called() {
        let mut files = Vec::new();
        sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut files,
        );
        let code: String = files
            .iter()
            .map(|file| fs::read_to_string(file).expect("the sources are here"))
            .collect();
        for method in all().flat_map(|row| row.methods) {
            let name = method.rsplit("::").next().unwrap_or(method);
            assert!(code.contains(&format!("pub fn {name}")), "{method}");
            let lists = ["set", "set_address", "add"];
            let is_listed = lists.iter().any(|list| {
                let call = format!("in_code.{list}(\"{method}\",");
                // Formatting may break the line after the parenthesis.
                code.split_whitespace().collect::<String>().contains(&call)
            });
            assert!(is_listed, "{method}");
        }
    }
}
