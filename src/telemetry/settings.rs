//! The table of settings: every variable that the crate reads, what it means, and what says the same
//! in code.
//!
//! The tables in the README and in the guide are this one; the tests below hold them together, and
//! hold the list to what the code reads. A room that reads variables of its own keeps their rows
//! beside the code that reads them.

use super::environment::Environment;
use crate::backends::langfuse;
use crate::destination;
use crate::export::delivery;
use crate::metrics;
use crate::pipeline::{capture, limits, redaction};

/// Names of the variables that the telemetry itself reads.
pub(crate) mod variable {
    pub(crate) const OTEL_SDK_DISABLED: &str = "OTEL_SDK_DISABLED";
    pub(crate) const OTEL_SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
    pub(crate) const OTEL_RESOURCE_ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
    pub(crate) const OTEL_TRACES_SAMPLER: &str = "OTEL_TRACES_SAMPLER";
    pub(crate) const OTEL_TRACES_SAMPLER_ARG: &str = "OTEL_TRACES_SAMPLER_ARG";
    pub(crate) const ATTRIBUTE_COUNT_LIMIT: &str = "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT";
    pub(crate) const EVENT_COUNT_LIMIT: &str = "OTEL_SPAN_EVENT_COUNT_LIMIT";
    pub(crate) const LINK_COUNT_LIMIT: &str = "OTEL_SPAN_LINK_COUNT_LIMIT";
    pub(crate) const FILTER: &str = "TRACING_GENAI_FILTER";
    pub(crate) const ONLY_GENAI: &str = "TRACING_GENAI_ONLY_GENAI";
    /// Read by the HTTP client, of the process and in lower case as well.
    pub(crate) const PROXIES: [&str; 4] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];
    pub(crate) const CONSOLE: &str = "TRACING_GENAI_CONSOLE";
    pub(crate) const NO_COLOR: &str = "NO_COLOR";
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "most of a row is for the tables in the documents")
)]
pub(crate) struct Setting {
    /// Variables, the one that counts first in front.
    pub(crate) names: &'static [&'static str],
    pub(crate) meaning: &'static str,
    pub(crate) default: &'static str,
    /// What says it in code, and beats the variable.
    pub(crate) in_code: &'static str,
}

/// Every row, in the order of the table.
pub(crate) fn all() -> impl Iterator<Item = &'static Setting> {
    langfuse::SETTINGS
        .iter()
        .chain(destination::SETTINGS)
        .chain(capture::SETTINGS)
        .chain(redaction::SETTINGS)
        .chain(limits::SETTINGS)
        .chain(delivery::SETTINGS)
        .chain(metrics::SETTINGS)
        .chain(SETTINGS)
}

/// The variables that are set, by name.
pub(crate) fn found(environment: &Environment) -> Vec<&'static str> {
    all()
        .flat_map(|setting| setting.names)
        .copied()
        .filter(|name| environment.get(name).is_some())
        .collect()
}

const SETTINGS: &[Setting] = &[
    Setting {
        names: &[variable::OTEL_SERVICE_NAME],
        meaning: "what this program is called in traces",
        default: "`unknown_service:<program>`",
        in_code: "`with_service_name`",
    },
    Setting {
        names: &[variable::OTEL_RESOURCE_ATTRIBUTES],
        meaning: "more about this program, as `key=value,…`, percent-encoded",
        default: "–",
        in_code: "`with_resource_attribute`",
    },
    Setting {
        names: &[variable::OTEL_TRACES_SAMPLER],
        meaning: "which traces are recorded at all: `always_on`, `always_off`, `traceidratio`, or one of \
                  these after `parentbased_`, which follows a caller's decision",
        default: "`parentbased_always_on`",
        in_code: "`with_sampler`",
    },
    Setting {
        names: &[variable::OTEL_TRACES_SAMPLER_ARG],
        meaning: "the share of traces for `traceidratio`, 0 to 1",
        default: "`1`",
        in_code: "`with_sampler`",
    },
    Setting {
        names: &[variable::ATTRIBUTE_COUNT_LIMIT],
        meaning: "how many attributes a span keeps",
        default: "`1024`",
        in_code: "`with_max_attributes`",
    },
    Setting {
        names: &[variable::EVENT_COUNT_LIMIT],
        meaning: "how many events a span keeps",
        default: "`4096`",
        in_code: "`with_max_events`",
    },
    Setting {
        names: &[variable::LINK_COUNT_LIMIT],
        meaning: "how many links a span keeps",
        default: "`128`",
        in_code: "`with_max_links`",
    },
    Setting {
        names: &[variable::OTEL_SDK_DISABLED],
        meaning: "`true` switches everything off",
        default: "`false`",
        in_code: "–",
    },
    Setting {
        names: &[variable::FILTER],
        meaning: "which spans are exported, as [`Targets`](https://docs.rs/tracing-subscriber/latest/\
                  tracing_subscriber/filter/struct.Targets.html) directives; the crate's own always are",
        default: "`info` without the HTTP stack",
        in_code: "`with_filter`",
    },
    Setting {
        names: &variable::PROXIES,
        meaning: "the proxies through which backends are reached, and for which hosts there is none; also in \
                  lower case",
        default: "–",
        in_code: "–",
    },
    Setting {
        names: &[variable::ONLY_GENAI],
        meaning: "`true`: only traces with a GenAI span are exported",
        default: "`false`",
        in_code: "`with_only_genai`, `Destination::with_only_genai`",
    },
    Setting {
        names: &[variable::CONSOLE],
        meaning: "the terminal tree: `on`, `off`, or `content` (with input and output even into a pipe)",
        default: "on if nothing else is configured",
        in_code: "`Destination::terminal`",
    },
    Setting {
        names: &[variable::NO_COLOR],
        meaning: "no colours in the terminal tree",
        default: "–",
        in_code: "–",
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    /// The table as it stands in the documents.
    fn table() -> String {
        let mut table =
            String::from("| variable | meaning | default | in code |\n|---|---|---|---|\n");
        for setting in all() {
            let names: Vec<_> = setting
                .names
                .iter()
                .map(|name| format!("`{name}`"))
                .collect();
            writeln!(
                table,
                "| {} | {} | {} | {} |",
                names.join(", "),
                setting.meaning,
                setting.default,
                setting.in_code
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
        let is_name = |text: &&str| {
            let prefixes = ["LANGFUSE_", "OTEL_", "TRACING_GENAI_", "NO_"];
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
    fn the_documents_show_this_table() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for document in ["README.md", "src/guide.md"] {
            let text = fs::read_to_string(root.join(document)).expect("the document is here");
            assert!(
                text.contains(&table()),
                "{document} should contain\n\n{}",
                table()
            );
        }
    }

    #[test]
    fn every_variable_that_is_read_has_one_row() {
        let mut rows: Vec<&str> = all().flat_map(|setting| setting.names).copied().collect();
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
    fn methods_named_in_the_table_exist() {
        let mut files = Vec::new();
        sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut files,
        );
        let code: String = files
            .iter()
            .map(|file| fs::read_to_string(file).expect("the sources are here"))
            .collect();
        for setting in all().filter(|setting| setting.in_code != "–") {
            for method in setting
                .in_code
                .split('`')
                .filter(|text| text.contains("with_") || text.contains("::"))
            {
                let method = method.rsplit("::").next().unwrap_or(method);
                assert!(code.contains(&format!("pub fn {method}(")), "{method}");
            }
        }
    }
}
