//! What became of the images of a request, looked at as a whole.

use futures_util::TryStreamExt;

use super::Engine;
use crate::{
    error::Error,
    model::{Report, RequestId},
    wire::ReportView,
};

impl Engine {
    /// Looks through all images of a request. The memory that it takes does not grow with them.
    ///
    /// # Errors
    /// [`Error::NotFound`]
    pub async fn report(&self, id: RequestId) -> Result<ReportView, Error> {
        let request = self.show(id).await?;
        let mut report = Report::default();
        let mut batches = self.0.requests.all_batches(id);
        while let Some(batch) = batches.try_next().await? {
            report.add(&batch);
        }
        Ok(ReportView::new(request, &report))
    }
}
