//! NHS and telephone numbers that belong to nobody.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;

/// Numbers that are never issued: 999 000 0000 to 999 999 9999.
pub(super) struct NhsNumbers {
    /// The next nine digits.
    stem: u32,
}

impl NhsNumbers {
    /// Practices, counted from 0, have no number in common: there are at least 9,000 numbers in
    /// ten thousand stems.
    pub(super) const fn of_practice(practice: u32) -> Self {
        Self {
            stem: 999_000_001 + practice * 10_000,
        }
    }

    pub(super) fn next(&mut self) -> String {
        loop {
            let stem = self.stem;
            self.stem += 1;
            if let Some(check) = check_digit(stem) {
                return format!("{stem:09}{check}");
            }
        }
    }
}

/// The tenth digit for nine digits, unless no NHS number starts with them.
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

/// The mobile numbers 07700 900000 to 900999, each handed out once. The two that message
/// providers take for failing numbers are left out.
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
    use super::check_digit;

    #[test]
    fn check_digits_of_known_numbers() {
        assert_eq!(check_digit(943_476_591), Some(9));
        assert_eq!(check_digit(999_000_001), Some(8));
        assert_eq!(check_digit(999_000_000), None);
        assert_eq!(check_digit(987_654_321), Some(0));
    }
}
