//! NHS and telephone numbers that are never issued.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;

/// Numbers that are never issued: 999 000 0000 to 999 999 9999.
pub(super) struct NhsNumbers {
    /// Offset in the range of the next candidate.
    at: u32,
}

/// The first nine digits of the range, which has a million of them.
const FIRST_STEM: u32 = 999_000_000;
const STEMS: u32 = 1_000_000;

impl NhsNumbers {
    /// Returns the numbers of a practice with an index from 0.
    ///
    /// Practices have disjoint parts of the range up to 425 practices of 2,000 patients, or 88 of
    /// 10,000. Later ones repeat numbers.
    pub(super) fn of_practice(practice: u32, patients: usize) -> Self {
        // One in eleven stems has no check digit.
        let part = patients + patients / 8 + 100;
        let start = practice as usize * part % STEMS as usize;
        Self {
            at: u32::try_from(start).unwrap_or_default(),
        }
    }

    pub(super) fn next(&mut self) -> String {
        loop {
            let stem = FIRST_STEM + self.at;
            self.at = (self.at + 1) % STEMS;
            if let Some(check) = check_digit(stem) {
                return format!("{stem:09}{check}");
            }
        }
    }
}

/// Returns the tenth digit, or `None` if no NHS number starts with these nine.
fn check_digit(stem: u32) -> Option<u32> {
    let (mut rest, mut sum) = (stem, 0);
    for weight in 2..=10 {
        sum += rest % 10 * weight;
        rest /= 10;
    }
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        check => Some(check),
    }
}

/// The mobile numbers 07700 900000 to 900999, each used once, without the two that message providers
/// use for failures.
pub(super) struct Mobiles(Vec<u32>);

impl Mobiles {
    pub(super) fn shuffled(rng: &mut StdRng) -> Self {
        let mut numbers: Vec<u32> = (0..1000)
            .filter(|number| ![2, 3].contains(number))
            .collect();
        numbers.shuffle(rng);
        Self(numbers)
    }

    pub(super) fn next(&mut self) -> Option<String> {
        self.0.pop().map(|number| format!("07700 900{number:03}"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{NhsNumbers, check_digit};

    #[test]
    fn check_digits_of_known_numbers() {
        assert_eq!(check_digit(943_476_591), Some(9));
        assert_eq!(check_digit(999_000_001), Some(8));
        assert_eq!(check_digit(999_000_000), None);
        assert_eq!(check_digit(987_654_321), Some(0));
    }

    #[test]
    fn practices_share_no_number_within_the_range() {
        let numbers = |practice, patients| -> BTreeSet<String> {
            let mut numbers = NhsNumbers::of_practice(practice, patients);
            (0..patients).map(|_| numbers.next()).collect()
        };
        for (practices, patients) in [(425, 2_000), (88, 10_000)] {
            let first = numbers(0, patients);
            assert_eq!(first.len(), patients, "one number, one patient");
            for practice in [1, practices / 2, practices - 1] {
                let here = numbers(practice, patients);
                assert!(here.is_disjoint(&first));
                assert!(
                    here.is_disjoint(&numbers(practice + 1, patients)) || practice + 1 == practices
                );
            }
            assert!(!numbers(practices, patients).is_disjoint(&first));
        }
    }

    #[test]
    fn the_range_wraps_around() {
        let mut numbers = NhsNumbers { at: 999_999 };
        let two = [numbers.next(), numbers.next()];
        assert!(
            two.iter().all(|number| number.starts_with("999")),
            "{two:?}"
        );
    }
}
