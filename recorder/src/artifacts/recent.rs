//! What is remembered for as long as something is heard of it, in bounded memory.

use std::collections::HashMap;
use std::hash::Hash;

/// Values by key, in two halves: when the newer one is full, the older one is forgotten, and what is asked for again by
/// [`Recent::keep`] moves back.
pub(crate) struct Recent<K, V> {
    newer: HashMap<K, V>,
    older: HashMap<K, V>,
    half: usize,
}

impl<K: Hash + Eq, V> Recent<K, V> {
    /// Remembers so many at the most.
    pub(crate) fn new(most: usize) -> Recent<K, V> {
        Recent { newer: HashMap::new(), older: HashMap::new(), half: most / 2 }
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.newer.get(key).or_else(|| self.older.get(key))
    }

    /// Puts a value in the place of what was there.
    pub(crate) fn put(&mut self, key: K, value: V) {
        self.make_room();
        self.newer.insert(key, value);
    }

    /// The value of a key, made where there is none.
    pub(crate) fn keep(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        if !self.newer.contains_key(&key) {
            let old = self.older.remove(&key);
            self.make_room();
            if let Some(old) = old {
                return self.newer.entry(key).or_insert(old);
            }
        }
        self.newer.entry(key).or_insert_with(make)
    }

    fn make_room(&mut self) {
        if self.newer.len() >= self.half {
            self.older = std::mem::take(&mut self.newer);
        }
    }
}

#[cfg(test)]
impl<K, V> Recent<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.newer.len() + self.older.len()
    }
}
