//! The audit trail of a practice.

use std::io::Write;

use emis_audit::{self as audit, AuditEvent, ChainHead, VerificationReport};

use crate::{Error, Practice};

/// The audit trail of a practice: [`Practice::audit`].
#[derive(Debug, Clone, Copy)]
pub struct AuditApi<'a>(pub(crate) &'a Practice);

impl Practice {
    /// Returns the operations on the practice's audit trail.
    pub fn audit(&self) -> AuditApi<'_> {
        AuditApi(self)
    }
}

impl AuditApi<'_> {
    /// Appends an event of the product's own, durably. Returns the new head of the chain.
    ///
    /// An event must contain ids only: no name, no message and no secret.
    ///
    /// ```
    /// use emis_partner::audit::{Actor, AuditEvent, AuditEventKind, Provenance};
    /// use emis_partner::Practice;
    ///
    /// # async fn example(practice: Practice) -> Result<(), Box<dyn std::error::Error>> {
    /// let clerk = Provenance::of(Actor::user("u-9")?);
    /// let now = "2026-06-02T09:00:00Z".parse()?;
    /// let event = AuditEvent::new(AuditEventKind::new("complaint.received"), now, clerk);
    /// practice.audit().record(&event.detail("case", 4711)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the store fails.
    ///
    /// # Cancel safety
    /// The event is appended or not. Appending it again records it twice.
    pub async fn record(self, event: &AuditEvent) -> Result<ChainHead, Error> {
        let Practice { parts, ods_code } = self.0;
        Ok(parts.trail.record(&ods_code.clone().into(), event).await?)
    }

    /// Verifies the trail from its first entry to its last. `noted` is a head that was stored
    /// elsewhere; without one, a trail that was rewritten from some entry on is not detected.
    ///
    /// # Errors
    /// [`AuditBroken`](crate::ErrorKind::AuditBroken) at the first broken link, and if the store
    /// fails.
    ///
    /// # Examples
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// let report = practice.audit().verify(None).await?;
    /// println!("{} entries", report.entries);
    /// let noted = report.head; // keep it outside the store, for the next verification
    /// # Ok(())
    /// # }
    /// ```
    pub async fn verify(self, noted: Option<ChainHead>) -> Result<VerificationReport, Error> {
        let Practice { parts, ods_code } = self.0;
        let chain = ods_code.clone().into();
        Ok(audit::verify(parts.trail.as_ref(), &chain, noted.as_slice()).await?)
    }

    /// Writes the trail as JSON Lines. Returns the number of entries.
    ///
    /// # Errors
    /// If the store can't be read or `out` can't be written.
    ///
    /// # Examples
    /// ```
    /// # use emis_partner::Practice;
    /// # async fn example(practice: Practice) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = std::fs::File::create("A20047.jsonl")?;
    /// let entries = practice.audit().export(&mut file).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn export(self, out: &mut (dyn Write + Send)) -> Result<u64, Error> {
        let Practice { parts, ods_code } = self.0;
        let chain = ods_code.clone().into();
        Ok(audit::export(parts.trail.as_ref(), &chain, out).await?)
    }
}
