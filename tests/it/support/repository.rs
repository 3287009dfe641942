//! The source files of this repository.

use std::fs;
use std::path::Path;

/// Path below `src`, with slashes, and text of every file of the library, tests included.
pub fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // A command stands on the library, and is no room of it.
            let is_command = path.ends_with("src/bin");
            if path.is_dir() && !is_command {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy();
                let source = fs::read_to_string(&path).unwrap();
                sources.push((name.replace('\\', "/"), source));
            }
        }
    }
    assert!(sources.len() > 50);
    sources.sort();
    sources
}

/// Whether a path of [`sources`] is that of tests.
pub fn is_test(name: &str) -> bool {
    name.split('/')
        .any(|part| part == "tests" || part == "tests.rs")
}
