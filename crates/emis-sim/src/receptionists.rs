//! The handle to a practice's receptionists.

use std::sync::Arc;

use crate::model::ReceptionAction;
use crate::world::PracticeState;

/// A handle to the receptionists of a practice. Clones share the state.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let sim = emis_sim::Sim::builder().patients(200).seed(11).start().await?;
///
/// // Twenty steps at reception between one call and the next.
/// let actions = sim.practice().receptionists().work(20);
/// assert!(!actions.is_empty());
/// # Ok(())
/// # })
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Receptionists {
    practice: Arc<PracticeState>,
}

impl Receptionists {
    pub(crate) const fn new(practice: Arc<PracticeState>) -> Self {
        Self { practice }
    }

    /// Takes steps at once and returns the actions in order: bookings, cancellations, and slots that
    /// are blocked or released. A step for which no slot is found does nothing.
    ///
    /// The actions depend only on the seed, the steps so far and the state of the practice.
    pub fn work(&self, steps: u64) -> Vec<ReceptionAction> {
        self.practice.work(steps)
    }
}
