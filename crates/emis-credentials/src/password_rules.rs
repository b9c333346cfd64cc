//! Passwords for the API user: generated for the set-up step, and checked when typed.

use std::fmt;

use rand::seq::{IndexedRandom, SliceRandom};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// The rules of EMAS Manager for a Partner API password.
///
/// EMIS publishes none; its "OK" button stays grey if a password breaks them. Suppliers' guides show
/// passwords with upper case, lower case and digits, some with a symbol, so the default asks for all
/// four and 12 characters. Change it to what a practice's EMIS asks for.
///
/// # Examples
/// ```
/// use emis_credentials::PasswordRules;
///
/// let rules = PasswordRules::default();
/// let password = rules.generate(); // show it once: it is typed into EMIS twice
/// assert!(rules.check(&password).is_ok());
///
/// let weak = rules.check(&"patchs1".to_owned().into()).unwrap_err();
/// assert_eq!(
///     weak.to_string(),
///     "needs at least 12 characters, an upper-case letter and a symbol",
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordRules {
    min_length: usize,
    upper: bool,
    lower: bool,
    digit: bool,
    symbol: bool,
}

/// A requirement of [`PasswordRules`]. `Display` continues "the password needs …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PasswordNeed {
    /// This many characters.
    Length(usize),
    /// A letter from A to Z.
    UpperCase,
    /// A letter from a to z.
    LowerCase,
    /// A digit.
    Digit,
    /// Anything printable that is neither letter nor digit nor space.
    Symbol,
}

/// The error of a password that breaks the rules. Names what is missing and never the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("needs {}", list(needs))]
pub struct WeakPasswordError {
    needs: Vec<PasswordNeed>,
}

// Letters and digits that are mistaken for one another on paper are left out: O and 0, I, l and 1.
const UPPER: &[char] = &chars(b"ABCDEFGHJKLMNPQRSTUVWXYZ");
const LOWER: &[char] = &chars(b"abcdefghijkmnopqrstuvwxyz");
const DIGITS: &[char] = &chars(b"23456789");
// Symbols that every keyboard has and no form, shell or URL minds.
const SYMBOLS: &[char] = &chars(b"!*-_.=");

const fn chars<const N: usize>(bytes: &[u8; N]) -> [char; N] {
    let mut chars = ['\0'; N];
    let mut i = 0;
    while i < N {
        #[allow(clippy::indexing_slicing, reason = "both arrays have N places")]
        {
            chars[i] = bytes[i] as char;
        }
        i += 1;
    }
    chars
}

impl PasswordRules {
    /// The smallest length that rules can ask for.
    pub const SHORTEST: usize = 8;
    /// The length of generated passwords, unless the rules ask for more.
    pub const GENERATED_LENGTH: usize = 20;

    /// Sets the least number of characters, clamped to [`SHORTEST`](Self::SHORTEST) and
    /// [`ApiUser::MAX_PASSWORD`](crate::ApiUser::MAX_PASSWORD).
    #[must_use]
    pub fn min_length(mut self, characters: usize) -> Self {
        self.min_length = characters.clamp(Self::SHORTEST, crate::ApiUser::MAX_PASSWORD);
        self
    }

    /// Sets whether passwords need an upper-case letter.
    #[must_use]
    pub const fn upper_case(mut self, wanted: bool) -> Self {
        self.upper = wanted;
        self
    }

    /// Sets whether passwords need a lower-case letter.
    #[must_use]
    pub const fn lower_case(mut self, wanted: bool) -> Self {
        self.lower = wanted;
        self
    }

    /// Sets whether passwords need a digit.
    #[must_use]
    pub const fn digit(mut self, wanted: bool) -> Self {
        self.digit = wanted;
        self
    }

    /// Sets whether passwords need a symbol.
    #[must_use]
    pub const fn symbol(mut self, wanted: bool) -> Self {
        self.symbol = wanted;
        self
    }

    /// Generates a password that keeps the rules, from a cryptographically secure generator.
    ///
    /// It holds no characters that look alike on paper. If the rules ask for no class of characters, it
    /// holds letters and digits. Show it once, to be typed into EMIS as the user's password and again
    /// under EMAS Manager > Edit Users.
    pub fn generate(&self) -> SecretString {
        let mut rng = rand::rng();
        let classes = self.classes();
        let length = self.min_length.max(Self::GENERATED_LENGTH);
        // One of each class first, so that none is missing; then anything; then all shuffled.
        let mut password: Zeroizing<Vec<char>> = Zeroizing::new(Vec::with_capacity(length));
        password.extend(classes.iter().filter_map(|class| class.choose(&mut rng)));
        let all = match classes.concat() {
            all if all.is_empty() => [UPPER, LOWER, DIGITS].concat(),
            all => all,
        };
        while password.len() < length {
            password.extend(all.choose(&mut rng));
        }
        password.shuffle(&mut rng);
        let mut text = String::with_capacity(length);
        text.extend(password.iter());
        text.into()
    }

    fn classes(&self) -> Vec<&'static [char]> {
        [
            (self.upper, UPPER),
            (self.lower, LOWER),
            (self.digit, DIGITS),
            (self.symbol, SYMBOLS),
        ]
        .into_iter()
        .filter_map(|(wanted, class)| wanted.then_some(class))
        .collect()
    }

    /// Checks a password that was typed.
    ///
    /// # Errors
    /// Names every requirement that it lacks.
    pub fn check(&self, password: &SecretString) -> Result<(), WeakPasswordError> {
        let password = password.expose_secret();
        let has = |is: fn(char) -> bool| password.chars().any(is);
        let long_enough = password.chars().nth(self.min_length - 1).is_some();
        let needs: Vec<_> = [
            (!long_enough, PasswordNeed::Length(self.min_length)),
            (
                self.upper && !has(|c| c.is_ascii_uppercase()),
                PasswordNeed::UpperCase,
            ),
            (
                self.lower && !has(|c| c.is_ascii_lowercase()),
                PasswordNeed::LowerCase,
            ),
            (
                self.digit && !has(|c| c.is_ascii_digit()),
                PasswordNeed::Digit,
            ),
            (self.symbol && !has(is_symbol), PasswordNeed::Symbol),
        ]
        .into_iter()
        .filter_map(|(missing, need)| missing.then_some(need))
        .collect();
        if needs.is_empty() {
            Ok(())
        } else {
            Err(WeakPasswordError { needs })
        }
    }
}

fn is_symbol(c: char) -> bool {
    c.is_ascii_punctuation() || !(c.is_ascii() || c.is_alphanumeric() || c.is_whitespace())
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self {
            min_length: 12,
            upper: true,
            lower: true,
            digit: true,
            symbol: true,
        }
    }
}

impl WeakPasswordError {
    /// Returns the requirements that the password lacks.
    pub fn needs(&self) -> &[PasswordNeed] {
        &self.needs
    }
}

impl fmt::Display for PasswordNeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(characters) => write!(f, "at least {characters} characters"),
            Self::UpperCase => f.write_str("an upper-case letter"),
            Self::LowerCase => f.write_str("a lower-case letter"),
            Self::Digit => f.write_str("a digit"),
            Self::Symbol => f.write_str("a symbol"),
        }
    }
}

fn list(needs: &[PasswordNeed]) -> String {
    let mut text = String::new();
    let last = needs.len().saturating_sub(1);
    for (place, need) in needs.iter().enumerate() {
        text.push_str(match place {
            0 => "",
            _ if place == last => " and ",
            _ => ", ",
        });
        text.push_str(&need.to_string());
    }
    text
}
