//! A small map that remembers what was loaded, for as long as its owner lives.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, PoisonError, RwLock},
};

/// Remembers up to `limit` values; starts over when it is full.
#[derive(Debug)]
pub(crate) struct Memo<K, V> {
    values: RwLock<HashMap<K, Arc<V>>>,
    limit: usize,
}

impl<K: Hash + Eq, V> Memo<K, V> {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            values: RwLock::default(),
            limit,
        }
    }

    pub(crate) fn get(&self, key: &K) -> Option<Arc<V>> {
        self.values
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .cloned()
    }

    pub(crate) fn put(&self, key: K, value: V) -> Arc<V> {
        let value = Arc::new(value);
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= self.limit {
            values.clear();
        }
        values.insert(key, value.clone());
        value
    }
}
