//! The demo runs with the variables of the compose file and no others.

use std::process::Command;

use serde_norway::Value;

use crate::collector::Collector;
use crate::folder::Folder;
use crate::program::example;

/// A value of the compose file if no variable is set but the secrets: `${NAME:-default}` is its default,
/// `${NAME:?…}` a secret.
fn substituted(text: &str, secrets: &str) -> String {
    let Some((before, rest)) = text.split_once("${") else {
        return text.to_owned();
    };
    let (variable, after) = rest.split_once('}').unwrap();
    let value = match variable.split_once(":?") {
        Some((name, _)) => secret(secrets, name),
        None => variable.split_once(":-").map_or("", |(_, default)| default),
    };
    format!("{before}{value}{}", substituted(after, secrets))
}

fn secret<'a>(secrets: &'a str, name: &str) -> &'a str {
    let mut lines = secrets.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("deploy/secrets.sh makes no {name}"))
}

/// What the script writes that the first start runs.
fn secrets(folder: &Folder) -> String {
    std::fs::create_dir_all(&**folder).unwrap();
    let file = folder.join("secrets");
    let make = || {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/secrets.sh");
        let status = Command::new("sh").arg(script).arg(&file).status().unwrap();
        assert!(status.success());
        std::fs::read_to_string(&file).unwrap()
    };
    let made = make();
    assert_eq!(make(), made, "what is there is kept");
    made
}

fn environment(service: &str, secrets: &str) -> Vec<(String, String)> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docker-compose.yml");
    let mut file: Value = serde_norway::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    file.apply_merge().unwrap();
    let environment = file["services"][service]["environment"]
        .as_mapping()
        .unwrap();
    let text = |value: &Value| substituted(value.as_str().unwrap(), secrets);
    environment
        .iter()
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

#[test]
fn the_demo_exports_what_it_does_in_the_environment_of_the_compose_file() {
    let folder = Folder::new();
    let secrets = secrets(&folder);
    for (name, root) in [
        ("math_tutor", "run_math_tutor"),
        ("responses", "run_math_tutor"),
    ] {
        let collector = Collector::start();
        let variables = environment("demo", &secrets)
            .into_iter()
            .map(|(name, value)| {
                // The address of Langfuse in the network of the compose file.
                let value = match value.as_str() {
                    "http://langfuse-web:3000" => collector.url.clone(),
                    _ => value,
                };
                (name, value)
            });
        let output = Command::new(example(name))
            .env_clear()
            .envs(variables)
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{printed}");
        assert!(
            printed.contains(root),
            "the terminal shows the trace too: {printed}"
        );
        let spans = collector.spans();
        let root = spans.iter().find(|span| span.name == root).unwrap();
        let environment = root.resource.get("langfuse.environment");
        assert_eq!(environment.and_then(|value| value.as_text()), Some("demo"));
        assert!(
            root.text("langfuse.observation.output")
                .unwrap()
                .contains("x = 1")
        );
        let tokens = |span: &tracing_genai::testing::ReceivedSpan| {
            span.text("langfuse.observation.type") == Some("generation")
                && span.text("langfuse.observation.usage_details").is_some()
        };
        assert!(spans.iter().any(tokens), "{name}");
    }
}
