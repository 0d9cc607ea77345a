//! What became of the images of a request, looked at as a whole.

use super::Engine;
use crate::{
    error::Error,
    model::{Report, RequestId},
    wire::ReportView,
};

/// How many batches are read at once.
const BATCHES_AT_ONCE: u32 = 16;

impl Engine {
    /// Looks through all images of a request. The memory that it takes does not grow with them.
    ///
    /// # Errors
    /// [`Error::NotFound`]
    pub async fn report(&self, id: RequestId) -> Result<ReportView, Error> {
        let request = self.show(id).await?;
        let mut report = Report::default();
        let mut seq = 0;
        loop {
            let batches = self.0.requests.batches(id, seq, BATCHES_AT_ONCE).await?;
            let Some(last) = batches.last() else { break };
            seq = last.id.seq + 1;
            batches.iter().for_each(|batch| report.add(batch));
        }
        Ok(ReportView::new(request, &report))
    }
}
