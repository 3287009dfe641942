//! Every pair that is made is the right one, and whatever is not certain is none.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::UNIX_EPOCH;

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn at(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_000_000 + millis)
}

/// A call whose answer took a second, with a result.
fn call(arguments: Value, result: Option<&str>) -> Wanted<'static> {
    Wanted {
        name: "get_weather",
        arguments: Some(arguments),
        result: result.map(str::to_owned),
        asked: (at(0), at(1_000)),
    }
}

fn ran(number: u64, arguments: Value, output: Option<&str>) -> Ran {
    let arguments = arguments.as_object().unwrap().clone();
    Ran {
        name: "get_weather".to_owned(),
        arguments: arguments.into_iter().collect(),
        output: output.map(str::to_owned),
        start: at(1_001),
        span: SpanId::from(number),
        parent: SpanId::from(1_000),
    }
}

/// The call of each function: certain, or one of several.
fn pairs(calls: &[Wanted<'_>], functions: &[Ran]) -> Vec<Option<(usize, bool)>> {
    let fits = matched(calls, functions).into_iter();
    fits.map(|fit| fit.map(|fit| (fit.call, fit.is_certain)))
        .collect()
}

fn oslo() -> Value {
    json!({"city": "Oslo"})
}

fn bergen() -> Value {
    json!({"city": "Bergen"})
}

#[test]
fn one_call_and_one_function_of_its_name_are_a_pair() {
    for recorded in [
        oslo(),
        json!({}),
        json!({"args": {"city": "Oslo", "unit": null}}),
        json!({"arguments": r#"{"city":"Oslo"}"#}),
        json!({"attempt": 1, "city": "oslo"}),
    ] {
        let found = pairs(&[call(oslo(), None)], &[ran(1, recorded.clone(), None)]);
        assert_eq!(found, [Some((0, true))], "{recorded}");
    }
}

#[test]
fn what_speaks_against_a_pair_prevents_it() {
    let with = |change: &dyn Fn(&mut Ran)| {
        let mut ran = ran(1, json!({}), None);
        change(&mut ran);
        pairs(&[call(oslo(), None)], &[ran])
    };
    assert_eq!(with(&|_| {}), [Some((0, true))]);
    assert_eq!(with(&|ran| ran.name = "get_time".to_owned()), [None]);
    assert_eq!(
        with(&|ran| ran.name = "getWeather".to_owned()),
        [Some((0, true))]
    );
    // Before the model was asked, and while its answer came.
    assert_eq!(
        with(&|ran| ran.start = at(0) - Duration::from_secs(1)),
        [None]
    );
    assert_eq!(with(&|ran| ran.start = at(500)), [None]);
    let argument = |city: &str| vec![("city".to_owned(), Value::from(city))];
    let early = |city: &'static str| {
        with(&|ran| {
            ran.start = at(500);
            ran.arguments = argument(city);
        })
    };
    assert_eq!(early("Oslo"), [Some((0, true))]);
    assert_eq!(early("Bergen"), [None]);
    assert_eq!(with(&|ran| ran.arguments = argument("Bergen")), [None]);
    let whole = |ran: &mut Ran| ran.arguments = vec![("args".to_owned(), bergen())];
    assert_eq!(with(&whole), [None]);
}

#[test]
fn parallel_calls_are_told_apart_by_their_arguments() {
    let calls = [call(oslo(), None), call(bergen(), None)];
    let swapped = [ran(1, bergen(), None), ran(2, oslo(), None)];
    assert_eq!(pairs(&calls, &swapped), [Some((1, true)), Some((0, true))]);
    // One that was not traced leaves the other.
    assert_eq!(pairs(&calls, &swapped[..1]), [Some((1, true))]);
    // A function without arguments takes what is left.
    let silent = [ran(1, json!({}), None), ran(2, oslo(), None)];
    assert_eq!(pairs(&calls, &silent), [Some((1, true)), Some((0, true))]);
}

#[test]
fn equal_calls_are_told_apart_by_their_results() {
    let calls = [call(oslo(), Some("4 °C")), call(oslo(), Some("5 °C"))];
    let of = |outputs: [Option<&str>; 2]| {
        let functions = [ran(1, oslo(), outputs[0]), ran(2, oslo(), outputs[1])];
        pairs(&calls, &functions)
    };
    let (first, second) = (Some((0, true)), Some((1, true)));
    assert_eq!(of([Some("5 °C"), Some("4 °C")]), [second, first]);
    assert_eq!(of([Some("5 °C"), None]), [second, first]);
    // Nothing tells them apart: they are the tools of these calls, but nobody knows whose.
    assert_eq!(of([None, None]), [Some((0, false)), Some((1, false))]);
    // They may be exchanged.
    let alike = [call(oslo(), Some("4 °C")), call(oslo(), Some("4 °C"))];
    let functions = [ran(1, oslo(), Some("4 °C")), ran(2, oslo(), Some("4 °C"))];
    assert_eq!(pairs(&alike, &functions), [first, second]);
}

#[test]
fn more_of_one_kind_than_of_the_other_is_no_match_unless_the_result_decides() {
    let one = [call(oslo(), Some("4 °C"))];
    let retried = [ran(1, oslo(), None), ran(2, oslo(), Some("4 °C"))];
    assert_eq!(pairs(&one, &retried), [None, Some((0, true))]);
    assert_eq!(
        pairs(&one, &[ran(1, oslo(), None), ran(2, oslo(), None)]),
        [None, None]
    );
    let two = [call(oslo(), None), call(oslo(), None)];
    assert_eq!(pairs(&two, &[ran(1, oslo(), None)]), [None]);
}

#[test]
fn of_functions_of_one_name_inside_each_other_the_outer_is_the_tool() {
    let mut inner = ran(1, oslo(), Some("4 °C"));
    inner.parent = SpanId::from(2);
    let outer = ran(2, oslo(), None);
    let calls = [call(oslo(), Some("4 °C"))];
    assert_eq!(pairs(&calls, &[inner, outer]), [None, Some((0, true))]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Calls with any arguments and results, their functions in any order, and functions that ran for nobody.
    #[test]
    fn a_certain_pair_is_never_a_wrong_one(
        calls in prop::collection::vec((0..3_u8, 0..3_u8), 1..6),
        traced in prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>()), 6),
        order in any::<prop::sample::Index>(),
        stray in prop::option::of(0..3_u8),
    ) {
        // A tool gives the same answer to the same question, or one that depends on the call.
        let wanted: Vec<_> = calls.iter().map(|(city, result)| {
            call(json!({"city": format!("city{city}")}), Some(&format!("result {city} {result}")))
        }).collect();
        let mut functions = Vec::new();
        let mut made_for = Vec::new();
        for (index, (city, result)) in calls.iter().enumerate() {
            let (is_traced, has_arguments, has_output) = traced[index];
            if is_traced {
                let arguments = match has_arguments {
                    true => json!({"city": format!("city{city}")}),
                    false => json!({}),
                };
                let output = format!("result {city} {result}");
                functions.push(ran(index as u64 + 1, arguments, has_output.then_some(&output)));
                made_for.push(Some(index));
            }
        }
        if let Some(city) = stray {
            functions.push(ran(99, json!({"city": format!("city{city}")}), Some("for nobody")));
            made_for.push(None);
        }
        if !functions.is_empty() {
            let first = order.index(functions.len());
            functions.rotate_left(first);
            made_for.rotate_left(first);
        }
        let all_are_traced = made_for.iter().flatten().count() == calls.len() && stray.is_none();
        let mut taken = Vec::new();
        for (fit, made_for) in matched(&wanted, &functions).into_iter().zip(made_for) {
            let Some(fit) = fit else { continue };
            prop_assert!(!taken.contains(&fit.call));
            taken.push(fit.call);
            // With every function at hand there is no doubt left.
            if fit.is_certain && all_are_traced {
                let right = made_for.map(|index| calls[index]);
                prop_assert_eq!(Some(calls[fit.call]), right);
            }
        }
    }
}
