//! Export as JSON Lines.

use std::io::Write;

use crate::error::{AuditError, Failure};
use crate::log_id::AuditLogId;
use crate::store::{AuditStore, PAGE};

/// Writes a log as JSON Lines, one entry a line, and returns the number of entries.
///
/// # Errors
/// [`Store`](crate::AuditErrorKind::Store) if the store can't be read,
/// [`Export`](crate::AuditErrorKind::Export) if `out` can't be written.
pub async fn export(
    store: &dyn AuditStore,
    log: &AuditLogId,
    out: &mut (dyn Write + Send),
) -> Result<u64, AuditError> {
    let start = store.start(log).await?;
    let (mut last, mut count) = (start.number.saturating_sub(1), 0);
    loop {
        let page = store.entries(log, last, PAGE).await?;
        let Some(end) = page.last() else {
            out.flush().map_err(Failure::Export)?;
            return Ok(count);
        };
        last = end.number();
        for entry in &page {
            serde_json::to_writer(&mut *out, entry)
                .map_err(|error| Failure::Export(error.into()))?;
            out.write_all(b"\n").map_err(Failure::Export)?;
            count += 1;
        }
    }
}
