//! Refused requests: kept with their reason and their source, never tried again, never lost.

use crate::{Control, Error, table::rejected_item::Rejection};

impl Control {
    /// Keeps a refused request. `identity` names the request, so that the same one, delivered again, is kept once.
    ///
    /// # Errors
    /// If it could not be kept: then the request must be delivered again.
    pub async fn reject(&self, source: &str, identity: &str, reason: impl Into<String>) -> Result<(), Error> {
        let rejection = Rejection { source: source.to_owned(), reason: reason.into(), at: self.now() };
        tracing::warn!(source, "a request was rejected; `batchwright rejected` tells why");
        Ok(self.table.put_rejection(identity, &rejection).await?)
    }
}
