//! A request with a page of its products.

use super::Engine;
use crate::{
    error::Error,
    model::{Batch, Request, RequestId},
    store::StoreError,
    wire::{Limit, ProductCursor, ProductStart, ProductView, ProductsWanted, StatusView},
};

/// How many batches are read at once where most of their products may not be wanted.
const BATCHES_AT_ONCE: u32 = 16;
/// How many batches are looked through for one page, at most: a page may hold fewer products than
/// there is room for, and still not be the last.
const BATCHES_A_PAGE: u32 = 256;

impl Engine {
    /// A request with a page of its products.
    ///
    /// # Errors
    /// [`Error::NotFound`]
    pub async fn status(
        &self,
        id: RequestId,
        wanted: ProductsWanted,
        limit: Limit,
    ) -> Result<StatusView, Error> {
        let request = self.0.requests.show(id).await?;
        let tally = self.0.sums.of(&request, &self.0.requests).await?;
        let links = self.links().await?;
        let start = match wanted.start {
            ProductStart::Cursor(cursor) => cursor,
            ProductStart::Row(row) => self.cursor_of(&request, row).await?,
        };
        let at_once = if wanted.is_any() { 1 } else { BATCHES_AT_ONCE };
        let end = start.seq.saturating_add(BATCHES_A_PAGE);
        let mut products = Vec::new();
        let mut at = start;
        let next = 'page: loop {
            let batches = self.0.requests.batches(id, at.seq, at_once).await?;
            if batches.is_empty() {
                break None;
            }
            for batch in batches {
                for product in batch.products.iter().skip(at.product as usize) {
                    if products.len() == limit.entries() {
                        break 'page Some(at);
                    }
                    if wanted.takes(product) {
                        let row = batch.first + u64::from(at.product);
                        products.push(ProductView::new(id, row, product, &links));
                    }
                    at.product += 1;
                }
                at = ProductCursor { seq: batch.id.seq + 1, product: 0 };
                if at.seq >= request.batches {
                    break 'page None;
                }
            }
            if at.seq >= end {
                break Some(at);
            }
        };
        self.0.store.flush().await?;
        Ok(StatusView::new(&request, &tally, products, next))
    }

    /// The place of a row of the sheet, counted from 0, among the batches: found by halves, as each
    /// batch knows its first row.
    pub(super) async fn cursor_of(
        &self,
        request: &Request,
        row: u64,
    ) -> Result<ProductCursor, StoreError> {
        let (mut low, mut high) = (0, request.batches);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let batch = self.batch(request.id, middle).await?;
            if batch.is_some_and(|batch| batch.first <= row) { low = middle } else { high = middle }
        }
        let first = self.batch(request.id, low).await?.map_or(0, |batch| batch.first);
        let product = u32::try_from(row.saturating_sub(first)).unwrap_or(u32::MAX);
        Ok(ProductCursor { seq: low, product })
    }

    pub(super) async fn batch(&self, id: RequestId, seq: u32) -> Result<Option<Batch>, StoreError> {
        Ok(self.0.requests.batches(id, seq, 1).await?.pop())
    }
}
