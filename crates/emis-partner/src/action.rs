//! One operation, with the author that the audit trail names for it.

use std::fmt;
use std::pin::Pin;

use emis_audit::Provenance;

use crate::Error;

pub(crate) type Running<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// An operation of a practice that runs when it is awaited.
///
/// [`by`](Self::by) names its author for the audit trail. Without it the author is recorded as
/// unknown. The author belongs to this one operation; the [`Practice`](crate::Practice) handle
/// keeps nothing of it.
///
/// ```
/// use emis_partner::audit::{Actor, Provenance};
/// use emis_partner::booking::{BookingId, CancelOutcome};
/// use emis_partner::Practice;
///
/// # async fn example(practice: Practice, id: BookingId) -> Result<(), Box<dyn std::error::Error>> {
/// let patient = Provenance::of(Actor::patient("p-204")?).from("patient app")?;
/// let outcome = practice.booking().cancel(&id).by(patient).await?;
/// assert_eq!(outcome, CancelOutcome::Cancelled);
/// # Ok(())
/// # }
/// ```
#[must_use = "an action does nothing until it is awaited"]
pub struct Action<'a, T> {
    author: Provenance,
    run: Box<dyn FnOnce(Provenance) -> Running<'a, T> + Send + 'a>,
}

impl<'a, T> Action<'a, T> {
    pub(crate) fn new<F>(run: impl FnOnce(Provenance) -> F + Send + 'a) -> Self
    where
        F: Future<Output = Result<T, Error>> + Send + 'a,
    {
        Self {
            author: Provenance::unknown(),
            run: Box::new(|author| Box::pin(run(author))),
        }
    }

    /// Sets the author of the operation.
    pub fn by(mut self, author: Provenance) -> Self {
        self.author = author;
        self
    }
}

impl<'a, T> IntoFuture for Action<'a, T> {
    type Output = Result<T, Error>;
    type IntoFuture = Running<'a, T>;

    fn into_future(self) -> Self::IntoFuture {
        (self.run)(self.author)
    }
}

impl<T> fmt::Debug for Action<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Action")
            .field("author", &self.author)
            .finish_non_exhaustive()
    }
}
