//! A rename in the conventions is a change in one file; what belongs to one backend stays in its room.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn files_with(text: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 10);
    let mut names: Vec<String> = files
        .iter()
        .filter(|file| {
            // What documents say is no attribute of ours, and tests spell names out on purpose.
            let is_test = |part: Component<'_>| {
                ["tests", "tests.rs"]
                    .map(OsStr::new)
                    .contains(&part.as_os_str())
            };
            if file.components().any(is_test) {
                return false;
            }
            let source = fs::read_to_string(file).unwrap();
            source
                .lines()
                .any(|line| !line.trim_start().starts_with("//") && line.contains(text))
        })
        .map(|file| {
            file.strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/")
        })
        .collect();
    names.sort();
    names
}

#[test]
fn the_genai_conventions() {
    assert_eq!(files_with("\"gen_ai."), ["conventions.rs"]);
    assert_eq!(files_with("\"openai."), ["conventions.rs"]);
    assert_eq!(files_with("\"tracing_genai."), ["conventions.rs"]);
}

#[test]
fn the_attributes_of_langfuse() {
    let elsewhere: Vec<_> = files_with("\"langfuse.")
        .into_iter()
        .filter(|file| !file.starts_with("langfuse/"))
        .collect();
    assert_eq!(elsewhere, [""; 0]);
}
