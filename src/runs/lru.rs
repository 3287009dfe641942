//! A map that evicts the least recently used entry.
//!
//! Contract: never more entries than its capacity; what is evicted is returned, so that the caller can
//! report it. Every operation costs the logarithm of the capacity. Trees rather than hash tables, which
//! would double while entries come and go, long after the map is full.

use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct LruMap<K, V> {
    capacity: usize,
    entries: BTreeMap<K, (u64, V)>,
    /// Keys by their last use.
    uses: BTreeMap<u64, K>,
    clock: u64,
}

impl<K: Clone + Ord, V> LruMap<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            entries: BTreeMap::new(),
            uses: BTreeMap::new(),
            clock: 0,
        }
    }

    /// Inserts or replaces; returns what was evicted.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<(K, V)> {
        self.remove(&key);
        let oldest = (self.entries.len() >= self.capacity)
            .then(|| self.pop_oldest())
            .flatten();
        self.clock += 1;
        self.uses.insert(self.clock, key.clone());
        self.entries.insert(key, (self.clock, value));
        oldest
    }

    /// Finds an entry and counts that as a use.
    pub(super) fn get(&mut self, key: &K) -> Option<&mut V> {
        let (used, value) = self.entries.get_mut(key)?;
        self.uses.remove(used);
        self.clock += 1;
        *used = self.clock;
        self.uses.insert(self.clock, key.clone());
        Some(value)
    }

    /// Finds an entry without counting that as a use.
    pub(super) fn peek(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let (used, value) = self.entries.remove(key)?;
        self.uses.remove(&used);
        Some(value)
    }

    /// Removes the least recently used entry.
    pub(super) fn pop_oldest(&mut self) -> Option<(K, V)> {
        let (_, key) = self.uses.pop_first()?;
        let (_, value) = self.entries.remove(&key)?;
        Some((key, value))
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Keys, the least recently used first.
    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.uses.values()
    }
}

#[cfg(test)]
mod tests {
    use super::LruMap;

    #[test]
    fn the_least_recently_used_entry_is_evicted() {
        let mut map = LruMap::new(2);
        assert_eq!(map.insert("a", 1), None);
        assert_eq!(map.insert("b", 2), None);
        assert_eq!(map.get(&"a"), Some(&mut 1));
        assert_eq!(map.insert("c", 3), Some(("b", 2)));
        assert_eq!(map.insert("a", 4), None);
        assert_eq!(map.keys().copied().collect::<Vec<_>>(), ["c", "a"]);
        assert_eq!(map.peek(&"b"), None);
        assert_eq!(map.remove(&"c"), Some(3));
        assert_eq!(map.pop_oldest(), Some(("a", 4)));
        assert_eq!((map.len(), map.pop_oldest()), (0, None));
    }
}
