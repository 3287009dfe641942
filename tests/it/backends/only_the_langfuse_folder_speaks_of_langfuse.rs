//! A change of one backend is a change in its folder: outside of it, code names Langfuse only in the list of
//! backends and where the public interface does.

use crate::support::repository::{is_test, sources};

/// Files that may name it.
const ALLOWED: [&str; 3] = [
    // The list.
    "backends/mod.rs",
    // `Destination::langfuse` and `Mapping`.
    "destination/definition.rs",
    "destination/mapping.rs",
];

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
    let mut found = Vec::new();
    for (name, source) in sources() {
        if is_test(&name) {
            continue;
        }
        if name.starts_with("backends/langfuse/") || ALLOWED.contains(&name.as_str()) {
            continue;
        }
        let code = source.split("\nmod tests {").next().unwrap();
        let lines = code.lines().enumerate();
        let lines = lines.filter(|(_, line)| words(line).any(|word| word == "langfuse"));
        found.extend(lines.map(|(number, line)| format!("{name}:{} {line}", number + 1)));
    }
    assert!(found.is_empty(), "{found:#?}");
}
