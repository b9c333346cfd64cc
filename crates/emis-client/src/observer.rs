//! Somebody who wants to know how calls end.

use std::fmt::Debug;

use crate::error::Error;
use crate::operation::Operation;

/// Is told how each call ended, after its retries: which kinds of calls still work at a practice,
/// and since when they do not.
///
/// It is told in the middle of the call, so it should be quick and must not block. A call that
/// was dropped before its end is not told of; neither is one whose answer is
/// [streamed](crate::Appointments::stream_booked_patients), until that ends.
pub trait CallObserver: Debug + Send + Sync {
    /// EMIS answered.
    fn answered(&self, operation: Operation);

    /// The call failed.
    fn failed(&self, error: &Error);
}
