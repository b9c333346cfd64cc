//! Comparisons that take as long for a wrong guess as for the right one.

use emis_types::{NhsNumber, Sensitive};
use jiff::civil::Date;
use subtle::{Choice, ConstantTimeEq};

/// Returns `true` if a date is known and right.
pub(crate) fn same_date(known: Sensitive<Date>, on_record: Option<Sensitive<Date>>) -> Choice {
    let right = on_record.map_or(Date::ZERO, Sensitive::into_exposed);
    let equal = bytes(known.into_exposed()).ct_eq(&bytes(right));
    equal & Choice::from(u8::from(on_record.is_some()))
}

/// Returns `true` if an NHS number is known and right.
pub(crate) fn same_number(known: NhsNumber, on_record: Option<NhsNumber>) -> Choice {
    let right = on_record.map(|number| number.expose().to_owned());
    let right = right.unwrap_or_else(|| "0".repeat(10));
    known.expose().as_bytes().ct_eq(right.as_bytes()) & Choice::from(u8::from(on_record.is_some()))
}

fn bytes(date: Date) -> [u8; 4] {
    let [high, low] = date.year().to_be_bytes();
    let ([month], [day]) = (date.month().to_be_bytes(), date.day().to_be_bytes());
    [high, low, month, day]
}
