//! Formats that EMIS leaves open, and the switches for them.

use jiff::civil::Date;

use crate::model::VitalStatus;

/// The format of dates in queries. EMIS's document declares them as `date-time` and
/// describes them as `dd/mm/yyyy`; the second is what older clients send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum QueryDateFormat {
    /// `02/06/2026` for the second of June.
    #[default]
    DayMonthYear,
    /// `2026-06-02`.
    Iso,
}

impl QueryDateFormat {
    pub(crate) fn write(self, date: Date) -> String {
        match self {
            Self::DayMonthYear => date.strftime("%d/%m/%Y").to_string(),
            Self::Iso => date.to_string(),
        }
    }
}

/// The meaning of the number in a patient's `dead` field.
///
/// EMIS's JSON is taken to carry the position of the value in an older schema's list, in which
/// the 1 (dead) stands before the 0 (alive), and so to be the reverse of what it looks like. The
/// wrong choice never goes unnoticed for the dead: their date of death then contradicts it, and
/// the patient is [`Conflicting`](VitalStatus::Conflicting).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum DeceasedFlagEncoding {
    /// 0 is dead, 1 is alive.
    #[default]
    Ordinal,
    /// 1 is dead, 0 is alive.
    Literal,
}

impl DeceasedFlagEncoding {
    fn is_dead(self, number: i64) -> Option<bool> {
        match (self, number) {
            (Self::Ordinal, 0) | (Self::Literal, 1) => Some(true),
            (Self::Ordinal, 1) | (Self::Literal, 0) => Some(false),
            _ => None,
        }
    }
}

/// The wire fields that say whether a patient is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignsOfDeath {
    /// True if a date of death, or a registration status of death, is on record.
    pub(crate) recorded: bool,
    /// `dead`
    pub(crate) dead: Option<i64>,
    /// `deadSpecified`
    pub(crate) specified: Option<bool>,
}

impl SignsOfDeath {
    /// Weighs them up. The flag counts where EMIS says that it was specified; where EMIS does not
    /// say, it can confirm what is on record or contradict it, and no more.
    pub(crate) fn weigh(self, encoding: DeceasedFlagEncoding) -> VitalStatus {
        let on_record = if self.recorded {
            VitalStatus::Deceased
        } else {
            VitalStatus::NoSignOfDeath
        };
        match (
            self.specified,
            self.dead.map(|number| encoding.is_dead(number)),
        ) {
            (Some(false), _) | (None, None) => on_record,
            (_, Some(Some(dead))) if dead == self.recorded => on_record,
            (Some(true), Some(Some(true))) => VitalStatus::Deceased,
            _ => VitalStatus::Conflicting,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn queries_have_dates_day_first_unless_told_otherwise() {
        let day = date(2026, 6, 2);
        assert_eq!(QueryDateFormat::default().write(day), "02/06/2026");
        assert_eq!(QueryDateFormat::Iso.write(day), "2026-06-02");
    }
}
