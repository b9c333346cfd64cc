//! The prefixes of UK mobiles, against libphonenumber's data.

use emis_types::UkMobile;
use phonenumber::{Type, country, metadata, parse};

/// The verdict of libphonenumber: a mobile of the United Kingdom and not of Jersey, Guernsey or the
/// Isle of Man.
fn expected(number: &str) -> bool {
    parse(Some(country::GB), number).is_ok_and(|number| {
        number.country().id() == Some(country::GB)
            && number.number_type(&metadata::DATABASE) == Type::Mobile
    })
}

#[test]
fn every_prefix_of_a_mobile_is_judged_as_libphonenumber_judges_it() {
    let mut differences = Vec::new();
    for prefix in 70_000..80_000 {
        // Each digit of the rest but one, which is no digit of the numbers for drama.
        let number = format!("+44{prefix}12345");
        if number.parse::<UkMobile>().is_ok() != expected(&number) {
            differences.push(prefix);
        }
    }
    assert!(differences.is_empty(), "{differences:?}");
}
