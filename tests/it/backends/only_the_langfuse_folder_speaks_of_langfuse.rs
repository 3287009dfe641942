//! A change of one backend is a change in its folder: outside of it, code names Langfuse only in the list of
//! backends and where the public interface does.

use std::fs;
use std::path::{Path, PathBuf};

/// Files that may name it.
const ALLOWED: [&str; 5] = [
    // The list.
    "backends/mod.rs",
    // `Destination::langfuse` and `Mapping`.
    "destination/mod.rs",
    "destination/described.rs",
    // The table of settings.
    "config/settings.rs",
    "doctor/configured.rs",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        match path.is_dir() {
            true if name == "tests" => {}
            true => sources(&path, found),
            false if name == "tests.rs" || !name.ends_with(".rs") => {}
            false => found.push(path),
        }
    }
}

/// The words of a line of code: no comments.
fn words(line: &str) -> impl Iterator<Item = String> + '_ {
    let code = match line.trim_start().starts_with("//") {
        true => "",
        false => line,
    };
    code.split(|one: char| !one.is_alphanumeric())
        .map(str::to_lowercase)
}

#[test]
fn outside_of_the_list_and_the_public_interface() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 100, "{}", files.len());
    let mut found = Vec::new();
    for file in files {
        let name = file.strip_prefix(&root).unwrap().to_str().unwrap();
        let name = name.replace('\\', "/");
        if name.starts_with("backends/langfuse/") || ALLOWED.contains(&name.as_str()) {
            continue;
        }
        let source = fs::read_to_string(&file).unwrap();
        let code = source.split("#[cfg(test)]\nmod ").next().unwrap();
        let lines = code.lines().enumerate();
        let lines = lines.filter(|(_, line)| words(line).any(|word| word == "langfuse"));
        found.extend(lines.map(|(number, line)| format!("{name}:{} {line}", number + 1)));
    }
    assert!(found.is_empty(), "{found:#?}");
}
