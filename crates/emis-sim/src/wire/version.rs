//! Versions of operations.

/// The version of an operation. EMIS extends messages by second versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    First,
    Second,
}

impl Version {
    /// Returns one of two names.
    pub(super) const fn of(self, first: &'static str, second: &'static str) -> &'static str {
        match self {
            Self::First => first,
            Self::Second => second,
        }
    }

    /// Returns a member that only the second version has.
    pub(crate) fn second<T>(self, make: impl FnOnce() -> T) -> Option<T> {
        (self == Self::Second).then(make)
    }
}
