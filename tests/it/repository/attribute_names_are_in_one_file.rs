//! A rename in the conventions is a change in one file, and the attributes of one backend stay in its folder.

use crate::support::repository::{is_test, sources};

/// The files with this text in their code: not in documentation, and not in tests, which spell names out.
fn files_with(text: &str) -> Vec<String> {
    let has_text = |source: &str| {
        let mut code = source
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        code.any(|line| line.contains(text))
    };
    let sources = sources().into_iter();
    let found = sources.filter(|(name, source)| !is_test(name) && has_text(source));
    found.map(|(name, _)| name).collect()
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
        .filter(|file| !file.starts_with("backends/langfuse/"))
        .collect();
    assert_eq!(elsewhere, [""; 0]);
}
