//! What holds for every text: no panic, valid JSON, prose untouched, and `Debug` output read back.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::functions::debug_text::{string_literal, to_json};

/// Everything `derive(Debug)` prints, nested in itself.
#[derive(Clone, Debug)]
enum Data {
    Unit,
    Newtype(Box<Data>),
    Pair(i64, String),
    Record {
        r#type: String,
        items: Vec<Data>,
        by_name: HashMap<String, Data>,
        by_number: BTreeMap<i8, Data>,
        optional: Option<Box<Data>>,
    },
    Scalars {
        float: f64,
        single: f32,
        wide: u128,
        character: char,
        flag: bool,
        unit: (),
        one: (u64,),
    },
    Outcome(Result<u8, String>),
    Json(Value),
}

/// The number that `serde_json` reads from what `Debug` prints, which may be a neighbour of `number`.
fn float(number: impl Into<f64>, printed: String) -> Value {
    if number.into().is_finite() {
        serde_json::from_str(&printed).unwrap()
    } else {
        Value::String(printed)
    }
}

impl Data {
    fn expected(&self) -> Value {
        match self {
            Self::Unit => json!("Unit"),
            Self::Newtype(data) => json!({"Newtype": data.expected()}),
            Self::Pair(number, string) => json!({"Pair": [number, string]}),
            Self::Record {
                r#type,
                items,
                by_name,
                by_number,
                optional,
            } => {
                let by_name = by_name
                    .iter()
                    .map(|(name, data)| (name.clone(), data.expected()));
                let by_number = by_number
                    .iter()
                    .map(|(number, data)| (number.to_string(), data.expected()));
                json!({
                    "type": r#type,
                    "items": items.iter().map(Self::expected).collect::<Vec<_>>(),
                    "by_name": by_name.collect::<serde_json::Map<_, _>>(),
                    "by_number": by_number.collect::<serde_json::Map<_, _>>(),
                    "optional": optional.as_ref().map(|data| data.expected()),
                })
            }
            Self::Scalars {
                float: double,
                single,
                wide,
                character,
                flag,
                unit,
                one,
            } => json!({
                "float": float(*double, format!("{double:?}")),
                "single": float(*single, format!("{single:?}")),
                "wide": u64::try_from(*wide).map_or_else(|_| json!(wide.to_string()), |wide| json!(wide)),
                "character": character,
                "flag": flag,
                "unit": unit,
                "one": [one.0],
            }),
            Self::Outcome(Ok(number)) => json!({"Outcome": number}),
            Self::Outcome(Err(message)) => json!({"Outcome": {"Err": message}}),
            Self::Json(value) => json!({"Json": reread(value)}),
        }
    }
}

/// `value` with its floats as `serde_json` reads them.
fn reread(value: &Value) -> Value {
    serde_json::from_str(&value.to_string()).unwrap()
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-1.0..1.0).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn data() -> impl Strategy<Value = Data> {
    let scalars = (
        any::<f64>(),
        any::<f32>(),
        prop_oneof![any::<u128>(), any::<u64>().prop_map(u128::from)],
        any::<char>(),
        any::<bool>(),
        any::<u64>(),
    );
    let leaf = prop_oneof![
        Just(Data::Unit),
        (any::<i64>(), any::<String>()).prop_map(|(number, string)| Data::Pair(number, string)),
        scalars.prop_map(
            |(float, single, wide, character, flag, one)| Data::Scalars {
                float,
                single,
                wide,
                character,
                flag,
                unit: (),
                one: (one,),
            }
        ),
        any::<Result<u8, String>>().prop_map(Data::Outcome),
        json_value().prop_map(Data::Json),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let record = (
            any::<String>(),
            prop::collection::vec(inner.clone(), 0..4),
            prop::collection::hash_map(any::<String>(), inner.clone(), 0..3),
            prop::collection::btree_map(any::<i8>(), inner.clone(), 0..3),
            prop::option::of(inner.clone().prop_map(Box::new)),
        );
        prop_oneof![
            inner.prop_map(|data| Data::Newtype(Box::new(data))),
            record.prop_map(
                |(r#type, items, by_name, by_number, optional)| Data::Record {
                    r#type,
                    items,
                    by_name,
                    by_number,
                    optional,
                }
            ),
        ]
    })
}

/// A word that is no `true`, `false` or `inf`, lower-case.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[b-eg-hj-su-z][a-z']{0,8}",
        "[à-ö]{1,6}",
        "[a-z]{1,4}-[a-z]{1,4}"
    ]
}

/// Pieces as people write them; none of them is a lone literal in a container.
fn piece() -> impl Strategy<Value = String> {
    let capitalised = "[A-Z][a-z]{0,8}";
    prop_oneof![
        4 => word(),
        2 => capitalised,
        1 => (word(), "[,.;:!?…]").prop_map(|(word, mark)| word + &mark),
        1 => (word(), word()).prop_map(|(function, argument)| format!("{function}({argument})")),
        1 => (capitalised, word()).prop_map(|(name, argument)| format!("{name}({argument})")),
        1 => word().prop_map(|word| format!("({word})")),
        1 => word().prop_map(|word| format!("[{word}]")),
        1 => word().prop_map(|word| format!("{{{word}}}")),
        1 => word().prop_map(|word| format!("\"{word}\"")),
        1 => "[0-9]{1,4}",
        1 => "[A-Z]\\([0-9a-z]\\)",
        1 => "[-–—&=+<>]",
    ]
}

fn prose() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 2..12).prop_map(|pieces| pieces.join(" "))
}

/// Brackets, quotes and names in any order: far likelier to be nearly `Debug` text than any characters.
fn debug_like() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        " { ",
        " }",
        ", ",
        ": ",
        ",\n    ",
        "\n",
        ",",
        "..",
        "\"",
        "\"a\"",
        "'x'",
        "\\",
        "1",
        "-1.5",
        "true",
        "None",
        "Some(",
        "Name",
        "Name { a: ",
        "Name(",
        "Object {",
        "a",
        "<",
        ">",
        "é",
    ]);
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

fn is_sound(text: &str) -> Result<(), TestCaseError> {
    let json = to_json(text);
    if let Some(json) = &json {
        let value = serde_json::from_str::<Value>(json);
        prop_assert!(value.is_ok(), "{text:?} became {json}");
    }
    if let Some(string) = string_literal(text) {
        prop_assert_eq!(json, Some(Value::String(string).to_string()));
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_refused_or_becomes_valid_json(text in any::<String>()) {
        is_sound(&text)?;
    }

    #[test]
    fn text_like_debug_is_refused_or_becomes_valid_json(text in debug_like()) {
        is_sound(&text)?;
        is_sound(&format!("Name {{ a: {text}, b: 1 }}"))?;
    }

    #[test]
    fn prose_stays_text(text in prose()) {
        prop_assert_eq!(to_json(&text), None);
    }

    #[test]
    fn prose_in_brackets_stays_text(before in word(), text in prose()) {
        for text in [
            format!("({before} {text})"),
            format!("[{before}, {text}]"),
            format!("{{{before}}}"),
            format!("{{{before}: {text}}}"),
            format!("Note({before}, {text})"),
            format!("Note ({text})"),
            format!("Note {{ {before} {text} }}"),
            format!("Some({before})"),
        ] {
            prop_assert_eq!(to_json(&text), None, "{}", text);
        }
    }

    #[test]
    fn capitalised_words_in_brackets_stay_text(words in prop::collection::vec("[A-Z][A-Za-z]{0,8}", 1..4)) {
        let list = words.join(", ");
        for text in [format!("[{list}]"), format!("({list})"), format!("{{{list}}}"), format!("Note({list})")] {
            prop_assert_eq!(to_json(&text), None, "{}", text);
        }
    }

    #[test]
    fn derived_debug_text_becomes_what_it_describes(data in data(), key in any::<String>()) {
        // A variant by itself may be a lone word, which stays text.
        let wrapped = (&key, [&data]);
        let expected = json!([&key, [data.expected()]]);
        for text in [format!("{wrapped:?}"), format!("{wrapped:#?}")] {
            let json = to_json(&text);
            prop_assert!(json.is_some(), "stayed text: {text}");
            let value = serde_json::from_str::<Value>(&json.unwrap()).unwrap();
            prop_assert_eq!(&value, &expected, "{}", text);
        }
    }

    #[test]
    fn json_given_as_text_keeps_its_meaning(value in json_value(), key in any::<String>()) {
        let object = json!({key: value});
        for text in [object.to_string(), format!("{object:#}")] {
            let json = to_json(&text);
            prop_assert!(json.is_some(), "stayed text: {text}");
            prop_assert_eq!(serde_json::from_str::<Value>(&json.unwrap()).unwrap(), reread(&object));
        }
    }

    #[test]
    fn a_string_is_unquoted_to_itself(string in any::<String>()) {
        prop_assert_eq!(string_literal(&format!("{string:?}")), Some(string));
    }
}
