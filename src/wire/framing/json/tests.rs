//! The tree is `serde_json`'s, however the bytes are split; what is left out says so.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Parsed, Reader, count_of_elements, count_of_numbers, read};
use crate::wire::limits::Limits;

fn pieces(bytes: &[u8], length: usize, limits: Limits) -> Parsed {
    let mut reader = Reader::new(limits);
    for piece in bytes.chunks(length) {
        reader.push(piece);
    }
    reader.finish()
}

fn value(text: &str) -> Option<Value> {
    read(text.as_bytes(), Limits::default()).value
}

/// JSON of any shape that no limit touches.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        "[a-z\"\\\\/\u{8}\u{c}\n\r\t\u{0}😀é]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::btree_map("[a-z\"\\\\😀]{0,6}", inner, 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_in_any_pieces_is_what_serde_reads(json in any_json(), length in 1_usize..40) {
        for text in [
            serde_json::to_string(&json).unwrap(),
            serde_json::to_string_pretty(&json).unwrap(),
        ] {
            let expected: Value = serde_json::from_str(&text).unwrap();
            let parsed = pieces(text.as_bytes(), length, Limits::default());
            prop_assert!(parsed.complete);
            prop_assert_eq!(parsed.value, Some(expected));
        }
    }

    #[test]
    fn any_bytes_in_any_pieces_are_the_same(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(br#"{}[]",:\u0dnt 1"#.as_slice())], 0..200),
        length in 1_usize..20,
        field_bytes in 0_usize..100,
    ) {
        let limits = Limits { field_bytes, ..Limits::default() };
        prop_assert_eq!(pieces(&bytes, length, limits), read(&bytes, limits));
    }

    #[test]
    fn a_body_that_breaks_off_gives_what_there_was(json in any_json(), keep in 0.0_f64..1.0) {
        let text = serde_json::to_string(&json!({"first": 1, "json": json})).unwrap();
        let cut = (text.len() as f64 * keep) as usize;
        let parsed = read(&text.as_bytes()[..cut], Limits::default());
        prop_assert!(!parsed.complete);
        if cut > r#"{"first":1,"#.len() {
            prop_assert_eq!(&parsed.value.unwrap()["first"], &json!(1));
        }
    }
}

#[test]
fn escapes_of_every_kind() {
    for text in [
        r#""\"\\\/\b\f\n\r\t""#,
        r#""\u00e9\u20AC\ud83d\ude00""#,
        r#""a\ud83d\ude00b""#,
    ] {
        let expected: Value = serde_json::from_str(text).unwrap();
        assert_eq!(value(text), Some(expected.clone()));
        for length in 1..4 {
            let parsed = pieces(text.as_bytes(), length, Limits::default());
            assert_eq!(parsed.value, Some(expected.clone()));
        }
    }
    assert_eq!(value(r#""\ud83dx""#), Some(json!("\u{FFFD}x")));
    assert_eq!(value(r#""\ud83d\ud83d\ude00""#), Some(json!("\u{FFFD}😀")));
    assert_eq!(value(r#""\udc00""#), Some(json!("\u{FFFD}")));
    assert_eq!(value(r#""\ud83d""#), Some(json!("\u{FFFD}")));
    assert_eq!(value(r#""\u12zz""#), Some(json!("\u{FFFD}zz")));
}

#[test]
fn what_is_not_quite_json_is_read_as_far_as_it_goes() {
    let parsed = |text: &str| {
        let parsed = read(text.as_bytes(), Limits::default());
        (parsed.value, parsed.complete)
    };
    assert_eq!(
        parsed("\n\n \u{FEFF} {\"a\":1}"),
        (Some(json!({"a": 1})), true)
    );
    assert_eq!(parsed("{\"a\":1} trailing"), (Some(json!({"a": 1})), true));
    assert_eq!(
        parsed("[NaN, Infinity, -Infinity, 1e999, 01]").0,
        Some(json!([null, null, null, null, null]))
    );
    assert_eq!(parsed("{\"a\":1,\"b\":tru"), (Some(json!({"a": 1})), false));
    assert_eq!(parsed("{\"a\":1,\"b\":12"), (Some(json!({"a": 1})), false));
    assert_eq!(parsed("{\"a\":\"tex"), (Some(json!({"a": "tex"})), false));
    assert_eq!(
        parsed("{\"a\":{\"b\":[1,{\"c"),
        (Some(json!({"a": {"b": [1, {}]}})), false)
    );
    assert_eq!(parsed("{\"a\":1]"), (Some(json!({"a": 1})), false));
    assert_eq!(parsed("{\"a\":1,}"), (Some(json!({"a": 1})), false));
    assert_eq!(parsed("{\"a\" 1}"), (Some(json!({})), false));
    assert_eq!(parsed("12"), (Some(json!(12)), true));
    assert_eq!(parsed("<html>"), (None, false));
    assert_eq!(parsed("maybe"), (None, false));
    assert_eq!(parsed(""), (None, false));
}

#[test]
fn depth_is_skipped_and_what_follows_is_read() {
    let deep = format!(
        "{{\"a\":{}{},\"model\":\"m\"}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let parsed = read(deep.as_bytes(), Limits::default());
    assert!(parsed.complete);
    assert_eq!(parsed.value.unwrap()["model"], "m");
    let endless = "{\"a\":".repeat(100_000);
    assert!(!read(endless.as_bytes(), Limits::default()).complete);
}

#[test]
fn texts_are_cut_at_the_limit() {
    let limits = Limits {
        field_bytes: 10,
        ..Limits::default()
    };
    let text = |text: &str| {
        read(json!(text).to_string().as_bytes(), limits)
            .value
            .unwrap()
    };
    assert_eq!(text("0123456789"), "0123456789");
    assert_eq!(
        text("0123456789a"),
        "0123456789… <truncated: 11 bytes in total>"
    );
    assert_eq!(
        text("012345678éé"),
        "012345678… <truncated: 13 bytes in total>"
    );
    let long = "x".repeat(5000);
    assert_eq!(text(&long), "xxxxxxxxxx… <truncated: 5000 bytes in total>");
}

#[test]
fn inline_bytes_become_markers() {
    let image = "iVBORw0KGgo".repeat(10_000);
    let limits = Limits {
        field_bytes: 100,
        ..Limits::default()
    };
    let body = json!({
        "url": format!("data:image/png;base64,{image}"),
        "small": "data:image/png;base64,iVBORw0KGgo=",
        "b64_json": image,
        "data": image,
        "content": image,
        "encrypted_content": "abcd",
        "result": "short",
    })
    .to_string();
    let parsed = read(body.as_bytes(), limits);
    assert_eq!(parsed, pieces(body.as_bytes(), 7, limits));
    let value = parsed.value.unwrap();
    let marker = value["b64_json"].as_str().unwrap();
    assert!(
        marker.starts_with("<image/png, 82500 bytes, sha256 "),
        "{marker}"
    );
    assert_eq!(value["url"], marker);
    assert_eq!(value["data"], marker);
    assert_eq!(value["small"], "<image/png, 8 bytes, sha256 4c4b6a3be131>");
    assert!(
        value["encrypted_content"]
            .as_str()
            .unwrap()
            .contains("3 bytes")
    );
    assert_eq!(value["result"], "short");
    // Elsewhere it is a text like any other.
    assert!(
        value["content"]
            .as_str()
            .unwrap()
            .contains("<truncated: 110000 bytes in total>")
    );
}

#[test]
fn vectors_are_counted() {
    let vector: Vec<f64> = (0..1536).map(|number| f64::from(number) / 7.0).collect();
    let items: Vec<Value> = (0..300)
        .map(|index| json!({"object": "embedding", "index": index, "embedding": vector}))
        .collect();
    let body = json!({"data": items, "usage": {"total_tokens": 9}}).to_string();
    let value = read(body.as_bytes(), Limits::default()).value.unwrap();
    let items = value["data"].as_array().unwrap();
    assert_eq!(items.len(), 300);
    assert!(
        items
            .iter()
            .all(|item| count_of_numbers(&item["embedding"]) == Some(1536))
    );
    assert_eq!(value["usage"]["total_tokens"], 9);
    let short = json!([1, 2]);
    assert_eq!(count_of_numbers(&short), Some(2));
    assert_eq!(count_of_numbers(&json!([1, "2"])), None);
    assert_eq!(value_of_mixed(), None);
}

fn value_of_mixed() -> Option<u64> {
    let mut items: Vec<Value> = (0..100).map(Value::from).collect();
    items.push(json!("text"));
    count_of_numbers(&value(&Value::from(items).to_string()).unwrap())
}

#[test]
fn log_probabilities_are_left_out_but_not_the_wish_for_them() {
    let body = r#"{"logprobs":true,"c":[{"logprobs":{"content":[{"a":"}\"]"}]},"d":1}]}"#;
    assert_eq!(
        value(body),
        Some(json!({"logprobs": true, "c": [{"logprobs": null, "d": 1}]}))
    );
}

#[test]
fn a_large_body_is_small_in_memory_and_keeps_what_stands_at_its_end() {
    let message = json!({"role": "user", "content": "words ".repeat(2000)}).to_string();
    let mut reader = Reader::new(Limits::default());
    reader.push(b"{\"messages\":[");
    for _ in 0..1000 {
        reader.push(message.as_bytes());
        reader.push(b",");
    }
    reader.push(message.as_bytes());
    reader.push(b"],\"model\":\"m\",\"usage\":{\"a\":{\"b\":1}}}");
    let parsed = reader.finish();
    assert!(parsed.complete);
    let value = parsed.value.unwrap();
    assert_eq!(value["model"], "m");
    assert_eq!(value["usage"]["a"]["b"], 1);
    let messages = value["messages"].as_array().unwrap();
    assert_eq!(count_of_elements(messages), 1001);
    assert!(value.to_string().len() < 3 << 20);
    let fields = (0..200_000).map(|key| format!("\"{key}\":{{\"a\":\"b\"}}"));
    let wide = format!("{{{}}}", fields.collect::<Vec<_>>().join(","));
    let parsed = read(wide.as_bytes(), Limits::default());
    assert!(parsed.complete);
    assert!(parsed.value.unwrap().to_string().len() < 3 << 20);
}

#[test]
fn what_a_model_wrote_keeps_its_digits_and_its_order() {
    let verbatim: super::Verbatim = &[("content", "input")];
    let read = |body: &str, length: usize, field_bytes: usize| {
        let reader = Reader::new(Limits {
            field_bytes,
            ..Limits::default()
        });
        let mut reader = reader.with_verbatim(verbatim);
        for piece in body.as_bytes().chunks(length) {
            reader.push(piece);
        }
        reader.finish()
    };
    let input = r#"{"b": 1.10, "a": [ 12345678901234567890, "}\" é" ]}"#;
    let body = format!(
        r#"{{"content":[{{"input":{input},"id":1}},{{"input":[2.0]}}],"tools":{{"input":{{"a":1.0}}}},"input":{{"a":1.0}},"model":"m"}}"#
    );
    for length in [1, 2, 3, 7, body.len()] {
        let parsed = read(&body, length, 1 << 20);
        assert!(parsed.complete);
        assert_eq!(
            parsed.value.unwrap(),
            json!({
                "content": [{"input": input, "id": 1}, {"input": [2.0]}],
                // Below other members it is a tree, as the outermost object's own member is.
                "tools": {"input": {"a": 1.0}},
                "input": {"a": 1.0},
                "model": "m",
            })
        );
        let cut = &body[..body.find(" é").unwrap()];
        let parsed = read(cut, length, 1 << 20);
        let kept = parsed.value.unwrap();
        assert_eq!(
            kept["content"][0]["input"],
            cut[r#"{"content":[{"input":"#.len()..]
        );
        let parsed = read(&body, length, 10);
        let kept = parsed.value.unwrap();
        let expected = format!("{{\"b\": 1.10… <truncated: {} bytes in total>", input.len());
        assert_eq!(kept["content"][0]["input"], expected);
        assert_eq!(kept["model"], "m");
    }
}
