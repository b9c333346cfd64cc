//! The state of the double.

use std::collections::{BTreeMap, BTreeSet};

use emis_types::Sensitive;
use jiff::Timestamp;
use uuid::Uuid;

use super::super::fault::Faults;

/// A message that the double took. `Debug` shows neither patient nor text.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NhsNotifyMessage {
    /// The service's ID of the message.
    pub id: String,
    /// The caller's reference.
    pub reference: String,
    /// The routing plan.
    pub routing_plan: Uuid,
    /// The patient's NHS number; empty if the caller gave none.
    pub nhs_number: Sensitive<String>,
    /// The ODS code of the practice, if the caller named it.
    pub originator: Option<String>,
    /// The fields of the message.
    pub personalisation: BTreeMap<String, Sensitive<String>>,
    /// The status, as NHS Notify names it.
    pub status: &'static str,
    /// The code of the reason for which it failed.
    pub failure: Option<&'static str>,
    /// The time at which it was taken.
    pub created_at: Timestamp,
}

/// Everything that the double keeps.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Oldest first.
    pub(super) messages: Vec<NhsNotifyMessage>,
    /// The references of single messages and of batches.
    pub(super) references: BTreeSet<String>,
    pub(super) faults: Faults,
    /// NHS numbers of patients without contact details.
    pub(super) unreachable: BTreeSet<String>,
    /// Tokens with the second at which they expire.
    pub(super) tokens: BTreeMap<String, i64>,
    drawn: u128,
}

impl State {
    pub(super) fn draw(&mut self) -> u128 {
        self.drawn += 1;
        self.drawn
    }

    /// Returns a new ID in the form of a KSUID; the same ones in every run.
    pub(super) fn draw_id(&mut self) -> String {
        format!("2WL{:024}", self.draw())
    }
}
