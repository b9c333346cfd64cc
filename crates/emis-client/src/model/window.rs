//! Parameters of calls, within EMIS's limits.

use jiff::civil::Date;
use jiff::{ToSpan, Unit};

use crate::error::ClientError;
use crate::operation::Operation;

/// Days from one date to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateRange {
    start: Date,
    end: Date,
}

impl DateRange {
    /// From `start` to `end`, both included.
    ///
    /// # Errors
    /// Where `end` comes before `start`.
    pub fn new(start: Date, end: Date) -> Result<Self, ClientError> {
        if end < start {
            return Err(ClientError::invalid_request(
                "the end of the date range lies before its start",
            ));
        }
        Ok(Self { start, end })
    }

    /// Creates a single day.
    pub const fn day(day: Date) -> Self {
        Self {
            start: day,
            end: day,
        }
    }

    /// Returns the first day.
    pub const fn start(self) -> Date {
        self.start
    }

    /// Returns the last day, included.
    pub const fn end(self) -> Date {
        self.end
    }

    /// Returns the number of days, the first and the last counted.
    pub(crate) fn days(self) -> i32 {
        let nights = self.end.since((Unit::Day, self.start));
        nights.map_or(i32::MAX, |nights| nights.get_days() + 1)
    }

    /// Returns whether both days can be written as EMIS reads them: with a year of four digits.
    pub(crate) fn check(self, operation: Operation) -> Result<(), ClientError> {
        if self.start.year() < 1000 {
            return Err(
                ClientError::invalid_request("a date must have a year of four digits")
                    .with_operation(operation),
            );
        }
        Ok(())
    }

    /// Returns the range in pieces of at most `days` days, both ends counted: each begins
    /// on the day after the one before it.
    pub(crate) fn windows(self, days: u16) -> impl Iterator<Item = Self> {
        let more = (i64::from(days) - 1).max(0).days();
        let mut next = Some(self.start);
        std::iter::from_fn(move || {
            let start = next.filter(|start| *start <= self.end)?;
            let end = start.saturating_add(more).min(self.end);
            next = end.tomorrow().ok();
            Some(Self { start, end })
        })
    }
}

/// A window around now, in minutes back and minutes ahead.
///
/// EMIS serves at most 60 minutes back and 43,200 (30 days) ahead, and asks that the window be
/// kept small: the call is a heavy one for the practice's system. An hour is 60 of these minutes
/// on the nights when the clocks change, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub struct MinutesWindow {
    before: u16,
    within: u16,
}

impl MinutesWindow {
    /// The furthest back that EMIS serves, in minutes.
    pub const MAX_BEFORE: u32 = 60;
    /// The furthest ahead that EMIS serves, in minutes: 30 days.
    pub const MAX_WITHIN: u32 = 43_200;

    /// From `before` minutes ago to `within` minutes ahead.
    ///
    /// # Errors
    /// Where EMIS would not serve it.
    pub fn new(before: u32, within: u32) -> Result<Self, ClientError> {
        match (u16::try_from(before), u16::try_from(within)) {
            (Ok(b), Ok(w)) if before <= Self::MAX_BEFORE && within <= Self::MAX_WITHIN => {
                Ok(Self {
                    before: b,
                    within: w,
                })
            }
            _ => Err(ClientError::invalid_request(
                "EMIS serves at most 60 minutes back and 43,200 minutes (30 days) ahead",
            )),
        }
    }

    /// Minutes back from now.
    pub const fn before(self) -> u16 {
        self.before
    }

    /// Minutes ahead of now.
    pub const fn within(self) -> u16 {
        self.within
    }
}

/// Search terms for `GetMatchedPatients`, such as an NHS number, or "date-of-birth first-name
/// surname". About a patient, so `Debug` is redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedTerms(emis_types::Sensitive<String>);

impl MatchedTerms {
    /// Checks terms against what EMIS accepts: letters, digits, spaces, and `/ - ' .` in dates
    /// and names; no brackets, special characters or country codes; 1 to 100 characters.
    ///
    /// # Errors
    /// Where EMIS would refuse them.
    pub fn new(terms: &str) -> Result<Self, ClientError> {
        let terms = terms.trim();
        let allowed = |c: char| c.is_alphanumeric() || " /-'.".contains(c);
        if terms.is_empty() || terms.chars().count() > 100 || !terms.chars().all(allowed) {
            return Err(ClientError::invalid_request(
                "search terms must be 1 to 100 letters, digits, spaces or / - ' .",
            ));
        }
        Ok(Self(terms.to_owned().into()))
    }

    /// Terms that look for one NHS number.
    pub fn nhs_number(number: emis_types::NhsNumber) -> Self {
        Self(number.expose().into())
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }
}
