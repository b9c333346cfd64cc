//! Redaction by type.

use std::fmt;

/// A value about a patient, or any other value that must not reach a log, an error or a screen by
/// accident.
///
/// `Debug` always prints `[redacted]`, and there is no `Display` and no `Serialize`: code that needs
/// the value says so with [`expose`](Self::expose), where a reviewer sees it. A field that is meant
/// to be serialised is marked with [`exposed`](crate::exposed).
///
/// # Examples
/// ```
/// use emis_types::Sensitive;
/// let name = Sensitive::new(String::from("Invented Person"));
/// assert_eq!(format!("{name:?}"), "[redacted]");
/// assert_eq!(name.expose(), "Invented Person");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Returns the value, for code that has a reason to see it.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Returns the wrapped value.
    pub fn into_exposed(self) -> T {
        self.0
    }

    /// Applies a function to the value and wraps the result.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Sensitive<U> {
        Sensitive(f(self.0))
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T> From<T> for Sensitive<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for Sensitive<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}
