//! Time grows with the length of the text, whatever the text.
//!
//! The bound is far above what any machine needs for linear work on such texts, and far below what a
//! quadratic reading of it takes.

use std::time::{Duration, Instant};

use crate::functions::debug_text::json::MAX_DEPTH;
use crate::functions::debug_text::{string_literal, to_json};

const LENGTH: usize = 1 << 17;

fn filled(unit: &str) -> String {
    unit.repeat(LENGTH / unit.len())
}

/// Texts chosen to make the parser read again, move text, or look ahead as much as it ever does.
fn pathological() -> Vec<String> {
    let deep = MAX_DEPTH - 2;
    let long = filled("x, ");
    let wrap = |open: &str, inside: &str, close: &str, levels: usize| {
        format!("{}{inside}{}", open.repeat(levels), close.repeat(levels))
    };
    let mut texts: Vec<String> = [
        "[",
        "(",
        "{",
        "\"",
        "'",
        "\\",
        "<",
        ",",
        ", ",
        "a",
        "A",
        "A(",
        "A {",
        "A { a: ",
        "A { a: a<",
        "Some(",
        "{[",
        "{[1]: ",
        "{{",
        "[1, ",
        "\"a\", ",
        "9",
        "1e",
        "1.",
        "a::",
        "::",
        "..",
        "..\n",
        ": ",
        "é",
        "\n",
        "A { a: \"",
        "A { a: '",
        "a<, ",
    ]
    .iter()
    .map(|unit| filled(unit))
    .collect();
    let inside_a_structure: Vec<String> = texts
        .iter()
        .map(|text| format!("A {{ a: {text} }}"))
        .collect();
    let inside_a_list: Vec<String> = texts
        .iter()
        .map(|text| format!("A {{ a: [{text}] }}"))
        .collect();
    texts.extend(inside_a_structure);
    texts.extend(inside_a_list);
    texts.extend([
        wrap("A { a: [", &long, "] x }", deep / 2),
        wrap("A { a: ", &format!("[{long}] x"), " } x }", deep / 2),
        format!("A {{ a: {} }}", wrap("[", &long, "] x", deep)),
        format!(
            "A {{ a: {} }}",
            wrap("B(", &filled("'x', "), ")", deep / 2 - 2)
        ),
        format!(
            "[{}]",
            wrap("Bb(", &format!("\"{}\"", filled("\\\\")), ")", deep / 2 - 2)
        ),
        format!(
            "[{}]",
            wrap("{1, ", &format!("{}1", filled("1, ")), "}", deep / 2)
        ),
        format!(
            "{{{}}}",
            filled("\"a\": 'x', ").trim_end_matches([',', ' '])
        ),
        format!(
            "{{{}: 1}}",
            format_args!("[{}]", filled("\"\\\"\", ").trim_end_matches([',', ' ']))
        ),
        format!("A {{ {} }}", filled("a: x, ").trim_end_matches([',', ' '])),
        format!("A {{\n{}}}", filled("    a: x, y,\n")),
        format!(
            "A {{ a: {} }}",
            filled("aaaaaaaaaaaaaaaaaaaaaaaa, ").trim_end_matches([',', ' '])
        ),
    ]);
    texts
}

#[test]
fn long_texts_are_read_in_time() {
    let mut slowest = (Duration::ZERO, String::new());
    for text in pathological() {
        let start = Instant::now();
        let json = to_json(&text);
        string_literal(&text);
        let took = start.elapsed();
        if let Some(json) = json {
            assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
            assert!(json.len() <= 12 * text.len());
        }
        if took > slowest.0 {
            slowest = (took, text.chars().take(40).collect());
        }
    }
    assert!(slowest.0 < Duration::from_secs(2), "{slowest:?}");
}
