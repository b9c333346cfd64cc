//! Recognises a cause that nearly all practices have at once.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;

use emis_diagnostics::{Cause, ResponsibleParty};
use serde::Serialize;

use crate::group::PracticeCount;
use crate::health::PracticeHealth;

/// A cause that nearly all practices have at once.
///
/// Nine in ten practices do not make the same mistake on the same day. The fault is with the
/// product or with EMIS, even if the cause is one that a practice puts right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SharedCause {
    /// The cause that the reports of the practices name.
    pub cause: Cause,
    /// The party that must act: the product or EMIS.
    pub responsible: ResponsibleParty,
    /// A cause at the product that looks the same, to be checked first.
    pub check_first: Option<Cause>,
    /// The number of practices that have the cause.
    pub practices: usize,
    /// The number of practices that were diagnosed.
    pub checked: usize,
}

impl fmt::Display for SharedCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cause, all) = (self.cause, PracticeCount(self.checked));
        write!(f, "{} of {all} have the same cause: ", self.practices)?;
        write!(f, "{} ({cause}). ", cause.short())?;
        match (self.check_first, self.responsible) {
            (Some(first), _) => write!(f, "Check first: {} ({first}). ", first.short())?,
            (None, ResponsibleParty::Emis) => f.write_str("Ask EMIS support. ")?,
            (None, _) => f.write_str("Look at the product first. ")?,
        }
        f.write_str("Do not ask the practices to act.")
    }
}

/// Counts the causes of the practices that were diagnosed so far.
#[derive(Debug)]
pub(crate) struct SharedCauseWatch {
    after: NonZeroUsize,
    checked: usize,
    counts: BTreeMap<Cause, usize>,
    /// The practices in a row that failed by what lies between the product and EMIS.
    outage: (usize, Option<Cause>),
}

impl SharedCauseWatch {
    pub(crate) fn new(after: NonZeroUsize) -> Self {
        Self {
            after,
            checked: 0,
            counts: BTreeMap::new(),
            outage: (0, None),
        }
    }

    pub(crate) fn add(&mut self, health: &PracticeHealth) {
        // A practice that was not checked proves nothing.
        if let PracticeHealth::NotChecked(_) = health {
            return;
        }
        self.checked += 1;
        let cause = health.cause();
        if let Some(cause) = cause {
            *self.counts.entry(cause).or_default() += 1;
        }
        self.outage = match cause.filter(|cause| is_outage(*cause)) {
            Some(cause) => (self.outage.0 + 1, Some(cause)),
            None => (0, None),
        };
    }

    /// Returns the cause, if enough practices have it.
    pub(crate) fn shared_cause(&self) -> Option<SharedCause> {
        let (in_a_row, outage) = self.outage;
        if let Some(cause) = outage.filter(|_| in_a_row >= self.after.get()) {
            return Some(self.found(cause, in_a_row));
        }
        let (&cause, &practices) = self.counts.iter().max_by_key(|(_, count)| **count)?;
        let enough = self.checked >= self.after.get() && practices * 10 >= self.checked * 9;
        (enough && !is_each_practices_own(cause)).then(|| self.found(cause, practices))
    }

    fn found(&self, cause: Cause, practices: usize) -> SharedCause {
        let check_first = product_side_of(cause);
        let responsible = match check_first.unwrap_or(cause).responsible() {
            ResponsibleParty::Practice => ResponsibleParty::Emis,
            other => other,
        };
        SharedCause {
            cause,
            responsible,
            check_first,
            practices,
            checked: self.checked,
        }
    }
}

/// Returns true for a cause between the product and EMIS that costs EMIS a call each time.
const fn is_outage(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::Unreachable
            | Cause::AddressWrong
            | Cause::ClientRefused
            | Cause::TooManyCalls
            | Cause::EmisFailed
            | Cause::EmisSilent
            | Cause::EmisSlow
            | Cause::UnexpectedAnswer
            | Cause::StoreUnavailable
    )
}

/// Returns true for a cause in the settings, which new practices have in common, or in the
/// appointment book, which holidays empty everywhere.
const fn is_each_practices_own(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::OrganisationIdMissing
            | Cause::ApiUserMissing
            | Cause::SettingsInvalid
            | Cause::SettingsOutOfDate
            | Cause::SharedUser
            | Cause::EntryRefused
            | Cause::SlotTypeNotBookable
            | Cause::SlotsNotReleased
            | Cause::NoSessions
    )
}

/// Returns the cause at the product that a practice cannot be told apart from.
const fn product_side_of(cause: Cause) -> Option<Cause> {
    match cause {
        Cause::ApplicationDeactivated => Some(Cause::ApplicationIdNotMatched),
        Cause::EmisSilent => Some(Cause::Unreachable),
        Cause::RoleLacksActivity | Cause::RoleNotAccepted => Some(Cause::TokenRefused),
        _ => None,
    }
}
