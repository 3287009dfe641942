//! Every example runs as whoever tries it runs it, and every span that leaves is held against the table of the
//! conventions.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::collector::Collector;
use crate::conventions::assert_kept;
use crate::program::{example, set_up, stderr};

/// Examples that do not end, or send nothing to the backend of the environment.
const OTHERS: [&str; 4] = [
    "existing_provider",
    "openai_sim",
    "standard_pipeline",
    "tested_traces",
];

/// All that there are in the folder, with their arguments.
fn examples() -> Vec<(String, &'static [&'static str])> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_source = path.extension().is_some_and(|extension| extension == "rs");
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if (is_source || path.join("main.rs").exists()) && !OTHERS.contains(&name.as_str()) {
            if name == "assistant_tools" {
                found.push((name.clone(), ["stream"].as_slice()));
            }
            found.push((name, [].as_slice()));
        }
    }
    assert!(found.len() > 10, "{found:?}");
    found
}

#[test]
fn on_every_span_of_a_plain_backend() {
    for (name, arguments) in examples() {
        let collector = Collector::start();
        let traces = format!("{}/v1/traces", collector.url);
        let variables = [
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", traces.as_str()),
            ("OPENAI_API_KEY", ""),
        ];
        let mut command = set_up(Command::new(example(&name)), &variables);
        let output = command
            .args(arguments)
            .env_remove("OPENAI_BASE_URL")
            .output();
        let output = output.unwrap();
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        assert_kept(&collector.spans());
    }
}

#[test]
fn and_the_example_that_is_a_test_passes() {
    let mut command = set_up(
        Command::new(example("tested_traces")),
        &[("OPENAI_API_KEY", "")],
    );
    let output = command.env_remove("OPENAI_BASE_URL").output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}
