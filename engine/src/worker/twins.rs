//! Images of a request with the same link and recipe, made once at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::OnceCell;

use crate::model::{ImageState, RequestId, TwinKey};

/// Where the first of some twins leaves what has become of it. Whoever holds the cell keeps it
/// from being forgotten: it is held until the outcome is recorded.
pub(super) type Cell = Arc<OnceCell<ImageState>>;

/// The twins that are being worked on in this process.
#[derive(Default)]
pub(super) struct Twins(Mutex<HashMap<(RequestId, TwinKey), WeakCell>>);

type WeakCell = Weak<OnceCell<ImageState>>;

impl Twins {
    /// The cell that all twins share.
    pub(super) fn cell(&self, id: RequestId, twin: TwinKey) -> Cell {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = cells.get(&(id, twin)).and_then(Weak::upgrade) {
            return cell;
        }
        if cells.len() == cells.capacity() {
            cells.retain(|_, cell| cell.strong_count() > 0);
        }
        let cell = Cell::default();
        cells.insert((id, twin), Arc::downgrade(&cell));
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Link, RecipeChange};

    #[test]
    fn twins_share_a_cell_until_nobody_holds_it() {
        let twins = Twins::default();
        let id = RequestId::fresh();
        let key = |path: &str| TwinKey::new(&Link::File(path.to_owned()), &RecipeChange::default());
        let first = twins.cell(id, key("a"));
        first.set(ImageState::Waiting).unwrap();
        assert!(twins.cell(id, key("a")).get().is_some());
        assert!(twins.cell(id, key("b")).get().is_none());
        assert!(twins.cell(RequestId::fresh(), key("a")).get().is_none());
        drop(first);
        assert!(twins.cell(id, key("a")).get().is_none());
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let twins = Twins::default();
        let id = RequestId::fresh();
        for n in 0..10_000 {
            let link = Link::File(n.to_string());
            drop(twins.cell(id, TwinKey::new(&link, &RecipeChange::default())));
        }
        assert!(twins.0.lock().unwrap().len() < 100);
    }
}
