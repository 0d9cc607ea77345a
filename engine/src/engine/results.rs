//! The results sheet, written while it is read.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use tokio::runtime::Handle;
use tracing::warn;

use super::{
    Engine,
    pieces::{write_whole, written},
};
use crate::{
    error::Error,
    model::{Batch, ImageState, Product, RequestId},
    sheet::{self, ErrorsColumn, RowResult, Sheet, write_results},
    store::StoreError,
    wire::OutputLinks,
};

/// A results sheet on its way.
pub struct Results {
    /// What to call the file.
    pub file_name: String,
    /// The sheet, UTF-8.
    pub body: BoxStream<'static, io::Result<Bytes>>,
}

impl Results {
    /// Writes the sheet aside, syncs and renames it, so that there is never half of one at `path`.
    ///
    /// # Errors
    /// Where something cannot be read or written.
    pub async fn write_to(self, path: &Path) -> io::Result<()> {
        write_whole(self.body, path, ".results-").await
    }
}

impl Engine {
    /// The sheet as it came, with the links to the renditions that there are by now.
    ///
    /// # Errors
    /// [`Error::NotFound`]. What goes wrong later ends the body with an error.
    pub async fn results(&self, id: RequestId) -> Result<Results, Error> {
        self.results_with(id, self.links().await?).await
    }

    /// The same with links of another kind.
    pub(super) async fn results_with(
        &self,
        id: RequestId,
        links: OutputLinks,
    ) -> Result<Results, Error> {
        let request = self.0.requests.show(id).await?;
        let tally = self.0.requests.tally(&request).await?;
        let errors = if tally.failed > 0 { ErrorsColumn::Present } else { ErrorsColumn::Absent };
        let file = self.0.gallery.open_sheet(id).await?;
        let options = self.options_for(&request);
        let engine = self.clone();
        let runtime = Handle::current();
        let body = written(move |out| {
            let batches = engine.0.requests.all_batches(id);
            let rows = Rows { batches, links, runtime, id, ready: Vec::new().into_iter() };
            write(file, options, errors, rows, out)
                .inspect_err(|error| warn!(request = %id, %error, "the results sheet broke off"))
        });
        let name = request.sheet.name.as_deref().unwrap_or("sheet.csv");
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        Ok(Results { file_name: format!("{stem}.results.csv"), body })
    }
}

/// Writes the results sheet, blocking.
fn write(
    file: File,
    options: sheet::Options,
    errors: ErrorsColumn,
    rows: Rows,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut sheet = Sheet::open(file, options).map_err(io::Error::other)?;
    write_results(&mut sheet, errors, rows, out).map_err(io::Error::other)
}

/// What has become of each product of a request, in order, read from the store as it is needed.
struct Rows {
    batches: BoxStream<'static, Result<Batch, StoreError>>,
    links: OutputLinks,
    runtime: Handle,
    id: RequestId,
    ready: std::vec::IntoIter<Product>,
}

impl Iterator for Rows {
    type Item = Result<RowResult, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(product) = self.ready.next() {
                return Some(Ok(row_result(self.id, &product, &self.links)));
            }
            match self.runtime.block_on(self.batches.next())? {
                Ok(batch) => self.ready = batch.products.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

fn row_result(id: RequestId, product: &Product, links: &OutputLinks) -> RowResult {
    let states = product.images.iter().map(|image| &image.state);
    let outputs = states.clone().map(|state| links.output(id, state)).collect();
    let error = |(place, state): (usize, &ImageState)| match state {
        ImageState::Failed(failure) => Some((place + 1, failure.message.clone())),
        ImageState::Waiting | ImageState::Done(_) | ImageState::Kept { .. } => None,
    };
    RowResult { outputs, errors: states.enumerate().filter_map(error).collect() }
}
