//! What the standard library prints, in both of its forms.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use serde_json::{Value, json};

use crate::functions::debug_text::to_json;

fn shows(value: impl Debug, expected: Value) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        let json = to_json(&text).unwrap_or_else(|| panic!("stayed text: {text}"));
        assert_eq!(
            serde_json::from_str::<Value>(&json).unwrap(),
            expected,
            "{text}"
        );
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "read by Debug only")]
struct Row<T> {
    r#type: &'static str,
    value: T,
    after: u8,
}

fn field(value: impl Debug, expected: Value) {
    let row = Row {
        r#type: "t",
        value,
        after: 1,
    };
    shows(row, json!({"type": "t", "value": expected, "after": 1}));
}

#[test]
fn collections() {
    shows(BTreeSet::from(["b", "a"]), json!(["a", "b"]));
    shows(
        BTreeMap::from([((1, 'x'), Some(2))]),
        json!({"[1,\"x\"]": 2}),
    );
    shows([[1_u8; 2]; 2], json!([[1, 1], [1, 1]]));
    shows((1, ("a",)), json!([1, ["a"]]));
    shows(vec![Some(true), None], json!([true, null]));
    field(Vec::<u8>::new(), json!([]));
    field(BTreeMap::<u8, u8>::new(), json!({}));
    field(((), ((),)), json!([null, [null]]));
}

#[test]
fn wrappers() {
    field(Arc::new(Box::new(5)), json!(5));
    field(Mutex::new(5), json!({"data": 5, "poisoned": false}));
    let mutex = Mutex::new(5);
    let _held = mutex.lock();
    field(&mutex, json!({"data": "<locked>", "poisoned": false}));
    field(RwLock::new("a"), json!({"data": "a", "poisoned": false}));
    field(RefCell::new('c'), json!({"value": "c"}));
    field(std::rc::Weak::<u8>::new(), json!("(Weak)"));
    field(
        std::sync::OnceLock::<u8>::new(),
        json!({"OnceLock": "<uninit>"}),
    );
    field(
        std::marker::PhantomData::<(u8, String)>,
        json!("PhantomData<(u8, alloc::string::String)>"),
    );
}

#[test]
fn values_with_their_own_form() {
    field(Duration::from_micros(1500), json!("1.5ms"));
    field(
        [Duration::from_secs(1), Duration::from_nanos(1200)],
        json!(["1s", "1.2µs"]),
    );
    field(
        "127.0.0.1:80".parse::<std::net::SocketAddr>(),
        json!("127.0.0.1:80"),
    );
    field(
        "[::1]:80".parse::<std::net::SocketAddr>().ok(),
        json!("[::1]:80"),
    );
    field("::".parse::<std::net::IpAddr>().ok(), json!("::"));
    field(0..5, json!("0..5"));
    field(.., json!(".."));
    field(format_args!("one, two"), json!("one, two"));
    field(PathBuf::from("/tmp/a b"), json!("/tmp/a b"));
    field("x".parse::<u8>(), json!({"Err": {"kind": "InvalidDigit"}}));
    field(std::cmp::Reverse(1), json!({"Reverse": 1}));
    field(
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY],
        json!(["NaN", "inf", "-inf"]),
    );
    field([f32::MAX, 0.1, 1e-10], json!([3.4028235e38, 0.1, 1e-10]));
    field(u128::MAX, json!(u128::MAX.to_string()));
    field(
        std::io::Error::other("no, \"not\" now"),
        json!({"kind": "Other", "error": "no, \"not\" now"}),
    );
}

struct Open;

impl Debug for Open {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        struct Inner;
        impl Debug for Inner {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter
                    .debug_list()
                    .entries([1, 2])
                    .finish_non_exhaustive()
            }
        }
        formatter
            .debug_struct("Open")
            .field("list", &Inner)
            .field("content-type", &"text")
            .finish_non_exhaustive()
    }
}

#[test]
fn open_ended_output() {
    shows(Open, json!({"list": [1, 2], "content-type": "text"}));
}
