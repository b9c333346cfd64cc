//! Dates of which only a part may be known.

use std::fmt;

use jiff::civil::{Date, DateTime, Time};

/// A date as far as it is known: a moment, a day, a month, a year or nothing.
///
/// EMIS writes a text and next to it, for entries of the record, which part of it counts. The less
/// exact of the two is what this holds. It is about a patient: `Debug` is redacted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PartialDate {
    pub(crate) written: Option<Written>,
    pub(crate) part: Option<DatePart>,
}

/// A date as it was written.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Written {
    Moment(DateTime),
    Day(Date),
    /// Year and month.
    Month(i16, i8),
    Year(i16),
}

/// EMIS's `DatePart`, in words.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum DatePart {
    Day,
    Month,
    Year,
    Unknown,
    Moment,
}

/// The precision to which a [`PartialDate`] is known, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DatePrecision {
    /// Nothing.
    Unknown,
    /// The year.
    Year,
    /// Year and month.
    Month,
    /// The day.
    Day,
    /// The day and the time of day.
    Moment,
}

impl PartialDate {
    /// Creates a whole day.
    pub const fn of_day(day: Date) -> Self {
        Self::of(Written::Day(day))
    }

    /// Creates a date that is known to the time of day, UK wall clock.
    pub const fn of_moment(moment: DateTime) -> Self {
        Self::of(Written::Moment(moment))
    }

    const fn of(written: Written) -> Self {
        Self {
            written: Some(written),
            part: None,
        }
    }

    /// Returns the precision to which the date is known.
    pub fn precision(self) -> DatePrecision {
        let written = match self.written {
            None => DatePrecision::Unknown,
            Some(Written::Year(_)) => DatePrecision::Year,
            Some(Written::Month(..)) => DatePrecision::Month,
            Some(Written::Day(_)) => DatePrecision::Day,
            Some(Written::Moment(_)) => DatePrecision::Moment,
        };
        let counts = match self.part {
            Some(DatePart::Unknown) => DatePrecision::Unknown,
            Some(DatePart::Year) => DatePrecision::Year,
            Some(DatePart::Month) => DatePrecision::Month,
            Some(DatePart::Day) => DatePrecision::Day,
            Some(DatePart::Moment) | None => DatePrecision::Moment,
        };
        written.min(counts)
    }

    /// Returns whether nothing is known.
    pub fn is_unknown(self) -> bool {
        self.precision() == DatePrecision::Unknown
    }

    /// Returns the year, if it is known.
    pub fn year(self) -> Option<i16> {
        self.at_least(DatePrecision::Year).map(Date::year)
    }

    /// Returns the month, 1 to 12, if it is known.
    pub fn month(self) -> Option<i8> {
        self.at_least(DatePrecision::Month).map(Date::month)
    }

    /// Returns the day, if it is known.
    pub fn day(self) -> Option<Date> {
        self.at_least(DatePrecision::Day)
    }

    /// Returns the time of day, UK wall clock, if it is known.
    pub fn time(self) -> Option<Time> {
        match self.written {
            Some(Written::Moment(moment)) if self.precision() == DatePrecision::Moment => {
                Some(moment.time())
            }
            _ => None,
        }
    }

    /// Returns the first day that it can be, to sort by.
    pub fn earliest(self) -> Option<Date> {
        let first = |year, month, day| Date::new(year, month, day).ok();
        match self.precision() {
            DatePrecision::Unknown => None,
            DatePrecision::Year => first(self.year()?, 1, 1),
            DatePrecision::Month => first(self.year()?, self.month()?, 1),
            DatePrecision::Day | DatePrecision::Moment => self.day(),
        }
    }

    /// Returns a day of which the parts that are known to `precision` are right.
    fn at_least(self, precision: DatePrecision) -> Option<Date> {
        if self.precision() < precision {
            return None;
        }
        match self.written? {
            Written::Moment(moment) => Some(moment.date()),
            Written::Day(day) => Some(day),
            Written::Month(year, month) => Date::new(year, month, 1).ok(),
            Written::Year(year) => Date::new(year, 1, 1).ok(),
        }
    }
}

impl fmt::Debug for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartialDate([redacted])")
    }
}
