//! Lists of attributes.

use std::collections::HashMap;

use opentelemetry::KeyValue;

/// In lists that are no longer, comparing all keys is quicker than hashing them.
const SHORT: usize = 32;

/// Of several attributes with one key, keeps the last.
pub(crate) fn keep_last(list: &mut Vec<KeyValue>) {
    if list.len() <= SHORT {
        let mut index = 0;
        while index < list.len() {
            let key = &list[index].key;
            match list[index + 1..].iter().any(|later| later.key == *key) {
                true => drop(list.remove(index)),
                false => index += 1,
            }
        }
        return;
    }
    let mut last = HashMap::with_capacity(list.len());
    for (index, attribute) in list.iter().enumerate() {
        last.insert(attribute.key.clone(), index);
    }
    if last.len() < list.len() {
        let mut index = 0..;
        list.retain(|attribute| last.get(&attribute.key).copied() == index.next());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_with_one_key_the_last_stays_in_its_place() {
        for others in [0, SHORT] {
            let others = (0..others).map(|number| KeyValue::new(format!("other {number}"), 0));
            let mut list: Vec<_> = others.collect();
            let count = list.len();
            for (key, value) in [("a", 1), ("b", 2), ("a", 3), ("c", 4), ("b", 5)] {
                list.push(KeyValue::new(key, value));
            }
            keep_last(&mut list);
            let kept = list[count..].iter().map(|one| one.key.as_str());
            assert_eq!(kept.collect::<String>(), "acb");
            let values = list[count..].iter().map(|one| one.value.to_string());
            assert_eq!(values.collect::<String>(), "345");
        }
    }
}
