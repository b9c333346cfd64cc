//! A trouble that every practice has is found once.

use std::num::NonZeroUsize;

use super::PracticeHealth;
use crate::catalogue::Cause;

/// Counts the practices in a row that failed by what no practice can mend.
///
/// Who is first of many asks EMIS like anybody; when EMIS is down, thousands who ask again and
/// again keep it down, and learn nothing.
#[derive(Debug)]
pub(super) struct OutageWatch {
    allowed: NonZeroUsize,
    in_a_row: usize,
    last: Option<Cause>,
}

impl OutageWatch {
    pub(super) fn new(allowed: NonZeroUsize) -> Self {
        Self {
            allowed,
            in_a_row: 0,
            last: None,
        }
    }

    pub(super) fn saw(&mut self, health: &PracticeHealth) {
        match health {
            PracticeHealth::Healthy => self.in_a_row = 0,
            PracticeHealth::Unhealthy { causes } => {
                match causes.first().filter(|cause| is_everybodys(**cause)) {
                    Some(cause) => {
                        self.in_a_row += 1;
                        self.last = Some(*cause);
                    }
                    None => self.in_a_row = 0,
                }
            }
            // It says nothing either way.
            PracticeHealth::NotChecked(_) => {}
        }
    }

    /// What all have, where there have been enough of them.
    pub(super) fn cause(&self) -> Option<Cause> {
        self.last.filter(|_| self.in_a_row >= self.allowed.get())
    }
}

/// Whether a cause is one that lies between the product and EMIS, where all practices meet, and
/// that costs EMIS a call each time it is found.
const fn is_everybodys(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::Unreachable
            | Cause::AddressWrong
            | Cause::ClientRefused
            | Cause::TooManyCalls
            | Cause::EmisFailed
            | Cause::EmisSilent
            | Cause::UnexpectedAnswer
            | Cause::MemoryUnavailable
    )
}
