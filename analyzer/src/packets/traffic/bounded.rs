//! A map that forgets what it was told first when it is full.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use crate::numbers::Keyed;

/// The map. What an entry costs is for its user to bound.
pub(super) struct Bounded<K, V> {
    limit: usize,
    map: HashMap<K, (u64, V), Keyed>,
    /// Keys in the order in which they came, each with the number that its entry had.
    order: VecDeque<(u64, K)>,
    next: u64,
}

impl<K: Clone + Eq + Hash, V> Bounded<K, V> {
    pub(super) fn new(limit: usize) -> Bounded<K, V> {
        Bounded { limit, map: HashMap::default(), order: VecDeque::new(), next: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key).map(|(_, value)| value)
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.map.get_mut(key).map(|(_, value)| value)
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        self.next += 1;
        self.order.push_back((self.next, key.clone()));
        self.map.insert(key, (self.next, value));
        // Keys that were removed, or came again, stand in the order still.
        while self.map.len() > self.limit || self.order.len() > self.limit.saturating_mul(2) {
            let Some((number, key)) = self.order.pop_front() else { break };
            self.remove_if(&key, |other, _| other == number);
        }
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        self.map.remove(key).map(|(_, value)| value)
    }

    /// Forgets the oldest entries as long as `is_over` says so.
    pub(super) fn forget(&mut self, is_over: impl Fn(&V) -> bool) {
        while let Some((number, key)) = self.order.front() {
            let (number, key) = (*number, key.clone());
            match self.map.get(&key) {
                Some((other, value)) if *other == number && !is_over(value) => break,
                _ => {}
            }
            self.order.pop_front();
            self.remove_if(&key, |other, _| other == number);
        }
    }

    fn remove_if(&mut self, key: &K, is_it: impl Fn(u64, &V) -> bool) {
        if self.map.get(key).is_some_and(|(number, value)| is_it(*number, value)) {
            self.map.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bounded;

    #[test]
    fn the_oldest_make_room_and_nothing_else() {
        let mut map = Bounded::new(3);
        for key in 0..5 {
            map.insert(key, key * 10);
        }
        assert_eq!([0, 1, 2, 3, 4].map(|key| map.get(&key).copied()), [None, None, Some(20), Some(30), Some(40)]);
        // What came again is young again.
        map.insert(2, 21);
        map.insert(5, 50);
        assert_eq!([2, 3, 4, 5].map(|key| map.get(&key).copied()), [Some(21), None, Some(40), Some(50)]);
        map.remove(&4);
        map.insert(4, 41);
        map.forget(|value| *value < 40);
        assert_eq!([2, 4, 5].map(|key| map.get(&key).copied()), [None, Some(41), Some(50)]);
    }

    #[test]
    fn an_entry_that_comes_and_goes_takes_no_room() {
        let mut map = Bounded::new(4);
        for _ in 0..1_000 {
            map.insert(7, ());
            map.remove(&7);
        }
        assert!(map.is_empty() && map.order.len() <= 8);
    }
}
