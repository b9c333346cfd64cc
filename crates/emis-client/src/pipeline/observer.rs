//! Observation of how calls end.

use std::fmt::Debug;

use crate::error::ClientError;
use crate::operation::Operation;

/// Observes how each call ended, after its retries, so that an embedder knows which operations
/// work at a practice and since when others fail.
///
/// The methods are called within the call: they should be quick and must not block. A call that is
/// dropped before its end is not reported. A call whose response is
/// [streamed](crate::AppointmentsApi::stream_booked_patients) is reported at its end.
pub trait CallObserver: Debug + Send + Sync {
    /// Called when EMIS answered.
    fn answered(&self, operation: Operation);

    /// Called when the call failed.
    fn failed(&self, error: &ClientError);
}
