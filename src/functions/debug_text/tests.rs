//! Rows of text and what becomes of them; the properties and the types of async-openai are in the folder.

#![expect(clippy::unwrap_used, reason = "tests")]

mod openai_types;
mod performance;
mod properties;
mod refused;
mod standard_library;

use super::{string_literal, to_json};

fn becomes(rows: &[(&str, &str)]) {
    for (text, json) in rows {
        assert_eq!(to_json(text).as_deref(), Some(*json), "{text}");
        serde_json::from_str::<serde_json::Value>(json).unwrap();
    }
}

fn stays_text(rows: &[&str]) {
    for text in rows {
        assert_eq!(to_json(text), None, "{text}");
    }
}

#[test]
fn literals_and_canonical_numbers_become_json() {
    becomes(&[
        (r#""""#, r#""""#),
        (
            r#""say \"hi\"\n\t\\ \u{1f}\u{e9} 🦀""#,
            r#""say \"hi\"\n\t\\ \u001fé 🦀""#,
        ),
        (r#""it\'s \0""#, r#""it's \u0000""#),
        ("'x'", r#""x""#),
        (r"'\''", r#""'""#),
        ("'\"'", r#""\"""#),
        ("0", "0"),
        ("-5", "-5"),
        ("1.5", "1.5"),
        ("-0.0", "-0.0"),
        ("1e100", "1e100"),
        ("1e-7", "1e-7"),
        ("-1.2345678901234567e-308", "-1.2345678901234567e-308"),
        ("1234567890123456.0", "1234567890123456.0"),
        ("0.00005", "0.00005"),
        ("846354480560247.2", "846354480560247.2"),
        ("true", "true"),
        ("false", "false"),
        ("18446744073709551615", "18446744073709551615"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("18446744073709551616", r#""18446744073709551616""#),
        (
            "-170141183460469231731687303715884105728",
            r#""-170141183460469231731687303715884105728""#,
        ),
    ]);
}

#[test]
fn containers_become_json() {
    becomes(&[
        ("[]", "[]"),
        ("{}", "{}"),
        ("[1, 2]", "[1,2]"),
        ("[\n    1,\n    2,\n]", "[1,2]"),
        ("(1, \"a\")", r#"[1,"a"]"#),
        ("(1,)", "[1]"),
        ("(\n    1,\n)", "[1]"),
        ("{1, 2}", "[1,2]"),
        (
            r#"{"b": 1, "a": [None, Some(2)]}"#,
            r#"{"b":1,"a":[null,2]}"#,
        ),
        ("{\n    'k': (),\n}", r#"{"k":null}"#),
        (
            "{1: NaN, -2: inf, 3: -inf}",
            r#"{"1":"NaN","-2":"inf","3":"-inf"}"#,
        ),
        (
            "{Monday: 1, None: 2, true: 3}",
            r#"{"Monday":1,"None":2,"true":3}"#,
        ),
        (r#"{(1, "a"): 2}"#, r#"{"[1,\"a\"]":2}"#),
        ("[1, ..]", "[1]"),
        ("[\n    1,\n    ..\n]", "[1]"),
    ]);
}

#[test]
fn named_values_become_json() {
    becomes(&[
        ("Some(1)", "1"),
        ("Some(Queued)", r#""Queued""#),
        ("Some(None)", "null"),
        ("Ok(())", "null"),
        ("Ok(\"done\")", r#""done""#),
        ("Err(Timeout)", r#"{"Err":"Timeout"}"#),
        ("UserId(5)", r#"{"UserId":5}"#),
        ("Pair(5, Left)", r#"{"Pair":[5,"Left"]}"#),
        ("Pair(\n    5,\n    Left,\n)", r#"{"Pair":[5,"Left"]}"#),
        ("X(\"s\")", r#"{"X":"s"}"#),
        ("_Hidden(1)", r#"{"_Hidden":1}"#),
        ("Shapes::Point { x: 1, y: -2.5 }", r#"{"x":1,"y":-2.5}"#),
        ("Point {\n    x: 1,\n    y: -2.5,\n}", r#"{"x":1,"y":-2.5}"#),
        ("Raw { r#type: \"t\" }", r#"{"type":"t"}"#),
        ("Guard { data: 1, .. }", r#"{"data":1}"#),
        ("Guard { .. }", "{}"),
        ("Guard {\n    data: 1,\n    ..\n}", r#"{"data":1}"#),
        (
            "Outer { inner: Inner {}, state: Name() }",
            r#"{"inner":{},"state":{"Name":[]}}"#,
        ),
        (
            "Outer { state: Waiting, kind: Kind(A, B) }",
            r#"{"state":"Waiting","kind":{"Kind":["A","B"]}}"#,
        ),
    ]);
}

#[test]
fn values_of_serde_json_become_the_json_they_hold() {
    becomes(&[
        (
            r#"Object {"a": Array [Number(1), Null, Bool(true)], "b": Object {}, "c": Array []}"#,
            r#"{"a":[1,null,true],"b":{},"c":[]}"#,
        ),
        (
            "Object {\n    \"a\": String(\n        \"b\",\n    ),\n}",
            r#"{"a":"b"}"#,
        ),
        ("Array [Number(0.00005), Number(1e+20)]", "[0.00005,1e+20]"),
        ("String(\"b\")", r#""b""#),
        ("Number(5)", "5"),
        // Types of the user's own with such names.
        ("String(5)", r#"{"String":5}"#),
        ("Number(1, 2)", r#"{"Number":[1,2]}"#),
        ("Bool(None, \"a\")", r#"{"Bool":[null,"a"]}"#),
    ]);
    stays_text(&[
        "Null",
        "Object {}",
        "Array []",
        "Array [1, 2]",
        "See [1, 2]",
        "See [\"a\"]",
        "Object {1: 2}",
    ]);
}

#[test]
fn what_a_custom_debug_prints_inside_a_structure_becomes_a_string() {
    becomes(&[
        (
            "Row { at: 2026-11-22T10:00:00Z, peer: 127.0.0.1:80, took: 1.2µs, key: <opaque> }",
            r#"{"at":"2026-11-22T10:00:00Z","peer":"127.0.0.1:80","took":"1.2µs","key":"<opaque>"}"#,
        ),
        (
            "Row { path: foo::Bar, v: 007, f: 1.50 }",
            r#"{"path":"foo::Bar","v":"007","f":"1.50"}"#,
        ),
        (
            "Row { secret: Secret([REDACTED]), raw: b\"a,\\xff\", n: 1 }",
            r#"{"secret":{"Secret":["REDACTED"]},"raw":"b\"a,\\xff\"","n":1}"#,
        ),
        (
            "Row { date: Sun, 22 Nov 2026, n: 1 }",
            r#"{"date":"Sun, 22 Nov 2026","n":1}"#,
        ),
        (
            "Row { marker: PhantomData<Map<K, V>>, less: [a<b, c], f: PhantomData<fn(u8) -> u8> }",
            r#"{"marker":"PhantomData<Map<K, V>>","less":["a<b","c"],"f":"PhantomData<fn(u8) -> u8>"}"#,
        ),
        (
            "Row { span: 0..5, all: .., weak: (Weak) }",
            r#"{"span":"0..5","all":"..","weak":"(Weak)"}"#,
        ),
        (
            "Row { list: [1, 2] of 3, n: 1 }",
            r#"{"list":"[1, 2] of 3","n":1}"#,
        ),
        (
            "Row { times: {10:00: a b, 11:00: c} }",
            r#"{"times":{"10:00":"a b","11:00":"c"}}"#,
        ),
        (
            "Row { set: {10:00, 11:00}, one: (10:00,) }",
            r#"{"set":["10:00","11:00"],"one":["10:00"]}"#,
        ),
        (
            "Row { flags: Flags(A | B), empty: , n: 1 }",
            r#"{"flags":{"Flags":"A | B"},"empty":"","n":1}"#,
        ),
        (
            "Row { note: it's '\"' odd, n: 1 }",
            r#"{"note":"it's '\"' odd","n":1}"#,
        ),
        (
            "Row {\n    note: one, two,\n    url: Url {\n        scheme: http://x, y,\n    },\n}",
            r#"{"note":"one, two","url":{"scheme":"http://x, y"}}"#,
        ),
        (
            "Row { line: \"not\nDebug\" }",
            r#"{"line":"\"not\nDebug\""}"#.replace('\n', "\\n").leak(),
        ),
        (
            "[Row { at: 10:00 }, Row { at: 11:00 }]",
            r#"[{"at":"10:00"},{"at":"11:00"}]"#,
        ),
    ]);
}

#[test]
fn repeated_keys_are_kept_apart() {
    becomes(&[
        (
            r#"{"a": 'x', "a": 2, "a#2": 3, "a": 4}"#,
            r#"{"a":"x","a#2":2,"a#2#2":3,"a#3":4}"#,
        ),
        (r#"{1: 1, "1": 2}"#, r#"{"1":1,"1#2":2}"#),
        ("Row { a: 1, a: 2 }", r#"{"a":1,"a#2":2}"#),
    ]);
}

#[test]
fn json_passes_compacted() {
    becomes(&[
        (r#"{"json": 1}"#, r#"{"json":1}"#),
        (r#"{"a": null, "b": [true]}"#, r#"{"a":null,"b":[true]}"#),
        (
            "{\n  \"a b\" : \"\\u0041 \\\" ,\",\r\n\t\"c\": 1E5\n}\n",
            r#"{"a b":"\u0041 \" ,","c":1E5}"#,
        ),
        ("[1,2]", "[1,2]"),
    ]);
    stays_text(&[
        r#"["\ud800"]"#,
        "[1e999]",
        "{\"a\": null,}",
        "null",
        " {\"a\":null}",
    ]);
}

#[test]
fn a_string_literal_is_unquoted_only_as_a_whole() {
    assert_eq!(
        string_literal(r#""a \"b\"\n""#).as_deref(),
        Some("a \"b\"\n")
    );
    assert_eq!(string_literal("\"\"").as_deref(), Some(""));
    for text in [
        "",
        "\"",
        "a",
        "\"a\" ",
        "\"a\" \"b\"",
        "'a'",
        "Some(\"a\")",
        "\"\\x41\"",
    ] {
        assert_eq!(string_literal(text), None, "{text}");
    }
}
