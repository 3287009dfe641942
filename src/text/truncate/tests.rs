use proptest::prelude::*;
use serde_json::{Value, json};

use crate::text::truncate::mark::MARK_BYTES;
use crate::text::truncate::*;

fn bytes(max: usize) -> LengthLimit {
    LengthLimit {
        unit: Unit::Bytes,
        max,
    }
}

fn characters(max: usize) -> LengthLimit {
    LengthLimit {
        unit: Unit::Characters,
        max,
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_fits_stays() {
    for text in ["", "short", "[1,2]", "ééé"] {
        assert_eq!(shorten(text, bytes(6)), None, "{text}");
        assert_eq!(shorten(text, characters(5)), None, "{text}");
    }
}

#[test]
fn plain_text_is_cut_at_a_character_and_tells_its_length() {
    let cut = |room| shorten("wörter über wörter", room).unwrap();
    assert_eq!(cut(bytes(2)), "w… <truncated: 21 bytes in total>");
    assert_eq!(cut(bytes(3)), "wö… <truncated: 21 bytes in total>");
    assert_eq!(cut(bytes(0)), "… <truncated: 21 bytes in total>");
    assert_eq!(
        cut(characters(3)),
        "wör… <truncated: 18 characters in total>"
    );
}

#[test]
fn a_second_cut_tells_the_first_length() {
    let mut text = "x".repeat(500);
    mark(&mut text, 9_000);
    let cut = shorten(&text, bytes(10)).unwrap();
    assert_eq!(cut, "xxxxxxxxxx… <truncated: 9000 bytes in total>");
    let cut = shorten(&text, characters(2)).unwrap();
    assert_eq!(cut, "xx… <truncated: 9000 bytes in total>");
    assert_eq!(shorten(&text, bytes(500)), None);
}

#[test]
fn what_only_looks_like_a_mark_is_text() {
    let text = format!("{}… <truncated: many bytes in total>", "x".repeat(50));
    let cut = shorten(&text, bytes(50)).unwrap();
    assert!(cut.ends_with("… <truncated: 86 bytes in total>"), "{cut}");
}

#[test]
fn the_long_text_of_a_message_is_cut_and_the_rest_stays() {
    let long = "a".repeat(5_000);
    let text = format!(
        r#"[{{"role":"system","content":"be brief"}}, {{"role":"user","content":"{long}"}}]"#
    );
    let cut = parsed(&shorten(&text, bytes(400)).unwrap());
    assert_eq!(cut[0], json!({"role": "system", "content": "be brief"}));
    assert_eq!(cut[1]["role"], "user");
    let content = cut[1]["content"].as_str().unwrap();
    assert!(content.starts_with("aaaa"), "{content}");
    assert!(
        content.ends_with("a… <truncated: 5000 bytes in total>"),
        "{content}"
    );
}

#[test]
fn digits_and_order_stay() {
    let text = format!(
        r#"{{"z":1.0,"a":123456789012345678901234567890,"b":1e5,"text":"{}"}}"#,
        "x".repeat(300)
    );
    let cut = shorten(&text, bytes(200)).unwrap();
    let head = r#"{"z":1.0,"a":123456789012345678901234567890,"b":1e5,"text":"xxx"#;
    assert!(cut.starts_with(head), "{cut}");
}

#[test]
fn a_list_keeps_its_ends() {
    let items: Vec<String> = (0..1_000).map(|n| format!("message {n:04}")).collect();
    let text = serde_json::to_string(&items).unwrap();
    let cut: Vec<String> = serde_json::from_str(&shorten(&text, bytes(200)).unwrap()).unwrap();
    assert_eq!(cut.first().unwrap(), "message 0000");
    assert_eq!(cut.last().unwrap(), "message 0999");
    let note = &cut[cut.len() / 2];
    assert_eq!(*note, left_out(1_000 - (cut.len() as u64 - 1)));
}

#[test]
fn an_object_keeps_its_ends() {
    let fields: Vec<String> = (0..1_000).map(|n| format!(r#""f{n}":{n}"#)).collect();
    let text = format!("{{{}}}", fields.join(", "));
    let cut = shorten(&text, bytes(150)).unwrap();
    let value = parsed(&cut);
    assert_eq!(value["f0"], 0);
    assert_eq!(value["f999"], 999);
    let kept = value.as_object().unwrap().len() as u64 - 1;
    assert_eq!(value["…"], left_out(1_000 - kept));
}

#[test]
fn many_large_elements_are_left_out_rather_than_all_cut_to_nothing() {
    let items: Vec<String> = (0..1_000)
        .map(|n| format!("{n}{}", "x".repeat(1_000)))
        .collect();
    let text = serde_json::to_string(&items).unwrap();
    let cut: Vec<String> = serde_json::from_str(&shorten(&text, bytes(20_000)).unwrap()).unwrap();
    assert!(cut.len() > 15, "{}", cut.len());
    assert_eq!(cut[0], items[0]);
    assert_eq!(cut.last(), items.last());
}

#[test]
fn escapes_and_surrogates_are_not_torn() {
    let text = format!(r#""{}""#, r"\ud83d\ude00\n\u00e9".repeat(40));
    for most in 64..200 {
        let cut = shorten(&text, bytes(most)).unwrap();
        let Value::String(meant) = parsed(&cut) else {
            panic!("{cut}")
        };
        assert!(
            meant.ends_with("… <truncated: 280 bytes in total>"),
            "{meant}"
        );
    }
    // Valid JSON that no text can hold.
    let lone = format!(r#""{}""#, r"\ud83d".repeat(40));
    assert!(json::is_json(&shorten(&lone, bytes(64)).unwrap()));
}

#[test]
fn where_there_is_no_room_for_json_it_is_a_mark() {
    let cut = shorten("[1,2,3,4,5,6,7,8]", bytes(5)).unwrap();
    assert_eq!(cut, r#""<truncated: 17 bytes in total>""#);
    assert_eq!(shorten(&cut, bytes(5)), None);
    let number = "9".repeat(500);
    let cut = shorten(&format!(r#"{{"n":{number}}}"#), bytes(80)).unwrap();
    assert_eq!(cut, r#"{"n":"<truncated: 500 bytes in total>"}"#);
}

#[test]
fn deep_json_is_cut_where_it_is_deep() {
    let text = format!(
        "{}{}{}",
        "[".repeat(100),
        "1,".repeat(200) + "1",
        "]".repeat(100)
    );
    let cut = shorten(&text, bytes(300)).unwrap();
    assert!(json::is_json(&cut) && cut.len() <= 300, "{cut}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,200}".prop_map(Value::from),
        r#"["\\\n\u{1}é😀]{0,80}"#.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 120, 12, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..12).prop_map(Value::from),
            prop::collection::vec((".{0,30}", inner), 0..12)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn any_room() -> impl Strategy<Value = LengthLimit> {
    (0_usize..600, any::<bool>()).prop_map(|(most, is_bytes)| match is_bytes {
        true => bytes(most),
        false => characters(most),
    })
}

proptest! {
    #[test]
    fn any_text_fits_with_its_mark_and_stays_as_it_is(text in ".{0,400}", room in any_room()) {
        let cut = shorten(&text, room).unwrap_or_else(|| text.clone());
        prop_assert!(room.unit.size(&cut) <= room.max + MARK_BYTES);
        prop_assert_eq!(shorten(&cut, room), None);
        let body = split_mark(&cut).map_or(cut.as_str(), |(body, _)| body);
        prop_assert!(json::is_json(&text) || text.starts_with(body));
    }

    #[test]
    fn any_json_fits_and_stays_json(value in any_json(), pretty: bool, room in any_room()) {
        let text = match pretty {
            true => serde_json::to_string_pretty(&value),
            false => serde_json::to_string(&value),
        }
        .unwrap();
        // `null` alone is a text for whoever reads it.
        prop_assume!(json::is_json(&text));
        let cut = shorten(&text, room).unwrap_or_else(|| text.clone());
        let valid = serde_json::from_str::<Value>(&cut);
        prop_assert!(valid.is_ok(), "{}", cut);
        let most = room.max + if room.max < MARK_BYTES { MARK_BYTES } else { 0 };
        prop_assert!(room.unit.size(&cut) <= most, "{} {:?}", cut, room);
        prop_assert_eq!(shorten(&cut, room), None);
    }
}
