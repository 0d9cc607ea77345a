//! What several images share while they are being worked on, found out once.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::OnceCell;

/// Where the first of several leaves what it has found out. Whoever holds the cell keeps it from
/// being forgotten.
pub(super) type Cell<V> = Arc<OnceCell<V>>;

/// The cells that are in use in this process.
pub(super) struct Cells<K, V>(Mutex<HashMap<K, Weak<OnceCell<V>>>>);

impl<K, V> Default for Cells<K, V> {
    fn default() -> Self {
        Cells(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Cells<K, V> {
    /// The cell that all with the same key share.
    pub(super) fn cell(&self, key: K) -> Cell<V> {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = cells.get(&key).and_then(Weak::upgrade) {
            return cell;
        }
        if cells.len() == cells.capacity() {
            cells.retain(|_, cell| cell.strong_count() > 0);
        }
        let cell = Cell::default();
        cells.insert(key, Arc::downgrade(&cell));
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_shared_until_nobody_holds_it() {
        let cells = Cells::default();
        let first = cells.cell("a");
        first.set(7).unwrap();
        assert_eq!(cells.cell("a").get(), Some(&7));
        assert_eq!(cells.cell("b").get(), None);
        drop(first);
        assert_eq!(cells.cell("a").get(), None);
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let cells = Cells::<usize, ()>::default();
        (0..10_000).for_each(|n| drop(cells.cell(n)));
        assert!(cells.0.lock().unwrap().len() < 100);
    }
}
