//! Single values as EMIS may write them: a number as text, a text as number, null, blank.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::civil::{Date, DateTime, Time};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use uuid::Uuid;

use super::field_error::{FieldError, TOO_LARGE};
use super::moment::{self, ClockTime};

/// The problems that a value can have. Errors carry one of these and nothing of the value.
const PROBLEMS: &[&str] = &[
    NOT_TEXT,
    NOT_A_NUMBER,
    NOT_A_DECIMAL,
    NOT_AN_ID,
    // Longer ones before those that they begin with.
    NOT_A_DATE_TIME,
    NOT_A_DATE,
    NOT_A_TIME,
    NOT_MINUTES,
    NOT_BASE_64,
    TOO_MANY_ITEMS,
    TOO_LARGE,
];
pub(super) const OTHER_FORM: &str = "has another form than documented";
pub(super) const NOT_JSON: &str = "is not JSON";
pub(super) const BREAKS_OFF: &str = "breaks off";
const NOT_TEXT: &str = "is not a text";
const NOT_A_NUMBER: &str = "is not a whole number";
const NOT_A_DECIMAL: &str = "is not a decimal number";
const NOT_AN_ID: &str = "is not an id";
pub(super) const NOT_A_DATE: &str = "is not a date";
const NOT_A_TIME: &str = "is not a time";
const NOT_A_DATE_TIME: &str = "is not a date and time";
pub(super) const NOT_MINUTES: &str = "is not a number of minutes";
pub(super) const NOT_BASE_64: &str = "is not base 64";
pub(super) const TOO_MANY_ITEMS: &str = "has too many items";
const TWO_READINGS: &str = "is a time that can be read in two ways";

/// Returns our words for an error of serde's, whose own may quote the value.
pub(super) fn problem(error: &serde_json::Error) -> &'static str {
    use serde_json::error::Category;
    match error.classify() {
        Category::Syntax | Category::Io => NOT_JSON,
        Category::Eof => BREAKS_OFF,
        Category::Data => {
            let text = error.to_string();
            PROBLEMS
                .iter()
                .copied()
                .find(|problem| text.starts_with(problem))
                .unwrap_or(OTHER_FORM)
        }
    }
}

/// A text, trimmed; null and blank are none. Numbers and booleans count as texts.
#[derive(Debug, Clone, Default)]
pub(super) struct Text(pub(super) Option<String>);

/// A text that is compared and not kept, trimmed; null and blank are none.
#[derive(Debug, Clone, Default)]
pub(super) struct Glance<'a>(pub(super) Option<Cow<'a, str>>);

/// A whole number; null and blank are none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Int(pub(super) Option<i64>);

/// A number, with a fraction maybe; null and blank are none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Decimal(pub(super) Option<f64>);

/// Yes or no, in any of EMIS's forms; anything else is none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flag(pub(super) Option<bool>);

/// An id; null, blank and 0, which .NET writes for a missing number, are none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Id<T>(pub(super) Option<T>);

/// A value that parses from text. A text that does not parse is none: nothing depends on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lenient<T>(pub(super) Option<T>);

/// A GUID. Anything else is none: nothing depends on it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Guid(pub(super) Option<Uuid>);

/// A date.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Day(pub(super) Option<Date>);

/// A time of day, of which the day may have to be known before it can be read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TimeOfDay(Option<ClockTime>);

/// The presence of a date, readable or not. Placeholders of .NET and of
/// databases are none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct IsRecorded(pub(super) bool);

/// A date and time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moment(pub(super) Option<DateTime>);

/// A length in minutes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Minutes(pub(super) Option<u16>);

impl TimeOfDay {
    /// Returns the UK time of day on a day. `field` is its path.
    pub(super) fn on(self, date: Date, field: &str) -> Result<Option<Time>, FieldError> {
        Self::one_reading(self.0.map(|time| time.on(date)), field)
    }

    /// Returns the UK time of day where the message names no day. `field` is its path.
    pub(super) fn without_date(self, field: &str) -> Result<Option<Time>, FieldError> {
        Self::one_reading(self.0.map(ClockTime::without_date), field)
    }

    fn one_reading(time: Option<Option<Time>>, field: &str) -> Result<Option<Time>, FieldError> {
        match time {
            Some(None) => Err(FieldError::new(field, TWO_READINGS)),
            Some(time) => Ok(time),
            None => Ok(None),
        }
    }
}

/// The UK time of day, none where it can be read in two ways.
impl From<TimeOfDay> for Option<Time> {
    fn from(TimeOfDay(time): TimeOfDay) -> Self {
        time?.without_date()
    }
}

/// Returns a value that its record needs.
pub(super) fn required<T>(value: Option<T>, field: &'static str) -> Result<T, FieldError> {
    value.ok_or_else(|| FieldError::new(field, "is missing"))
}

/// Parses an identifier. A text that is none is an error.
pub(super) fn parsed<T: std::str::FromStr>(
    text: Option<impl AsRef<str>>,
    field: &'static str,
) -> Result<Option<T>, FieldError> {
    let parse = |text: &str| text.parse().ok();
    text.map(|text| parse(text.as_ref()).ok_or_else(|| FieldError::new(field, NOT_AN_ID)))
        .transpose()
}

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for Id<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scalar(deserializer, NOT_TEXT, |text| Some(text.to_owned())).map(Self)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Glance<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        given(deserializer, NOT_TEXT, |given| Some(given.text())).map(Self)
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        given(deserializer, NOT_A_NUMBER, |given| given.whole()).map(Self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
        scalar(deserializer, NOT_A_DECIMAL, read).map(Self)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let is_one_of =
            |text: &str, words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        let read = |text: &str| {
            let yes = is_one_of(text, ["true", "1", "y", "yes"]);
            let no = is_one_of(text, ["false", "0", "n", "no"]);
            Some((yes || no).then_some(yes))
        };
        scalar(deserializer, NOT_TEXT, read).map(|flag| Self(flag.flatten()))
    }
}

impl<'de, T: TryFrom<i64>> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = given(deserializer, NOT_AN_ID, |given| match given.whole()? {
            0 => Some(None),
            number => T::try_from(number).ok().map(Some),
        })?;
        Ok(Self(id.flatten()))
    }
}

impl<'de, T: std::str::FromStr> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = scalar(deserializer, NOT_TEXT, |text| Some(text.parse().ok()))?;
        Ok(Self(value.flatten()))
    }
}

impl<'de> Deserialize<'de> for Guid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let guid = scalar(deserializer, NOT_TEXT, |text| {
            Some(Uuid::try_parse(text).ok())
        })?;
        Ok(Self(guid.flatten()))
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let day = scalar(deserializer, NOT_A_DATE, moment::parse_date)?;
        Ok(Self(day.flatten()))
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let time = scalar(deserializer, NOT_A_TIME, moment::parse_time)?;
        Ok(Self(time.flatten()))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let moment = scalar(deserializer, NOT_A_DATE_TIME, moment::parse_date_time)?;
        Ok(Self(moment.flatten()))
    }
}

impl<'de> Deserialize<'de> for Minutes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scalar(deserializer, NOT_MINUTES, minutes).map(Self)
    }
}

/// Reads whole minutes: a number, with zeros after a point if any, or .NET's `HH:mm:ss`.
fn minutes(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_whole = !fraction.is_empty() && fraction.bytes().all(|digit| digit == b'0');
    if !is_whole {
        return None;
    }
    if whole.split(':').count() == 3 {
        let time = moment::parse_time(whole)??.without_date()?;
        let minutes = i16::from(time.hour()) * 60 + i16::from(time.minute());
        return u16::try_from(minutes).ok().filter(|_| time.second() == 0);
    }
    whole.parse().ok()
}

impl<'de> Deserialize<'de> for IsRecorded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let recorded = scalar(deserializer, NOT_TEXT, |text| {
            Some(!moment::is_null_date(text))
        })?;
        Ok(Self(recorded.unwrap_or_default()))
    }
}

/// A string, number or boolean as it came. Strings are trimmed and not blank.
enum Given<'de, 't> {
    /// A text that lives as long as the answer does.
    Lasting(&'de str),
    /// A text that lives no longer than the call.
    Passing(&'t str),
    /// A whole number.
    Whole(i64),
}

impl<'de> Given<'de, '_> {
    fn read<T>(self, read: impl Fn(&str) -> T) -> T {
        match self {
            Self::Lasting(text) => read(text),
            Self::Passing(text) => read(text),
            Self::Whole(number) => read(itoa::Buffer::new().format(number)),
        }
    }

    fn whole(self) -> Option<i64> {
        match self {
            Self::Lasting(text) => text.parse().ok(),
            Self::Passing(text) => text.parse().ok(),
            Self::Whole(number) => Some(number),
        }
    }

    /// Returns the text, copied only where it does not last.
    fn text(self) -> Cow<'de, str> {
        match self {
            Self::Lasting(text) => Cow::Borrowed(text),
            Self::Passing(text) => Cow::Owned(text.to_owned()),
            Self::Whole(number) => Cow::Owned(number.to_string()),
        }
    }
}

/// Reads a string, number or boolean as text, and the text with `read`; null and blank are none.
pub(super) fn scalar<'de, D, T>(
    deserializer: D,
    problem: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
{
    given(deserializer, problem, |given| given.read(&read))
}

/// Reads a string, number or boolean with `read`; null and blank are none.
fn given<'de, D, T>(
    deserializer: D,
    problem: &'static str,
    read: impl Fn(Given<'de, '_>) -> Option<T>,
) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
{
    deserializer.deserialize_any(Scalar {
        problem,
        read,
        value: PhantomData,
    })
}

/// Trims white space. Fast if there is none, as is usual.
fn trimmed(text: &str) -> &str {
    let plain = |end: Option<&u8>| end.is_some_and(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if plain(bytes.first()) && plain(bytes.last()) {
        text
    } else {
        text.trim()
    }
}

struct Scalar<F, T> {
    problem: &'static str,
    read: F,
    value: PhantomData<T>,
}

impl<'de, F: Fn(Given<'de, '_>) -> Option<T>, T> Scalar<F, T> {
    fn read<E: de::Error>(&self, given: Given<'de, '_>) -> Result<Option<T>, E> {
        match given {
            Given::Lasting("") | Given::Passing("") => Ok(None),
            given => match (self.read)(given) {
                Some(value) => Ok(Some(value)),
                None => Err(E::custom(self.problem)),
            },
        }
    }
}

impl<'de, F: Fn(Given<'de, '_>) -> Option<T>, T> Visitor<'de> for Scalar<F, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or number")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        self.read(Given::Lasting(trimmed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        self.read(Given::Passing(trimmed(text)))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        self.read(Given::Whole(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        match i64::try_from(number) {
            Ok(number) => self.read(Given::Whole(number)),
            Err(_) => self.read(Given::Passing(itoa::Buffer::new().format(number))),
        }
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        // 10.0 prints as 10, and so counts as a whole number.
        self.read(Given::Passing(&number.to_string()))
    }

    fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Self::Value, E> {
        self.read(Given::Lasting(if yes { "true" } else { "false" }))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(de::Error::custom(self.problem))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(de::Error::custom(self.problem))
    }
}
