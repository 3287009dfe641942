//! Counts that come in several objects.

use serde_json::Value;

use crate::wire::fields::{Object, as_count};

/// Puts what a later object says over an earlier one, member by member. What knows nothing (a null, a zero,
/// an empty object) erases nothing.
pub(in crate::wire) fn merge(known: &mut Option<Object>, later: Option<Object>) {
    match (known.as_mut(), later) {
        (Some(known), Some(later)) => merge_objects(known, later),
        (None, Some(later)) => *known = Some(later),
        (_, None) => {}
    }
}

fn merge_objects(known: &mut Object, later: Object) {
    for (key, value) in later {
        match (known.get_mut(&key), value) {
            (Some(Value::Object(known)), Value::Object(later)) => merge_objects(known, later),
            (Some(known), value) if is_nothing(&value) && !is_nothing(known) => {}
            (_, value) => _ = known.insert(key, value),
        }
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        value => as_count(value) == Some(0),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::merge;
    use crate::wire::fields::{Object, into_object};

    fn merged(objects: impl IntoIterator<Item = Value>) -> Option<Object> {
        let mut known = None;
        for object in objects {
            merge(&mut known, into_object(object));
        }
        known
    }

    #[test]
    fn what_knows_less_erases_nothing() {
        let whole = json!({"prompt_tokens": 7, "completion_tokens": 2, "d": {"cached_tokens": 3}});
        for less in [
            json!({}),
            json!(null),
            json!({"prompt_tokens": 0, "completion_tokens": null, "d": {}}),
            json!({"d": {"cached_tokens": 0}}),
            json!({"d": null}),
        ] {
            assert_eq!(
                merged([whole.clone(), less.clone()]),
                into_object(whole.clone()),
                "{less}"
            );
        }
    }

    proptest! {
        #[test]
        fn halves_in_any_order_make_the_whole(
            counts in prop::collection::btree_map("[a-f]", 1..9_u64, 1..6),
            first in prop::collection::vec(any::<bool>(), 6),
        ) {
            let half = |side: bool| -> Value {
                let members = counts.iter().zip(&first).filter(|(_, in_first)| **in_first == side);
                members.map(|((key, count), _)| (key.clone(), json!(count))).collect::<Object>().into()
            };
            let whole = into_object(json!(counts));
            prop_assert_eq!(merged([half(true), half(false)]), whole.clone());
            prop_assert_eq!(merged([half(false), half(true)]), whole);
        }
    }
}
