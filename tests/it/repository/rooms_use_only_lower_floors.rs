//! The rooms of `ARCHITECTURE.md`: an arrow points to a lower floor, and only to a room that the table
//! names. Inside a room no two files use each other, however long the way around.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::repository::{is_test, sources};

/// What a room stands on: its floor, and the rooms that it may use beside those of floor 1.
const ROOMS: &[(&str, u8, &[&str])] = &[
    (
        "doctor",
        9,
        &[
            "telemetry",
            "destination",
            "export",
            "pipeline",
            "otlp",
            "backends",
            "config",
        ],
    ),
    ("http", 9, &["recorder", "context", "span", "telemetry"]),
    (
        "telemetry",
        8,
        &[
            "recorder",
            "destination",
            "metrics",
            "terminal",
            "export",
            "pipeline",
            "context",
            "runs",
            "backends",
            "functions",
            "wire",
            "span",
            "otlp",
            "config",
        ],
    ),
    ("testing", 8, &["destination", "otlp"]),
    (
        "recorder",
        7,
        &[
            "runs",
            "wire",
            "span",
            "metrics",
            "export",
            "context",
            "functions",
        ],
    ),
    (
        "destination",
        7,
        &[
            "pipeline", "export", "metrics", "otlp", "terminal", "backends", "config",
        ],
    ),
    ("metrics", 6, &["otlp", "pipeline", "span", "config"]),
    ("terminal", 6, &["pipeline", "export", "functions"]),
    ("export", 5, &["otlp", "pipeline", "backends", "config"]),
    (
        "pipeline",
        4,
        &["backends", "functions", "context", "config"],
    ),
    ("observation", 4, &["context", "span"]),
    ("context", 3, &["span", "config"]),
    ("runs", 3, &["wire", "span"]),
    ("backends", 3, &["otlp", "config", "functions"]),
    ("functions", 2, &[]),
    ("wire", 2, &[]),
    ("span", 2, &[]),
    ("otlp", 2, &[]),
    ("config", 2, &[]),
    ("conventions", 1, &[]),
    ("model", 1, &[]),
    ("text", 1, &[]),
    ("diagnostics", 1, &[]),
    ("guide", 1, &[]),
];

fn floor(room: &str) -> Option<u8> {
    let row = ROOMS.iter().find(|(name, ..)| *name == room)?;
    Some(row.1)
}

/// A source file by its module path, `lib` left out, with the module paths that it uses.
struct File {
    module: Vec<String>,
    uses: BTreeSet<Vec<String>>,
}

/// Tests and documentation may name what they like.
fn code_of(source: &str) -> String {
    let code: Vec<&str> = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect();
    let code = code.join("\n");
    match code.find("\nmod tests {") {
        Some(tests) => code[..tests].to_owned(),
        None => code,
    }
}

/// Flattens `a::{b, c::{self, d}}` into paths.
fn flattened(tree: &str) -> Vec<Vec<String>> {
    fn split(tree: &str) -> Vec<&str> {
        let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
        for (at, byte) in tree.bytes().enumerate() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                b',' if depth == 0 => {
                    parts.push(&tree[start..at]);
                    start = at + 1;
                }
                _ => {}
            }
        }
        parts.push(&tree[start..]);
        parts
    }
    let mut paths = Vec::new();
    for part in split(tree) {
        let part = part.trim();
        let (head, inner) = match (part.find('{'), part.rfind('}')) {
            (Some(open), Some(close)) => (&part[..open], Some(&part[open + 1..close])),
            _ => (part, None),
        };
        let head: Vec<String> = head
            .split("::")
            .map(|segment| {
                segment
                    .split(" as ")
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            })
            .filter(|segment| !segment.is_empty() && segment != "self" && segment != "*")
            .collect();
        match inner {
            Some(inner) => paths.extend(flattened(inner).into_iter().map(|rest| {
                let mut path = head.clone();
                path.extend(rest);
                path
            })),
            None if !head.is_empty() || part == "self" => paths.push(head),
            None => {}
        }
    }
    paths
}

/// Every path that begins with `crate` or `super`, absolute.
fn used(code: &str, module: &[String]) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    let bytes = code.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = at.checked_sub(1).map(|before| bytes[before]);
            if before.is_some_and(|byte| is_word(byte) || byte == b':') {
                continue;
            }
            // To the end of the path, with its braces.
            let (mut end, mut depth) = (at, 0);
            while end < bytes.len() {
                match bytes[end] {
                    b'{' if code[..end].ends_with("::") || depth > 0 => depth += 1,
                    b'}' if depth > 0 => depth -= 1,
                    b',' | b' ' | b'\n' if depth > 0 => {}
                    byte if is_word(byte) || byte == b':' || byte == b'*' => {}
                    _ => break,
                }
                end += 1;
            }
            for path in flattened(&code[at..end]) {
                let mut base = module.to_vec();
                let mut rest = path.as_slice();
                match rest.first().map(String::as_str) {
                    Some("crate") => {
                        base.clear();
                        rest = &rest[1..];
                    }
                    _ => {
                        while rest.first().is_some_and(|segment| segment == "super") {
                            base.pop();
                            rest = &rest[1..];
                        }
                    }
                }
                base.extend(rest.iter().cloned());
                found.insert(base);
            }
        }
    }
    found
}

fn files() -> Vec<File> {
    let code = sources()
        .into_iter()
        .filter(|(name, _)| !is_test(name) && name != "lib.rs");
    code.map(|(name, source)| {
        let path = name.trim_end_matches(".rs").trim_end_matches("/mod");
        let module: Vec<String> = path.split('/').map(str::to_owned).collect();
        let uses = used(&code_of(&source), &module);
        File { module, uses }
    })
    .collect()
}

#[test]
fn every_arrow_between_rooms_is_in_the_table() {
    let mut wrong = BTreeSet::new();
    for file in files() {
        let room = file.module[0].as_str();
        assert!(floor(room).is_some(), "{room} is no room of the table");
        let allowed = ROOMS.iter().find(|(name, ..)| *name == room).unwrap().2;
        for other in file.uses.iter().filter_map(|path| path.first()) {
            // Items of the crate's root, such as `Handle`, are re-exports: the code names the room.
            let known =
                floor(other).unwrap_or_else(|| panic!("{:?} uses crate::{other}", file.module));
            if other != room && known != 1 && !allowed.contains(&other.as_str()) {
                wrong.insert(format!("{} -> {other}", file.module.join("::")));
            }
        }
    }
    assert_eq!(wrong, BTreeSet::new());
}

#[test]
fn every_arrow_of_the_table_points_downwards() {
    for (room, own, others) in ROOMS {
        for other in *others {
            assert!(floor(other).unwrap() < *own, "{room} -> {other}");
        }
    }
}

#[test]
fn every_arrow_of_the_table_is_used() {
    let mut arrows: BTreeSet<(String, String)> = BTreeSet::new();
    for file in files() {
        let room = &file.module[0];
        arrows.extend(file.uses.iter().filter_map(|path| {
            let other = path.first().filter(|other| *other != room)?;
            Some((room.clone(), other.clone()))
        }));
    }
    for (room, _, others) in ROOMS {
        for other in *others {
            let arrow = ((*room).to_owned(), (*other).to_owned());
            assert!(arrows.contains(&arrow), "{room} does not use {other}");
        }
    }
}

/// The files of a room that use each other in a circle: a file, and the module it reaches itself by.
#[test]
fn files_of_a_room_use_each_other_in_one_direction() {
    let files = files();
    let modules: BTreeSet<&[String]> = files.iter().map(|file| file.module.as_slice()).collect();
    // The file that a path leads into: its longest prefix that is a module.
    let target = |path: &[String]| {
        (1..=path.len())
            .rev()
            .map(|length| &path[..length])
            .find(|prefix| modules.contains(prefix))
            .map(<[String]>::to_vec)
    };
    let mut arrows: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for file in &files {
        let used = file.uses.iter().filter_map(|path| target(path));
        // A `mod.rs` declares its children and shows their items; a child may use what it defines.
        let others = used.filter(|other| *other != file.module && other.len() > 1);
        arrows.insert(file.module.clone(), others.collect());
    }
    let mut circles = BTreeSet::new();
    for start in arrows.keys() {
        let mut seen = BTreeSet::new();
        let mut next: Vec<&Vec<String>> = arrows[start].iter().collect();
        while let Some(module) = next.pop() {
            if module == start {
                circles.insert(start.join("::"));
                break;
            }
            if seen.insert(module) {
                next.extend(arrows.get(module).into_iter().flatten());
            }
        }
    }
    assert_eq!(circles, BTreeSet::new());
}
