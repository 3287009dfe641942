//! A map that forgets what was not used for the longest time.
//!
//! Contract: never more than its capacity; what has to go is handed out, so that nothing disappears
//! without a word. Every operation costs the logarithm of the capacity. Trees rather than tables, which
//! would double while entries come and go, long after they were full.

use std::collections::BTreeMap;

#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    capacity: usize,
    entries: BTreeMap<K, (u64, V)>,
    /// Keys by their last use.
    uses: BTreeMap<u64, K>,
    clock: u64,
}

impl<K: Clone + Ord, V> Recent<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            entries: BTreeMap::new(),
            uses: BTreeMap::new(),
            clock: 0,
        }
    }

    /// Puts in or replaces; returns what had to go.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<(K, V)> {
        self.remove(&key);
        let oldest = (self.entries.len() >= self.capacity)
            .then(|| self.pop_oldest())
            .flatten();
        self.clock += 1;
        self.uses.insert(self.clock, key.clone());
        self.entries.insert(key, (self.clock, value));
        oldest
    }

    /// Finds and uses.
    pub(crate) fn get(&mut self, key: &K) -> Option<&mut V> {
        let (used, value) = self.entries.get_mut(key)?;
        self.uses.remove(used);
        self.clock += 1;
        *used = self.clock;
        self.uses.insert(self.clock, key.clone());
        Some(value)
    }

    /// Finds without using.
    pub(crate) fn peek(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let (used, value) = self.entries.remove(key)?;
        self.uses.remove(&used);
        Some(value)
    }

    /// Takes out the one that was not used for the longest time.
    pub(crate) fn pop_oldest(&mut self) -> Option<(K, V)> {
        let (_, key) = self.uses.pop_first()?;
        let (_, value) = self.entries.remove(&key)?;
        Some((key, value))
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Keys from the oldest use on.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.uses.values()
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    #[test]
    fn what_was_not_used_for_the_longest_time_goes() {
        let mut recent = Recent::new(2);
        assert_eq!(recent.insert("a", 1), None);
        assert_eq!(recent.insert("b", 2), None);
        assert_eq!(recent.get(&"a"), Some(&mut 1));
        assert_eq!(recent.insert("c", 3), Some(("b", 2)));
        assert_eq!(recent.insert("a", 4), None);
        assert_eq!(recent.keys().copied().collect::<Vec<_>>(), ["c", "a"]);
        assert_eq!(recent.peek(&"b"), None);
        assert_eq!(recent.remove(&"c"), Some(3));
        assert_eq!(recent.pop_oldest(), Some(("a", 4)));
        assert_eq!((recent.len(), recent.pop_oldest()), (0, None));
    }
}
