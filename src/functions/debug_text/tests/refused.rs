//! Texts that stay as they are: what people write, what is nearly `Debug`, what is nested too deep.

use super::{becomes, stays_text};
use crate::functions::debug_text::json::MAX_DEPTH;
use crate::functions::debug_text::to_json;

#[test]
fn words_and_prose_stay_text() {
    stays_text(&[
        "",
        " ",
        "Hello",
        "Hello, world",
        "None",
        "()",
        "queued",
        "NaN",
        "inf",
        "-inf",
        "null",
        "_",
        "..",
        "007",
        "+5",
        "1.50",
        ".5",
        "1.",
        "5.",
        "-",
        "-0",
        "1E5",
        "1e16.5",
        "1.e16",
        "10e16",
        "1.0e16",
        "1e016",
        "1e-4",
        "1e999",
        "1e-999",
        "0e16",
        "1.123456789012345678",
        "01.5",
        "1.2.3",
        "1e16e16",
        "--1",
        "1-2",
        "1e",
        "1e5",
        "1_000",
        "0x1f",
        "5 ",
        " 5",
        "3 apples",
        "f(x)",
        "F(x)",
        "F(X)",
        "O(1)",
        "N(0, 1)",
        "P(A, B)",
        "X(..)",
        "Section(A)",
        "Name()",
        "Hello {}",
        "I said \"hi\"",
        "\"a\" and \"b\"",
        "\"open",
        "\"C:\\dir\"",
        "\"two\nlines\"",
        "\"\\u{110000}\"",
        "\"\\u{D7}\"",
        "'ab'",
        "''",
        "'''",
        "it's",
        "'tis",
        "Note (see below)",
        "[see note 1, page 3]",
        "(maybe)",
        "{name}",
        "{Name}",
        "[Laughter]",
        "(Yes, No)",
        "[..]",
        "{..}",
        "(1)",
        "(\"a\")",
        "(,)",
        "( 1, 2 )",
        "(1,2)",
        "[1, 2,]x",
        "{1,}",
        "[1, 2] trailing",
        "[1, 2",
        "[1, 2}",
        "{1: }",
        "{1: 2, 3}",
        "{1, 2: 3}",
        "{\"a\": <value>}",
        "{\"a\": 1, b}",
        "[10:00, 11:00]",
        "Some(10:00)",
        "Some(1, 2)",
        "Some()",
        "Some( 1 )",
        "Note { see below }",
        "shapes::Point { x: 1 }",
        "Note {see: below}",
        "Note { see: below",
        "Note { a: 1 } ",
        "Note { a: 1, b }}",
        "note { a: 1 }",
        "Note{ a: 1 }",
        "Row { a: \"open }",
        "Row { a: (open }",
        "[[[[",
        "((((",
        "{{{{",
        "Some(Some(",
        "{{[1]: 2}: 3}\u{0}",
        "Row {\n    a: 1\n}",
        "Row {\n}",
    ]);
}

#[test]
fn nesting_is_bounded() {
    let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    assert!(to_json(&nested(MAX_DEPTH)).is_some());
    stays_text(&[
        &nested(MAX_DEPTH + 1),
        &nested(100_000),
        &"[".repeat(100_000),
        &"Some(".repeat(100_000),
        &format!("{}'x'{}", "Some(".repeat(200), ")".repeat(200)),
        &"A { a: ".repeat(100_000),
        &"{[1]: {".repeat(100_000),
    ]);
}

#[test]
fn the_deepest_nesting_fits_a_small_stack() {
    let levels = MAX_DEPTH;
    let texts = [
        format!("{}1{}", "Some(".repeat(levels), ")".repeat(levels)),
        format!("{}1{}", "A { a: ".repeat(levels), " }".repeat(levels)),
        format!("{}1{}", "{\"a\": ".repeat(levels), "}".repeat(levels)),
    ];
    std::thread::Builder::new()
        .stack_size(512 * 1024)
        .spawn(move || texts.iter().all(|text| to_json(text).is_some()))
        .unwrap()
        .join()
        .unwrap()
        .then_some(())
        .unwrap();
}

#[test]
fn quoting_of_quoted_keys_does_not_multiply() {
    stays_text(&["{{[1]: 2}: 3}"]);
    becomes(&[("{[1]: {[2]: 3}}", r#"{"[1]":{"[2]":3}}"#)]);
}
