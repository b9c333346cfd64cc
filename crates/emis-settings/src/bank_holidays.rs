//! Bank holidays in England.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use serde::Deserialize;

/// The bank holidays in England.
///
/// The default follows the standing rules and the days that were proclaimed or moved since 2018,
/// and needs no data. Later days are in the list that GOV.UK publishes at
/// `https://www.gov.uk/bank-holidays.json`: [`from_gov_uk`](Self::from_gov_uk) reads it at run time,
/// and it decides the years that it covers. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BankHolidays {
    /// The days of each year that a list covers.
    listed: Arc<BTreeMap<i16, BTreeSet<Date>>>,
}

/// Days that the rules miss: proclaimed, or moved to.
const PROCLAIMED: [Date; 5] = [
    date(2020, 5, 8),  // 75 years since VE Day
    date(2022, 6, 2),  // Spring bank holiday, moved
    date(2022, 6, 3),  // Platinum Jubilee
    date(2022, 9, 19), // State funeral of Queen Elizabeth II
    date(2023, 5, 8),  // Coronation of King Charles III
];

/// Days that the rules invent: moved away from.
const MOVED: [Date; 2] = [date(2020, 5, 4), date(2022, 5, 30)];

/// The longest list that is read, in bytes: 20 times the present one.
const LONGEST: usize = 1 << 20;

impl BankHolidays {
    /// Reads the list that GOV.UK publishes, of which England and Wales are used.
    ///
    /// Every year from the first to the last of the list must be complete. The
    /// rules decide all other years.
    ///
    /// # Errors
    /// [`BankHolidaysError`] if the text is not such a list, or if a year in it is not complete, so
    /// that a truncated or mixed-up list never replaces a good one.
    ///
    /// # Examples
    ///
    /// ```
    /// use emis_settings::BankHolidays;
    ///
    /// let truncated = r#"{"england-and-wales": {"events": [{"title": "New Year’s Day", "date": "2026-01-01"}]}}"#;
    /// assert!(BankHolidays::from_gov_uk(truncated).is_err());
    /// assert!(BankHolidays::default().contains("2022-09-19".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_gov_uk(json: &str) -> Result<Self, BankHolidaysError> {
        #[derive(Deserialize)]
        struct Document {
            #[serde(rename = "england-and-wales")]
            england_and_wales: Division,
        }
        #[derive(Deserialize)]
        struct Division {
            events: Vec<Event>,
        }
        #[derive(Deserialize)]
        struct Event {
            date: Date,
        }

        if json.len() > LONGEST {
            return Err(BankHolidaysError::TooLong);
        }
        let document: Document = serde_json::from_str(json)?;
        let mut listed: BTreeMap<i16, BTreeSet<Date>> = BTreeMap::new();
        for Event { date } in document.england_and_wales.events {
            if is_weekend(date) {
                return Err(BankHolidaysError::Weekend(date));
            }
            listed.entry(date.year()).or_default().insert(date);
        }
        let years = listed
            .keys()
            .next()
            .copied()
            .zip(listed.keys().last().copied());
        let (first, last) = years.ok_or(BankHolidaysError::Incomplete(None))?;
        for year in first..=last {
            if !listed
                .get(&year)
                .is_some_and(|days| is_complete(year, days))
            {
                return Err(BankHolidaysError::Incomplete(Some(year)));
            }
        }
        let listed = Arc::new(listed);
        Ok(Self { listed })
    }

    /// Returns `true` if `day` is a bank holiday. Christmas Day, Boxing Day and New Year's Day are
    /// ones also when they fall on a weekend and another day is given in lieu.
    pub fn contains(&self, day: Date) -> bool {
        match self.listed.get(&day.year()) {
            Some(days) => days.contains(&day) || (is_weekend(day) && by_rule(day)),
            None => PROCLAIMED.contains(&day) || (by_rule(day) && !MOVED.contains(&day)),
        }
    }
}

/// A text that is not a complete list of bank holidays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BankHolidaysError {
    /// The text is not JSON of the shape that GOV.UK publishes.
    #[error("list of bank holidays is not in the form that GOV.UK publishes")]
    NotJson(#[from] serde_json::Error),
    /// The text is longer than 1 MiB.
    #[error("list of bank holidays is longer than 1 MiB")]
    TooLong,
    /// A day of the list is on a weekend; a day given in lieu never is.
    #[error("list of bank holidays holds {0}, which is on a weekend")]
    Weekend(Date),
    /// A year is not complete, or there is none.
    #[error("list of bank holidays is not complete{}", year(*.0))]
    Incomplete(Option<i16>),
}

impl BankHolidaysError {
    /// Returns the error and its cause in one line.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

fn year(year: Option<i16>) -> String {
    year.map(|year| format!(" for {year}")).unwrap_or_default()
}

/// Good Friday and Easter Monday are never moved, and a year has eight days or a few more.
fn is_complete(year: i16, days: &BTreeSet<Date>) -> bool {
    let easter = easter_sunday(year);
    (8..=12).contains(&days.len())
        && days.contains(&easter.saturating_sub(2.days()))
        && days.contains(&easter.saturating_add(1.days()))
}

pub(crate) fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Returns `true` if `day` is a bank holiday by the standing rules.
fn by_rule(day: Date) -> bool {
    let on_monday = day.weekday() == Weekday::Monday;
    match (day.month(), day.day()) {
        (1, 1) | (12, 25 | 26) => true,
        // In lieu of one that fell on a weekend.
        (1, 2 | 3) => on_monday,
        (12, 27 | 28) => is_weekend(day.saturating_sub(2.days())),
        // The first and the last Monday in May, and the last in August.
        (5, 1..=7 | 25..=31) | (8, 25..=31) => on_monday,
        _ => {
            let easter = easter_sunday(day.year());
            day == easter.saturating_sub(2.days()) || day == easter.saturating_add(1.days())
        }
    }
}

/// Returns Easter Sunday by the Gregorian calendar (the anonymous algorithm, as Meeus gives it).
fn easter_sunday(year: i16) -> Date {
    let year_number = i32::from(year);
    let golden = year_number.rem_euclid(19);
    let (century, of_century) = (year_number.div_euclid(100), year_number.rem_euclid(100));
    let correction = (century + 8).div_euclid(25);
    let moon = (century - correction + 1).div_euclid(3);
    let epact = (19 * golden + century - century.div_euclid(4) - moon + 15).rem_euclid(30);
    let weekday = (32 + 2 * century.rem_euclid(4) + 2 * of_century.div_euclid(4)
        - epact
        - of_century.rem_euclid(4))
    .rem_euclid(7);
    let late = (golden + 11 * epact + 22 * weekday).div_euclid(451);
    let days = epact + weekday - 7 * late + 114;
    let (month, day) = (days.div_euclid(31), days.rem_euclid(31) + 1);
    // March or April, by the arithmetic above; a year that has no dates has no Easter.
    let part = |number: i32| i8::try_from(number).unwrap_or(1);
    Date::new(year, part(month), part(day)).unwrap_or(Date::MIN)
}
